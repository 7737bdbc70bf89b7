"""
How everybody comes in before the load begins: logins, conversations, connections, subscriptions.

So many at a time, as a load of its own would say nothing about messages. Who may listen and is turned away is counted,
and so is an eavesdropper who is let in.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from itertools import cycle
from typing import Final, TypeVar

from harness.config import Person, TargetDeclaration
from harness.errors import EnvironmentFault, GuaranteeBroken, HarnessError, Refused, UsageError
from harness.load.asking import Backend, Signature, Ticket
from harness.load.desk import Desk
from harness.load.population import Device, Population
from harness.load.user import User
from harness.protocol.channels import Pattern
from harness.users.context import CONVERSATION_RULE
from harness.users.manners import Manners

AT_ONCE: Final = 32
"""How many come in at a time."""

_REASONS: Final = 5
T = TypeVar("T")


class Crowd:
    """The users of a load, once they came in."""

    def __init__(self, target: TargetDeclaration, population: Population, desk: Desk, backend: Backend) -> None:
        self.population = population
        self.users: list[User] = []
        self.conversations: list[str] = []
        self.connected = 0
        self.listening = self.granted = self.denied = self.cut_off = 0
        self.reasons: Counter[str] = Counter()
        """Why somebody was turned away, each with how often."""
        self._target = target
        self._desk = desk
        self._backend = backend
        self._seconds = max(2.0, float(target.budgets.arrival))
        self._manners = Manners(target.may.requests_per_second)
        self._room = asyncio.Semaphore(AT_ONCE)
        self._tickets: dict[str, Ticket] = {}
        broadcaster = target.broadcaster
        self._urls = cycle((broadcaster.url, *broadcaster.other_urls))

    @property
    def turned_away(self) -> int:
        """How many may listen, and do not."""
        return len(self.population.devices) - self.population.eavesdroppers - self.listening

    async def come_in(self) -> None:
        """
        Bring everybody in.

        Raises `EnvironmentFault` when nobody could log in or listen, `UsageError` when there can be no conversations.
        """
        people = {device.person.email: device.person for device in self.population.devices}
        await self._all(self._logged_in(person) for person in people.values())
        if not self._tickets:
            raise EnvironmentFault(f"nobody could log in: {self.why()}")
        await self._converse()
        self._desk.channels = [self._channel(number) for number in range(len(self.conversations))]
        self.users = [User(device, self._desk, self._lost) for device in self.population.devices]
        await self._all(self._arrived(user) for user in self.users)
        if not self.listening:
            raise EnvironmentFault(f"nobody could listen: {self.why()}")

    def token_of(self, device: Device) -> str:
        """Give the token of a device's person."""
        return self._tickets[device.person.email].token

    def why(self) -> str:
        """Say why people were turned away, most often first."""
        return "; ".join(f"{said} ({count} times)" for said, count in self.reasons.most_common(_REASONS))

    async def leave(self) -> None:
        """Close every connection, and delete on somebody else's target what was made there, as far as can be."""
        await asyncio.gather(*(user.close() for user in self.users), return_exceptions=True)
        if self._target.world.conversation is None and self._target.topology == "remote":
            for number, talk in enumerate(self.population.talks[: len(self.conversations)]):
                host = self._tickets[talk.people[0].email]
                await self._backend.delete(host.token, self.conversations[number])

    async def _all(self, deeds: Iterable[Awaitable[None]]) -> None:
        async def one(deed: Awaitable[None]) -> None:
            async with self._room:
                await deed

        async with asyncio.TaskGroup() as together:
            for deed in deeds:
                together.create_task(one(deed))

    async def _timed(self, stage: str, deed: Callable[[], Awaitable[T]]) -> T:
        await self._manners.turn()
        began = time.monotonic_ns()
        done = await deed()
        self._desk.samples.stage(stage, time.monotonic_ns() - began)
        return done

    async def _logged_in(self, person: Person) -> None:
        try:
            self._tickets[person.email] = await self._timed("login", lambda: self._backend.log_in(person))
        except (Refused, EnvironmentFault) as error:
            self._sorry(error)

    async def _converse(self) -> None:
        """Make the conversations, or take the one that the target has."""
        fixed = self._target.world.conversation
        if fixed is not None:
            self.conversations = [str(fixed)]
            return
        for talk in self.population.talks:
            there = [self._tickets[one.email] for one in talk.people if one.email in self._tickets]
            if len(there) < len(talk.people) or not all(ticket.id for ticket in there):
                raise EnvironmentFault(f"not all people of a conversation could log in: {self.why() or 'no ids'}")
            await self._manners.turn()
            try:
                self.conversations.append(await self._backend.create(there[0].token, [one.id for one in there]))
            except Refused as error:
                raise EnvironmentFault(f"a conversation of {len(there)} people cannot be made: {error}") from None

    def _channel(self, number: int) -> str:
        rule = next((one for one in self._target.channels if one.name == CONVERSATION_RULE), None)
        if rule is None:
            raise UsageError(f"target {self._target.name} declares no channel rule called {CONVERSATION_RULE}")
        company = self.population.talks[number].company
        values = {"conversation": self.conversations[number], "company": company}
        try:
            return Pattern(rule.pattern).fill(**{name: str(one) for name, one in values.items() if one is not None})
        except ValueError as error:
            raise UsageError(f"target {self._target.name}, channel rule {rule.name!r}: {error}") from None

    async def _arrived(self, user: User) -> None:
        """Connect somebody, and let them listen, or try to."""
        if user.device.person.email not in self._tickets:
            return
        user.token = self.token_of(user.device)
        key, way = self._target.broadcaster.key, self._target.broadcaster.transport
        url = f"{next(self._urls)}/app/{key}?protocol=7&client=realtime-harness&version=0.1"
        try:
            await self._timed("connect", lambda: user.connect(url, way, seconds=self._seconds))
            self.connected += 1
            await (self._eavesdrop(user) if user.device.eavesdrops else self._listen(user))
        except (GuaranteeBroken, HarnessError) as error:
            self._sorry(error)

    async def _listen(self, user: User) -> None:
        channel = self._desk.channels[user.device.conversation]
        signature = await self._timed("authorize", lambda: self._backend.authorize(user.token, user.socket_id, channel))
        await self._timed("subscribe", lambda: user.subscribe(channel, signature, seconds=self._seconds))
        self._desk.ledger.join(user.device.number, user.device.conversation)
        self.listening += 1

    async def _eavesdrop(self, user: User) -> None:
        """Ask for a channel of others, then try it without a signature; a denial has a status, silence is none."""
        channel = self._desk.channels[user.device.conversation]
        signature: Signature | None = None
        try:
            signature = await self._backend.authorize(user.token, user.socket_id, channel)
        except Refused as error:
            if error.status is None or error.status >= 500:  # noqa: PLR2004 - a server's own failure denies nothing
                self._sorry(error)
                return
        try:
            await user.subscribe(channel, signature, seconds=self._seconds)
        except Refused:
            self.denied += signature is None
        else:
            self.granted += 1
            return
        self.granted += signature is not None

    def _sorry(self, error: BaseException) -> None:
        self.reasons[str(error).partition("\n")[0]] += 1

    def _lost(self, device: int, at: int) -> None:
        self.cut_off += 1
        self._desk.ledger.leave(device, at)
