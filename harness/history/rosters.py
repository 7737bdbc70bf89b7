"""
Who was in which conversation when, as far as anybody can say.

An addition takes effect somewhere between its question and its answer, so who is being added counts as in from the
question on; a removal counts from its answer. When nobody knows how a change ended, the person gets the benefit of it.
"""

from dataclasses import dataclass, field

from harness.history.events import MembershipAnswered, MembershipAsked


@dataclass(slots=True)
class Stay:
    """The time that a person was in a conversation; `until` is None while it lasts."""

    since: int
    until: int | None = None


@dataclass
class Rosters:
    """The people of every declared conversation, by the name of its channel."""

    stays: dict[str, dict[str, list[Stay]]] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)
    """The channel of each conversation."""
    _undecided: dict[str, MembershipAsked] = field(default_factory=dict)

    def may_hear(self, who: str, channel: str, *, since: int, until: int) -> bool | None:
        """Tell whether this person was in the conversation at any moment between; None when nobody declared it."""
        if channel not in self.stays:
            return None
        return any(
            stay.since <= until and (stay.until is None or stay.until >= since)
            for stay in self.stays[channel].get(who, ())
        )

    def was_in(self, who: str, channel: str, at: int) -> bool:
        """Tell whether this person had been in the conversation by that time."""
        return any(stay.since <= at for stay in self.stays.get(channel, {}).get(who, ()))

    def participants(self, channel: str) -> list[str]:
        """Name the people who are in the conversation at the end of the history."""
        return [name for name, stays in self.stays.get(channel, {}).items() if stays[-1].until is None]

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
        # Whoever was there when the conversation was declared had been there before.
        since = 0 if event.channel not in self.stays else asked.at if asked else event.at
        self.channels[event.conversation] = event.channel
        people = self.stays.setdefault(event.channel, {})
        for name in event.participants:
            if name not in people or people[name][-1].until is not None:
                people.setdefault(name, []).append(Stay(since))
        gone = [name for name in people if name not in event.participants and people[name][-1].until is None]
        for name in gone:
            people[name][-1].until = event.at
        return gone

    def settle(self) -> list[MembershipAsked]:
        """Decide what nobody knows: who may have been added may hear. Gives the removals, which end what is owed."""
        removals = []
        for asked in self._undecided.values():
            channel = self.channels.get(asked.conversation)
            if channel is None:
                continue
            if asked.change == "added":
                self.stays[channel].setdefault(asked.person, []).append(Stay(asked.at))
            elif asked.change == "removed":
                removals.append(asked)
        return removals
