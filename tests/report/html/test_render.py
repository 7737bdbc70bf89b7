"""The page as a whole: one file, inert, bounded, complete."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from harness.checkers.outages import Recovery
from harness.checkers.recovery import Shortfall
from harness.checkers.run import RunJudgement
from harness.report.document import Outcome, anchor
from harness.report.html import MOST_BYTES, render


class Page(HTMLParser):
    """Collects the elements of a page, and the text of its scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.contents: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep a text with the element before it."""
        self.contents.append((self.tags[-1][0] if self.tags else "", data))

    def ids(self) -> list[str]:
        """List all ids."""
        return [found for _, attributes in self.tags if (found := attributes.get("id"))]


@pytest.fixture
def failing(runs: Any) -> str:
    """Render a run in which much went wrong."""
    return render(runs.failing())


def test_a_page_asks_for_nothing_from_outside(failing: str) -> None:
    """No element loads anything, and no address but names of formats stands in what is ours."""
    page = Page(failing)
    loads = [(tag, value) for tag, given in page.tags for name, value in given.items() if name in {"src", "href"}]

    assert all(value == "data:," or (value or "").startswith("#") for _, value in loads)
    assert not {"iframe", "object", "embed", "img", "form", "base"} & {tag for tag, _ in page.tags}
    assert set(re.findall(r"https?://[\w./]+", failing)) <= {"http://www.w3.org/2000/svg"}


def test_the_policy_allows_our_script_and_style_alone(failing: str) -> None:
    """By the hash of what stands in the page; and neither event handlers nor style attributes."""
    policy = str(next(given["content"] for tag, given in Page(failing).tags if given.get("http-equiv")))
    for kind in ("script", "style"):
        (text,) = re.findall(rf"<{kind}>(.*?)</{kind}>", failing, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy

    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert not [name for _, given in Page(failing).tags for name in given if name.startswith("on") or name == "style"]


def test_text_of_others_makes_no_element(runs: Any) -> None:
    """The same elements come out whatever it is, and nothing unseen stays unseen."""
    kind, unkind = render(runs.failing("plain")), render(runs.failing(runs.UNKIND))

    assert [tag for tag, _ in Page(kind).tags] == [tag for tag, _ in Page(unkind).tags]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00\u2028\ud800-\udfff]", unkind)
    assert runs.ATTACK not in unkind
    assert runs.FAMILY in unkind


def test_what_people_wrote_is_isolated(runs: Any, failing: str) -> None:
    """Wherever it stands in the text of the page."""
    page = Page(failing)
    around = {tag for tag, text in page.contents if runs.ARABIC[:8] in text}

    assert around <= {"bdi", "script"}
    assert "bdi" in around


def test_every_test_has_one_place(runs: Any, failing: str) -> None:
    """The one that the terminal points at; no id stands twice, and every link inside leads somewhere."""
    page, report = Page(failing), runs.failing()
    ids = page.ids()

    assert len(ids) == len(set(ids))
    assert {anchor(one.test) for one in report.document.outcomes} <= set(ids)
    assert {str(given["href"])[1:] for tag, given in page.tags if tag == "a"} <= set(ids)


def test_everything_that_a_reader_needs_is_said(failing: str) -> None:
    """Verdict, figures, findings with what was expected and the replay, what was left out, doubts, latency."""
    for words in (
        "FAIL",
        "isolation.heard-by-outsider",
        "expected",
        "--realtime-seed=7",
        "no faults",
        "12 of 59 messages",
        "in doubt",
        "own lag",
        "nothing was measured",
        "exit code 5",
    ):
        assert words in failing


def test_a_run_of_nothing_is_a_page_too(report: Any) -> None:
    """It says that nothing is proven."""
    page = render(report())

    assert "nothing is proven" in page
    assert "No test ran." in page


def test_the_same_report_gives_the_same_page(runs: Any) -> None:
    """Byte by byte."""
    assert render(runs.failing()) == render(runs.failing())


def test_a_page_stays_below_its_limit(runs: Any) -> None:
    """However many tests, however long their texts: less is shown, and the page says so."""
    reason = runs.UNKIND * 50_000
    many = [Outcome(test=f"test_{number}", verdict="FAIL", reason=reason, replay=reason) for number in range(3_000)]
    worlds = [(f"tests/test_long.py::test_{number}", runs.exchange("<&>" * 400_000)) for number in range(3)]
    page = render(runs.run_of(worlds, *many))

    assert len(page.encode()) < MOST_BYTES
    assert "more, in verdict.json" in page
    assert "characters)" in page


def test_traces_that_find_no_room_are_counted(runs: Any) -> None:
    """The list of traces knows how many are missing."""
    report = runs.run_of([(f"test_{number}", runs.exchange(messages=300)) for number in range(40)])
    (index,) = re.findall(r'id="traces" data-encoding="json">(.*?)</script>', render(report))
    known = json.loads(index)

    assert known["left_out"] > 0
    assert len(known["entries"]) + known["left_out"] == 40


def test_recoveries_and_gaps_have_tables_where_there_were_any(outcome: Any, report: Any) -> None:
    """What a target may have named itself stays text."""
    after = Recovery(fault="<kill>", server="broadcaster", people_back=0.25, away=2, limit=5)
    missed = Shortfall(who="bob", channel="<b>", missed=3, caught_up=2, heard_late=0, in_neither=1, for_good=1)
    page = render(report(outcome(), run=RunJudgement(recoveries=(after,), shortfalls=(missed,))))

    for words in ("What came after each fault", "&lt;kill&gt;", "0.250", "What people missed while they were away"):
        assert words in page
    assert "<kill>" not in page
    assert "What came after" not in render(report(outcome()))


def test_the_doctor_has_a_section_that_failed_tests_lead_to(outcome: Any, report: Any, visit: Any, runs: Any) -> None:
    """With every hop; what a target said there makes no element, and a run without a walk has no section."""
    failed = outcome("FAIL", reason="GuaranteeBroken: it broke")
    kind, unkind = (render(report(failed, doctor=(visit(text),))) for text in ("4001", runs.UNKIND))

    assert [tag for tag, _ in Page(kind).tags] == [tag for tag, _ in Page(unkind).tags]
    assert "doctor" in Page(kind).ids()
    assert [given["href"] for tag, given in Page(kind).tags if tag == "a"].count("#doctor") == 2
    assert all(words in kind for words in ("first look at: the key is wrong", "take 4001", "1 fine, 1 broken"))
    assert "#doctor" not in render(report(failed))
