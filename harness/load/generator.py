"""
An open-loop generator: every message goes out when it is meant to, whatever became of those before.

One task a message; none waits for another's answer. How late the first byte of a request was is *slip*, ours, and
published. Latency counts from the moment that was meant, so that a generator that cannot keep up tells on itself and
leaves nothing out.
"""

import asyncio
import contextlib
import gc
import random
import secrets
import time
from array import array
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

import msgspec

from harness.config import TargetDeclaration
from harness.errors import EnvironmentFault
from harness.load.arriving import Crowd
from harness.load.asking import Backend
from harness.load.desk import Desk
from harness.load.judging import Course
from harness.load.lanes import Lanes
from harness.load.ledger import Ledger, Totals
from harness.load.population import Population
from harness.load.profile import Profile, schedule
from harness.load.samples import Samples, point
from harness.load.user import User

SPEAKERS: Final = 32
"""Who speaks in a conversation, at most: order is kept for each of them and each listener."""

_SECOND: Final = 1_000_000_000
_LEAD: Final = 100_000_000
"""Nanoseconds from the last preparation to the start."""
_WINDOW: Final = 250_000_000
"""Nanoseconds for which one goes on listening (DESIGN.md, section 6), or five times the p99 of the deliveries."""
_GLANCE: Final = 0.02
"""Seconds between two looks at whether everything has arrived."""
_KEEP_ALIVE: Final = 0.5
"""The share of the activity timeout after which a silent connection is pinged."""


class Tick(msgspec.Struct, frozen=True):
    """How it goes, once a second."""

    second: int
    users: int
    sent: float
    """Messages in the last second."""
    delivered: float
    p50: float
    p99: float
    """Of the last second's deliveries, in seconds; 0 without any."""
    lost: int
    """Deliveries behind the deadline that did not come, as far as one can tell by now."""
    own_lag: float


class Run(msgspec.Struct, frozen=True):
    """What a load came to, before anybody judged it."""

    course: Course
    totals: Totals
    samples: Samples
    meant: "array[int]"
    began: int
    seconds: float
    people: int
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    cpu: float
    """Seconds of processor that this process took from the start to the last delivery."""


class Generator:
    """One load on one target, to be run once."""

    def __init__(
        self,
        target: TargetDeclaration,
        population: Population,
        profile: Profile,
        *,
        told: Callable[[str | Tick], None] = lambda what: None,  # noqa: ARG005 - nobody listens by default
    ) -> None:
        self._target = target
        self._profile = profile
        self._schedule = schedule(profile)
        self._arrival = round(float(target.budgets.arrival) * _SECOND)
        self._ledger = Ledger(len(population.talks), arrival=self._arrival)
        self._samples = Samples()
        event = target.backend.contract.event
        self._desk = Desk(event, self._ledger, self._samples, mark=f"load-{secrets.token_hex(6)}")
        seconds = max(2.0, float(target.budgets.arrival))
        self._lanes = Lanes(target.backend.url, target.backend.transport, seconds=seconds)
        self._backend = Backend(target, self._lanes)
        self._crowd = Crowd(target, population, self._desk, self._backend)
        self._random = random.Random(profile.seed)  # noqa: S311 - who speaks shall be the same again
        self._under_way: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()
        self._told = told
        self._fault: BaseException | None = None

    def end(self) -> None:
        """End the load before its time; what was sent is still waited for, and judged."""
        self._ended.set()

    async def run(self) -> Run:
        """Bring everybody in, send, settle, and give what came of it; `EnvironmentFault` when nobody is there."""
        try:
            await self._crowd.come_in()
            self._told(f"{self._crowd.connected} users are connected, {self._crowd.listening} listen")
            with _without_collections():
                began, before = time.monotonic_ns() + _LEAD, time.process_time()
                beside = [asyncio.create_task(one) for one in (self._tell(began), self._stay_alive())]
                try:
                    await self._send_all(began)
                    await self._settle()
                finally:
                    await _cancelled(beside)
                cpu = time.process_time() - before
            return self._result(began, cpu)
        finally:
            await self._crowd.leave()
            self._lanes.close()

    # Sending.

    async def _send_all(self, began: int) -> None:
        """Begin each message at its moment, and wait for the answers at the end only."""
        for offset in self._schedule:
            meant = began + offset
            if await self._is_over(meant):
                break
            conversation = self._random.randrange(len(self._crowd.conversations))
            speaker = self._speaker(conversation)
            if speaker is not None:
                task = asyncio.create_task(self._send(conversation, speaker, meant))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
        while self._under_way:
            await asyncio.wait(self._under_way)
        if self._fault is not None:
            raise self._fault

    async def _is_over(self, until: int) -> bool:
        """Wait for a moment, unless the load ends before it."""
        left = (until - time.monotonic_ns()) / _SECOND
        if left > 0 and not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._ended.wait()
        return self._ended.is_set()

    def _speaker(self, conversation: int) -> User | None:
        """Choose somebody who is still connected; None when nobody is."""
        speakers = self._ledger.members(conversation)[:SPEAKERS]
        there = [one for one in speakers if self._ledger.is_here(one)]
        return self._crowd.users[self._random.choice(there)] if there else None

    async def _send(self, conversation: int, speaker: User, meant: int) -> None:
        number = self._ledger.meant(conversation, speaker.device.number, meant)

        def written(at: int) -> None:
            self._ledger.begun(number, at)
            self._samples.stage("slip", at - meant)

        where, text = self._crowd.conversations[conversation], self._desk.text(number)
        try:
            reply = await self._backend.send(speaker.token, where, text, socket_id=speaker.socket_id, written=written)
        except EnvironmentFault as error:
            self._fault = error
            self.end()
            return
        self._ledger.answered(number, reply.ended, is_taken=reply.is_ok)
        if reply.began:
            self._samples.stage("answer", reply.ended - reply.began)
        if not reply.is_ok:
            self._crowd.reasons[f"a message was answered {reply.status or reply.body.decode('utf-8', 'replace')}"] += 1

    # Waiting.

    async def _settle(self) -> None:
        """
        Wait for what is owed, at most until the deadline; then see that nothing more is under way to anybody.

        What comes twice, or to a wrong person, comes after what was owed: there is a window for that, and a fence.
        """
        deadline = time.monotonic_ns() + self._arrival
        await self._until(lambda: self._ledger.is_settled, deadline)
        recent = point(self._samples.latest)
        await asyncio.sleep(min(self._arrival, max(_WINDOW, 5 * recent.p99 if recent else 0)) / _SECOND)
        for user in self._crowd.users:
            user.ping()
        await self._until(lambda: not any(user.pongs_due for user in self._crowd.users), deadline + self._arrival)

    async def _until(self, is_so: Callable[[], bool], deadline: int) -> None:
        while not is_so() and time.monotonic_ns() < deadline:  # noqa: ASYNC110 - an event a delivery would cost more
            await asyncio.sleep(_GLANCE)

    async def _stay_alive(self) -> None:
        """Ping whoever heard nothing for half of the time after which a client should."""
        told = [user.activity_timeout for user in self._crowd.users if user.activity_timeout]
        if not told:
            return
        pause = max(0.5, min(told) * _KEEP_ALIVE)
        while True:
            await asyncio.sleep(pause)
            silent = time.monotonic_ns() - pause * _SECOND
            for user in self._crowd.users:
                if user.last < silent:
                    user.ping()

    async def _tell(self, began: int) -> None:
        """Say every second how it goes."""
        second, sent, delivered, slips = 0, 0, 0, 0
        while True:
            second += 1
            await asyncio.sleep(max(0.0, (began + second * _SECOND - time.monotonic_ns()) / _SECOND))
            recent = self._samples.since(delivered)
            slip = max(self._samples.stages["slip"][slips:], default=0)
            users = self._crowd.connected - self._crowd.cut_off
            tick = Tick(
                second,
                users,
                self._ledger.messages - sent,
                len(self._samples) - delivered,
                recent.p50 / _SECOND if recent else 0.0,
                recent.p99 / _SECOND if recent else 0.0,
                self._ledger.overdue(time.monotonic_ns()),
                slip / _SECOND,
            )
            sent, delivered = self._ledger.messages, len(self._samples)
            slips = len(self._samples.stages["slip"])
            self._told(tick)

    # The end.

    def _result(self, began: int, cpu: float) -> Run:
        crowd, ledger = self._crowd, self._ledger
        course = Course(
            users=len(crowd.population.devices),
            listening=crowd.listening,
            turned_away=crowd.turned_away,
            granted=crowd.granted,
            eavesdroppers=crowd.population.eavesdroppers,
            denied=crowd.denied,
            cut_off=crowd.cut_off,
            ended_early=self._ended.is_set(),
        )
        meant = array("q", (ledger.meant_at(number) for number in range(ledger.messages)))
        missing = [
            f"message {number}, meant {(meant[number] - began) / _SECOND:.3f} s after the start, did not reach user "
            f"{device} ({crowd.users[device].device.person.email})"
            for number, device in ledger.missing(10)
        ]
        seconds = (time.monotonic_ns() - began) / _SECOND
        reasons = tuple(f"{said} ({count} times)" for said, count in crowd.reasons.most_common(10))
        people, totals = crowd.population.people, ledger.totals()
        return Run(course, totals, self._samples, meant, began, seconds, people, reasons, tuple(missing), cpu)


@contextlib.contextmanager
def _without_collections() -> Iterator[None]:
    """Spare a run the pauses of the collector: what there is stays, and what comes makes no cycles to speak of."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


async def _cancelled(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    done: Awaitable[object] = asyncio.gather(*tasks, return_exceptions=True)
    await done
