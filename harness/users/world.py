"""
One test's share of a target: its people, its conversation, and the judgement when it is over.

A world opens what is asked for, lets the history settle, judges it, and closes the sockets, in that order. The plugin
opens one around a test; `async with target.world()` opens one around an example of a property.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Literal, Protocol, Self

from harness.checkers.judgement import Judgement, judge
from harness.config import Person
from harness.diagnosis.ranking import explained
from harness.errors import GuaranteeBroken, HarnessError, Inconclusive, NotExercised, UsageError
from harness.history.events import Event, TestFinished, TestStarted
from harness.protocol.dialects import weaknesses
from harness.report.paragraph import error_of
from harness.users import aliases, canaries, control, fences
from harness.users.aliases import Prober
from harness.users.authorization import Authorization
from harness.users.connection import Connection
from harness.users.context import Context, declared
from harness.users.conversation import Conversation, SentMessage
from harness.users.detours import Detours
from harness.users.personas import NOBODY, VISITOR
from harness.users.registering import newcomer, registered
from harness.users.reproduction import Probe, reproduction
from harness.users.together import together
from harness.users.user import User

Arrival = Literal["nowhere", "logged-in", "connected"]
INSIDERS = ("alice", "bob", "carol")
"""Who is in the conversation of a test; everybody else of the cast is an outsider (DESIGN.md, section 2)."""

_INTERRUPTIONS = (KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError)
"""After these nobody waits for a judgement."""


class Pending(Protocol):
    """An expectation that somebody made; `awaited` tells whether anybody waited for it."""

    awaited: bool

    def describe(self) -> str:
        """Say what was expected and where it was written."""


class World:
    """
    The people and the conversation of one test; `budget` are the percentile limits that it claims itself, in seconds.

    `check` raises `EnvironmentFault` when a process of ours has died; `replay` is the command that runs the test again,
    `evidence` where the report will tell of it.
    """

    def __init__(
        self,
        context: Context,
        name: str = "",
        *,
        check: Callable[[], None] = lambda: None,
        tolerated: Iterable[tuple[str, str]] = (),
        budget: Mapping[str, float] | None = None,
        replay: str = "",
        evidence: str = "",
        judged: Callable[[Judgement], None] = lambda judgement: None,  # noqa: ARG005  nobody listens by default
    ) -> None:
        self.context = context
        self.name = name
        self.connections: list[Connection] = []
        self.pending: list[Pending] = []
        self.detours = Detours()
        self.judgement: Judgement | None = None
        self.arrive: Arrival = "nowhere"
        self._check = check
        self._tolerated = tuple(tolerated)
        self.budget = _in_seconds(budget or {})
        self._replay, self._evidence = replay, evidence
        self._judged = judged
        self.conversations: list[Conversation] = []
        """Those that exist in it, the test's own included."""
        self.probes: list[Probe] = []
        """The names that were tried, in their order."""
        self.probers: dict[str, Prober] = {}
        """The devices that try names, by person."""
        self._people: dict[str, User] = {}
        self._devices: list[User] = []
        self._labels: dict[str, int] = {}
        self._conversation: Conversation | None = None
        self._start = len(context.recorder.events)
        self._early: set[User] = set()
        self._begun = self._closed = False

    # Who and what is in it

    @property
    def events(self) -> list[Event]:
        """What happened since this world was made."""
        return self.context.recorder.events[self._start :]

    @property
    def conversation(self) -> Conversation:
        """The conversation of this test; it exists once the world is open."""
        if self._conversation is None:
            self._conversation = Conversation(self.context)
        return self._conversation

    def person(self, name: str) -> User:
        """Give somebody of the cast, not connected yet; the same user each time."""
        if name not in self._people:
            person = NOBODY if name == VISITOR else declared(self.context.target, name)
            if person is None:
                known = ", ".join(one.name for one in self.context.target.cast) or "nobody"
                raise NotExercised(f"target {self.context.target.name} declares no {name}; its cast is {known}")
            self._people[name] = self._device(person)
        return self._people[name]

    def anybody(self, name: str) -> User:
        """Give a device of somebody who is in this world already, new people included, else of the cast."""
        return next((device for device in self._devices if device.name == name), None) or self.person(name)

    def device(self, socket: str) -> User:
        """Give the device whose socket is, or was, called so; raises `UsageError` when there is none."""
        for device in self._devices:
            if socket in device.labels:
                return device
        raise UsageError(f"no device of this world ever had a socket called {socket}")

    async def user(self, name: str, arrive: Arrival = "connected") -> User:
        """Give somebody of the cast, logged in and connected unless `arrive` says less."""
        user = self.person(name)
        await self._arrive(user, arrive)
        return user

    async def visitor(self) -> User:
        """Give somebody who never logs in, connected."""
        return await self.user(VISITOR)

    async def new_user(self, name: str = "", *, company: int | str | None = None) -> User:
        """
        Register somebody who is the test's own, logged in and connected; a colleague of alice unless `company` differs.

        Raises `NotExercised` when the target takes no new people, `UsageError` for a name that somebody has.
        """
        target = self.context.target
        if reason := target.why_not("registration"):
            raise NotExercised(reason)
        alice = declared(target, "alice")
        company = company if company is not None or alice is None else alice.company
        person = newcomer(self.context, name, company=company)
        if declared(target, person.name) is not None or any(device.name == person.name for device in self._devices):
            raise UsageError(f"there is a {name} already; give a new user another name, or none")
        self.context.people[person.name] = person
        user = self._device(person, expendable=True)
        await together(registered(user), user.connect())
        return user

    async def new_conversation(self, host: User, *others: User) -> Conversation:
        """
        Let `host` open a further conversation with these people, for this world alone.

        Raises `NotExercised` when the target lets nobody create one.
        """
        if reason := self.context.target.why_not("create"):
            raise NotExercised(reason)
        users = (host, *others)
        ids = await together(*(user.backend_id() for user in users))
        people = {user.name: id_ for user, id_ in zip(users, ids, strict=True)}
        conversation = Conversation(self.context)
        await conversation.create(host, people, host.person.company)
        self.conversations.append(conversation)
        return conversation

    async def probe(self, person: User, name: str, conversation: Conversation) -> Authorization | None:
        """Ask for a channel by this name in a person's name, and follow up a grant at once (`aliases.probe`)."""
        return await aliases.probe(self, person, name, conversation)

    def another_device(self, user: User) -> User:
        """Give a further device of the same person, without a token yet."""
        return self._device(user.person, expendable=user.is_expendable)

    def stand_in(self, person: Person) -> User:
        """Give a device of anybody, whether or not they are of the cast: for what is made and deleted around tests."""
        return self._device(person, expendable=True)

    def new_label(self, user: User) -> str:
        """Name the next socket of a person: `alice#1`, `alice#2`, …, never twice in a world."""
        self._labels[user.name] = self._labels.get(user.name, 0) + 1
        return f"{user.name}#{self._labels[user.name]}"

    def connections_of(self, name: str) -> list[Connection]:
        """List the open sockets of a person."""
        return [connection for connection in self.connections if connection.who == name and connection.is_open]

    @property
    def seen(self) -> int:
        """How many events the whole history has: what `Recorder.changed` counts from."""
        return len(self.context.recorder.events)

    async def backend_id(self, name: str) -> str:
        """Give the backend's id of somebody of the cast or of a new person of this world."""
        known = self.context.ids.get(name)
        if known is not None:
            return known
        device = self.anybody(name)
        await self._arrive(device, "logged-in")
        return await device.backend_id()

    async def fence(self, name: str, behind: SentMessage | None = None) -> None:
        """
        Raise a fence on every open socket of a person, behind what this target may need: a canary, or a window.

        A canary needs a message that somebody heard, to be sent `behind`. Raises `Inconclusive` when a pong, or the
        canary, never came.
        """
        may_queue = self.context.target.backend.publishes != "before-answer"
        if may_queue and behind is not None and self.context.pongs_keep_order is not False:
            await canaries.pass_behind(self, behind)
        if behind is None or not self.context.pongs_keep_order:
            await fences.window(self.context, lambda: self.events)
        if doubts := await fences.raise_on(self.context, self.connections_of(name)):
            raise Inconclusive(doubts[0])

    async def let_in(self, user: User, conversation: Conversation | None = None) -> None:
        """Bring in somebody whom a fixture of the project's lets act before the test begins, and what they need."""
        if self._begun:
            return
        if user not in self._early:
            self._early.add(user)
            await self._arrive(user, self.arrive)
        if conversation is not None and conversation is self._conversation:
            await self._open_conversation(conversation)

    def claim(self, budget: Mapping[str, float]) -> None:
        """
        Have the deliveries judged by these percentile limits, in seconds, unless the test has a budget of its own.

        Raises `UsageError` when there is none, or the test has begun: what it claims is recorded at its beginning.
        """
        if self.budget:
            return
        if not budget:
            raise UsageError(
                f'target {self.context.target.name} agreed to no delivery budget: mark the test budget(p95="250ms")'
            )
        if self._begun:
            raise UsageError("ask for `sample` by naming it among the arguments of the test, not when it runs already")
        self.budget = _in_seconds(budget)

    def require_open(self) -> None:
        """Raise `HarnessError` when the judgement is over: nothing that happens now would be judged."""
        if self._closed:
            raise HarnessError(
                "this world is closed: it was judged when its test ended; act before that, or in another"
            )

    # From opening to judgement

    async def __aenter__(self) -> Self:
        """Bring in the people who were asked for already, as far as `arrive` says."""
        try:
            await self.open(self.arrive)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Judge and close; what the block raised goes first, what was found besides is added to it as a note."""
        try:
            found = None if isinstance(error, _INTERRUPTIONS) else await self.finish(told=_lines_of(error))
        finally:
            await self.close()
        if found is None:
            self._tell_how_to_repeat(error)
            return
        # A guarantee that broke outranks whatever is no failure itself: not exercised, inconclusive, skipped.
        is_failure = isinstance(error, Exception) and not isinstance(error, HarnessError)
        if error is None or (isinstance(found, GuaranteeBroken) and not is_failure):
            raise found
        error.add_note(str(found))

    def _tell_how_to_repeat(self, error: BaseException | None) -> None:
        """Add to an expectation that failed, beside which nothing was found, what every finding says in the end."""
        if isinstance(error, GuaranteeBroken):
            where = (("replay", self._replay), ("evidence", self._evidence))
            error.add_note("\n".join(f"  {label:<9} {text}" for label, text in where if text))

    async def open(self, arrive: Arrival = "connected") -> None:
        """Bring in everybody who was asked for, and make the conversation if somebody asked for it."""
        self._check()
        self._begun = True
        self.context.recorder.test = self.name
        known = tuple(sorted(weaknesses(self.context.target.broadcaster.dialect)))
        self.context.recorder.record(TestStarted, tolerated=self._tolerated, budget=self.budget, weaknesses=known)
        deeds = [self._arrive(user, arrive) for user in self._people.values()]
        if self._conversation is not None:
            deeds.append(self._open_conversation(self._conversation))
        await together(*deeds)

    async def finish(self, *, told: int = 0) -> GuaranteeBroken | Inconclusive | UsageError | None:
        """
        Let the history settle, judge it, and give the error to raise, if any, beside one of `told` lines.

        Raises `EnvironmentFault` when a process died.
        """
        self._check()
        doubts = await fences.settle(self.context, self.connections, lambda: self.events)
        await control.look(self)
        self._check()
        terms = self.context.terms
        self.context.recorder.record(TestFinished, wall=time.time(), doubts=tuple(doubts), **terms)
        self.judgement = explained(judge(self.events), self.events)
        self._judged(self.judgement)
        found = error_of(self.judgement, replay=self._replay, evidence=self._evidence, told=told)
        if isinstance(found, GuaranteeBroken) and (shown := reproduction(self, self.judgement)):
            found.add_note(shown)
        forgotten = next((pending.describe() for pending in self.pending if not pending.awaited), "")
        if not forgotten:
            return found
        mistake = f"an expectation was made and never awaited, so it checked nothing: {forgotten}"
        if not isinstance(found, GuaranteeBroken):
            return UsageError(mistake)
        found.add_note(mistake)
        return found

    async def close(self) -> None:
        """Close every socket; that is not a leave, the judgement is over. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        await asyncio.gather(*(device.close() for device in self._devices), return_exceptions=True)
        self.detours.end()
        self.context.recorder.test = ""

    def abandon(self) -> None:
        """Close what a test left open that never came to its judgement, or whose people are on another event loop."""
        self._closed = True
        for device in self._devices:
            device.abandon()

    async def _arrive(self, user: User, arrive: Arrival) -> None:
        if arrive == "nowhere":
            return
        await together(user.come_in(), *([user.connect()] if arrive == "connected" else []))

    async def _open_conversation(self, conversation: Conversation) -> None:
        if conversation.is_there:
            return
        self.conversations.append(conversation)
        target = self.context.target
        insiders = tuple(name for name in INSIDERS if declared(target, name) is not None)
        alice = declared(target, "alice")
        company = alice.company if alice is not None else None
        if target.world.conversation is not None:
            conversation.declare(str(target.world.conversation), company, insiders)
            return
        if reason := target.why_not("create"):
            raise NotExercised(f"{reason}, and [targets.{target.name}.world] names no conversation")
        if not insiders:
            raise NotExercised(f"target {target.name} declares none of {', '.join(INSIDERS)}, who share a conversation")
        host = self.person(insiders[0])
        ids = await together(*(self.backend_id(name) for name in insiders), self._arrive(host, "logged-in"))
        await conversation.create(host, dict(zip(insiders, ids, strict=False)), company)

    def _device(self, person: Person, *, expendable: bool = False) -> User:
        self.require_open()
        device = User(self, person, person.name, expendable=expendable)
        self._devices.append(device)
        return device


def _in_seconds(limits: Mapping[str, float]) -> dict[str, float]:
    """Make plain numbers of limits, whatever they are declared as: they go into the history."""
    return {name: float(limit) for name, limit in limits.items()}


def _lines_of(error: BaseException | None) -> int:
    return len(str(error).splitlines()) if isinstance(error, GuaranteeBroken) else 0
