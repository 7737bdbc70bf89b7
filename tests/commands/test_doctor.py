"""`realtime doctor` walks a target, says what is broken, and ends with a code that a script can use."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli import main
from harness.commands.target_file import write
from harness.config import own_target
from harness.topology.embedded import EmbeddedStack, start

TARGET = """
[targets.staging]
topology = "remote"
[targets.staging.backend]
url = "http://nobody.invalid"
[targets.staging.broadcaster]
url = "ws://127.0.0.2:1"
app_id = "1"
key = "key"
"""


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[EmbeddedStack]:
    """Serve a stack that others can be sent to."""
    started = start(own_target("embedded", "embedded"), seed=1, folder=tmp_path, cache=tmp_path / "worlds")
    yield started
    started.stop()


def without_a_cast(file: Path, stack: EmbeddedStack, *, leave_out: str = "nothing at all") -> None:
    """Declare a stack as somebody else's, on which people may register; routes of this name are left out."""
    write(file, stack.target)
    kept, _, _ = file.read_text().partition("[[targets.up.cast]]")
    lines = [line for line in kept.splitlines() if not line.startswith(leave_out)]
    world = ["[targets.up.world]", "companies = [1, 2]"]
    file.write_text("\n".join([*lines, *world, "[targets.up.may]", "registration = true", "create = true", ""]))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a project that declares a target of which nothing is there."""
    (tmp_path / "realtime.toml").write_text(TARGET)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REALTIME_CACHE", str(tmp_path / "worlds"))
    return tmp_path


def doctor(*arguments: str) -> Result:
    """Call the command."""
    return CliRunner().invoke(main, ["doctor", *arguments])


def accounts_in(folder: Path) -> tuple[int, int]:
    """Count the accounts in the database of a backend that has ended: the open ones, and those that were closed."""
    (file,) = folder.glob("backend-*.sqlite")
    with contextlib.closing(sqlite3.connect(file)) as database:
        (closed,) = database.execute("SELECT count(*) FROM users WHERE email LIKE 'closed-%'").fetchone()
        (every,) = database.execute("SELECT count(*) FROM users").fetchone()
    return every - closed, closed


def test_it_walks_the_embedded_stack_and_ends_with_0(project: Path) -> None:
    """Nothing is broken, every hop that needs no statement is fine; that it is ours for want of a file is said."""
    (project / "realtime.toml").unlink()
    result = doctor("--comb", "0")

    assert result.exit_code == 0, result.output
    assert "it is our own embedded stack that is walked" in result.stderr
    assert "no hop is broken" in result.output
    assert "ok      delivery" in result.output


def test_a_target_of_which_nothing_is_there_is_the_environments_fault(project: Path) -> None:
    """Code 3, the name and the port as broken hops, and nothing behind them was reached."""
    result = doctor("staging", "--json")
    told = json.loads(result.output)
    states = {one["hop"]: one["state"] for one in told["hops"]}

    assert result.exit_code == 3
    assert {hop for hop, state in states.items() if state == "broken"} == {"backend name", "broadcaster port"}
    assert states["login"] == states["upgrade"] == "not reached"
    assert told["first"]["id"] == "unresolvable"


def test_people_who_cannot_be_made_do_not_end_the_walk(project: Path) -> None:
    """A target without a cast whose backend is down is walked to the hop that is."""
    (project / "realtime.toml").write_text(
        f"{TARGET}[targets.staging.world]\ncompanies = [1]\n[targets.staging.may]\nregistration = true\n"
    )

    result = doctor("staging")

    assert result.exit_code == 3
    assert "BROKEN  backend name" in result.output


def test_people_who_are_made_for_the_walk_are_deleted(project: Path, stack: EmbeddedStack, tmp_path: Path) -> None:
    """They register, play, and their accounts are closed behind it."""
    without_a_cast(project / "made.toml", stack)

    result = doctor("up", "--config", "made.toml", "--comb", "0")
    stack.control.do("kill", "backend")

    assert accounts_in(tmp_path) == (len(stack.people), 5)
    assert result.exit_code == 0, result.output
    assert "ok      delivery" in result.output


def test_who_cannot_be_deleted_is_told(project: Path, stack: EmbeddedStack) -> None:
    """Without a route for it, each of them is named on the error output."""
    without_a_cast(project / "made.toml", stack, leave_out="delete_account")

    result = doctor("up", "--config", "made.toml", "--comb", "0")

    assert result.exit_code == 0, result.output
    assert result.output.count("left behind: person ") == 5


def test_a_hop_that_is_broken_in_the_product_is_1(project: Path) -> None:
    """A stated `.env` that says log is enough."""
    (project / ".env").write_text("BROADCAST_CONNECTION=log\n")

    result = doctor("embedded", "--comb", "0", "--env", ".env")

    assert result.exit_code == 1
    assert "BROADCAST_CONNECTION is 'log'" in result.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere",), "TARGET is 'nowhere'; allowed are embedded, containers, staging"),
        (("--config", "none.toml"), "none.toml cannot be read"),
        (("staging", "--token-from", "NO_SUCH_VARIABLE"), "--token-from names the variable NO_SUCH_VARIABLE"),
        (("staging", "--client", "realtime.toml"), "realtime.toml holds no options of a client"),
        (("staging", "--idle", "-1"), "-1.0 is not in the range"),
        (("staging", "--client-log", "missing.log"), "missing.log"),
    ],
)
def test_what_cannot_be_asked_for_is_2_with_a_sentence(
    project: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    """The sentence names what was found and what is allowed; there is no traceback."""
    result = doctor(*arguments)

    assert result.exit_code == 2
    assert sentence in result.output
