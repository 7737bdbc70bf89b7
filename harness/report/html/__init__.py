"""
The report that people read: one file that opens from disk, asks nothing of a network, and stays below 5 MB.

Importing this loads jinja2 and pygal; whoever writes no report should not.
"""

import hashlib
from base64 import b64encode
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.checkers.latency import Stage, shown
from harness.report.authorization_map import map_of
from harness.report.document import Document, Report
from harness.report.guarantees import guarantees
from harness.report.html import authorization, banner, charts, sections, traces
from harness.report.html.embedding import Block, plain_block
from harness.report.html.text import counted, isolated, visible
from harness.report.html.wording import KINDS

MOST_BYTES = 5_000_000
"""No report is larger, whatever the history."""
_SHELL_BYTES = 3_000_000
"""What everything but the traces may take; they get the rest."""
_RESERVE = 50_000
_PAGE = Path(__file__).with_name("page")
_TRACES = "<!-- traces -->"
"""Where traces go: all text of others is escaped, so that this stands in a page once."""


def render(report: Report) -> str:
    """
    Write `report.html`.

    What does not fit is left out, passing tests first, and the page says so. The same report gives the same page.
    """
    ordered = traces.in_order(report)
    limits = sections.Limits()
    shell = _shell(report, ordered, limits)
    while len(shell.encode()) > _SHELL_BYTES and limits != limits.halved():
        limits = limits.halved()
        shell = _shell(report, ordered, limits)
    index, blocks = traces.embedded(ordered, MOST_BYTES - _RESERVE - len(shell.encode()))
    return shell.replace(_TRACES, "\n".join(map(_element, [("traces", plain_block(index)), *blocks])))


def _element(named: tuple[str, Block]) -> str:
    name, block = named
    kind = "application/json" if block.encoding == "json" else "text/plain"
    return f'<script type="{kind}" id="{name}" data-encoding="{block.encoding}">{block.text}</script>'


def _shell(report: Report, ordered: list[traces.World], limits: sections.Limits) -> str:
    """Write the page with a mark where its traces go."""
    environment = _environment()
    environment.filters["theirs"] = partial(isolated, limit=limits.text)
    return environment.get_template("report.html.j2").render(_content(report, ordered, limits))


def _content(report: Report, ordered: list[traces.World], limits: sections.Limits) -> dict[str, Any]:
    document = report.document
    cards = sections.cards(report, ordered, limits)
    scale = charts.scale_of(document.stages, document.budgets)
    style, script = asset("report.css"), asset("trace.js") + asset("report.js")
    return {
        "document": document,
        "authorization": authorization.matrix(map_of(report.events)),
        "banner": banner.banner(document),
        "guarantees": guarantees(document),
        "cards": cards,
        "tests": sections.lines(report, cards, limits),
        "run_findings": sections.part(sections.of_the_run(document), limits.cards),
        "unexercised": sections.part(sections.unexercised(document), limits.cards),
        "advice": sections.part(document.advice, limits.cards),
        "tolerated": sections.part(document.tolerated, limits.cards),
        "stages": [(one, _chart(one, document, scale)) for one in document.stages],
        "budgets": [("", one) for one in document.budgets]
        + [(test.test, one) for test in report.final for one in test.budgets][: limits.cards],
        "limits": limits,
        "kinds": KINDS,
        "style": Markup(style),  # noqa: S704  our own files
        "script": Markup(script),  # noqa: S704
        "style_hash": digest(style),
        "script_hash": digest(script),
        "traces": Markup(_TRACES),  # noqa: S704
    }


def _chart(stage: Stage, document: Document, scale: charts.Scale) -> Markup:
    """Draw a stage; the budgets are those of a delivery."""
    return charts.distribution(stage, document.budgets if stage.name == "delivery" else (), scale)


@cache
def asset(name: str) -> str:
    """Give a file of the page: other pages of ours wear the same dress."""
    return (_PAGE / name).read_text("utf-8")


def digest(text: str) -> str:
    """Give the name by which a content security policy allows this text and no other."""
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "counted": counted,
        "duration": shown,
        "interval": banner.interval,
        "part": sections.part,
        "visible": visible,
    }
    return environment
