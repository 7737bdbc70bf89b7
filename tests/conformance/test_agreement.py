"""The reference broadcaster in the dialect of Reverb agrees with every row of what was observed (PROTOCOL.md 13)."""

import pytest

from harness.conformance.bench import Bench
from harness.conformance.case import Grade
from harness.conformance.examiner import examine
from harness.conformance.server import Server
from harness.conformance.suite import collect


def ids(group: str, *numbers: int) -> tuple[str, ...]:
    """Name cases of one group."""
    return tuple(f"{group}.{number}" for number in numbers)


ROWS = {
    "a handshake: powered by, no extension, no subprotocol": ids("1.4", 20, 21, 22, 23),
    "the first frame": ids("1.1", 1, 5),
    "a missing query, versions 6, 99 and abc, any origin": ("1.4.1", *ids("1.3", 1, 3, 8, 9)),
    "a wrong key": ids("1.1", 2),
    "other paths, methods, garbage, a long header, /up": ("1.5.1", *ids("1.2", 1, 2, 3, 4, 7, 8, 9, 10)),
    "no Sec-WebSocket-Key, version 12": ids("1.4", 7, 11),
    "a public subscription, data as text": ("3.1.1", "3.1.10", "3.1.11"),
    "no, null, empty and bad signatures, of others, in capitals, without the data": (
        *ids("5.2", 1, 4, 5, 6, 9, 12, 17),
        *("5.3.5", "5.5.1"),
        *ids("5.4", 1, 3, 7, 8),
    ),
    "the key part of a signature": ids("5.3", 1, 2),
    "names": (*ids("4.2", 1, 3, 4, 6, 7, 19, 22, 24), "4.1.4", "9.4.4", "3.5.13", "3.5.14"),
    "prefixes": ids("4.3", 1, 5, 6, 7),
    "how names are escaped": ids("4.5", 1, 2),
    "cache channels": ids("8.1", 1, 2, 3),
    "presence": ("6.1.2", *ids("6.5", 1, 2, 3, 4), *ids("6.2", 2, 6), *ids("6.3", 1, 3, 4)),
    "a second subscription": ids("3.3", 1, 2, 3, 4),
    "unsubscribing": ids("3.4", 1, 3, 4),
    "what is no frame: 4200": (
        *ids("10.1", 1, 2, 3, 4, 5, 6, 7, 8, 13),
        *ids("10.2", 1, 2, 3, 4, 7),
        *ids("3.5", 1, 2, 3, 4, 5, 6, 7, 8, 9, 11),
        *("3.6.1", "3.6.2", "3.6.9", "9.1.1", "2.1.7", "2.1.8"),
    ),
    "an event of nobody's on a channel": ids("3.6", 5, 6, 7),
    "pings, pongs, control frames, the greeting sent back": (
        *ids("2.1", 1, 10, 11, 13),
        *("2.2.1", "2.3.1", "3.6.10"),
    ),
    "sizes, and the client's own close": ("2.4.2", *ids("10.5", 1, 2, 3, 4, 11)),
    "client events": (
        *ids("7.1", 1, 2, 5),
        *ids("7.2", 1, 3, 5),
        *("7.3.1", "7.3.7"),
        *ids("7.4", 1, 2, 4, 7, 9),
        *("7.5.3", "7.5.5", "7.7.2"),
    ),
    "an event as it was published": ids("3.1", 3, 5),
    "a rate limit": ("7.7.3",),
    "the silent": ids("2.5", 1, 2, 3, 5, 6),
    "a refused subscription leaves no channel": ("5.4.5",),
}
"""By the row, the cases about it; quotas and the HTTP API are those of sections 11 and 13."""


@pytest.mark.asyncio
@pytest.mark.parametrize("row", ROWS)
async def test_a_row_agrees(reference: Server, row: str) -> None:
    """Each case is as the specification asks, or as Reverb was seen to do, and not merely allowed."""
    cases = {one.id: one for one in collect()}
    results = [await examine(cases[id_], Bench(reference, patience=4)) for id_ in ROWS[row]]
    disagreeing = [one.told() for one in results if one.grade not in (Grade.OK, Grade.DIALECT, Grade.NOT_EXERCISED)]

    assert disagreeing == []
    assert [one.case_id for one in results if one.grade is Grade.NOT_EXERCISED and "no app" not in one.behaviour] == []
