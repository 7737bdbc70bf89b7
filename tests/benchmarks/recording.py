"""
Time `Recorder.record` for the commonest events, beside making the same struct and appending it to a list.

    python -m tests.benchmarks.recording [--rounds 100000]

Both are timed turn by turn, one call at a time, so that whatever else the machine does meets both; the clock's own cost
is measured and taken off. What a connection does around it (redaction, reading the frame) is not in these figures.
"""

import argparse
import json
import time
from collections.abc import Callable
from statistics import median, quantiles
from typing import Any

from harness.history.events import Event, FrameIn, FrameOut, HttpAsked
from harness.history.recorder import Recorder

CHANNEL = "private-chat.1.conversation.8"
DATA = json.dumps({"id": 35, "body": "Hello from User A"})
WHO = {"who": "bob", "socket": "bob#1"}
KINDS: dict[type[Event], dict[str, Any]] = {
    FrameIn: {
        **WHO,
        "at": 908865766,
        "event": "MessageSent",
        "channel": CHANNEL,
        "arrived": 908765295,
        "earliest": 908765295,
        "exact": True,
        "stamp": "kernel",
        "message": "35",
        "text": "Hello from User A",
        "is_message": True,
        "raw": json.dumps({"event": "MessageSent", "data": DATA, "channel": CHANNEL}),
        "size": 130,
        "sha256": "b3d5ee05a0c37e4be021c5beea8eebed5a7c29d6a411e62d9c8461461d8c63a5",
    },
    FrameOut: {**WHO, "event": "pusher:ping", "raw": '{"event":"pusher:ping","data":{}}'},
    HttpAsked: {
        "who": "bob",
        "act": "14",
        "purpose": "send",
        "method": "POST",
        "path": "/api/conversations/8/messages",
    },
}


def time_one(act: Callable[[], object]) -> int:
    """Give the nanoseconds of one call, the clock's own included."""
    began = time.perf_counter_ns()
    act()
    return time.perf_counter_ns() - began


def compare(kind: type[Event], fields: dict[str, Any], rounds: int) -> tuple[list[int], list[int], list[int]]:
    """Time recording, the raw cost and nothing at all, turn by turn."""
    recorder, events = Recorder(), list[Event]()
    recorder.test = "scenarios/test_messaging.py::test_the_other_participant_hears_it"
    whole = {"n": 1, "at": 1, "worker": "", "test": recorder.test, **fields}
    recorded, raw, nothing = [], [], []
    for _ in range(rounds):
        recorded.append(time_one(lambda: recorder.record(kind, **fields)))
        raw.append(time_one(lambda: events.append(kind(**whole))))
        nothing.append(time_one(lambda: None))
    return recorded, raw, nothing


def main() -> None:
    """Print median and 99th percentile of both, in microseconds, and the ratio of the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--rounds", type=int, default=100_000)
    rounds = parser.parse_args().rounds
    print(f"{'event':<10} {'record µs':>10} {'p99':>6} {'struct + append µs':>19} {'p99':>6} {'ratio':>6}")
    for kind, fields in KINDS.items():
        recorded, raw, nothing = compare(kind, fields, rounds)
        clock = median(nothing)
        figures = [(median(times) - clock, quantiles(times, n=100)[98] - clock) for times in (recorded, raw)]
        (record, record_p99), (struct, struct_p99) = [(mid / 1e3, high / 1e3) for mid, high in figures]
        print(
            f"{kind.__name__:<10} {record:>10.2f} {record_p99:>6.2f} {struct:>19.2f} {struct_p99:>6.2f}"
            f" {record / struct:>6.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
