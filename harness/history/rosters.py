"""
Who was in which conversation when, as far as anybody can say.

An addition takes effect somewhere between its question and its answer, so who is being added counts as in from the
question on; a removal, or the deletion of the conversation, counts from its answer. When nobody knows how a change
ended, the person gets the benefit of it.
"""

import sys
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

from harness.history.events import MembershipAnswered, MembershipAsked


@dataclass(slots=True)
class Stay:
    """The time that a person was in a conversation; `until` is None while it lasts."""

    since: int
    until: int | None = None


class Departure(NamedTuple):
    """Somebody is no longer in a conversation: asked for when, and since when it is certain."""

    who: str
    channel: str
    asked: int
    at: int
    is_deletion: bool


def _end(stay: Stay) -> int:
    return sys.maxsize if stay.until is None else stay.until


@dataclass
class Rosters:
    """The people of every declared conversation, by the name of its channel."""

    stays: dict[str, dict[str, list[Stay]]] = field(default_factory=dict)
    """The stays of each person are apart, in order of time."""
    channels: dict[str, str] = field(default_factory=dict)
    """The channel of each conversation."""
    departures: list[Departure] = field(default_factory=list)
    """Whoever lost the right to hear, in that order."""
    deleted: dict[str, int] = field(default_factory=dict)
    """Since when a conversation is deleted for certain, by channel."""
    _undecided: dict[str, MembershipAsked] = field(default_factory=dict)
    _presumed: dict[str, dict[str, int]] = field(default_factory=dict)
    """Since when people count as in a conversation of whose addition nobody knows."""

    def may_hear(self, who: str, channel: str, *, since: int, until: int) -> bool | None:
        """Tell whether this person was in the conversation at any moment between; None when nobody declared it."""
        people = self.stays.get(channel)
        if people is None:
            return None
        stays = people.get(who, ())
        first = bisect_left(stays, since, key=_end)
        if first < len(stays) and stays[first].since <= until:
            return True
        return self._is_presumed(who, channel, until) and since <= self.deleted.get(channel, sys.maxsize)

    def lost_it_by_deletion(self, who: str, channel: str, at: int) -> bool:
        """Tell whether this person was in the conversation until it was deleted, which it had been by that time."""
        deleted = self.deleted.get(channel, sys.maxsize)
        return deleted <= at and self.may_hear(who, channel, since=deleted, until=deleted) is True

    def stays_away_until(self, who: str, channel: str, since: int) -> int:
        """Say when somebody who was out at that time came in again; the end of time when they never did."""
        stays = self.stays.get(channel, {}).get(who, [])
        later = bisect_right(stays, since, key=lambda stay: stay.since)
        return stays[later].since if later < len(stays) else sys.maxsize

    def was_in(self, who: str, channel: str, at: int) -> bool:
        """Tell whether this person had been in the conversation by that time."""
        stays = self.stays.get(channel, {}).get(who)
        return (stays is not None and stays[0].since <= at) or self._is_presumed(who, channel, at)

    def participants(self, channel: str) -> list[str]:
        """Name the people who are in the conversation at the end of the history."""
        present = [name for name, stays in self.stays.get(channel, {}).items() if stays[-1].until is None]
        return [*present, *(name for name in self._presumed.get(channel, ()) if name not in present)]

    def asked(self, event: MembershipAsked) -> None:
        """Note that a change was asked for."""
        self._undecided[event.act] = event

    def answered(self, event: MembershipAnswered) -> list[str]:
        """Take in an answer; gives the people who are no longer in the conversation."""
        if event.outcome == "unknown":
            return []
        asked = self._undecided.pop(event.act, None)
        if event.outcome == "refused":
            return []
        is_deletion = asked is not None and asked.change == "deleted"
        if is_deletion:
            self.deleted.setdefault(event.channel, event.at)
        # Whoever was there when the conversation was declared had been there before.
        since = 0 if event.channel not in self.stays else asked.at if asked else event.at
        self.channels[event.conversation] = event.channel
        people = self.stays.setdefault(event.channel, {})
        present = dict.fromkeys(() if is_deletion else event.participants)
        for name in present:
            stays = people.setdefault(name, [])
            if not stays or stays[-1].until is not None:
                _enter(stays, since)
        gone = [name for name, stays in people.items() if name not in present and stays[-1].until is None]
        for name in gone:
            people[name][-1].until = event.at
            asked_at = asked.at if asked else event.at
            self.departures.append(Departure(name, event.channel, asked_at, event.at, is_deletion))
        return gone

    def settle(self) -> list[MembershipAsked]:
        """
        Decide what nobody knows so far: who may have been added may hear.

        Gives the removals and deletions, which end what is owed. May be called again when more has been answered: it
        decides anew.
        """
        self._presumed.clear()
        removals = []
        for asked in self._undecided.values():
            channel = self.channels.get(asked.conversation)
            if channel is None:
                continue
            if asked.change == "added":
                self._presumed.setdefault(channel, {}).setdefault(asked.person, asked.at)
            elif asked.change in ("removed", "deleted"):
                removals.append(asked)
        return removals

    def _is_presumed(self, who: str, channel: str, by: int) -> bool:
        return self._presumed.get(channel, {}).get(who, by + 1) <= by


def _enter(stays: list[Stay], since: int) -> None:
    """Let a person who is out come in; a stay that had not ended by then goes on."""
    while stays and _end(stays[-1]) >= since:
        since = min(since, stays.pop().since)
    stays.append(Stay(since))
