"""Defects of delivery: messages that are lost, doubled, late, out of order, or somewhere else."""

from collections import deque
from collections.abc import Iterable
from typing import Any, Final
from weakref import WeakKeyDictionary

from harness.faults.defects.behaviour import Behaviour, Given, Link, Passing, Request
from harness.faults.defects.intercepted import intercepted

LOST_IN: Final = 20
DOUBLED_IN: Final = 15
LATE_IN: Final = 10
"""One in so many messages, on the average, is lost, doubled or late."""

LATE_SECONDS: Final = 1.5
HELD_SECONDS: Final = 0.25
"""How long a message waits for the one that shall overtake it."""


class Losing(Behaviour):
    """DE-03: messages get lost at random."""

    one_in = LOST_IN

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Drop some."""
        if not (self.is_message(passing) and self.given.random.random() * self.one_in < 1):
            yield passing.text


class LosingAll(Losing):
    """DE-01: a message is stored, and nobody hears it."""

    one_in = 1


class LosingFirst(Behaviour):
    """DE-04: the first message behind an acknowledged subscription gets lost."""

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        self._fresh: set[tuple[Link, str]] = set()

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Drop one a subscription."""
        which = (passing.link, passing.channel)
        if passing.frame.event == "pusher_internal:subscription_succeeded":
            self._fresh.add(which)
        if self.is_message(passing) and which in self._fresh:
            self._fresh.remove(which)
        else:
            yield passing.text

    def ended(self, link: Link) -> None:
        """Forget it."""
        self._fresh = {one for one in self._fresh if one[0] is not link}


class Doubling(Behaviour):
    """DE-05: messages come twice, at random."""

    one_in = DOUBLED_IN

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Send some once more."""
        yield passing.text
        if self.is_message(passing) and self.given.random.random() * self.one_in < 1:
            yield passing.text


class DoublingAll(Doubling):
    """DE-05:always: every message comes twice."""

    one_in = 1


class Retrying(Behaviour):
    """DE-06: a message comes once more, a while later."""

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Send it again when it is nearly forgotten."""
        yield passing.text
        if self.is_message(passing):
            passing.link.later(HELD_SECONDS, lambda: passing.link.say(passing.text))


class Swapping(Behaviour):
    """DE-07: of two messages in a row the second comes first."""

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        self._held: WeakKeyDictionary[Link, Passing] = WeakKeyDictionary()

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Hold every other one until the next has gone out, or too long."""
        if not self.is_message(passing):
            yield passing.text
            return
        before = self._held.pop(passing.link, None)
        if before is None:
            self._held[passing.link] = passing
            passing.link.later(HELD_SECONDS, lambda: self._give_up(passing))
        else:
            yield passing.text
            yield before.text

    def _give_up(self, passing: Passing) -> None:
        if self._held.get(passing.link) is passing:
            del self._held[passing.link]
            passing.link.say(passing.text)


class Sleeping(Behaviour):
    """DE-08: whatever brings messages sleeps between them."""

    one_in, seconds = 1, 0.6

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Hold the line."""
        if self.is_message(passing) and self.given.random.random() * self.one_in < 1:
            passing.link.hold(self.seconds)
        yield passing.text


class Hesitating(Sleeping):
    """DE-08:tenth: one message in ten is a second and a half late."""

    one_in, seconds = LATE_IN, LATE_SECONDS


class Leaking(Behaviour):
    """DE-10: a message goes to other conversations as well."""

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        self._copied: deque[str] = deque(maxlen=1_000)

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Send whoever else listens somewhere a copy there, once."""
        yield passing.text
        if self.is_message(passing) and passing.text not in self._copied:
            self._copied.append(passing.text)
            for other in self.others(passing.link):
                if passing.channel not in other.channels:
                    self._copy(passing, other)

    def _copy(self, passing: Passing, other: Link) -> None:
        for channel in other.channels:
            if channel.startswith("private-"):
                other.say(passing.having(channel=channel))


class Twins(Behaviour):
    """AZ-03: a message goes to the public twin of its channel as well."""

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        self._copied: deque[str] = deque(maxlen=1_000)

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Send it to whoever listens there, once."""
        yield passing.text
        if self.is_message(passing) and passing.text not in self._copied:
            self._copied.append(passing.text)
            bare = passing.channel.removeprefix("private-").removeprefix("presence-")
            for other in self.others(passing.link):
                if bare != passing.channel and bare in other.channels:
                    other.say(passing.having(channel=bare))


class Echoing(Behaviour):
    """DE-12: whoever sends hears their own message, although they named their socket."""

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        self._senders: dict[str, str] = {}
        self._echoed: deque[str] = deque(maxlen=1_000)

    def request(self, request: Request) -> Request:
        """Remember which socket sends which text."""
        text, socket_id = request.fields.get(self.given.contract.send_text), request.headers.get("X-Socket-ID")
        if isinstance(text, str) and socket_id:
            self.remember(text, socket_id)
        return request

    def remember(self, text: str, socket_id: str) -> None:
        """Learn which socket sends a text."""
        self._senders[text] = socket_id

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Send its sender a copy, once."""
        yield passing.text
        text = message_text(passing, self.given)
        if self.is_message(passing) and text in self._senders and passing.text not in self._echoed:
            self._echoed.append(passing.text)
            for other in self.others(passing.link):
                if other.socket_id == self._senders[text] and passing.channel in other.channels:
                    other.say(passing.text)


class Renaming(Behaviour):
    """DE-15: the event has the name of its class, which nobody listens for."""

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Rename the event."""
        renamed = f"App\\Events\\{passing.frame.event}"
        yield passing.having(event=renamed) if self.is_message(passing) else passing.text


class Redirecting(Behaviour):
    """DE-16: the event goes to a channel whose name is nearly right."""

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Rename the channel."""
        if self.is_message(passing):
            yield passing.having(channel=passing.channel.replace("private-", "private-private-", 1))
        else:
            yield passing.text


def message_text(passing: Passing, given: Given) -> str:
    """Give the text of the message that a frame brings; "" for none."""
    data: Any = passing.data
    for name in given.contract.text.split("."):
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, str) else ""


_LOST: Final = ("delivery.lost", "delivery.never-broadcast")
_OFTEN: Final = ("test_intermittent", "test_latency")

DELIVERY: Final = (
    intercepted("DE-03", "one message in twenty gets lost", Losing, convicted_by=_LOST, scenarios=_OFTEN),
    intercepted(
        "DE-01",
        "a message is stored, and nobody hears it",
        LosingAll,
        convicted_by=_LOST,
        scenarios=("other_participant_hears",),
    ),
    intercepted(
        "DE-04",
        "the first message behind a subscription gets lost",
        LosingFirst,
        convicted_by=_LOST,
        scenarios=("joins_later",),
    ),
    intercepted(
        "DE-05",
        "one message in fifteen comes twice",
        Doubling,
        convicted_by=("delivery.duplicated",),
        scenarios=_OFTEN,
    ),
    intercepted(
        "DE-05:always",
        "every message comes twice",
        DoublingAll,
        convicted_by=("delivery.duplicated",),
        scenarios=("exactly_once", "test_messaging"),
    ),
    intercepted(
        "DE-06",
        "every message comes once more, a quarter of a second later",
        Retrying,
        convicted_by=("delivery.duplicated",),
        scenarios=_OFTEN,
    ),
    intercepted(
        "DE-07",
        "of two messages in a row the second comes first",
        Swapping,
        convicted_by=("ordering.reordered",),
        scenarios=("in_the_order", *_OFTEN),
    ),
    intercepted(
        "DE-08",
        "whatever brings messages sleeps for 0.6 s before each",
        Sleeping,
        convicted_by=("latency.budget-exceeded", "delivery.late"),
        scenarios=_OFTEN,
    ),
    intercepted(
        "DE-08:tenth",
        "one message in ten is 1.5 s late",
        Hesitating,
        convicted_by=("latency.budget-exceeded", "delivery.late"),
        scenarios=_OFTEN,
    ),
    intercepted(
        "DE-10",
        "a message goes to other conversations as well",
        Leaking,
        convicted_by=("isolation.heard-by-outsider", "isolation.heard-on-wrong-channel"),
        scenarios=("do_not_mix", "of_another_channel"),
    ),
    intercepted(
        "AZ-03",
        "a message goes to the public twin of its channel as well",
        Twins,
        convicted_by=("isolation.heard-on-public-twin",),
        scenarios=("public_twin",),
    ),
    intercepted(
        "DE-12",
        "whoever sends hears their own message",
        Echoing,
        convicted_by=("delivery.own-echo",),
        scenarios=("no_echo",),
    ),
    intercepted(
        "DE-15",
        "the event has the name of its class",
        Renaming,
        convicted_by=_LOST,
        scenarios=("other_participant_hears", "test_messaging"),
    ),
    intercepted(
        "DE-16",
        "the event goes to a channel whose name is nearly right",
        Redirecting,
        convicted_by=(*_LOST, "isolation.heard-on-wrong-channel"),
        scenarios=("other_participant_hears", "test_messaging"),
    ),
)
