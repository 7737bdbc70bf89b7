"""Which servers are examined, and what a project may declare of them."""

from pathlib import Path

import pytest

from harness.config import load
from harness.conformance.declared import Declared, declared, opened
from harness.conformance.server import Server
from harness.errors import UsageError

SERVER = """
[conformance]
known = "lists"

[conformance.servers.theirs]
url = "ws://localhost:6001/"
key = "app-key"
app_id = "7"
secret = "${CONFORMANCE_SECRET}"
dialect = "soketi"
serves = ["client_events"]
known = "soketi-1.6.1"
without = ["11.3.18"]

[conformance.servers.theirs.apps.second]
id = "8"
key = "second-key"
"""


def project(folder: Path, text: str) -> Declared:
    """Read what a project declares."""
    (folder / "realtime.toml").write_text(text)
    return declared(load({}, {}, folder, folder))


def server(folder: Path, name: str, *, dialect: str | None = None) -> Server:
    """Open a server and close it again."""
    settings = load({}, {}, folder, folder)
    with opened(name, settings, declared(settings), dialect=dialect, folder=folder) as found:
        return found


def test_a_server_without_a_backend_is_declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its secret from the environment, and other apps by their roles."""
    monkeypatch.setenv("CONFORMANCE_SECRET", "sesame")
    found = project(tmp_path, SERVER)
    theirs = server(tmp_path, "theirs")

    assert (found.known, found.folder) == ("lists", tmp_path)
    assert (found.servers["theirs"].known, found.servers["theirs"].without) == ("soketi-1.6.1", ("11.3.18",))
    assert (theirs.url, theirs.api_url, theirs.dialect) == ("ws://localhost:6001", "http://localhost:6001", "soketi")
    assert theirs.missing(("secret", "api", "client_events", "app:second")) == ""
    assert theirs.why_not("signin") != ""
    assert theirs.app("main").secret == "sesame"
    assert not theirs.is_ours
    assert "sesame" not in repr(theirs) + repr(found)


def test_a_secret_that_is_not_set_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When that server is asked for, not before."""
    monkeypatch.delenv("CONFORMANCE_SECRET", raising=False)
    project(tmp_path, SERVER)
    with pytest.raises(UsageError, match="needs the environment variable CONFORMANCE_SECRET"):
        server(tmp_path, "theirs")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[conformance]\nknow = 'x'", "know"),
        ("[conformance.servers.x]\nkey = 'k'", r"conformance\.servers\.x"),
        ("[conformance.servers.x]\nkey = 'k'\nurl = 'http://h'", "url is no address such as ws://localhost:6001"),
        ("[conformance.servers.x]\nkey = 'k'\nurl = 'ws://a:b@h'", "url is no address"),
        (
            "[conformance.servers.x]\nkey = 'k'\nurl = 'ws://h'\nserves = ['tea']",
            "serves has 'tea'; allowed are secret,",
        ),
    ],
)
def test_a_wrong_declaration_is_refused(text: str, said: str, tmp_path: Path) -> None:
    """In a sentence that names the key."""
    with pytest.raises(UsageError, match=said):
        project(tmp_path, text)


def test_nothing_has_to_be_declared(tmp_path: Path) -> None:
    """Neither a file, nor the table in it."""
    assert declared(load({}, {}, tmp_path, tmp_path)).servers == {}
    assert project(tmp_path, "default_target = 'embedded'").known == ""


@pytest.mark.parametrize("name", ["embedded:nonsense", "theirs:pusher", "nobody"])
def test_what_nobody_declared_is_refused(name: str, tmp_path: Path) -> None:
    """With what is known."""
    with pytest.raises(UsageError, match=r"embedded:reverb|'nobody' is no target"):
        server(tmp_path, name)


REMOTE = """
[targets.live]
topology = "remote"
production = true
backend = { url = "https://chat.example.com" }
broadcaster = { url = "wss://ws.example.com", key = "k" }
"""


@pytest.mark.parametrize(
    ("name", "said"), [("live", "is production"), ("containers", "realtime run --realtime-target=")]
)
def test_a_target_that_may_not_be_treated_so_is_refused(name: str, said: str, tmp_path: Path) -> None:
    """Nothing is sent to it."""
    project(tmp_path, REMOTE)
    with pytest.raises(UsageError, match=said):
        server(tmp_path, name)
