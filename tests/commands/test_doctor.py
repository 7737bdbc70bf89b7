"""`realtime doctor` walks a target, says what is broken, and ends with a code that a script can use."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli import main

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
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a project that declares a target of which nothing is there."""
    (tmp_path / "realtime.toml").write_text(TARGET)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REALTIME_CACHE", str(tmp_path / "worlds"))
    return tmp_path


def doctor(*arguments: str) -> Result:
    """Call the command."""
    return CliRunner().invoke(main, ["doctor", *arguments])


def test_it_walks_the_embedded_stack_and_ends_with_0(project: Path) -> None:
    """Nothing is broken; every hop that needs no statement is fine."""
    result = doctor("embedded", "--comb", "0")

    assert result.exit_code == 0, result.output
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


def test_a_hop_that_is_broken_in_the_product_is_1(project: Path) -> None:
    """A stated `.env` that says log is enough."""
    (project / ".env").write_text("BROADCAST_CONNECTION=log\n")

    result = doctor("embedded", "--comb", "0", "--env", ".env")

    assert result.exit_code == 1
    assert "BROADCAST_CONNECTION is 'log'" in result.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere",), "'nowhere'; allowed are embedded, containers, staging"),
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
