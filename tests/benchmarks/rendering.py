"""
Measure what the HTML report costs: seconds, bytes and events a second, at 10 k, 100 k and 1 M events.

    python -m tests.benchmarks.rendering [--events 10000 100000 1000000]
"""

import argparse
import time
import tracemalloc
from collections.abc import Iterator

from harness.history.events import (
    Event,
    FrameIn,
    HttpAnswered,
    HttpAsked,
    MessageAnswered,
    MessageAsked,
    SocketOpened,
    SubscribeAnswered,
    SubscribeAsked,
    TestFinished,
    TestStarted,
)
from harness.history.recorder import Header, Recorder
from harness.report.document import Facts, Outcome, Report
from harness.report.html import MOST_BYTES, render
from harness.report.verdict import document_of

BUDGET = "100,000 events in under 5 s; at most 5 MB; memory that grows no faster than the history"
_CHAT = "private-chat.1.conversation.8"
_LISTENERS = ("bob", "carol", "dave")
_MESSAGES = 50
"""Messages of one test."""
_EVENTS_OF_A_MESSAGE = 4 + len(_LISTENERS)


class Run:
    """Records tests that look like those of a real run: people who connect and subscribe, messages and their frames."""

    def __init__(self) -> None:
        self.now = 0
        self.recorder = Recorder(Header(run="benchmark"), clock=lambda: self.now)
        self.sent = 0

    def record(self, kind: type[Event], **fields: object) -> None:
        """Let something happen a tenth of a millisecond later."""
        self.now += 100_000
        self.recorder.record(kind, **fields)

    def test(self, name: str, messages: int) -> None:
        """Record one test with so many messages."""
        self.recorder.test = name
        self.record(TestStarted)
        for who in _LISTENERS:
            socket, act = f"{who}#1", self.recorder.new_act()
            asked = {"who": who, "socket": socket, "act": act, "channel": _CHAT}
            self.record(SocketOpened, who=who, socket=socket, socket_id="1.1", activity_timeout=30.0)
            self.record(SubscribeAsked, **asked, channel_kind="private", signature="valid")
            self.record(SubscribeAnswered, **asked, outcome="ok")
        for _ in range(messages):
            self.message()
        self.record(TestFinished)

    def message(self) -> None:
        """Record a message as a backend and a broadcaster pass it on."""
        self.sent += 1
        act, call, text, id_ = self.recorder.new_act(), self.recorder.new_act(), f"مرحبا {self.sent}", str(self.sent)
        raw = f'{{"event":"MessageSent","channel":"{_CHAT}","data":"{{\\"id\\":{id_},\\"body\\":\\"{text}\\"}}"}}'
        to = {"act": call, "who": "alice", "purpose": "send"}
        self.record(MessageAsked, act=act, who="alice", meant=self.now, conversation="8", channel=_CHAT, text=text)
        self.record(HttpAsked, **to, method="POST", path="/api/conversations/8/messages")
        for who in _LISTENERS:
            frame = {"channel": _CHAT, "arrived": self.now, "earliest": self.now, "raw": raw, "sha256": "0" * 64}
            self.record(
                FrameIn,
                who=who,
                socket=f"{who}#1",
                event="MessageSent",
                is_message=True,
                message=id_,
                text=text,
                **frame,
            )
        self.record(HttpAnswered, **to, status=201, outcome="ok", body=raw)
        self.record(MessageAnswered, act=act, who="alice", outcome="ok", status=201, message=id_)


def report_of(events: int, messages: int) -> Report:
    """Make the report of a run with at least so many events, in tests of so many messages, every tenth failed."""
    run, outcomes = Run(), []
    while len(run.recorder.events) < events:
        name = f"tests/test_chat.py::test_{len(outcomes)}"
        run.test(name, messages)
        outcomes.append(
            Outcome(test=name, verdict="PASS" if len(outcomes) % 10 else "FAIL", reason="GuaranteeBroken: no")
        )
    document = document_of(outcomes, facts=Facts(run="benchmark", target="embedded"))
    return Report(document, run.recorder.header, run.recorder.events)


def measured(sizes: list[int]) -> Iterator[str]:
    """Render runs of these sizes, once of many tests and once of a single one."""
    for events in sizes:
        for name, messages in (("many tests", _MESSAGES), ("one test", events // _EVENTS_OF_A_MESSAGE)):
            report = report_of(events, messages)
            started = time.perf_counter()
            size = len(render(report).encode())
            seconds = time.perf_counter() - started
            tracemalloc.start()
            render(report)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            count = len(report.events)
            yield (
                f"{count:>9,} events, {name:<10}  {seconds:6.2f} s  {count / seconds:>9,.0f} events/s  "
                f"{size / 1e6:4.2f} of {MOST_BYTES / 1e6:.0f} MB  {peak / 1e6:6.1f} MB of memory"
            )


def main() -> None:
    """Print a line for every size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    print(BUDGET)
    for line in measured(parser.parse_args().events):
        print(line, flush=True)


if __name__ == "__main__":
    main()
