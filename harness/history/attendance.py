"""
Who of our people was subscribed to which presence channel when, and whom each of their sockets was told of.

A read model made from events alone. A person is known by the user id that the subscription was signed for, so whoever
comes as somebody else counts as that one. Ids that none of our subscriptions had are somebody else's people.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from harness.history.events import (
    Event,
    FenceAnswered,
    FenceAsked,
    FrameIn,
    SocketClosed,
    SubscribeAnswered,
    SubscribeAsked,
    Unsubscribed,
)

ADDED = "pusher_internal:member_added"
REMOVED = "pusher_internal:member_removed"

_Key = tuple[str, str]
"""A presence channel and a user id."""


class Entry(NamedTuple):
    """How somebody came into a roster: with the list (no frame), or announced by one; and the JSON type of the id."""

    id_type: str
    frame: FrameIn | None = None


class Told(NamedTuple):
    """A frame about a member, and how that member stood in the roster before it, if at all."""

    frame: FrameIn
    known: Entry | None


@dataclass(slots=True, eq=False)
class Visit:
    """
    One subscription of a socket to a presence channel, from its acknowledgement to whatever ended it.

    `asked` is the number of the event that asked for it; `roster` holds the members that the socket was told of.
    """

    asked: int
    since: SubscribeAnswered
    roster: dict[str, Entry]
    ended: Event | None = None
    told: list[Told] = field(default_factory=list)


class Gap(NamedTuple):
    """A roster that does not hold who is there, or holds a ghost, and since when it is known to be out of date."""

    visit: Visit
    user_id: str
    is_ghost: bool
    since: int


@dataclass
class Attendance:
    """The presence channels of one world; `take` reads on in a history that grows."""

    visits: list[Visit] = field(default_factory=list)
    """Every subscription whose acknowledgement listed members, in that order."""
    people: dict[str, dict[str, list[Visit]]] = field(default_factory=dict)
    """The same by channel and by the id that it was signed for."""
    uncertain: set[_Key] = field(default_factory=set)
    """People of whose subscription nobody knows how it ended."""
    _taken: int = 0
    _asked: dict[str, SubscribeAsked] = field(default_factory=dict)
    _fences: dict[str, FenceAsked] = field(default_factory=dict)
    _passed: dict[str, int] = field(default_factory=dict)
    """When the last fence of a socket was asked for; absent when that one was not passed."""
    _open: dict[str, dict[str, Visit]] = field(default_factory=dict)
    """What has not ended, by socket and channel."""
    _changed: dict[_Key, int] = field(default_factory=dict)
    """When somebody of ours last came or left."""
    _first_asked: dict[_Key, int] = field(default_factory=dict)
    _first_seen: dict[_Key, int] = field(default_factory=dict)
    _shared: set[_Key] = field(default_factory=set)
    _unseen: set[str] = field(default_factory=set)
    """Channels on which somebody of ours listened unseen: some servers list nobody then (PROTOCOL.md, 2.2)."""

    def take(self, events: list[Event]) -> None:
        """Read what this history holds beyond what was taken before."""
        for event in events[self._taken :]:
            match event:
                case FrameIn(member=member) if member:
                    self._tell(event)
                case SubscribeAsked():
                    self._asked[event.act] = event
                case SubscribeAnswered():
                    self._answer(event)
                case Unsubscribed():
                    self._end(event.socket, event.channel, event)
                case SocketClosed():
                    for channel in list(self._open.get(event.socket, ())):
                        self._end(event.socket, channel, event)
                case FenceAsked() if event.socket:
                    self._fences[event.act] = event
                    self._passed.pop(event.socket, None)
                case FenceAnswered(outcome="ok") if event.act in self._fences:
                    self._passed[event.socket] = self._fences[event.act].at
                case _:
                    pass
        self._taken = len(events)

    def gaps(self) -> Iterator[Gap]:
        """Find what every open subscription was told wrongly so far; what is under way may still mend it."""
        channels: dict[str, list[Visit]] = {}
        for visits in self._open.values():
            for channel, visit in visits.items():
                channels.setdefault(channel, []).append(visit)
        for channel in sorted(channels.keys() - self._unseen):
            here = {visit.since.me for visit in channels[channel]}
            gone = {id_ for id_ in self.people[channel].keys() - here if self._has_left(channel, id_)}
            for visit in channels[channel]:
                wrong = [(id_, False) for id_ in sorted(here - visit.roster.keys())]
                wrong += [(id_, True) for id_ in sorted(gone & visit.roster.keys())]
                for id_, is_ghost in wrong:
                    yield Gap(visit, id_, is_ghost, max(visit.since.at, self._changed[channel, id_]))

    def passed(self, socket: str) -> int | None:
        """Say when the last fence of a socket was asked for, if it was passed: what was due by then has come."""
        return self._passed.get(socket)

    def is_ours(self, channel: str, user_id: str) -> bool:
        """
        Tell whether this id is of one of our people and of nobody else.

        Whoever stood in a list, or was announced, before any of us asked to come under that id is somebody else too.
        """
        asked = self._first_asked.get((channel, user_id))
        return asked is not None and self._first_seen.get((channel, user_id), asked) >= asked

    def departures(self, channel: str, user_id: str) -> int:
        """Count how often somebody's last subscription to a channel ended."""
        steps: Counter[int] = Counter()
        for visit in self.people[channel][user_id]:
            steps[visit.since.n] += 1
            if visit.ended is not None:
                steps[visit.ended.n] -= 1
        present = left = 0
        for n in sorted(steps):
            present += steps[n]
            left += steps[n] < 0 and present == 0
        return left

    def _has_left(self, channel: str, user_id: str) -> bool:
        """Tell whether nothing but a departure can explain that none of our sockets stands for this person."""
        key = (channel, user_id)
        return key not in self.uncertain and key not in self._shared and self.is_ours(channel, user_id)

    def _answer(self, event: SubscribeAnswered) -> None:
        asked = self._asked.pop(event.act, None)
        n, key = asked.n if asked else event.n, (event.channel, event.me)
        if event.outcome == "unknown":
            self.uncertain.add(key)
        if event.outcome != "ok" or event.members is None:
            return
        if not event.me:
            self._unseen.add(event.channel)
        if event.is_shared:
            self._shared.add(key)
        self._first_asked.setdefault(key, n)
        types = dict(zip(event.members, event.member_types, strict=False))
        roster = {id_: Entry(types.get(id_, "")) for id_ in event.members}
        for id_ in roster:
            self._first_seen.setdefault((event.channel, id_), event.n)
        self._end(event.socket, event.channel, event)
        self._open.setdefault(event.socket, {})[event.channel] = visit = Visit(n, event, roster)
        self.visits.append(visit)
        self.people.setdefault(event.channel, {}).setdefault(event.me, []).append(visit)
        self._changed[key] = event.at

    def _tell(self, frame: FrameIn) -> None:
        """Let a socket be told of a member; what comes after it left is nobody's news."""
        visit = self._open.get(frame.socket, {}).get(frame.channel)
        if visit is None:
            return
        visit.told.append(Told(frame, visit.roster.get(frame.member)))
        if frame.event == ADDED:
            self._first_seen.setdefault((frame.channel, frame.member), frame.n)
            visit.roster[frame.member] = Entry(frame.id_type, frame)
        else:
            visit.roster.pop(frame.member, None)

    def _end(self, socket: str, channel: str, event: Event) -> None:
        visit = self._open.get(socket, {}).pop(channel, None)
        if visit is not None:
            visit.ended = event
            self._changed[channel, visit.since.me] = event.at
