"""
A proof as a page: one file that opens from disk and asks nothing of a network, in the dress of a run's report.

Importing this loads jinja2; whoever writes no page should not.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.proving.result import Proof
from harness.report.html import asset, digest
from harness.report.html.text import isolated, visible

_PAGE = Path(__file__).with_name("page")


def render(proof: Proof) -> str:
    """Write the page; whatever a target or a test said is shown as text, with nothing of it hidden."""
    environment = Environment(
        loader=FileSystemLoader(_PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"theirs": isolated, "visible": visible}
    style = asset("report.css")
    return environment.get_template("prove.html.j2").render(
        proof=proof,
        facts=_facts(proof),
        style=Markup(style),  # noqa: S704  our own file
        style_hash=digest(style),
    )


def _facts(proof: Proof) -> list[tuple[str, str]]:
    ids = {one.defect.partition(":")[0] for one in proof.caught}
    return [
        ("target", f"{proof.target} ({proof.topology})"),
        ("tests", str(proof.tests)),
        ("ids caught", str(len(ids))),
        ("tier", proof.tier),
        ("seed", str(proof.seed)),
        ("seconds", f"{proof.seconds:.0f}"),
    ]
