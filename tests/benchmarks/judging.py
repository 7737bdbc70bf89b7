"""
Judge histories of 10 k, 100 k and 1 M events: the cost of an event must not grow with their number.

    python -m tests.benchmarks.judging [--sizes 10000 100000 1000000]

Three shapes: one world of a conversation with 100 sockets, many small worlds as a run of the scenarios makes them, and
one world in which every second delivery is lost. Judging is reading and all checkers together. Seconds are those of the
processor, so that a busy machine does not count; memory is by event: what the history takes, and what judging adds.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any

from harness.checkers.judgement import judge
from harness.history.events import (
    Event,
    FrameIn,
    FrameOut,
    HttpAnswered,
    HttpAsked,
    MembershipAnswered,
    MembershipAsked,
    MessageAnswered,
    MessageAsked,
    SocketOpened,
    SubscribeAnswered,
    SubscribeAsked,
    TestFinished,
    TestStarted,
)
from harness.history.recorder import Header, Recorder, load, store
from harness.history.worlds import worlds

SIZES = (10_000, 100_000, 1_000_000)
PEOPLE = 100
CROWD = tuple(f"person-{number}" for number in range(PEOPLE))
GROUP = CROWD[:3]
TICK = 20_000
HEAD = "shape           events  judge s    events/s  verdict  store s   load s  history B  judging B"
ROW = (
    "{0:<12} {count:>9,} {judged:>8.2f} {1:>11,.0f}  {verdicts:<7} {2:>8.2f} {loaded:>8.2f}"
    " {history:>10,.0f} {judging:>10,.0f}"
)


class Chat:
    """Records what users record when people talk; every event comes 20 µs after the one before."""

    def __init__(self) -> None:
        self.now = 0
        self.recorder = Recorder(Header(target="benchmark"), clock=self._tick)
        self._messages = 0

    def _tick(self) -> int:
        self.now += TICK
        return self.now

    def world(self, people: tuple[str, ...], messages: int, *, losing: bool = False) -> None:
        """Let a test happen: everybody joins, then the first person sends."""
        record, self.recorder.test = self.recorder.record, f"scenarios/test_messaging.py::test_{self.now}"
        record(TestStarted)
        channel = f"private-chat.1.conversation.{self.now}"
        act = self.recorder.new_act()
        record(MembershipAsked, act=act, conversation=channel, change="created")
        record(
            MembershipAnswered, act=act, outcome="ok", conversation=channel, channel=channel, participants=tuple(people)
        )
        for who in people:
            self._join(who, channel)
        for _ in range(messages):
            self._send(people, channel, losing=losing)
        record(TestFinished, arrival=2_000_000_000)

    def _join(self, who: str, channel: str) -> None:
        record, socket = self.recorder.record, f"{who}#1"
        record(SocketOpened, who=who, socket=socket, socket_id=f"123456789.{self.now + 10**9}", activity_timeout=30.0)
        self._call(who, "authorize", channel)
        act = self.recorder.new_act()
        asked: dict[str, Any] = {"channel": channel, "channel_kind": "private", "signature": "valid"}
        record(SubscribeAsked, who=who, socket=socket, act=act, **asked)
        record(FrameOut, who=who, socket=socket, event="pusher:subscribe", channel=channel, raw=f'{{"to":"{channel}"}}')
        self._hear(who, channel, event="pusher_internal:subscription_succeeded")
        record(SubscribeAnswered, who=who, socket=socket, act=act, channel=channel, outcome="ok")

    def _call(self, who: str, purpose: str, channel: str = "") -> None:
        record, act = self.recorder.record, self.recorder.new_act()
        record(HttpAsked, who=who, act=act, purpose=purpose, method="POST", path=f"/api/{purpose}")
        signature = "valid" if channel else "absent"
        facts: dict[str, Any] = {
            "status": 201,
            "outcome": "ok",
            "body": f'{{"data":{{"id":{self.now}}}}}',
            "channel": channel,
        }
        record(HttpAnswered, who=who, act=act, purpose=purpose, signature=signature, **facts)

    def _send(self, people: tuple[str, ...], channel: str, *, losing: bool) -> None:
        record, sender, act = self.recorder.record, people[0], self.recorder.new_act()
        self._messages += 1
        id_, text = str(self._messages), f"message {self._messages}"
        facts: dict[str, Any] = {"conversation": channel, "channel": channel, "text": text, "excluded": f"{sender}#1"}
        record(MessageAsked, who=sender, act=act, meant=self.now, **facts)
        for who in people[1 :: 2 if losing else 1]:
            self._hear(who, channel, event="MessageSent", message=id_, text=text, is_message=True)
        self._call(sender, "send")
        record(MessageAnswered, who=sender, act=act, outcome="ok", status=201, message=id_)

    def _hear(self, who: str, channel: str, **facts: Any) -> None:
        raw = f'{{"event":"{facts["event"]}","channel":"{channel}","data":"{{\\"id\\":{self.now}}}"}}'
        arrived = self.now
        times = {"at": self._tick(), "arrived": arrived, "earliest": arrived}
        about: dict[str, Any] = {"raw": raw, "size": len(raw), "sha256": f"{self.now:064x}"}
        self.recorder.record(FrameIn, who=who, socket=f"{who}#1", channel=channel, **times, **about, **facts)


def one_world(size: int) -> list[Event]:
    """Tell of one conversation in which a hundred sockets hear everything."""
    return _crowded(size, losing=False)


def losing_world(size: int) -> list[Event]:
    """Tell of one in which every second delivery is lost."""
    return _crowded(size, losing=True)


def many_worlds(size: int) -> list[Event]:
    """Tell of test after test, each of three people and two messages."""
    chat = Chat()
    while len(chat.recorder.events) < size:
        chat.world(GROUP, messages=2)
    return chat.recorder.events


def _crowded(size: int, *, losing: bool) -> list[Event]:
    chat, heard = Chat(), PEOPLE // 2 if losing else PEOPLE - 1
    chat.world(CROWD, messages=(size - 8 * PEOPLE) // (heard + 4), losing=losing)
    return chat.recorder.events


SHAPES: dict[str, Callable[[int], list[Event]]] = {
    "one world": one_world,
    "many worlds": many_worlds,
    "losing": losing_world,
}


def write(path: Path, shape: str, size: int) -> float:
    """Build a history and store it; give the seconds that storing took."""
    events = SHAPES[shape](size)
    began = time.process_time()
    store(path, Header(), events)
    return time.process_time() - began


def measure(path: Path) -> dict[str, Any]:
    """Load a history and judge it; give the figures of its row."""
    empty, began = _peak(), time.process_time()
    events = load(path)[1]
    loaded, kept = time.process_time() - began, _peak()
    count = len(events)
    judged, verdicts = min(_judged(events) for _ in range(max(1, min(5, 200_000 // count))))
    return {
        "count": count,
        "loaded": loaded,
        "judged": judged,
        "verdicts": "/".join(verdicts),
        "history": (kept - empty) / count,
        "judging": (_peak() - kept) / count,
    }


def _peak() -> int:
    """Give the most memory, in bytes, that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _judged(events: list[Event]) -> tuple[float, list[str]]:
    """Judge world by world; give the seconds and the verdicts there were."""
    began = time.process_time()
    verdicts = {judge(world).verdict for world in worlds(events)}
    return time.process_time() - began, sorted(verdicts)


def compare(shape: str, sizes: list[int], pool: Pool) -> float:
    """Print a row for each size, and give how many times as much an event costs at the last as at the first."""
    costs: list[float] = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "history.jsonl"
            stored = pool.apply(write, (path, shape, size))
            row = pool.apply(measure, (path,))
        costs.append(row["judged"] / row["count"])
        print(ROW.format(shape, 1 / costs[-1], stored, **row), flush=True)
    return costs[-1] / costs[0]


def main() -> None:
    """Print a row for each shape and size, and how the cost of an event grows from the first size to the last."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    sizes = parser.parse_args().sizes
    print(HEAD)
    # A process for each step, so that a peak of memory is its own.
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        growth = {shape: compare(shape, sizes, pool) for shape in SHAPES}
    for shape, factor in growth.items():
        print(f"{shape}: an event costs {factor:.2f} times as much at {sizes[-1]:,} as at {sizes[0]:,}")


if __name__ == "__main__":
    main()
