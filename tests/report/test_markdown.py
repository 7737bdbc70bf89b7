"""The summary for a reviewer, rendered by GitHub's own Markdown library."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from harness.checkers.latency import Budget
from harness.checkers.outages import Recovery
from harness.checkers.recovery import Shortfall
from harness.checkers.run import Check, RunJudgement
from harness.history.events import HttpAnswered
from harness.report.document import Facts
from harness.report.markdown import LIMIT, code, prose, render, summary

cmarkgfm = pytest.importorskip("cmarkgfm")

OURS = {"h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "strong", "code"}
EVIL = (
    "<script>alert(1)</script><!-- ", "[click](https://evil.example) ![](x)", "https://evil.example www.evil.example",
    "@octocat closes #12 GH-3 a@b.example :smile:", "| a | b |\n|---|---|", "`code` ``` *bold* __b__ ~~s~~",
    "\n# head\n\n- item",    "&lt;b&gt; &amp;", "\x1b[2J\u202eabc\ud800", "\\|\\", "```\n</details>",
)  # fmt: skip


class Page(HTMLParser):
    """What a browser would make of it: the tags, the text outside code, and the cells of each row."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.everything = ""
        self.rows: list[list[str]] = []
        self._open: list[str] = []
        self.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, options=cmarkgfm.Options.CMARK_OPT_UNSAFE))

    def handle_starttag(self, tag: str, _attrs: Any) -> None:
        """Note that it is there."""
        self.tags.add(tag)
        self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, _tag: str) -> None:
        """Leave it."""
        self._open.pop()

    def handle_data(self, data: str) -> None:
        """Keep what a reader sees."""
        self.everything += data
        self.text += "" if "code" in self._open else data
        if {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data


def full(outcome: Any, found: Any, report: Any, text: str, **more: Any) -> Any:
    """Make a report that says `text` wherever a target, a test or a project can say something."""
    lost = found(summary=text, who=text, where=text, expected=text, evidence=(text,))
    excused = found("ordering.reordered", summary=text, tolerated=text or "known")
    budget = Budget(
        percentile="p95",
        limit=0.3,
        claim="not claimed",
        value=0.1,
        lower=0.05,
        upper=None,
        samples=9,
        needed=59,
        why=text,
    )
    return report(
        outcome(
            "FAIL", lost, excused,
            test=f"a{text}", replay=text, budgets=(budget,), unbroken=(text,), counts={"owed": 3},
        ),
        outcome("ERROR", test=f"b{text}", reason=text),
        outcome("INCONCLUSIVE", test=f"c{text}", reason=text),
        outcome("NOT EXERCISED", test=f"d{text}", reason=text),
        outcome("FAIL", test=f"e{text}", repeated=True),
        outcome("PASS", found(advice=True, summary=text), test=f"e{text}"),
        run=RunJudgement(doubts=(text,), validity=(Check(name="lag", holds=False, seen=text),), budgets=(budget,)),
        facts=Facts(target=text, topology=text, tier=text, run=text, folder=text or "reports"),
        cut_short=text,
        require=(text,),
        **more,
    )  # fmt: skip


def test_a_reviewer_reads_the_verdict_first(outcome: Any, found: Any, report: Any) -> None:
    """Then guarantees, findings, failures, latency, what was not exercised, doubts, and where the report is."""
    text = render(full(outcome, found, report, "words"))

    assert text.startswith("## realtime: FAIL\n\nTarget words (words), tier words, seed 0. Tests: ")
    assert re.findall("^### (.*)", text, re.MULTILINE) == [
        "Guarantees", "Findings", "Failed without a finding", "Latency", "Not exercised", "Doubts",
        "Tolerated, and advice",
    ]  # fmt: skip
    assert text.endswith("Run `words`, report in `words`\n")


def test_tables_hold_the_figures(outcome: Any, found: Any, report: Any) -> None:
    """Counts of each guarantee; value, interval, limit, samples and claim of each percentile; reasons with counts."""
    rows = Page(render(full(outcome, found, report, "words"))).rows

    assert ["delivery", "broken", "3 deliveries owed", "1", "0"] in rows
    assert ["ordering", "broken, tolerated", "0 deliveries made", "0", "1"] in rows
    figures = ["p95", "100.0 ms", "50.0 ms to no upper bound", "300.0 ms", "9, needs 59", "not claimed: words"]
    assert [row for row in rows if figures[0] in row] == [["all tests", *figures], ["awords", *figures]]
    assert {("1", "words"), ("run", "required but not exercised: words"), ("validity: lag", "words")} <= set(
        map(tuple, rows)
    )
    assert ["ERROR", "bwords", "words"] in rows


def test_a_healthy_run_is_short(outcome: Any, report: Any) -> None:
    """No section stands there empty."""
    text = render(report(outcome(counts={"owed": 1, "delivered": 1}), facts=Facts(target="embedded")))

    assert re.findall("^### (.*)", text, re.MULTILINE) == ["Guarantees"]
    assert "Exit code 0.\n" in text


@pytest.mark.parametrize("evil", EVIL)
def test_text_of_a_target_stays_text(outcome: Any, found: Any, report: Any, evil: str) -> None:
    """No tag, no link, no mention, no reference and no further cell comes of it, and it can be read."""
    page, harmless = (
        Page(render(full(outcome, found, report, evil))),
        Page(render(full(outcome, found, report, "words"))),
    )

    assert page.tags <= OURS
    assert not re.search(r"@\w|#\d|GH-\d|://\w|www\.|:smile:", page.text)
    assert not set(page.everything) & set("\x1b\u202e\ud800")
    assert [len(row) for row in page.rows] == [len(row) for row in harmless.rows]
    if evil.isprintable():
        assert " ".join(evil.split()) in page.everything.replace("\u200b", "")


@pytest.mark.parametrize("text", ["pytest 'a::b[x|y]'", "a `b` ``c``", "`", "x@y #1", "a  b"])
def test_code_can_be_copied(text: str) -> None:
    """It shows as it is, in one piece."""
    assert Page(code(text)).everything.strip() == " ".join(text.split())
    assert Page(f"| a |\n|---|\n| {code('x|y').replace('|', chr(92) + '|')} |").rows == [["a"], ["x|y"]]
    assert (code(""), prose("")) == ("", "")


def test_what_matters_least_is_left_out_first(outcome: Any, found: Any, report: Any) -> None:
    """The findings outlast the doubts, and the verdict everything; what is missing is named, and none is cut in two."""
    document = full(outcome, found, report, "words").document
    whole = summary(document)
    sizes = range(len(whole.encode()), 0, -40)
    written = [summary(document, limit=size) for size in sizes]

    assert written[0] == whole
    assert all(len(text.encode()) <= size for text, size in zip(written, sizes, strict=True))
    assert any("Left out for its size: tolerated; `verdict.json` holds all of it." in text for text in written)
    assert any("### Findings" in text and "### Doubts" not in text for text in written)
    assert all(text.startswith("## realtime: FAIL") for text in written if text)
    assert written[-1] == ""


def test_the_doctor_is_quoted(outcome: Any, found: Any, report: Any, visit: Any) -> None:
    """Cause, evidence and remedy behind what failed; what a target said there stays text."""
    text = render(full(outcome, found, report, "words", doctor=(visit(), visit("".join(EVIL)))))

    titles = re.findall("^### (.*)", text, re.MULTILINE)
    assert titles[titles.index("Doctor") - 1 :][:3] == ["Failed without a finding", "Doctor", "Latency"]
    assert "first look at: the key is wrong [3, likely]" in Page(text).text
    assert "take 4001" in Page(text).text
    assert Page(text).tags <= OURS


def test_remarks_are_left_out_like_everything_else(report: Any) -> None:
    """A summary without room for them names them."""
    document = report(run=RunJudgement(remarks=("x" * 400,) * 2)).document

    assert "Left out for its size: remarks" in summary(document, limit=800)


def test_a_huge_run_fits(outcome: Any, found: Any, report: Any) -> None:
    """Of thousands of findings the first are told, with the number of the rest."""
    many = [found(summary="x" * 10_000, who="@" * 10_000, evidence=("|" * 10_000,) * 9) for _ in range(300)]
    failed = [outcome("ERROR", test=str(number), reason="y" * 10_000) for number in range(300)]
    text = render(report(outcome("FAIL", *many), *failed))

    assert len(text.encode()) <= LIMIT
    assert text.startswith("## realtime: FAIL")
    assert "### Findings" in text
    assert "… 298 more in `verdict.json`" in text


def test_the_map_is_summed_up_with_what_nobody_asked(outcome: Any, report: Any) -> None:
    """Rows, patterns and decisions; people and tokens of whom nothing is known. Without a decision nothing is said."""
    answers = [
        HttpAnswered(
            n=1,
            at=1,
            act="a",
            purpose="authorize",
            status=403,
            outcome="refused",
            shape="x",
            persona=who,
            credential=worth,
        )
        for who, worth in (("colleague", "live"), ("participant", "dead"))
    ]
    text = render(report(outcome(), events=tuple(answers)))

    assert "### Authorization map\n\n2 rows on 1 pattern of channels in `authz-map.json`: 2 denied." in text
    assert "Never asked: a participant; " in text
    assert "a colleague" not in text
    assert "with a token that had ended" not in text
    assert text.index("### Authorization map") < text.index("Run `run-1`")
    assert "Authorization map" not in render(report(outcome()))


def test_recoveries_and_gaps_are_told_where_there_were_any(outcome: Any, report: Any) -> None:
    """A fault a line, with what came after it; and who missed how much, and what became of that."""
    after = Recovery(
        fault="kill#1", server="broadcaster", first_delivery=0.5, people_back=0.25, away=1, false_online=0.125, limit=5
    )
    slow = Recovery(fault="cut#2", people=("bob",), people_back=6, limit=5, too_slow=("bob was back after 6 s",))
    missed = Shortfall(who="bob", channel="a|b", missed=3, caught_up=1, heard_late=1, in_neither=1, test="test_x")
    text = render(report(outcome(), run=RunJudgement(recoveries=(after, slow), shortfalls=(missed,))))

    rows = [[cell.replace("\u200b", "") for cell in row] for row in Page(text).rows]
    assert [row for row in rows if row[0] in {"kill#1 broadcaster", "cut#2 bob", "bob"}] == [
        ["kill#1 broadcaster", "0.5 s", "0.25 s, 1 away", "", "0.125 s / 0 s", "within 5 s"],
        ["cut#2 bob", "", "6 s", "", "0 s / 0 s", "beyond"],
        ["bob", "a|b", "3", "1", "1", "1", "test_x"],
    ]
    assert "Recovery" not in render(report(outcome()))
