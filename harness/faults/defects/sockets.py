"""Defects of connections: who is let in, who is heard, who is answered, and who is cut off."""

import time
from collections.abc import Iterable
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec

from harness.faults.defects.behaviour import Behaviour, Given, Link, Passing
from harness.faults.defects.intercepted import intercepted
from harness.protocol.channels import ChannelKind, kind_of
from harness.protocol.signatures import channel_auth, verify_channel_auth

TOLD_SECONDS: Final = 3
SHORT_SECONDS: Final = 0.5
"""Silence after which a client is told to ping, and silence after which it is cut off."""
MANY: Final = 100
"""Frames after which a client that sends no pings is taken for dead."""


class Deaf(Behaviour):
    """CO-01: no ping is answered."""

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Drop every pong."""
        if passing.frame.event != "pusher:pong":
            yield passing.text


class Impatient(Behaviour):
    """CO-04: a client that is busy hearing, and sends no pings, is cut off."""

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        self._heard: WeakKeyDictionary[Link, int] = WeakKeyDictionary()

    def from_client(self, passing: Passing) -> Iterable[str]:
        """Count anew with every sign of life."""
        self._heard[passing.link] = 0
        yield passing.text

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Count, and cut."""
        yield passing.text
        self._heard[passing.link] = self._heard.get(passing.link, 0) + 1
        if self._heard[passing.link] == MANY:
            passing.link.later(0, lambda: passing.link.cut(4201, "Pong reply not received in time"))


class Hasty(Behaviour):
    """CO-05: a client that is silent is cut off long before the time that it was told."""

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        self._last: WeakKeyDictionary[Link, float] = WeakKeyDictionary()

    def from_client(self, passing: Passing) -> Iterable[str]:
        """Count from every sign of life."""
        self._last[passing.link] = time.monotonic()
        yield passing.text

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Begin to look when the client is told its time."""
        if passing.frame.event == "pusher:connection_established" and isinstance(passing.data, dict):
            self._last[passing.link] = time.monotonic()
            self._look_at(passing.link)
            yield passing.having(data=_json(passing.data | {"activity_timeout": TOLD_SECONDS}))
        else:
            yield passing.text

    def _look_at(self, link: Link) -> None:
        left = self._last[link] + SHORT_SECONDS - time.monotonic()
        if left > 0:
            link.later(left, lambda: self._look_at(link))
        else:
            link.cut(4201, "Pong reply not received in time")


class SameId(Behaviour):
    """CO-07: every connection gets the same socket id; what is signed for it is good for each."""

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        self._id = ""

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Give everybody the id of the first."""
        if passing.frame.event != "pusher:connection_established" or not isinstance(passing.data, dict):
            yield passing.text
            return
        self._id = self._id or passing.link.socket_id
        yield passing.having(data=_json(passing.data | {"socket_id": self._id}))

    def from_client(self, passing: Passing) -> Iterable[str]:
        """Sign for the connection what was signed for the id."""
        asked = Asked.of(passing)
        if asked is not None and asked.is_signed_for(self._id, asked.channel, self.given):
            yield asked.signed(self.given)
        else:
            yield passing.text


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


class Asked(msgspec.Struct, frozen=True):
    """A client's wish to join a guarded channel."""

    passing: Any
    channel: str
    auth: str
    data: str | None

    @classmethod
    def of(cls, passing: Passing) -> "Asked | None":
        """Read it; None where a frame is something else, or holds no signature."""
        data = passing.data
        if passing.frame.event != "pusher:subscribe" or not isinstance(data, dict):
            return None
        channel, auth, said = data.get("channel"), data.get("auth"), data.get("channel_data")
        if not isinstance(channel, str) or not isinstance(auth, str) or kind_of(channel) is ChannelKind.PUBLIC:
            return None
        return cls(passing, channel, auth, said if isinstance(said, str) else None)

    def is_signed_for(self, socket_id: str, channel: str, given: Given) -> bool:
        """Tell whether the signature is one for this connection and channel."""
        return verify_channel_auth(
            self.auth, key=given.key, secret=given.secret, socket_id=socket_id, channel=channel, channel_data=self.data
        )

    def signed(self, given: Given) -> str:
        """Write it with the signature that it needs."""
        auth = channel_auth(given.key, given.secret, self.passing.link.socket_id, self.channel, self.data)
        text: str = self.passing.having(data=self.passing.data | {"auth": auth})
        return text


class Accepting(Behaviour):
    """Lets signatures in that were not made for what they open."""

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        self.channels: set[str] = set()
        self.sockets: set[str] = set()

    def from_client(self, passing: Passing) -> Iterable[str]:
        """Make a good signature of one that is accepted."""
        asked = Asked.of(passing)
        if asked is None:
            yield passing.text
            return
        self.channels.add(asked.channel)
        self.sockets.add(passing.link.socket_id)
        yield asked.signed(self.given) if self.accepts(asked) else passing.text

    def accepts(self, asked: Asked) -> bool:
        """Tell whether the signature is good enough."""
        return bool(asked.auth)


class AcceptingFew(Accepting):
    """AZ-25: the first digits are enough."""

    def accepts(self, asked: Asked) -> bool:
        """Compare as many as the key and eight digits have."""
        link = asked.passing.link
        due = channel_auth(self.given.key, self.given.secret, link.socket_id, asked.channel, asked.data)
        length = len(self.given.key) + 9
        return asked.auth[:length] == due[:length]


class AcceptingAnySocket(Accepting):
    """AZ-23: a signature for one socket opens another."""

    def accepts(self, asked: Asked) -> bool:
        """Try every socket that ever asked."""
        return any(asked.is_signed_for(one, asked.channel, self.given) for one in self.sockets)


class AcceptingAnyChannel(Accepting):
    """AZ-24: a signature for one channel opens another."""

    def accepts(self, asked: Asked) -> bool:
        """Try every channel that was ever asked for."""
        own = asked.passing.link.socket_id
        return any(asked.is_signed_for(own, one, self.given) for one in self.channels)


class Relaying(Behaviour):
    """Brings what a client says to others, past the broadcaster."""

    def relay(self, passing: Passing, text: str) -> None:
        """Bring it to everybody else who is subscribed."""
        for other in self.others(passing.link):
            if passing.channel in other.channels:
                other.say(text)


class AcceptingAnyKey(Accepting):
    """AZ-26: the key in front of a signature is not compared."""

    def accepts(self, asked: Asked) -> bool:
        """Compare what stands behind the first colon."""
        args = {"key": "", "secret": self.given.secret, "socket_id": asked.passing.link.socket_id}
        return verify_channel_auth(asked.auth, **args, channel=asked.channel, channel_data=asked.data, key_part=False)


class FromAnybody(Relaying):
    """AZ-32: whoever is connected may send client events, subscribed or not."""

    def from_client(self, passing: Passing) -> Iterable[str]:
        """Relay what the broadcaster would refuse."""
        if passing.frame.event.startswith("client-") and passing.channel not in passing.link.channels:
            self.relay(passing, passing.having(user_id=msgspec.UNSET))
        yield passing.text


class AsSent(Relaying):
    """AZ-33: a client event keeps the user id that its sender put into it."""

    def from_client(self, passing: Passing) -> Iterable[str]:
        """Relay the frame itself."""
        if passing.frame.event.startswith("client-") and passing.channel in passing.link.channels:
            self.relay(passing, passing.text)
        else:
            yield passing.text


class OnPublicChannels(Relaying):
    """AZ-34: client events are allowed on public channels."""

    def from_client(self, passing: Passing) -> Iterable[str]:
        """Relay what the broadcaster would refuse."""
        is_public = passing.channel in passing.link.channels and kind_of(passing.channel) is ChannelKind.PUBLIC
        if is_public and passing.frame.event.startswith("client-"):
            self.relay(passing, passing.text)
        yield passing.text


class OfAnyName(Relaying):
    """AZ-35: clients may send events that are the server's, or the backend's."""

    def from_client(self, passing: Passing) -> Iterable[str]:
        """Relay whatever names a channel that its sender is on."""
        if not passing.frame.event.startswith("client-") and passing.channel in passing.link.channels:
            self.relay(passing, passing.text)
        yield passing.text


_FORGED: Final = ("subscription.forgery-accepted",)
_SPOKEN: Final = ("subscription.forged-event-delivered",)
_ANY: Final = "no_forgery_opens_a_conversation"

SOCKETS: Final = (
    intercepted(
        "CO-01",
        "no ping is answered",
        Deaf,
        convicted_by=("protocol.ping-unanswered",),
        scenarios=("other_participant_hears",),
    ),
    intercepted(
        "CO-04",
        "a busy client that sends no pings is cut off",
        Impatient,
        convicted_by=("protocol.connection-closed",),
        scenarios=("test_intermittent", "test_latency"),
    ),
    intercepted(
        "CO-05",
        "a silent client is cut off long before the time that it was told",
        Hasty,
        convicted_by=("protocol.given-up-early",),
        scenarios=("test_silence",),
    ),
    intercepted(
        "CO-07",
        "every connection gets the same socket id",
        SameId,
        convicted_by=("protocol.socket-id-repeated",),
        scenarios=("an_id_of_its_own", "both_hear_each_other"),
        needs_secret=True,
    ),
    intercepted(
        "AZ-23",
        "a signature for one socket opens another",
        AcceptingAnySocket,
        convicted_by=_FORGED,
        scenarios=("of_another_socket",),
        needs_secret=True,
    ),
    intercepted(
        "AZ-24",
        "a signature for one channel opens another",
        AcceptingAnyChannel,
        convicted_by=_FORGED,
        scenarios=("another_socket_channel_or_kind",),
        needs_secret=True,
    ),
    intercepted(
        "AZ-25",
        "the first digits of a signature are enough",
        AcceptingFew,
        convicted_by=_FORGED,
        scenarios=(_ANY,),
        needs_secret=True,
    ),
    intercepted(
        "AZ-25:unchecked",
        "any signature is taken",
        Accepting,
        convicted_by=_FORGED,
        scenarios=("tampered_signature", _ANY),
        needs_secret=True,
    ),
    intercepted(
        "AZ-26",
        "the key in front of a signature is not compared",
        AcceptingAnyKey,
        convicted_by=_FORGED,
        scenarios=(_ANY,),
        needs_secret=True,
        dialect="pusher",
    ),
    intercepted(
        "AZ-32",
        "who is not subscribed may send client events",
        FromAnybody,
        convicted_by=_SPOKEN,
        scenarios=("no_member_is_not_heard",),
    ),
    intercepted(
        "AZ-33",
        "a client event keeps what its sender put into it",
        AsSent,
        convicted_by=_SPOKEN,
        scenarios=("in_another_name",),
    ),
    intercepted(
        "AZ-34",
        "client events are allowed on public channels",
        OnPublicChannels,
        convicted_by=_SPOKEN,
        scenarios=("for_the_server_alone",),
        dialect="pusher",
    ),
    intercepted(
        "AZ-35",
        "clients may send events of any name",
        OfAnyName,
        convicted_by=_SPOKEN,
        scenarios=("speak_as_the_server",),
    ),
)
