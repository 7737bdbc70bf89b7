"""A server's results as a column of a matrix: nothing secret in its logs, and its failures held against a list."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from importlib.metadata import version
from typing import Any, Final

from harness.conformance.case import Case
from harness.conformance.examiner import Result
from harness.conformance.known import KnownFailures, laid_over
from harness.conformance.matrix import Cell, Column, Matrix, Row, Source, in_order
from harness.conformance.server import Server
from harness.conformance.suite import examine_all
from harness.errors import EnvironmentFault
from harness.history.redaction import Redactor

SECTIONS: Final = {
    1: "Handshake and address",
    2: "Pings, timers and the end",
    3: "Subscriptions",
    4: "Channel names",
    5: "Signatures",
    6: "Presence",
    7: "Client events",
    8: "Cache and encrypted channels",
    9: "Sign-in and watchlists",
    10: "Malformed and hostile frames",
    11: "HTTP API",
    12: "Webhooks",
    13: "Apps, origins and quotas",
    14: "Our own client against a hostile server",
}
"""Titles of the sections by number."""


def row_of(case: Case) -> Row:
    """Describe a case as data."""
    return Row(
        id=case.id,
        says=case.says,
        expects=case.expects,
        tolerates=case.tolerates,
        known={name: Source(behaviour=one.behaviour, source=one.source) for name, one in case.known.items()},
        needs=case.needs,
        hostile=case.hostile,
        waits=case.waits,
    )


def rows_of(cases: Iterable[Case]) -> tuple[Row, ...]:
    """Describe cases as data."""
    return tuple(map(row_of, cases))


async def examined_column(
    name: str,
    server: Server,
    cases: Sequence[Case],
    known: KnownFailures,
    *,
    seed: int,
    patience: float = 1.0,
    without: Iterable[str] = (),
) -> Column:
    """
    Try the cases on a server, but for those `without` which it is examined, and those that are known to end it.

    Where it goes away in the middle, what it did before stands, and `fault` says with which case it went. Raises
    `EnvironmentFault` for what is no server to begin with.
    """
    left_out = dict.fromkeys(without, "it was left out on purpose")
    left_out |= {pattern: f"it ends the server: {reason}" for pattern, reason in known.ends.items()}
    tried = [one for one in cases if not _why_left_out(one, left_out)]
    results: dict[str, Result] = {}
    redactor = Redactor(one.secret for one in server.apps.values() if one.secret)
    began, fault = time.monotonic(), ""
    try:
        await examine_all(
            server, tried, seed=seed, patience=patience, told=lambda one: results.update({one.case.id: one})
        )
    except EnvironmentFault as error:
        fault = redactor.hide(str(error))
        if not results:
            raise EnvironmentFault(fault) from None
    cells = {id_: _cell(result, redactor) for id_, result in results.items()}
    for one in cases:
        cells.setdefault(
            one.id, Cell(grade="NOT EXERCISED", said=_why_left_out(one, left_out) or "the server was gone")
        )
    column = Column(
        name=name,
        dialect=server.dialect,
        cells={id_: cells[id_] for id_ in in_order(cells)},
        server=redactor.hide(_fingerprint(results.values())),
        seconds=round(time.monotonic() - began, 2),
        fault=fault,
    )
    return laid_over(column, known)


def _why_left_out(case: Case, patterns: Mapping[str, str]) -> str:
    return next((why for pattern, why in patterns.items() if fnmatchcase(case.id, pattern)), "")


def matrix_of(cases: Iterable[Case], columns: Iterable[Column], *, seed: int) -> Matrix:
    """Lay columns of one run beside each other."""
    rows = rows_of(cases)
    titles = {
        str(number): SECTIONS.get(number, f"Section {number}") for number in sorted({one.section for one in rows})
    }
    return Matrix(version=version("realtime-harness"), seed=seed, sections=titles, rows=rows, columns=tuple(columns))


def _cell(result: Result, redactor: Redactor) -> Cell:
    is_exercised = result.grade != "NOT EXERCISED"
    said = result.said if is_exercised else result.behaviour
    return Cell(
        grade=result.grade.value,
        behaviour=redactor.hide(result.behaviour) if is_exercised else "",
        said=redactor.hide(said) if result.grade in ("FAILED", "NOT EXERCISED") else "",
        log=tuple(_hidden(step, redactor) for step in result.log),
    )


def _hidden(step: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
    return {name: redactor.hide(one) if isinstance(one, str) else _deep(one, redactor) for name, one in step.items()}


def _deep(value: Any, redactor: Redactor) -> Any:
    """Hide what is secret in values of a step, whatever their shape; what is no text of JSON becomes text."""
    if isinstance(value, dict):
        return {str(name): _deep(one, redactor) for name, one in value.items()}
    if isinstance(value, str):
        return redactor.hide(value)
    return (
        value
        if isinstance(value, int | float | bool) or value is None
        else redactor.hide(json.dumps(value, default=str))
    )


def _fingerprint(results: Iterable[Result]) -> str:
    """Give what a server says of itself in its answer to an upgrade."""
    for result in results:
        for step in result.log:
            headers = step.get("opened", {}).get("headers", {}) if isinstance(step.get("opened"), dict) else {}
            for name in ("x-powered-by", "server", "uwebsockets"):
                if headers.get(name):
                    return f"{name}: {headers[name]}"[:100]
    return ""
