"""Who has signed in on which connections, and who wants to hear of whom (PROTOCOL.md 2.6)."""

from collections.abc import Hashable
from typing import Any, Final, Generic, TypeVar

import msgspec

from harness.protocol.messages import decode_object

Connection = TypeVar("Connection", bound=Hashable)

MAX_WATCHLIST: Final = 100
"""People on one watchlist; more is 4302 (1.6)."""


class Person(msgspec.Struct, frozen=True):
    """Whoever the app's own server said is behind a connection; `info` is for the members of presence channels."""

    id: str
    info: Any = None
    watchlist: tuple[str, ...] = ()


def read_person(user_data: str, *, numbers: bool) -> Person | None:
    """
    Give the person that signed `user_data` names, `None` when it names nobody; `numbers` are ids too if so asked.

    Raises `ValueError` for what is no JSON object, and for a watchlist that is no list of texts.
    """
    data = decode_object(user_data)
    user_id, watchlist = data.get("id"), data.get("watchlist")
    if numbers and isinstance(user_id, int):
        user_id = str(user_id)
    if not isinstance(user_id, str) or not user_id:
        return None
    return Person(user_id, data.get("user_info"), msgspec.convert(watchlist or (), tuple[str, ...]))


class People(Generic[Connection]):
    """Everybody who is signed in to one app: online while on any connection."""

    def __init__(self) -> None:
        self._persons: dict[Connection, Person] = {}
        self._connections: dict[str, dict[Connection, None]] = {}

    def enter(self, connection: Connection, person: Person) -> bool:
        """Note who is behind a connection, for good; tell whether this person was not online before."""
        self._persons[connection] = person
        theirs = self._connections.setdefault(person.id, {})
        theirs[connection] = None
        return len(theirs) == 1

    def leave(self, connection: Connection) -> Person | None:
        """Forget a connection; give the person who is offline now, `None` for nobody."""
        person = self._persons.pop(connection, None)
        if person is None:
            return None
        theirs = self._connections[person.id]
        del theirs[connection]
        if theirs:
            return None
        del self._connections[person.id]
        return person

    def person(self, connection: Connection) -> Person | None:
        """Give who is behind a connection, `None` for nobody known."""
        return self._persons.get(connection)

    def connections(self, user_id: str) -> tuple[Connection, ...]:
        """Give the connections of a person, in the order in which they signed in."""
        return tuple(self._connections.get(user_id, ()))

    def watchers(self, user_id: str) -> tuple[Connection, ...]:
        """Give the connections of all who watch a person."""
        return tuple(one for one, person in self._persons.items() if user_id in person.watchlist)

    def watched(self, person: Person) -> dict[str, list[str]]:
        """Tell of everybody whom a person watches who is online and who is offline, in the order of the list."""
        told: dict[str, list[str]] = {"online": [], "offline": []}
        for user_id in dict.fromkeys(person.watchlist):
            told["online" if user_id in self._connections else "offline"].append(user_id)
        return told
