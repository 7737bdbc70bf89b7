"""Seeded faults of API, webhooks and apps turn the right cases red, and no other."""

import asyncio
from collections.abc import Iterator

import pytest

from harness.conformance.bench import Bench
from harness.conformance.case import Grade
from harness.conformance.examiner import examine
from harness.conformance.server import Account, Server
from harness.conformance.suite import collect
from harness.conformance.webhooks import Receiver, receiving
from harness.topology.alone import LoneBroadcaster, start_alone

SERVES = frozenset({"secret", "api", "client_events", "cache", "signin", "webhooks"})
ABSENT = ("origins", "ending")
REDS = {
    "DE-31": {"11.1.19"},
    "HT-01": {"11.2.1", "11.2.9", "11.2.27", "11.2.28"},
    "HT-04": {"11.2.15", "11.2.16", "11.2.17"},
    "HT-05": {"11.2.14"},
    "HT-10": {"11.1.12", "13.1.8"},
    "HT-11": {"11.3.41", "11.3.43"},
    "PT-03": {"13.3.1", "13.3.3"},
    "PT-07": {"13.1.3"},
    "PT-09": {"12.2.3"},
    "PT-10": {"12.3.1"},
    "PT-11": {"12.1.6"},
}
"""By the fault, the cases that find it."""
TOGETHER = {
    ("HT-04", "HT-05", "HT-10", "PT-03", "PT-07", "PT-09"): ("11.", "12.", "13."),
    ("HT-01", "PT-10"): ("11.2.", "12.1.", "12.2.", "12.3.1"),
    ("HT-11", "PT-11"): ("11.3.", "12.1."),
    ("DE-31",): ("11.1.",),
}
"""Faults that are tried at once, since no case finds two of them, and the cases with which: all of them once."""


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LoneBroadcaster, Receiver]]:
    """Start a broadcaster whose faults can be chosen while it runs."""
    with receiving() as receiver:
        running = start_alone("pusher", tmp_path_factory.mktemp("ours"), receiver=receiver.url)
        yield running, receiver
        running.stop()


def described(running: LoneBroadcaster, receiver: Receiver) -> Server:
    """Describe it as the server that is examined."""
    apps = {role: Account(app.app_id, app.key, app.secret) for role, app in running.apps.items() if role not in ABSENT}
    return Server("ours", running.url, running.api_url, "pusher", apps, SERVES, is_ours=True, receiver=receiver)


@pytest.mark.parametrize("faults", TOGETHER, ids=" ".join)
def test_a_fault_is_found_by_the_cases_about_it(
    faults: tuple[str, ...], ours: tuple[LoneBroadcaster, Receiver]
) -> None:
    """All others stay as they were."""
    running, receiver = ours
    running.become(faults)
    server = described(running, receiver)
    tried = [one for one in collect() if one.id.startswith(TOGETHER[faults])]

    async def reds() -> list[str]:
        found = [await examine(one, Bench(server, patience=2)) for one in tried]
        return sorted(one.case_id for one in found if one.grade is Grade.FAILED)

    assert asyncio.run(reds()) == sorted(id_ for fault in faults for id_ in REDS[fault])


def test_each_section_has_a_fault() -> None:
    """And each fault is tried."""
    assert {id_.partition(".")[0] for reds in REDS.values() for id_ in reds} == {"11", "12", "13"}
    assert sorted(fault for together in TOGETHER for fault in together) == sorted(REDS)
