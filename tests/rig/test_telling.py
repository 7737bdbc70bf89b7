"""A run in words: on a terminal and as Markdown, where whatever a client said stays text."""

from harness.rig.exercise import Word
from harness.rig.telling import line, markdown, summary
from tests.rig.test_result import result, sheet


def test_a_line_says_what_became_of_an_exercise() -> None:
    """And escapes what could move a terminal's cursor."""
    said = line(result(Word.FAIL, "close.4001", "it \x1b[2J came back"))

    assert said.split()[:2] == ["FAIL", "close.4001"]
    assert "\x1b" not in said


def test_the_end_says_the_verdict_what_failed_and_what_it_should_have_been() -> None:
    """And remarks."""
    said = list(
        summary(sheet(result(Word.FAIL, "close.4001", "it came back"), result(Word.PASS, "a", "b", "a remark")))
    )

    assert said == [
        "FAIL: 1 pass, 1 fail",
        "FAIL  close.4001: it came back",
        "      expected: It does right.",
        "note  a: a remark",
    ]


def test_markdown_holds_no_markup_of_others() -> None:
    """A row an exercise."""
    text = markdown(sheet(result(Word.FAIL, "a.b", "`x` | <img src=x> [a](b)\n# no")))
    (row,) = [one for one in text.splitlines() if one.startswith("| a.b")]

    assert row.count("|") == 5
    assert "<img" not in text
    assert "\n# no" not in text
