"""
The revocation clock: how long a right that was lost went on working, in every way in which it may.

Nothing is broken here: what is heard too late is found by `isolation`, what is granted by `authorization`. The clock
says how far each loss was from its budget. It starts when the backend says that the right has ended, or when a token
was to end by itself; when somebody is let in again, it stops.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec

from harness.checkers.losses import Loss, LostRight, losses
from harness.history.events import (
    Event,
    HttpAnswered,
    SocketClosed,
    SocketOpened,
    SubscribeAnswered,
    SubscribeAsked,
    TestFinished,
)
from harness.history.ledger import Hearing, Ledger
from harness.history.openings import Opening, Openings

Way = Literal["open subscription", "re-authorization", "reconnect"]
"""
How a lost right may go on working: by what was subscribed before; by asking anew on a socket that was open before; by
asking anew after connecting again.
"""

_SECOND: Final = 1_000_000_000
_GUARDS: Final = ("private-", "presence-")


class Lapse(msgspec.Struct, frozen=True, kw_only=True):
    """
    What became of one lost right in one way; every time is in seconds from the loss.

    `seconds` is when it last worked: a message heard, or, asking anew, a signature or an acknowledgement; None when it
    never did. `denied` is the first denial of an authorization or refusal of a subscription, `closed` when the
    broadcaster had closed the last socket that was subscribed before; None where there was none. `messages` counts what
    the backend took on the channel after the loss: without any, silence says nothing. `limit` is the budget.
    """

    lost: LostRight
    way: Way
    who: str
    channel: str
    limit: float
    seconds: float | None = None
    denied: float | None = None
    closed: float | None = None
    messages: int = 0
    test: str = ""

    @property
    def holds(self) -> bool:
        """Tell whether the right stopped working within its budget, as far as was observed."""
        return self.seconds is None or self.seconds <= self.limit


def lapses(events: list[Event], ledger: Ledger, terms: TestFinished) -> tuple[Lapse, ...]:
    """Time every right that was lost in a world, in every way in which somebody could have used it."""
    if not (lost := losses(ledger)):
        return ()
    world = _World.read(events, ledger)
    return tuple(lapse for one in lost for lapse in _timed(world, one, terms))


@dataclass
class _Clock:
    """What was observed of a loss in one way: when it worked and when it was denied, and what had been open."""

    worked: list[int] = field(default_factory=list)
    denied: list[int] = field(default_factory=list)
    open: list[Opening] = field(default_factory=list)


_Clocks = dict[tuple[str, str, Way], _Clock]
"""By person, channel and way."""


@dataclass
class _World:
    """What people opened, heard and were told, by whatever it is looked up by; every list is in order of time."""

    openings: Openings = field(default_factory=Openings)
    connected: dict[str, list[int]] = field(default_factory=dict)
    """When each person opened sockets."""
    answers: dict[str, list[HttpAnswered]] = field(default_factory=dict)
    """Answers of the authorization endpoint, by person."""
    refusals: dict[tuple[str, str] | int, list[SubscribeAnswered]] = field(default_factory=dict)
    """Refused subscriptions, by person and channel, and by the token that they were authorized with."""
    heard: dict[tuple[str, str], list[tuple[int, int, int]]] = field(default_factory=dict)
    """By socket and channel: the number of each frame, when it was seen, and the earliest that it may have come."""
    taken: dict[str, list[int]] = field(default_factory=dict)
    """When the messages that the backend took were meant, by channel."""

    @classmethod
    def read(cls, events: list[Event], ledger: Ledger) -> "_World":
        """Sort the events of a world."""
        world, tokens = cls(), dict[str, int]()
        for event in events:
            world.openings.take(event)
            match event:
                case SocketOpened():
                    world.connected.setdefault(event.who, []).append(event.at)
                case HttpAnswered(purpose="authorize"):
                    world.answers.setdefault(event.who, []).append(event)
                case SubscribeAsked():
                    tokens[event.act] = event.token
                case SubscribeAnswered(outcome="refused"):
                    for key in ((event.who, event.channel), tokens.get(event.act, 0)):
                        world.refusals.setdefault(key, []).append(event)
                case _:
                    pass
        hearings = [*ledger.hearings, *(Hearing(frame, None) for frame in ledger.other_frames)]
        for frame, message in sorted(hearings, key=lambda one: one.frame.n):
            came = max(frame.earliest, message.asked.meant if message else 0)
            world.heard.setdefault((frame.socket, frame.channel), []).append((frame.n, frame.at, came))
        for message in sorted(ledger.messages, key=lambda one: one.asked.meant):
            if message.outcome == "ok":
                world.taken.setdefault(message.asked.channel, []).append(message.asked.meant)
        return world

    def last_heard(self, opening: Opening, before: int | None) -> int:
        """Say when something was last heard by this opening, before a moment of time if one is given; 0 for never."""
        frames = self.heard.get((opening.socket, opening.channel), [])
        last = len(frames)
        if opening.next is not None:
            last = bisect_left(frames, opening.next, key=lambda one: one[0])
        if before is not None:
            last = min(last, bisect_left(frames, before, key=lambda one: one[1]))
        return frames[last - 1][2] if last and frames[last - 1][0] > opening.since.n else 0

    def way(self, who: str, loss: Loss, at: int) -> Way:
        """Say in which way somebody asked anew at a moment: whether they had connected again by then."""
        sockets = self.connected.get(who, [])
        latest = bisect_right(sockets, at)
        return "reconnect" if latest and sockets[latest - 1] > loss.asked else "re-authorization"


def _timed(world: _World, loss: Loss, terms: TestFinished) -> Iterator[Lapse]:
    """Time one loss: in the order of people, channels and ways, which the alphabet has in that of `Way`."""
    clocks: _Clocks = {}
    _time_openings(world, loss, clocks)
    _time_answers(world, loss, clocks)
    _time_refusals(world, loss, clocks)
    for who, channel, way in sorted(clocks):
        clock, taken = clocks[who, channel, way], world.taken.get(channel, [])
        until = bisect_left(taken, loss.until) if loss.channel else len(taken)
        yield Lapse(
            lost=loss.lost,
            way=way,
            who=who,
            channel=channel,
            limit=terms.revocation / _SECOND,
            seconds=_since(loss, max(clock.worked, default=None)),
            denied=_since(loss, min(clock.denied, default=None)),
            closed=_since(loss, _closed(clock.open)),
            messages=until - bisect_right(taken, loss.at),
            test=terms.test,
        )


def _time_openings(world: _World, loss: Loss, clocks: _Clocks) -> None:
    """Look what was heard by the subscriptions of before, and by those that came after."""
    if loss.channel:
        openings = world.openings.of_person.get((loss.who, loss.channel), [])
    else:
        openings = [one for token in loss.tokens for one in world.openings.of_token.get(token, [])]
    for one in openings:
        opened, is_over = one.since.at, one.ended is not None and one.ended.at < loss.asked
        if is_over or (loss.channel and opened >= loss.until) or not one.channel.startswith(_GUARDS):
            continue
        is_open = opened <= loss.at
        way = "open subscription" if is_open else world.way(one.who, loss, opened)
        clock = clocks.setdefault((one.who, one.channel, way), _Clock())
        heard = world.last_heard(one, loss.until if loss.channel else None)
        clock.open += [one] if is_open else []
        clock.worked += [moment for moment in (opened, heard) if moment > loss.at]


def _time_answers(world: _World, loss: Loss, clocks: _Clocks) -> None:
    """Look what the endpoint said to whoever asked anew: with a dead token, or without a place in the conversation."""
    answers = world.answers.get(loss.who, [])
    first = bisect_right(answers, loss.at, key=lambda one: one.at)
    last = bisect_left(answers, loss.until, key=lambda one: one.at)
    for answer in answers[first:last]:
        is_about_it = answer.credential == ("live" if loss.channel else "dead")
        if not is_about_it or answer.channel != (loss.channel or answer.channel):
            continue
        if answer.signature in ("valid", "unverifiable") or answer.outcome == "refused":
            clock = clocks.setdefault((loss.who, answer.channel, world.way(loss.who, loss, answer.at)), _Clock())
            (clock.denied if answer.signature == "absent" else clock.worked).append(answer.at)


def _time_refusals(world: _World, loss: Loss, clocks: _Clocks) -> None:
    """Look when the broadcaster refused a subscription to whoever asked for one anew."""
    keys = [(loss.who, loss.channel)] if loss.channel else loss.tokens
    for refused in (refused for key in keys for refused in world.refusals.get(key, [])):
        if loss.at < refused.at and (refused.at < loss.until or not loss.channel):
            way = world.way(refused.who, loss, refused.at)
            clocks.setdefault((refused.who, refused.channel, way), _Clock()).denied.append(refused.at)


def _closed(openings: list[Opening]) -> int | None:
    """Say when the broadcaster had closed the last of these; None when one stayed open, or all were left by us."""
    ends = [one.ended for one in openings]
    closed = [end.at for end in ends if isinstance(end, SocketClosed) and end.by == "them"]
    return None if None in ends or not closed else max(closed)


def _since(loss: Loss, at: int | None) -> float | None:
    """Give the seconds from a loss; what came between question and answer came at once."""
    return None if at is None else max(at - loss.at, 0) / _SECOND
