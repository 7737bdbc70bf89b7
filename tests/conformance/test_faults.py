"""Seeded faults of the reference broadcaster turn the right cases red, and no other; one a section."""

import asyncio
from collections.abc import Iterator

import pytest

from harness.conformance.bench import Bench
from harness.conformance.case import Grade
from harness.conformance.examiner import examine
from harness.conformance.server import Account, Server, hurrying
from harness.conformance.suite import collect
from harness.topology.alone import HURRIED, USUAL, LoneBroadcaster, start_alone

SERVES = frozenset({"secret", "api", "client_events", "cache", "signin", "watchlist"})
SECONDS_EACH = ("10.5.5", "10.7")
"""Cases that take long and look at what only the last of these faults has."""
REDS = {
    "PT-17": {"1.1.2", "1.1.3", "1.1.4", "1.1.8"},
    "CO-03": {"2.5.5"},
    "PT-08": {"3.3.3", "3.4.2", "3.4.5", "6.2.3", "6.2.6", "6.3.4", "6.3.6", "7.2.2", "8.3.4"},
    "CO-18": {f"4.2.{number}" for number in range(1, 25)},
    "AZ-26": {"5.3.1", "5.3.2", "5.3.3", "5.3.4"},
    "PR-01": {"6.3.1"},
    "AZ-33": {"7.5.1", "7.5.2", "7.5.3", "7.5.4", "7.5.5"},
    "PT-19": {"8.3.1", "8.3.2"},
    "PT-04": {f"9.2.{number}" for number in range(1, 7)},
    "PT-18": {
        *(f"10.1.{number}" for number in range(1, 17)),
        *(f"10.2.{number}" for number in (1, 2, 4, 5, 6, 7, 8, 9, 10, 13)),
        *("10.3.6", "10.5.11", "7.5.2", "7.6.2", "7.6.3", "7.6.4"),
    },
}
"""By the fault, the cases that find it."""
TOGETHER = (("PT-17", "CO-03", "CO-18", "AZ-26", "PR-01", "AZ-33", "PT-19", "PT-04"), ("PT-08", "PT-18"))
"""Faults that are tried at once, since no case finds two of them: a run of all cases takes a second or two."""


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LoneBroadcaster, LoneBroadcaster]]:
    """Start two broadcasters, one in a hurry, whose faults can be chosen while they run."""
    folders = tmp_path_factory.mktemp("usual"), tmp_path_factory.mktemp("hurried")
    times = {**HURRIED, "ping_interval": 0.25, "prune_interval": 0.25}
    started = [start_alone("pusher", folder, times=one) for folder, one in zip(folders, (USUAL, times), strict=True)]
    yield started[0], started[1]
    for one in started:
        one.stop()


def described(running: LoneBroadcaster) -> Server:
    """Describe a broadcaster as the server that is examined."""
    apps = {role: Account(app.app_id, app.key, app.secret) for role, app in running.apps.items()}
    return Server("ours", running.url, running.api_url, running.dialect, apps, SERVES | {"short_timers"}, is_ours=True)


@pytest.mark.parametrize("faults", TOGETHER, ids=" ".join)
def test_a_fault_is_found_by_the_cases_about_it(
    servers: tuple[LoneBroadcaster, LoneBroadcaster], faults: tuple[str, ...]
) -> None:
    """All others stay as they were; those that wait are tried where silence is the matter."""
    for one in servers:
        one.become(faults)
    server = hurrying(*map(described, servers))
    tried = [one for one in collect() if one.section <= 10 and ("CO-03" in faults or not one.waits)]
    if "PT-18" not in faults:
        tried = [one for one in tried if not one.id.startswith(SECONDS_EACH)]

    async def reds() -> list[str]:
        found = [await examine(one, Bench(server, patience=4)) for one in tried]
        return sorted(one.case_id for one in found if one.grade is Grade.FAILED)

    assert asyncio.run(reds()) == sorted(id_ for fault in faults for id_ in REDS[fault])


def test_each_section_has_a_fault() -> None:
    """Of those whose cases are decided by frames of a WebSocket, and each fault is tried."""
    sections = [{int(id_.partition(".")[0]) for id_ in reds} for reds in REDS.values()]
    assert all(number in found for number, found in enumerate(sections, 1))
    assert sorted(fault for together in TOGETHER for fault in together) == sorted(REDS)
