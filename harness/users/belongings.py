"""
What a run makes on a target that stays when it leaves, and how that is deleted again.

Conversations go first, each by whoever opened it, then the accounts, each by its owner; what cannot be deleted is told.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from harness.config import Person, Route
from harness.errors import GuaranteeBroken, HarnessError
from harness.history.events import LeftBehind

if TYPE_CHECKING:
    from harness.users.context import Context
    from harness.users.user import User
    from harness.users.world import World

WITHIN: Final = 120.0
"""Seconds for all of it; what is left then is told as left behind."""

_AT_ONCE: Final = 8
_GONE: Final = (404, 410)
"""What a backend answers about something that is no longer there."""


@dataclass(eq=False)
class Belongings:
    """What is there because of us: conversations by id, with who opened them, and people by name."""

    conversations: dict[str, Person] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    """The latest token of each of those people: whoever guessed passwords may be kept from logging in."""

    def __bool__(self) -> bool:
        """Tell whether there is anything."""
        return bool(self.conversations or self.people)


@contextmanager
def making(context: "Context", what: str) -> Iterator[None]:
    """Tell of something that may have been made although the block that asked for it never had its answer."""
    try:
        yield
    except asyncio.CancelledError:
        if context.target.topology == "remote":
            why = "the run ended before the backend answered"
            context.recorder.record(LeftBehind, what=f"perhaps a {what}", why=why)
        raise


async def clear(world: "World") -> None:
    """Delete all that belongs to a run, and record what could not be; `world` is one of its own, for that alone."""
    belongings, hands = world.context.belongings, _Hands(world)
    contract = world.context.target.backend.contract
    try:
        async with asyncio.timeout(WITHIN * world.context.patience):
            await _emptied(hands, belongings.conversations, "conversation", contract.delete_conversation)
            await _emptied(hands, belongings.people, "person", contract.delete_account)
    except TimeoutError:
        pass
    finally:
        _tell_left(world)
        await world.close()


def apart(make: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine to its end on a loop of its own, wherever the caller is; an interrupt waits for it."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(make())).result()


class _Hands:
    """The people who delete, each logged in once."""

    def __init__(self, world: "World") -> None:
        self.context = world.context
        self.room = asyncio.Semaphore(_AT_ONCE)
        self._world = world
        self._people: dict[str, asyncio.Task[User]] = {}

    async def of(self, person: Person) -> "User":
        """Give somebody who is logged in; raises what kept them from it."""
        if person.name not in self._people:
            self._people[person.name] = asyncio.ensure_future(self._logged_in(person))
        return await self._people[person.name]

    async def _logged_in(self, person: Person) -> "User":
        context, user = self.context, self._world.stand_in(person)
        token = context.tokens.get(person.name) or context.belongings.tokens.get(person.name)
        if context.credentials.worth(token, person.name) == "live":
            user.session.token = token
        else:
            await user.log_in()
        return user


async def _emptied(hands: _Hands, left: dict[str, Person], kind: str, route: Route | None) -> None:
    """Delete everything of one kind, and tell what is still there."""
    names, deeds = list(left), [_deleted(hands, kind, name, owner, route) for name, owner in left.items()]
    for name, why in zip(names, await asyncio.gather(*deeds), strict=True):
        del left[name]
        if why:
            hands.context.recorder.record(LeftBehind, what=f"{kind} {name}", why=why)


async def _deleted(hands: _Hands, kind: str, name: str, owner: Person, route: Route | None) -> str:
    """Delete one thing; gives why it is still there, "" when it is gone."""
    if route is None:
        key = "delete_account" if kind == "person" else "delete_conversation"
        return f"the contract has no route to delete a {kind} (`{key}`)"
    async with hands.room:
        try:
            user = await hands.of(owner)
            place = {"conversation": name, "user": hands.context.ids.get(owner.name, "")}
            answer = await user.session.follow(f"delete a {kind}", route, place=place)
        except (HarnessError, GuaranteeBroken) as error:
            return str(error).partition("\n")[0]
    if answer.outcome == "ok" or answer.status in _GONE:
        return ""
    return f"the backend answered {answer.status or 'nothing'} to deleting a {kind}"


def _tell_left(world: "World") -> None:
    belongings = world.context.belongings
    left = [
        *(f"conversation {id_}" for id_ in belongings.conversations),
        *(f"person {one}" for one in belongings.people),
    ]
    for what in left:
        world.context.recorder.record(LeftBehind, what=what, why="there was no time to delete it")
    belongings.conversations.clear()
    belongings.people.clear()
