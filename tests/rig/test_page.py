"""The page of a run: self-contained, failures first, with every word of others as text."""

from harness.rig.exercise import Word
from harness.rig.log import Entry
from harness.rig.page import line, render
from tests.proving.test_page import read
from tests.rig.test_result import ENTRY, result, sheet


def test_the_page_asks_nothing_of_a_network() -> None:
    """And has each exercise in the section of what became of it."""
    words = (Word.PASS, Word.FAIL, Word.INCONCLUSIVE, Word.NOT_EXERCISED)
    page = render(sheet(*(result(word, f"an.exercise-{number}") for number, word in enumerate(words))))
    reader = read(page)

    assert reader.loads == []
    assert {"pass", "fail", "inconclusive", "not-exercised", *(f"an.exercise-{n}" for n in range(4))} <= set(reader.ids)
    assert page.index('id="fail"') < page.index('id="pass"')


def test_what_a_client_said_is_text() -> None:
    """In reasons, remarks, channels and the wire log."""
    evil = "<script>alert(1)</script>"
    page = render(sheet(result(Word.FAIL, "a", evil, evil)))

    assert evil not in page
    assert page.count("&lt;script&gt;") >= 3
    assert "private-<b>" not in page


def test_an_entry_is_a_line() -> None:
    """With its time, who, which way, and what is known of it."""
    closed = Entry(at=2.0, who="socket 1", what="closed", code=4001, by="rig")

    assert line(ENTRY).split()[:3] == ["1.500", "socket", "1"]
    assert "←" in line(ENTRY)
    assert line(closed).endswith("closed rig 4001")
