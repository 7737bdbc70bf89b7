"""A failure reads in fifteen lines."""

from typing import Any

import msgspec
import pytest

from harness.checkers.judgement import Judgement
from harness.checkers.verdict import Verdict
from harness.errors import GuaranteeBroken, Inconclusive
from harness.report.paragraph import LIMIT, error_of

WHERE = {"replay": "pytest x", "evidence": "reports/1/report.html#x"}


def told(*findings: Any, doubts: tuple[str, ...] = ()) -> list[str]:
    """Write the judgement of a test as its failure shows it."""
    verdict = Verdict.FAIL if findings else Verdict.INCONCLUSIVE
    error = error_of(Judgement(verdict=verdict, findings=findings, doubts=doubts), **WHERE)
    assert isinstance(error, GuaranteeBroken if findings else Inconclusive)
    return str(error).split("\n")


def test_a_finding_is_told_in_aligned_fields(found: Any) -> None:
    """Headline, hop, expectation, evidence by what it is, suspects, then how to run it again and where to look."""
    seen = [
        "+1.2 s  staff sent “x” → 201",
        "meanwhile +1.3 s  carol#1 heard “x”",
        "fault +1.1 s  slow",
        "fault +1.2 s  cut",
    ]
    one = found("delivery.duplicated", summary="bob#1 heard it twice", expected="once", evidence=seen)

    assert told(one) == [
        "delivery.duplicated (delivery): bob#1 heard it twice",
        "    hop         7, deliver (broadcaster → socket)",
        "    expected    once",
        "    seen        +1.2 s  staff sent “x” → 201",
        "    meanwhile   +1.3 s  carol#1 heard “x”",
        "    faults      +1.1 s  slow",
        "                +1.2 s  cut",
        *(f"    {'suspects' if n == 0 else '':<12}{suspect}" for n, suspect in enumerate(one.suspects[:3])),
        "    replay      pytest x",
        "    evidence    reports/1/report.html#x",
    ]


def test_the_gravest_comes_first_and_others_are_named(found: Any) -> None:
    """A leak before what was lost; the same observation once, with how often it was made."""
    lines = told(
        found("delivery.lost"), found("delivery.lost"), found("isolation.heard-by-outsider", summary="eve heard")
    )

    assert lines[0] == "isolation.heard-by-outsider (security): eve heard"
    assert "    also        delivery.lost (delivery), 2 times: delivery.lost was seen" in lines


def test_a_finding_of_a_later_version_comes_last_in_its_class(found: Any) -> None:
    """Its id is not in our list, and it is no less told."""
    later = msgspec.structs.replace(found("delivery.lost"), id="delivery.imagined")

    assert told(later, found("delivery.late"))[0].startswith("delivery.late ")


@pytest.mark.parametrize("count", [0, 1, 4, 9, 50])
def test_no_failure_is_longer(found: Any, count: int) -> None:
    """However much was seen and found, the first and the last lines stand."""
    ids = [
        "delivery.late",
        "delivery.own-echo",
        "ordering.reordered",
        "protocol.malformed-frame",
        "delivery.duplicated",
    ]
    evidence = [f"line {number}" for number in range(count)]
    first = found("delivery.lost", expected="it", evidence=evidence)
    lines = told(first, *[found(id_, evidence=evidence) for id_ in ids[:count]])

    assert len(lines) <= LIMIT
    assert lines[-1].endswith("report.html#x")
    if count == 50:
        assert [line[16:] for line in lines[3:7]] == ["line 0", "line 1", "… 47 more lines …", "line 49"]
        assert lines[12] == "                … 3 more observations in the report"


@pytest.mark.parametrize(("count", "shown"), [(1, 1), (13, 13), (14, 13), (100, 13)])
def test_doubts_are_listed_as_far_as_there_is_room(count: int, shown: int) -> None:
    """The rest is counted."""
    lines = told(doubts=tuple(f"doubt {number}" for number in range(count)))

    assert len(lines) == shown + 2
    assert (lines[shown - 1] == f"… {count - 12} more doubts") is (count > 13)


def test_text_of_a_target_makes_no_line_of_its_own(found: Any) -> None:
    """Line breaks and control characters are escapes, in a finding and in a doubt."""
    evil = "a\n::error::\x1b[2J"

    for lines in (told(found(summary=evil, evidence=[evil], expected=evil)), told(doubts=(evil,))):
        assert len(lines) <= LIMIT
        assert all(line.replace("\u200b", "").isprintable() for line in lines)
        assert not any(line.lstrip().startswith("::") for line in lines)


def test_what_held_is_no_error() -> None:
    """Without a place to look, none is named."""
    assert error_of(Judgement(verdict=Verdict.PASS)) is None
    assert str(error_of(Judgement(verdict=Verdict.INCONCLUSIVE, doubts=("no pong",)))) == "no pong"


@pytest.mark.parametrize("others", [0, 1, 5])
@pytest.mark.parametrize("lines", [1, 8, 30])
def test_beside_an_expectation_a_finding_takes_what_is_left(found: Any, lines: int, others: int) -> None:
    """Together they take fifteen lines; where to look, and how to run it again, are always among them."""
    first = found("isolation.heard-by-outsider", expected="nobody", evidence=[f"line {n}" for n in range(12)])
    ids = ("delivery.lost", "delivery.late", "delivery.own-echo", "ordering.reordered", "delivery.duplicated")
    judgement = Judgement(verdict=Verdict.FAIL, findings=(first, *(found(one) for one in ids[:others])))
    written = str(error_of(judgement, **WHERE, told=lines)).split("\n")

    assert len(written) <= max(LIMIT - lines, 7)
    assert written[0].startswith("isolation.heard-by-outsider")
    assert written[1].startswith("    hop  ")
    assert [line.split()[0] for line in written[-2:]] == ["replay", "evidence"]
    assert any(line.startswith("    also") for line in written) == bool(others)
