"""
Who owed what to whom, at the price of a byte a delivery; pure, and linear in the deliveries.

Each message has a cell for every member of its conversation, in the order in which they were acknowledged. A cell
counts how often that member heard that message; two bits say that nothing is owed, to the sender's own socket and to
one that was gone before the message was meant (DESIGN.md, section 7). Whatever is heard is also counted as it comes, so
that the totals can be seen to reconcile.
"""

from array import array
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

_OWN: Final = 0x80
_GONE: Final = 0x40
_COUNT: Final = 0x3F
"""The bits that count; what they cannot hold is counted beside."""

_SPARED: Final = (_OWN, *range(_GONE, _GONE + _COUNT + 1))
_NEVER: Final = 0
_OPEN, _TAKEN, _REFUSED, _UNKNOWN = range(4)


class Heard(StrEnum):
    """What it means that a device heard a message."""

    DELIVERED = "delivered"
    DUPLICATED = "duplicated"
    ECHOED = "echoed"
    STRANGER = "wrong person"
    FOREIGN = "foreign"


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """
    The account of a run, in deliveries.

    `owed` by messages that the backend took; of those `delivered`, `lost`, or `excused` because the socket ended in
    between. `unsure` were due to messages of which nobody knows whether they were taken. `heard` counts frames.
    """

    messages: int
    taken: int
    refused: int
    unknown: int
    owed: int
    delivered: int
    lost: int
    excused: int
    unsure: int
    heard: int
    duplicated: int
    echoed: int
    strangers: int
    foreign: int
    out_of_order: int
    late: int
    disagreements: tuple[str, ...]
    """What does not reconcile, in words; a run with any is invalid."""


class Ledger:
    """The account of one run; `arrival` is the deadline in nanoseconds behind which a delivery is late."""

    def __init__(self, conversations: int, *, arrival: int) -> None:
        self._arrival = arrival
        self._members: list[array[int]] = [array("l") for _ in range(conversations)]
        self._place: dict[int, tuple[int, int]] = {}
        self._left: dict[int, int] = {}
        self._cells = bytearray()
        self._first = array("q")
        """The place of each message's first cell."""
        self._of = array("l")
        self._meant, self._answered, self._state = array("q"), array("q"), bytearray()
        self._sender = array("l")
        self._latest: dict[int, array[int]] = {}
        """By sender and position: when the youngest of the sender's messages was begun that was heard there."""
        self._begun = array("q")
        self._due = 0
        self.heard_frames = 0
        self._repeated = self._overflown = self._echoed = self._strangers = self._foreign = 0
        self._out_of_order = self._late = self._looked = self._overdue = 0
        self.delivered = 0
        """Cells of which something was heard, as they came."""

    # Who is there.

    def join(self, device: int, conversation: int) -> int:
        """Take a device that listens from now on, and give its position; all join before the first message."""
        members = self._members[conversation]
        members.append(device)
        self._place[device] = conversation, len(members) - 1
        return len(members) - 1

    def leave(self, device: int, at: int) -> None:
        """Take note that a device's connection ended at this nanosecond: nothing is owed to it from then on."""
        if device in self._place:
            self._left.setdefault(device, at)

    def is_here(self, device: int) -> bool:
        """Tell whether something is owed to a device."""
        return device in self._place and device not in self._left

    def members(self, conversation: int) -> "array[int]":
        """Give the devices of a conversation by position, those that are gone included."""
        return self._members[conversation]

    def conversation(self, message: int) -> int:
        """Give the conversation of a message."""
        return self._of[message]

    # What is sent.

    @property
    def messages(self) -> int:
        """How many messages were meant so far."""
        return len(self._of)

    def meant(self, conversation: int, sender: int, at: int) -> int:
        """Open the account of a message, and give its number; to `sender` nothing is owed."""
        members = self._members[conversation]
        number = len(self._of)
        first = len(self._cells)
        self._first.append(first)
        self._of.append(conversation)
        self._sender.append(sender)
        self._meant.append(at)
        self._begun.append(at)
        self._answered.append(_NEVER)
        self._state.append(_OPEN)
        self._cells.extend(bytes(len(members)))
        spared = {self._place[sender][1]}
        self._cells[first + next(iter(spared))] = _OWN
        for device in self._left:
            where, position = self._place[device]
            if where == conversation and position not in spared:
                self._cells[first + position] = _GONE
                spared.add(position)
        self._due += len(members) - len(spared)
        return number

    def meant_at(self, message: int) -> int:
        """When a message was meant to be sent."""
        return self._meant[message]

    def begun(self, message: int, at: int) -> None:
        """Take note of when the first byte of its request was written."""
        self._begun[message] = at

    def answered(self, message: int, at: int, *, is_taken: bool | None) -> None:
        """Take the backend's answer: whether it took the message, None when nobody knows."""
        self._answered[message] = at
        self._state[message] = _UNKNOWN if is_taken is None else _TAKEN if is_taken else _REFUSED

    # What is heard.

    def position(self, device: int, message: int) -> int | None:
        """Give the device's position in the fan-out of a message, None where it has none."""
        place = self._place.get(device)
        return place[1] if place is not None and place[0] == self._of[message] else None

    def heard(self, device: int, message: int, at: int, *, is_elsewhere: bool = False) -> Heard:
        """
        Take a message that a device heard at this nanosecond, and say what that means.

        `is_elsewhere`: it came on another channel than that of its conversation, where nobody should hear it.
        """
        self.heard_frames += 1
        if not 0 <= message < len(self._of):
            self._foreign += 1
            return Heard.FOREIGN
        position = self.position(device, message)
        if position is None or is_elsewhere:
            self._strangers += 1
            return Heard.STRANGER
        cell = self._first[message] + position
        value = self._cells[cell]
        if value & _OWN:
            self._echoed += 1
            return Heard.ECHOED
        if value & _COUNT:
            self._repeated += 1
            if value & _COUNT == _COUNT:
                self._overflown += 1
            else:
                self._cells[cell] = value + 1
            return Heard.DUPLICATED
        self._cells[cell] = value + 1
        self.delivered += 1
        self._late += at - self._meant[message] > self._arrival
        self._look_at_the_order(position, message)
        return Heard.DELIVERED

    def foreign(self) -> None:
        """Count a message that is none of this run's."""
        self.heard_frames += 1
        self._foreign += 1

    def _look_at_the_order(self, position: int, message: int) -> None:
        """Count a message that was answered before its sender began another one which was heard here already."""
        sender, answered = self._sender[message], self._answered[message]
        latest = self._latest.get(sender)
        if latest is None:
            latest = self._latest[sender] = array("q", bytes(8 * len(self._members[self._of[message]])))
        self._out_of_order += _NEVER < answered < latest[position]
        latest[position] = max(latest[position], self._begun[message])

    # What it comes to.

    @property
    def is_settled(self) -> bool:
        """Tell whether everything that is owed may have arrived: a quick look, which counts what it need not."""
        return self.delivered >= self._due

    def overdue(self, now: int) -> int:
        """Count what did not come before its deadline passed, at the time of asking: for whoever watches."""
        while self._looked < len(self._of) and self._meant[self._looked] + self._arrival < now:
            number = self._looked
            if self._state[number] == _TAKEN:
                self._overdue += self._cells.count(0, self._first[number], self._end_of(number))
            self._looked += 1
        return self._overdue

    def totals(self) -> Totals:
        """Give the account as it stands now."""
        states = [self._state.count(state) for state in range(4)]
        owed = lost = excused = unsure = delivered = 0
        for number, state in enumerate(self._state):
            first, last = self._first[number], self._end_of(number)
            absent = self._cells.count(0, first, last)
            spared = sum(self._cells.count(mark, first, last) for mark in _SPARED)
            if state == _TAKEN:
                left = self._absent_and_gone(number) if absent else 0
                owed += last - first - spared
                lost += absent - left
                excused += left
                delivered += last - first - spared - absent
            else:
                unsure += last - first - spared
        return Totals(
            messages=len(self._of),
            taken=states[_TAKEN],
            refused=states[_REFUSED],
            unknown=states[_UNKNOWN] + states[_OPEN],
            owed=owed,
            delivered=delivered,
            lost=lost,
            excused=excused,
            unsure=unsure,
            heard=self.heard_frames,
            duplicated=self._repeated,
            echoed=self._echoed,
            strangers=self._strangers,
            foreign=self._foreign,
            out_of_order=self._out_of_order,
            late=self._late,
            disagreements=tuple(self._disagreements(owed + unsure)),
        )

    def missing(self, most: int) -> Iterable[tuple[int, int]]:
        """Name the first deliveries that are lost, as message and device."""
        found: list[tuple[int, int]] = []
        for number, state in enumerate(self._state):
            first = self._first[number]
            place = self._cells.find(0, first, self._end_of(number)) if state == _TAKEN else -1
            while place >= 0 and len(found) < most:
                device = self._members[self._of[number]][place - first]
                if device not in self._left:
                    found.append((number, device))
                place = self._cells.find(0, place + 1, self._end_of(number))
        return found

    def _end_of(self, number: int) -> int:
        return self._first[number] + len(self._members[self._of[number]])

    def _absent_and_gone(self, number: int) -> int:
        """Count those who did not hear a message and whose connection ended after it was meant."""
        places = (self._place[device] for device in self._left)
        return sum(
            not self._cells[self._first[number] + position] for where, position in places if where == self._of[number]
        )

    def _disagreements(self, due: int) -> Iterable[str]:
        """Compare what the cells hold with what was counted as it came."""
        counted = sum(count * self._cells.count(mark | count) for mark in (0, _GONE) for count in range(1, _COUNT + 1))
        outside = self._echoed + self._strangers + self._foreign
        if counted + self._overflown + outside != self.heard_frames:
            yield (
                f"{self.heard_frames} frames were heard, and {counted + self._overflown} deliveries with {outside} "
                "that nobody was owed are in the account"
            )
        if due != self._due:
            yield f"{self._due} deliveries were due when their messages were meant, and {due} are in the account"
