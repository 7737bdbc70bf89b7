"""A walk as text for a terminal, and as one JSON object for a program."""

from collections.abc import Iterator
from typing import Final

import msgspec

from harness.doctor.report import HopTold, Ranked, Report
from harness.errors import plain

_MARK: Final = {"fine": "ok", "advice": "note", "broken": "BROKEN", "not reached": "-", "not exercised": "."}
_OPTION: Final = {"client": "--client FILE", "log": "--client-log FILE", "env": "--env FILE"}
_MOST: Final = 3
"""Causes of one hop that a terminal shows; JSON has all."""


def as_json(report: Report) -> str:
    """Give the whole report as one line of JSON, with its verdict and its first suspect."""
    whole = msgspec.to_builtins(report) | {"verdict": report.verdict, "first": msgspec.to_builtins(report.first)}
    return msgspec.json.encode(whole).decode()


def as_text(report: Report) -> str:
    """Give the report for a terminal; whatever a target said cannot move the cursor, or end a CI group."""
    return "\n".join(plain(line) for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield f"target {report.target} ({report.topology}): backend {report.backend}, broadcaster {report.broadcaster}"
    yield ""
    for hop in report.hops:
        yield from _hop(hop)
    if report.unseen:
        yield ""
        yield "cannot be seen from here, unless it is stated:"
        for one in report.unseen:
            options = " or ".join(_OPTION[part] for part in one.state.split(" or "))
            yield f"  {one.id:>3}  {one.says} ({options})"
    yield ""
    yield _verdict(report)


def _hop(hop: HopTold) -> Iterator[str]:
    is_walked = hop.state in ("fine", "advice", "broken")
    did, took = (f"{hop.does}: ", f"  {hop.seconds * 1000:.0f} ms") if is_walked else (f"{hop.state}: ", "")
    yield f"{_MARK[hop.state]:<7} {hop.hop:<17} {did}{hop.came}{took}"
    for number, cause in enumerate(hop.causes[:_MOST]):
        yield from _cause(cause, "cause" if not number else "or")


def _cause(cause: Ranked, word: str) -> Iterator[str]:
    yield f"{'':<7}   {word:<8} {cause.says} [{cause.id}, {cause.likelihood}]"
    yield f"{'':<7}   because  {cause.because}"
    yield f"{'':<7}   mend     {cause.mend}"


def _verdict(report: Report) -> str:
    counted = {state: sum(one.state == state for one in report.hops) for state in _MARK}
    rest = ", ".join(
        f"{counted[state]} {state}" for state in ("fine", "not reached", "not exercised") if counted[state]
    )
    if report.first is None or not report.broken:
        advised = f"; {counted['advice']} to look at" if counted["advice"] else ""
        unsent = next((one for one in report.hops if (one.hop, one.state) == ("delivery", "not exercised")), None)
        return f"no hop is broken ({rest}){advised}" + (f"; no message was sent: {unsent.came}" if unsent else "")
    what = "the environment" if report.verdict == "environment" else "the product"
    return f"{counted['broken']} broken, in {what} ({rest}); first look at: {report.first.says}"
