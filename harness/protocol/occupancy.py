"""
Who listens to one channel of a server, and which people that makes.

A listener is any hashable thing that stands for a connection: this file neither sends nor knows how one would.
"""

from collections.abc import Hashable
from typing import Any, Generic, TypeVar

import msgspec

from harness.protocol.channels import ChannelKind
from harness.protocol.messages import decode_object

Listener = TypeVar("Listener", bound=Hashable)


class Member(msgspec.Struct, frozen=True):
    """
    The person that a presence subscription was signed for.

    `user_id` keeps the type it was signed with, but two ids are one person when they read alike; `data` is the whole
    of `channel_data` (PROTOCOL.md 6).
    """

    user_id: str | int
    data: dict[str, Any]


def read_member(channel_data: str) -> Member | None:
    """
    Give the member that `channel_data` names, `None` when it names nobody.

    Raises `ValueError` for what is no JSON object, and for a `user_id` that is neither text nor an integer.
    """
    data = decode_object(channel_data)
    user_id = msgspec.convert(data.get("user_id"), str | int | None)
    if user_id is None:
        return None
    return Member(user_id, data)


class Channel(Generic[Listener]):
    """One occupied channel: its listeners in the order in which they came."""

    def __init__(self, name: str, kind: ChannelKind) -> None:
        self.name = name
        self.kind = kind
        self._listeners: dict[Listener, Member | None] = {}

    def __len__(self) -> int:
        return len(self._listeners)

    def __contains__(self, listener: Listener) -> bool:
        return listener in self._listeners

    def join(self, listener: Listener, member: Member | None = None) -> bool:
        """Add a listener, or renew what is known of it; tell whether a person came who was not there before."""
        is_new_person = member is not None and str(member.user_id) not in self._people()
        self._listeners[listener] = member
        return is_new_person

    def leave(self, listener: Listener) -> Member | None:
        """Remove a listener, if it is one; give the member whose last listener it was, `None` if nobody left."""
        member = self._listeners.pop(listener, None)
        return None if member is None or str(member.user_id) in self._people() else member

    def member(self, listener: Listener) -> Member | None:
        """Give the person behind a listener, `None` for nobody known or no listener."""
        return self._listeners.get(listener)

    def listeners(self, *, but: Listener | None = None) -> tuple[Listener, ...]:
        """Give everybody who listens, in the order in which they came, all but one."""
        if but is None or but not in self._listeners:
            return tuple(self._listeners)
        return tuple(listener for listener in self._listeners if listener is not but)

    def members(self) -> list[Member]:
        """Give each person once, in the order in which they came."""
        return list(self._people().values())

    def listeners_of(self, user_id: str) -> list[Listener]:
        """Give the listeners of one person, their id as text."""
        return [key for key, member in self._listeners.items() if member and str(member.user_id) == user_id]

    def roster(self, *, demands_user_info: bool, omits_missing_info: bool = False) -> dict[str, Any]:
        """
        Give the members as `subscription_succeeded` lists them: `count`, `ids`, `hash` (PROTOCOL.md 6).

        Empty while anybody listens unseen (PROTOCOL.md 2.2, "presence without channel_data"). Raises `ValueError` when
        `user_info` is demanded and a member has none, whose entry in `hash` is missing or null otherwise.
        """
        if None in self._listeners.values():
            return {"count": 0, "ids": [], "hash": {}}
        people = self._people()
        if demands_user_info and any("user_info" not in member.data for member in people.values()):
            raise ValueError("a member of the channel has no user_info")
        return {
            "count": len(people),
            "ids": [member.user_id for member in people.values()],
            "hash": {
                user_id: member.data.get("user_info")
                for user_id, member in people.items()
                if "user_info" in member.data or not omits_missing_info
            },
        }

    def _people(self) -> dict[str, Member]:
        people: dict[str, Member] = {}
        for member in self._listeners.values():
            if member is not None:
                people.setdefault(str(member.user_id), member)
        return people
