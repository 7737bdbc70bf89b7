"""The Laravel example is PHP, says what its `realtime.toml` says, and is read as an application of somebody's own."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from harness.config import FIELD_WORDS, LARAVEL, load, target_declaration
from harness.scaffold.laravel import read_laravel

EXAMPLE = Path(__file__).parents[2] / "examples" / "laravel-reverb"


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """Give a copy of it with its secrets drawn, on top of what Laravel itself brings."""
    copy = shutil.copytree(EXAMPLE, tmp_path / "chat", ignore=shutil.ignore_patterns("reports", ".env"))
    subprocess.run([copy / "setup.sh"], check=True, timeout=30)
    (copy / "artisan").touch()
    return copy


def test_every_file_is_php() -> None:
    """Debian's PHP finds no mistake of syntax in any of them."""
    php = shutil.which("php")
    if php is None and not os.environ.get("CI"):
        pytest.skip("there is no php here (Debian: php-cli)")
    assert php is not None, "a CI run must have php (Debian: php-cli)"
    files = sorted(EXAMPLE.rglob("*.php"))

    assert len(files) > 10
    for file in files:
        told = subprocess.run([php, "-l", file], capture_output=True, text=True, timeout=30, check=False)
        assert told.returncode == 0, told.stdout


def test_its_declaration_is_read(application: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that it needs stands in its own `.env`, and its secrets are random ones."""
    for name in ("REVERB_APP_KEY", "REVERB_APP_SECRET", "ALICE_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    target = target_declaration(load({}, {}, application, application))

    assert (target.name, target.broadcaster.dialect) == ("laravel", "reverb")
    passwords = {person.password for person in target.cast}
    assert len(passwords) == 5
    assert min(map(len, passwords)) >= 24
    assert (application / ".env").stat().st_mode & 0o077 == 0


def test_it_has_every_route_of_the_contract() -> None:
    """What the contract `laravel` asks for is routed; registration alone is left to the application."""
    routes = (EXAMPLE / "routes" / "api.php").read_text()
    for name in FIELD_WORDS:
        route = getattr(LARAVEL, name)
        if route is None or name in ("register", "authorize"):
            continue
        path = route.path.removeprefix("/api")
        assert f"::{route.method.lower()}('{path}'" in routes, name


def test_init_reads_it_as_it_is(application: Path) -> None:
    """`realtime init` finds the channels, the event and the routes that the example declares by hand."""
    found = read_laravel(application)

    assert found.remarks == ()
    assert (found.backend_url, found.broadcaster_url) == ("http://127.0.0.1:8000", "ws://127.0.0.1:8080")
    assert (found.authorize, found.login) == ("POST /api/broadcasting/auth", "POST /api/login")
    assert (found.event, found.publishes) == ("MessageSent", "before-answer")
    assert [(one.pattern, one.audience) for one in found.channels] == [
        ("private-chat.{company}.conversation.{conversation}", "participants"),
        ("private-App.Models.User.{user}", "self"),
    ]


@pytest.mark.parametrize("path", ["compose.yaml", ".github/workflows/realtime.yml"])
def test_what_is_yaml_is_read(path: str) -> None:
    """Compose and CI find the parts that they look for."""
    read = yaml.safe_load((EXAMPLE / path).read_text())

    assert set(read.get("services") or read["jobs"]) & {"backend", "realtime"}


def test_only_loopback_is_published() -> None:
    """Nobody else on the network reaches an example with seeded people."""
    services = yaml.safe_load((EXAMPLE / "compose.yaml").read_text())["services"]

    assert [port.partition(":")[0] for one in services.values() for port in one["ports"]] == ["127.0.0.1", "127.0.0.1"]
