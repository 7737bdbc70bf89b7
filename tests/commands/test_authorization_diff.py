"""`realtime report --authz-diff OLD NEW`: a sentence a change, the gravest first, and an exit code for a gate."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from harness.cli import main
from harness.report.authorization_map import FILE_NAME, AuthorizationMap, Row

Compare = Callable[..., Result]

PATTERN = "private-chat.{other company}.conversation.{another}"


@pytest.fixture
def compare(tmp_path: Path) -> Compare:
    """Give a function that compares maps of these decisions, by persona: `compare({"visitor": "denied"}, {})`."""

    def compare(*maps: dict[Any, Any], more: tuple[str, ...] = ()) -> Result:
        for name, decisions in zip(("old", "new"), maps, strict=False):
            rows = [
                Row(pattern=PATTERN, act="join", persona=who, decision=decision) for who, decision in decisions.items()
            ]
            (tmp_path / name).mkdir()
            (tmp_path / name / FILE_NAME).write_bytes(msgspec.json.encode(AuthorizationMap(rows=tuple(rows))))
        paths = str(tmp_path / "old"), str(tmp_path / "new" / FILE_NAME)
        return CliRunner().invoke(main, ["report", "--authz-diff", *paths, *more])

    return compare


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ({"visitor": "denied"}, {"visitor": "denied"}, 0, "nothing changed: all 1 rows of the old map are in"),
        ({"visitor": "denied"}, {"visitor": "granted"}, 5, "widened: this build newly lets a visitor who never logged"),
        ({"visitor": "denied"}, {"visitor": "mixed"}, 5, "widened: "),
        ({"participant": "granted"}, {"participant": "denied"}, 1, "narrowed: this build no longer lets a participant"),
        ({"participant": "granted"}, {"participant": "error"}, 1, "broken: this build newly answers with an error"),
        ({"visitor": "denied", "self": "granted"}, {"self": "granted"}, 4, "gone: it was no longer observed whether"),
        ({"self": "granted"}, {"self": "granted", "visitor": "granted"}, 4, "first granted: this build lets a visitor"),
        ({"self": "granted"}, {"self": "granted", "visitor": "denied"}, 0, "harmless: this build was seen for the"),
        ({}, {}, 4, "the new map holds no decision, so nothing is proven"),
        ({"visitor": "denied"}, {}, 4, "gone: "),
    ],
)
def test_a_change_is_a_sentence_and_a_code(compare: Compare, old: Any, new: Any, code: int, words: str) -> None:
    """Newly let in is security, no longer let in a failure, and what only one map saw proves nothing."""
    result = compare(old, new)

    assert (result.exit_code, result.stderr) == (code, "")
    assert result.stdout.startswith(words)


def test_the_gravest_decides_and_stands_first(compare: Compare) -> None:
    """Whatever else changed."""
    result = compare(
        {"participant": "granted", "other company": "denied", "self": "granted"},
        {"participant": "denied", "other company": "granted"},
    )

    assert result.exit_code == 5
    assert [line.partition(":")[0] for line in result.stdout.splitlines()] == ["widened", "narrowed", "gone"]
    assert f"this build newly lets another company's member join {PATTERN}, which was denied" in result.stdout


@pytest.mark.parametrize("more", [("x",), ("--recheck",), ("--json",), ("--checker", "delivery"), ("--write",)])
def test_nothing_else_goes_with_it(compare: Compare, more: tuple[str, ...]) -> None:
    """A folder to be reported is another question."""
    result = compare({}, {}, more=more)

    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "--authz-diff takes two maps and goes with nothing else" in result.stderr


def test_a_map_that_is_not_there_is_one_sentence(compare: Compare) -> None:
    """It names the path."""
    result = compare()

    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "old cannot be read: No such file or directory" in result.stderr


def test_an_empty_folder_holds_no_run(compare: Compare, tmp_path: Path) -> None:
    """Nor does it hold a map."""
    (tmp_path / "old").mkdir()
    result = compare()

    assert result.exit_code == 2
    assert "so nothing can be told of that run" in result.stderr
