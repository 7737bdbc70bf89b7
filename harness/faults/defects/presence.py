"""Defects of presence: who is said to be there, how often, and by what kind of id."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from harness.faults.defects.behaviour import Behaviour, Link, Passing, decoded
from harness.faults.defects.content import retyped
from harness.faults.defects.intercepted import intercepted

_SUCCEEDED: Final = "pusher_internal:subscription_succeeded"
_ADDED: Final = "pusher_internal:member_added"
_REMOVED: Final = "pusher_internal:member_removed"


class Announcing(Behaviour):
    """Tells members of a channel something about another member."""

    def tell(self, link: Link, channel: str, event: str, data: str) -> None:
        """Send it to everybody else on the channel."""
        for other in self.others(link):
            if channel in other.members:
                other.say(_frame(event, channel, data))

    def is_elsewhere(self, link: Link, channel: str) -> bool:
        """Tell whether the same person is on the channel by another connection."""
        me = user_of(link, channel)
        return any(user_of(other, channel) == me for other in self.others(link) if channel in other.members)


class PerTab(Announcing):
    """PR-01: every tab, or device, of a person is announced."""

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Announce whoever joins and is there already."""
        link, channel = passing.link, passing.channel
        if passing.frame.event == _SUCCEEDED and channel in link.members and self.is_elsewhere(link, channel):
            self.tell(link, channel, _ADDED, link.members[channel])
        yield passing.text


class GoneWithATab(Announcing):
    """PR-02: a person is said to leave when one of their tabs, or devices, does."""

    def from_client(self, passing: Passing) -> Iterable[str]:
        """Announce whoever leaves a channel."""
        data = passing.data
        if passing.frame.event == "pusher:unsubscribe" and isinstance(data, dict):
            self._leave(passing.link, str(data.get("channel")))
        yield passing.text

    def ended(self, link: Link) -> None:
        """Announce whoever is gone."""
        for channel in list(link.members):
            self._leave(link, channel)

    def _leave(self, link: Link, channel: str) -> None:
        if channel in link.members and self.is_elsewhere(link, channel):
            data = msgspec.json.encode({"user_id": user_of(link, channel)}).decode()
            self.tell(link, channel, _REMOVED, data)


class Ghosts(Behaviour):
    """PR-03: whoever leaves stays listed."""

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Tell nobody."""
        if passing.frame.event != _REMOVED:
            yield passing.text


class Missing(Behaviour):
    """PR-05: whoever was there first is not listed, as if they were connected to another node."""

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Leave everybody out but oneself."""
        roster, link = _roster(passing), passing.link
        if roster is None or passing.channel not in link.members:
            yield passing.text
            return
        me = user_of(link, passing.channel)
        roster["ids"] = [one for one in roster.get("ids", []) if str(one) == str(me)]
        roster["hash"] = {key: info for key, info in dict(roster.get("hash") or {}).items() if key == str(me)}
        roster["count"] = len(roster["ids"])
        yield _with_roster(passing, roster)


class CountingConnections(Behaviour):
    """PR-06: `count` is another number than the list has members."""

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Count one too many."""
        roster = _roster(passing)
        if roster is None:
            yield passing.text
        else:
            yield _with_roster(passing, roster | {"count": len(roster.get("ids", [])) + 1})


class OtherIds(Behaviour):
    """PR-07: an id is text where somebody comes, and a number where they go, or the other way round."""

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Change its type where somebody goes."""
        data = passing.data
        if passing.frame.event == _REMOVED and isinstance(data, dict):
            changed = data | {"user_id": retyped(data.get("user_id"))}
            yield passing.having(data=msgspec.json.encode(changed).decode())
        else:
            yield passing.text


def user_of(link: Link, channel: str) -> Any:
    """Give the id of whoever joined a channel by a connection."""
    data = decoded(link.members.get(channel, ""))
    return data.get("user_id") if isinstance(data, dict) else None


def _roster(passing: Passing) -> dict[str, Any] | None:
    """Give the list of members that an acknowledgement holds."""
    data = passing.data if passing.frame.event == _SUCCEEDED else None
    roster = data.get("presence") if isinstance(data, dict) else None
    return roster if isinstance(roster, dict) else None


def _with_roster(passing: Passing, roster: dict[str, Any]) -> str:
    return passing.having(data=msgspec.json.encode({"presence": roster}).decode())


def _frame(event: str, channel: str, data: str) -> str:
    return msgspec.json.encode({"event": event, "channel": channel, "data": data}).decode()


_DEVICES: Final = ("second_device",)
_JOIN: Final = ("whoever_joins_is_seen",)

PRESENCE: Final = (
    intercepted(
        "PR-01",
        "every device of a person is announced",
        PerTab,
        convicted_by=("membership.added-twice",),
        scenarios=_DEVICES,
    ),
    intercepted(
        "PR-02",
        "a person is said to leave with one of their devices",
        GoneWithATab,
        convicted_by=("membership.removed-while-present",),
        scenarios=_DEVICES,
    ),
    intercepted(
        "PR-03",
        "whoever leaves stays listed",
        Ghosts,
        convicted_by=("membership.ghost",),
        scenarios=("no_longer_seen",),
    ),
    intercepted(
        "PR-05",
        "whoever was there first is missing from the list",
        Missing,
        convicted_by=("membership.missing",),
        scenarios=_JOIN,
    ),
    intercepted(
        "PR-06",
        "`count` is not the number of members",
        CountingConnections,
        convicted_by=("membership.list-contradicts-itself",),
        scenarios=_JOIN,
    ),
    intercepted(
        "PR-07",
        "a member's id changes its type",
        OtherIds,
        convicted_by=("membership.id-type-changed",),
        scenarios=("no_longer_seen",),
    ),
)
