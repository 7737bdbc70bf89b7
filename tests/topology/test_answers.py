"""Answers: one to each word, each to its own, and in words what is none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import EnvironmentFault, UsageError
from harness.topology.answers import Answers
from harness.topology.log import Log


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    """Give those of a server that wrote no log."""
    return Answers(Log("backend", tmp_path / "backend.log"))


def line_after_line(*lines: bytes) -> Iterator[bytes]:
    """Let a server write these."""
    yield from lines
    raise EnvironmentFault("no answer came in time")


def test_what_is_announced_is_an_object(answers: Answers) -> None:
    """Anything else is a fault of the server's, quoted."""
    assert answers.first(line_after_line(b'{"ready": true}\n').__next__) == {"ready": True}
    for line in (b"nonsense\n", b"[]\n", b"\xff\n"):
        with pytest.raises(EnvironmentFault, match=r"the backend announced b'.+' where a JSON object was due"):
            answers.first(line_after_line(line).__next__)


def test_a_refusal_is_the_callers_mistake(answers: Answers) -> None:
    """With the server's own words; the next answer is the next one's."""
    lines = line_after_line(b'{"error": "not that"}\n', b"7\n", b'{"took": 1}\n')
    with pytest.raises(UsageError, match="the backend refuses: not that"):
        answers.to_what_was_told(lines.__next__)
    with pytest.raises(EnvironmentFault, match=r"answered b'7.+' where"):
        answers.to_what_was_told(lines.__next__)
    assert answers.to_what_was_told(lines.__next__) == {"took": 1}


def test_a_late_answer_is_nobody_elses(answers: Answers) -> None:
    """Two were asked for in vain; what comes then is passed over until the answer to the third."""
    for _ in range(2):
        with pytest.raises(EnvironmentFault, match="in time"):
            answers.to_what_was_told(line_after_line().__next__)

    lines = line_after_line(b'{"took": 1}\n', b'{"took": 2}\n', b'{"took": 3}\n')
    assert answers.to_what_was_told(lines.__next__) == {"took": 3}
