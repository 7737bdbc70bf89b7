"""The log keeps no secret and no giant, and wakes who waits on it."""

import asyncio
import json

import pytest

from harness.rig.exercise import shown
from harness.rig.log import LIMIT, MOST, Log


def test_secrets_are_taken_out() -> None:
    """Signatures and tokens; the app's key stays."""
    entry = Log().add("socket 1", "in", json.dumps({"auth": "rig-key:" + "a" * 64, "token": "1|very-secret-token"}))

    assert "a" * 20 not in entry.text
    assert "very-secret" not in entry.text
    assert "rig-key:" in entry.text


def test_a_large_frame_is_cut_and_says_so() -> None:
    """With how large it was."""
    entry = Log().add("socket 1", "out", "x" * 200_000)

    assert len(entry.text) < LIMIT + 50
    assert entry.text.endswith("… (200000 characters)")


@pytest.mark.asyncio
async def test_a_wait_ends_with_what_it_waits_for() -> None:
    """And tells when that did not come."""
    log = Log()
    waiting = asyncio.create_task(log.until(lambda: len(log) == 2, 5.0))
    log.add("rig", "step", "one")
    await asyncio.sleep(0)
    log.add("rig", "step", "two")

    assert await waiting
    assert not await log.until(lambda: len(log) == 3, 0.01)


def test_times_are_written_for_people() -> None:
    """In milliseconds below a second, and none is negative."""
    assert [shown(0.0123), shown(1.55), shown(-0.0001)] == ["12 ms", "1.6 s", "0 ms"]


def test_the_log_of_a_flood_has_an_end() -> None:
    """In entries, and in the names that a client makes up."""
    log = Log()
    assert len(log.add("socket 1", "in", "x", channel="c" * 1_000_000, problem="p" * 1_000_000).channel) < 1000
    for _ in range(MOST + 10):
        log.add("socket 1", "in", "x")

    assert log.is_full
    assert len(log) == MOST
