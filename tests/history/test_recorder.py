"""The recorder: appends, wakes who waits, stores, loads and merges."""

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.history.events import Event, FrameIn, Note, SubscribeAnswered
from harness.history.recorder import PART, Header, Recorder, encoded, load, merge, store

SECOND = 1_000_000_000


# Appending


def test_events_are_numbered_timed_and_named() -> None:
    """Each has the next number, the time since the origin unless told otherwise, and the worker and test."""
    recorder = Recorder(Header(monotonic_origin=100), worker="gw1", clock=lambda: 142)
    first = recorder.record(Note, words="one")
    recorder.test = "test_x"
    second = recorder.record(Note, words="two", at=7, who="bob")

    assert first == Note(n=1, at=42, worker="gw1", words="one")
    assert second == Note(n=2, at=7, worker="gw1", test="test_x", who="bob", words="two")
    assert recorder.events == [first, second]


def test_a_recorder_without_a_header_begins_now() -> None:
    """Its own clock is the origin, so that times start at nought."""
    recorder = Recorder(clock=lambda: 5)

    assert (recorder.header.monotonic_origin, recorder.now()) == (5, 0)


def test_acts_of_different_workers_never_share_a_name() -> None:
    """Act 23 of worker gw1 is not act 3 of worker gw12."""
    one, other = Recorder(worker="gw1"), Recorder(worker="gw12")
    names = [one.new_act() for _ in range(30)] + [other.new_act() for _ in range(30)]

    assert len(set(names)) == 60
    assert Recorder().new_act() == "1"


def test_a_field_that_does_not_exist_is_refused() -> None:
    """The record itself checks the names, and nothing is appended."""
    recorder = Recorder()
    with pytest.raises(TypeError):
        recorder.record(Note, wrods="typo")

    assert recorder.events == []


# Waiting


def test_what_happened_already_is_not_waited_for(virtual: Any) -> None:
    """An event that came before the await counts, even when the deadline has passed."""
    recorder = virtual.recorder
    recorder.record(Note, words="early")

    assert virtual.run(lambda: recorder.changed(0, deadline=-SECOND)) is True
    assert recorder.now() == 0


def test_a_waiter_is_woken_by_the_next_event(virtual: Any) -> None:
    """It goes on when the event is recorded, not at its deadline; so do all others."""
    recorder = virtual.recorder

    async def act() -> list[tuple[bool, int]]:
        async def wait() -> tuple[bool, int]:
            return await recorder.changed(0, deadline=60 * SECOND), recorder.now()

        waiters = [asyncio.create_task(wait()) for _ in range(3)]
        asyncio.get_running_loop().call_later(2, lambda: recorder.record(Note, words="at last"))
        return await asyncio.gather(*waiters)

    assert virtual.run(act) == [(True, 2 * SECOND)] * 3


def test_a_deadline_ends_the_waiting(virtual: Any) -> None:
    """Without an event the answer is no, at the deadline; one that has passed is not waited for."""
    recorder = virtual.recorder

    assert virtual.run(lambda: recorder.changed(0, deadline=3 * SECOND)) is False
    assert recorder.now() == 3 * SECOND
    assert virtual.run(lambda: recorder.changed(0, deadline=3 * SECOND)) is False
    assert recorder.now() == 3 * SECOND


def test_who_gave_up_is_not_in_the_way(virtual: Any) -> None:
    """A waiter that was cancelled or came to its deadline is forgotten when others are woken."""
    recorder = virtual.recorder

    async def act() -> bool:
        assert not await recorder.changed(0, deadline=SECOND)
        cancelled = asyncio.create_task(recorder.changed(0, deadline=60 * SECOND))
        waiting = asyncio.create_task(recorder.changed(0, deadline=60 * SECOND))
        await asyncio.sleep(0)
        cancelled.cancel()
        recorder.record(Note, words="now")
        recorder.record(Note, words="and again")
        assert recorder._waiting == []
        return await waiting and cancelled.cancelling() > 0

    assert virtual.run(act) is True


# Storing and loading


def test_a_history_is_a_header_and_a_line_an_event(tmp_path: Path) -> None:
    """Schema first, then kind and fields, empty ones left out; letters of all scripts as they are."""
    recorder = Recorder(Header(run="r", seed=7, target="embedded", dialect="reverb"), clock=lambda: 0)
    recorder.record(Note, words="مرحبا\n")
    store(tmp_path / "h.jsonl", recorder.header, recorder.events)

    header, line = (json.loads(line) for line in (tmp_path / "h.jsonl").read_text("utf-8").splitlines())
    assert header["schema"] == "realtime-history/1"
    assert (header["run"], header["seed"], header["target"], header["dialect"]) == ("r", 7, "embedded", "reverb")
    assert line == {"kind": "note", "n": 1, "at": 0, "words": "مرحبا\n"}
    assert load(tmp_path / "h.jsonl") == (recorder.header, recorder.events)


def test_half_a_surrogate_pair_does_not_cost_the_history(tmp_path: Path) -> None:
    """No JSON can hold it, so its escape is kept; everything else is as it was."""
    recorder = Recorder(clock=lambda: 0)
    recorder.record(Note, words="half \ud83d")
    recorder.record(Note, words="whole 👋")
    store(tmp_path / "h.jsonl", recorder.header, recorder.events)

    _, events = load(tmp_path / "h.jsonl")
    assert [event.words for event in events if isinstance(event, Note)] == ["half \\ud83d", "whole 👋"]
    assert events[0].n == 1


HEADER = b'{"schema":"realtime-history/1"}\n'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "h.jsonl is no history: its first line should be a realtime-history/1 header"),
        (b"<html>\n", "h.jsonl is no history"),
        (b"[]\n", "h.jsonl is no history"),
        (b'{"schema":"\xff"}\n', "h.jsonl is no history"),
        (b'{"name":"a package","version":"1"}\n', "h.jsonl is no history.*schema"),
        (
            b'{"schema":"realtime-history/2"}\n',
            "h.jsonl is of schema 'realtime-history/2'; this version reads realtime-",
        ),
        (HEADER + b'{"kind":"note","n":1,"at":1,"words":"x"}\n{"kind":"note","n":2', "h.jsonl, line 3, is no event"),
        (HEADER + b'{"kind":"rumour","n":1,"at":1}\n', "h.jsonl, line 2, is no event of realtime-history/1: .*rumour"),
        (HEADER + b'{"kind":"note","n":1,"at":1}\n', "h.jsonl, line 2, .*words"),
        (HEADER + b'{"kind":"note","n":1,"at":1,"words":"\xff"}\n', "h.jsonl, line 2"),
        (HEADER + b"\n", "h.jsonl, line 2"),
    ],
)
def test_what_is_no_history_is_refused_by_file_and_line(tmp_path: Path, content: bytes, words: str) -> None:
    """The error says where to look and what should stand there."""
    path = tmp_path / "h.jsonl"
    path.write_bytes(content)

    with pytest.raises(UsageError, match=words):
        load(path)


def test_a_compressed_history_reads_like_any_other(tmp_path: Path) -> None:
    """The name says that it is compressed; one that is cut short, or no gzip file at all, is refused."""
    recorder = Recorder(Header(run="r"), clock=lambda: 0)
    recorder.record(Note, words="x" * 1000)
    whole = gzip.compress(b"".join(encoded(recorder.header, recorder.events)))
    path = tmp_path / "h.jsonl.gz"
    path.write_bytes(whole)

    assert load(path) == (recorder.header, recorder.events)
    for content in (whole[:-9], whole[:30], HEADER, b"\x1f\x8b\x08\x00garbage"):
        path.write_bytes(content)
        with pytest.raises(UsageError, match=r"h\.jsonl\.gz (is cut short or no gzip file|is no history)"):
            load(path)


@pytest.mark.parametrize("rest", [b"", b'{"kind":"note","n":2', HEADER[:-1]])
def test_a_part_may_end_within_a_line(tmp_path: Path, rest: bytes) -> None:
    """Its process was killed while it wrote; what is whole counts, and in a whole history nothing is left out."""
    event = b'{"kind":"note","n":1,"at":1,"words":"x"}\n'
    path = tmp_path / f"h.jsonl{PART}"
    path.write_bytes(HEADER + event + rest)
    assert load(path) == (Header(), [Note(n=1, at=1, words="x")])

    path.write_bytes(rest)
    assert load(path) == (Header(), [])

    path.write_bytes(HEADER + rest + b"\n" + event)
    with pytest.raises(UsageError, match="line 2, is no event"):
        load(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """So is one that cannot be read."""
    with pytest.raises(UsageError, match=r"none\.jsonl cannot be read: No such file"):
        load(tmp_path / "none.jsonl")


# Merging


def note(worker: str, n: int, at: int) -> Event:
    """Make an event."""
    return Note(n=n, at=at, worker=worker, words="")


def test_histories_of_workers_are_merged_by_time() -> None:
    """At the same time the worker's name decides."""
    one = [note("gw0", 1, 10), note("gw0", 2, 30)]
    other = [note("gw1", 1, 10), note("gw1", 2, 20)]

    assert [(event.at, event.worker) for event in merge([other, one])] == [
        (10, "gw0"),
        (10, "gw1"),
        (20, "gw1"),
        (30, "gw0"),
    ]
    assert merge([]) == []


def test_frames_read_together_stay_behind_what_the_first_of_them_caused() -> None:
    """The second frame was seen before the answer to the first was noted, yet comes after it in the history."""
    frame: dict[str, Any] = {"event": "x", "arrived": 10, "earliest": 10}
    answered = SubscribeAnswered(n=2, at=12, act="1", channel="c", outcome="ok")
    part = [FrameIn(n=1, at=10, **frame), answered, FrameIn(n=3, at=10, **frame)]

    assert merge([part, [note("gw1", 1, 11)]]) == [part[0], note("gw1", 1, 11), *part[1:]]


@given(st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=4))
def test_within_a_worker_the_order_stays(times: list[list[int]]) -> None:
    """Whatever the times say, every part is a subsequence of the whole, and nothing is lost."""
    parts = [[note(f"gw{part}", n, at) for n, at in enumerate(ats, 1)] for part, ats in enumerate(times)]
    merged = merge(parts)

    assert len(merged) == sum(map(len, parts))
    for index, part in enumerate(parts):
        assert [event for event in merged if event.worker == f"gw{index}"] == part


def test_what_need_not_end_is_not_read() -> None:
    """A device is no history, however long one reads it."""
    with pytest.raises(UsageError, match="it is no regular file"):
        load(Path("/dev/zero"))
