"""Sockets: no id is given twice, since whatever is signed for one connection would open another (PROTOCOL.md, 1.2)."""

from collections import Counter

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.checkers.grouping import grouped
from harness.history.events import Event, SocketOpened, TestFinished
from harness.history.ledger import Ledger


def check(_events: list[Event], ledger: Ledger, _terms: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every id that the broadcaster gave."""
    groups = grouped(ledger.opened.values(), lambda one: one.socket_id)
    return [_repeated(group) for group in groups if len(group) > 1], Counter()


def _repeated(group: list[SocketOpened]) -> Finding:
    sockets = [one.socket for one in group]
    return finding(
        "protocol.socket-id-repeated",
        f"{', '.join(sockets)} were given the same id, {evidence.quoted(group[0].socket_id)}",
        who=group[1].who,
        expected="another id for each connection: what is signed for one must open no other",
        evidence=evidence.bounded(group, lambda one: f"{evidence.moment(one.at)}  {one.socket} was given it"),
        about=group,
    )
