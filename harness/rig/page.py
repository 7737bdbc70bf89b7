"""
A run as a page: one file that opens from disk and asks nothing of a network, in the dress of a run's report.

Importing this loads jinja2; whoever writes no page should not.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.report.html import asset, digest
from harness.report.html.text import isolated, visible
from harness.rig.exercise import Word
from harness.rig.log import Entry
from harness.rig.result import Sheet

_PAGE = Path(__file__).with_name("page")
_TONES = {"PASS": "good", "FAIL": "bad", "INCONCLUSIVE": "doubtful", "NOT EXERCISED": "doubtful"}
_MOST = 200
"""Lines of a wire log that are shown; rig.json holds all."""


def render(sheet: Sheet) -> str:
    """Write the page; whatever a client said is shown as text, with nothing of it hidden."""
    environment = Environment(
        loader=FileSystemLoader(_PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"theirs": isolated, "visible": visible}
    style = asset("report.css")
    return environment.get_template("rig.html.j2").render(
        sheet=sheet,
        groups=[(word, sheet.of(word)) for word in (Word.FAIL, Word.INCONCLUSIVE, Word.PASS, Word.NOT_EXERCISED)],
        tones=_TONES,
        facts=_facts(sheet),
        most=_MOST,
        line=line,
        style=Markup(style),  # noqa: S704  our own file
        style_hash=digest(style),
    )


def line(entry: Entry) -> str:
    """Write one entry of a wire log."""
    arrow = {"in": "←", "out": "→"}.get(entry.what, entry.what)
    facts = [entry.by, "" if entry.code is None else str(entry.code), entry.signature, entry.problem]
    told = entry.text or entry.event
    return " ".join(filter(None, [f"{entry.at:8.3f}", f"{entry.who:<10}", arrow, *facts, told]))


def _facts(sheet: Sheet) -> list[tuple[str, str]]:
    return [
        ("dialect", sheet.dialect),
        ("key", sheet.key or "none was asked for"),
        ("channels", ", ".join(sheet.channels) or "none"),
        ("pace", f"{sheet.pace:g}"),
        ("seed", str(sheet.seed)),
        ("seconds", f"{sheet.seconds:.0f}"),
    ]
