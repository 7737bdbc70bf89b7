"""
Defects of the broadcaster, by their ids in DEFECTS.md: what a gate must catch, so that it can be seen to.

They exist in a process only that was told of them in its configuration. A defect answers otherwise where the hub asks
who may join, or who may be heard, or is another choice of the dialect; the healthy code knows nothing of it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from harness.errors import UsageError
from harness.protocol.admission import Gate
from harness.protocol.app import App, Terms
from harness.protocol.client_events import ClientEvents
from harness.protocol.connections import ServerConnection
from harness.protocol.dialects import Dialect
from harness.protocol.messages import Frame
from harness.protocol.occupancy import Channel
from harness.protocol.server import Hub
from harness.protocol.signatures import channel_auth
from harness.servers.broadcaster import wrong_answers, wrong_hubs, wrong_protocol, wrong_returns, wrong_services
from harness.servers.broadcaster.api import Api
from harness.servers.broadcaster.outlet import Hoarding, InTurn, Outlet
from harness.servers.broadcaster.webhooks import Webhooks

_FEW: Final = 8
"""Digits that a careless comparison looks at."""


class ForAnySocket(Gate):
    """AZ-23: the signature is not tied to a socket; here, it may be that of any socket that ever asked to join."""

    def __init__(self, key: str, secret: str, dialect: Dialect) -> None:
        super().__init__(key, secret, dialect)
        self._sockets: set[str] = set()

    def is_signed(self, socket_id: str, channel: str, auth: str | None, channel_data: str | None) -> bool:
        """Try every socket that is known."""
        self._sockets.add(socket_id)
        return any(super(ForAnySocket, self).is_signed(one, channel, auth, channel_data) for one in self._sockets)


class ForAnyChannel(Gate):
    """AZ-24: the signature is not tied to a channel; here, it may be that of any that was ever asked for."""

    def __init__(self, key: str, secret: str, dialect: Dialect) -> None:
        super().__init__(key, secret, dialect)
        self._channels: set[str] = set()

    def is_signed(self, socket_id: str, channel: str, auth: str | None, channel_data: str | None) -> bool:
        """Try every channel that is known."""
        self._channels.add(channel)
        return any(super(ForAnyChannel, self).is_signed(socket_id, one, auth, channel_data) for one in self._channels)


class ByFewDigits(Gate):
    """AZ-25: of the signature, only the first digits are compared."""

    def is_signed(self, socket_id: str, channel: str, auth: str | None, channel_data: str | None) -> bool:
        """Complete what was sent by the digits that nobody looks at."""
        due = channel_auth(self._key, self._secret, socket_id, channel, channel_data)
        compared = due.index(":") + 1 + _FEW
        return auth is not None and auth[:compared] == due[:compared]


class Unchecked(Gate):
    """AZ-25:unchecked: whatever is sent as a signature is one."""

    def is_signed(self, _socket_id: str, _channel: str, auth: str | None, _channel_data: str | None) -> bool:
        """Look whether there is anything."""
        return bool(auth)


class WithoutData(Gate):
    """AZ-29: the signature covers no `channel_data`; the backend, which has the same defect, signs without it."""

    def is_signed(self, socket_id: str, channel: str, auth: str | None, _channel_data: str | None) -> bool:
        """Leave the data out."""
        return super().is_signed(socket_id, channel, auth, None)


class FromAnybody(ClientEvents):
    """AZ-32: whoever is connected may be heard on a channel."""

    def is_member(self, _sender: ServerConnection, channel: Channel[ServerConnection] | None) -> bool:
        """Look whether there is a channel."""
        return channel is not None


class AsSent(ClientEvents):
    """AZ-33: a frame goes out with whatever its sender put into it."""

    def compose(
        self, frame: Frame, text: str | bytes, channel: Channel[ServerConnection] | None, sender: ServerConnection
    ) -> str | None:
        """Decide as ever, and send the frame itself."""
        composed = super().compose(frame, text, channel, sender)
        return None if composed is None else self._verbatim(text, frame.data)


class OfAnyName(ClientEvents):
    """AZ-35: an event need not begin with `client-` to be heard by others."""

    def compose(
        self, frame: Frame, text: str | bytes, channel: Channel[ServerConnection] | None, sender: ServerConnection
    ) -> str | None:
        """Decide as if its name began so, and send it as it is."""
        if frame.event.startswith("client-"):
            return super().compose(frame, text, channel, sender)
        renamed = msgspec.structs.replace(frame, event=f"client-{frame.event}")
        composed = super().compose(renamed, text, channel, sender)
        return None if composed is None else self._verbatim(text, frame.data)


@dataclass(frozen=True)
class Defect:
    """One way to be wrong: `id` in DEFECTS.md, with a variant behind a colon, a sentence, and what is put in place."""

    id: str
    says: str
    gate: type[Gate] = Gate
    client_events: type[ClientEvents] = ClientEvents
    choices: dict[str, Any] = field(default_factory=dict)
    """Fields of the dialect that are chosen otherwise."""
    hub: type[Hub] | None = None
    """What stands before the hub, whichever kind that is."""
    channel: type[Channel[ServerConnection]] | None = None
    """What stands before its channels."""
    api: type[Api] = Api
    outlet: type[Outlet] = Outlet
    webhooks: type[Webhooks] = Webhooks
    policy: dict[str, Any] = field(default_factory=dict)
    """What the operator of an app has set, and is not heeded."""


DEFECTS: Final = {
    one.id: one
    for one in (
        Defect("AZ-23", "a signature for one socket opens another", gate=ForAnySocket),
        Defect("AZ-24", "a signature for one channel opens another", gate=ForAnyChannel),
        Defect("AZ-25", "the first digits of a signature are enough", gate=ByFewDigits),
        Defect("AZ-25:unchecked", "any signature is taken", gate=Unchecked),
        Defect("AZ-26", "the key in front of a signature is not compared", choices={"checks_key_part": False}),
        # A name that holds the data of another signature joins without any of its own.
        Defect(
            "AZ-27",
            "a channel's name may hold the data of another signature",
            choices={"portable_names_only": False, "checks_published_names": False, "demands_channel_data": False},
        ),
        Defect("AZ-29", "signatures do not cover channel_data", gate=WithoutData),
        Defect("AZ-31", "a presence channel can be joined without a name", choices={"demands_channel_data": False}),
        Defect("AZ-32", "who is not subscribed may send client events", client_events=FromAnybody),
        Defect("AZ-33", "a client event keeps what its sender put into it", client_events=AsSent),
        Defect("AZ-34", "client events are allowed on public channels", choices={"public_client_events": True}),
        Defect("AZ-35", "clients may send events of any name", client_events=OfAnyName),
        Defect("DE-03:silent", "who answered no ping is passed over", hub=wrong_returns.Skipping),
        Defect("DE-13", "a publish leaves out several connections", hub=wrong_hubs.ByPerson),
        Defect("DE-22", "every other long event is cut", hub=wrong_hubs.Cutting),
        Defect("DE-30", "the last of many listeners are not reached", hub=wrong_hubs.Starving),
        Defect("DE-31", "one event of a batch that nobody hears ends it", api=wrong_answers.AllOrNothing),
        Defect("DE-35", "a newcomer to a cache channel is told the last event of any", hub=wrong_hubs.Mistaking),
        Defect("HT-01", "a call of the API needs no signature", api=wrong_answers.Unsigned),
        Defect("HT-02", "a call may be signed with any secret", api=wrong_answers.AnySecret),
        Defect("HT-03", "the body of a call may be altered", api=wrong_answers.AnyBody),
        Defect("HT-04", "a call may be as old as it likes", choices={"timestamp_window": None}),
        Defect("HT-05", "the key of a call is not compared", choices={"checks_api_key": False}),
        Defect("HT-07", "the parameters of a call must be in order", api=wrong_answers.InOneOrder),
        Defect("HT-09", "what is only asked needs no signature", api=wrong_answers.UnsignedReading),
        Defect("HT-10", "an unknown connection cannot be left out", api=wrong_answers.Choosy),
        Defect("HT-11", "what is too much at once is cut", api=wrong_answers.Capping),
        Defect("HT-12", "a mistake of the caller is answered with 500", api=wrong_answers.Hiding),
        Defect("CO-02", "whoever is silent is never given up", hub=wrong_hubs.NeverPruning),
        Defect("CO-03", "whoever subscribes to nothing is never given up", choices={"visits": "subscribed"}),
        Defect("CO-05", "the timeout that is told is not the one that holds", hub=wrong_hubs.Stretching),
        Defect("CO-06", "a server that ends tells clients not to come back", hub=wrong_hubs.Banishing),
        Defect("CO-07:reused", "whoever comes next is given the id of whoever went", hub=wrong_returns.Reusing),
        Defect("CO-16", "what is opened with a connection is not closed with it", hub=wrong_hubs.Unclosing),
        Defect("CO-17", "a frame that cannot be read ends all reading", hub=wrong_hubs.Wedged),
        Defect(
            "CO-18",
            "any name is taken for a channel's",
            choices={"portable_names_only": False, "checks_published_names": False},
        ),
        Defect("CO-19", "a reader that is behind holds up everybody", outlet=InTurn),
        Defect(
            "CO-20",
            "whoever stands still is never given up, and all that is sent meanwhile kept",
            hub=wrong_hubs.NeverPruning,
            outlet=Hoarding,
        ),
        Defect("HT-08", "nobody is disconnected who shall be", hub=wrong_hubs.Unending),
        Defect("PR-01", "every connection of a person is announced", channel=wrong_hubs.EveryTab),
        Defect("PR-02", "a person is said to leave with any connection", channel=wrong_hubs.FirstTab),
        Defect("PR-04", "whoever was there before a crash is listed after it", hub=wrong_returns.Haunted),
        Defect("PR-08", "whoever comes is taken back and announced again", hub=wrong_hubs.Flapping),
    )
}
"""The defects of the catalogue; AZ-26, 27, 31 and 34 are choices that some dialects make anyway."""

FAULTS: Final = {
    one.id: one
    for one in (
        Defect("PT-01", "pages of any origin are let in", policy={"allowed_origins": ("*",)}),
        Defect("PT-02", "any version of the protocol is served", choices={"versions": None}),
        Defect("PT-03", "as many connect as like to", policy={"max_connections": None}),
        Defect("PT-04", "whoever signs in is believed", hub=wrong_services.Believing),
        Defect("PT-05", "cache channels remember nothing", choices={"cache_prefixes": ()}),
        Defect("PT-06", "cache channels remember what clients say", choices={"caches_client_events": True}),
        Defect("PT-07", "a signature for one app opens another", gate=wrong_services.OfAnyApp),
        Defect("PT-08", "whoever unsubscribes goes on hearing", hub=wrong_services.Keeping),
        Defect("PT-09", "webhooks are signed with another secret", webhooks=wrong_services.Forging),
        Defect("PT-10", "a webhook that failed is not sent again", webhooks=wrong_services.GivingUp),
        Defect("PT-11", "whoever comes back at once is told to have left", webhooks=wrong_services.Hasty),
        Defect(
            "PT-12", "a presence channel is never full", choices={"max_members": None}, policy={"max_members": None}
        ),
        Defect(
            "PT-13",
            "anybody may listen to what is for a user",
            choices={"server_to_user": "public channel", "hash_names": True},
        ),
        Defect("PT-14", "nobody hears of those on their watchlist", policy={"watchlists": False}),
        Defect("PT-15", "no close frame says why", choices={"close_codes": False}),
        Defect("PT-16", "everybody may talk as much as they like", policy={"rate_limit": None}),
        Defect("PT-17", "any key is an app's", hub=wrong_protocol.AnyKey),
        Defect("PT-18", "what is no frame ends the connections of others", hub=wrong_protocol.Contagious),
        Defect("PT-19", "a cache forgets with its last listener", choices={"cache_outlives_channel": False}),
    )
}
"""Faults of the protocol beyond what an application's gate is asked to catch: a suite about the protocol is."""

_ALL: Final = DEFECTS | FAULTS


def check_defects(ids: Iterable[str]) -> None:
    """Raise `UsageError` for an id that is none of these."""
    for id_ in ids:
        if id_ not in _ALL:
            raise UsageError(f"the broadcaster has no defect {id_!r}; known are {', '.join(sorted(_ALL))}")


def hub(app: App, dialect: Dialect, terms: Terms, ids: Iterable[str] = (), *, kind: type[Hub] = Hub) -> Hub:
    """Make a hub of this kind with these defects; of two that take the same place, the later has it."""
    gate, client_events = Gate, ClientEvents
    for one in map(_ALL.__getitem__, ids):
        kind = _before(kind, one)
        gate = one.gate if one.gate is not Gate else gate
        client_events = one.client_events if one.client_events is not ClientEvents else client_events
        dialect = msgspec.structs.replace(dialect, **one.choices)
        app = msgspec.structs.replace(app, **one.policy)
    return kind(
        app,
        dialect,
        terms,
        gate=gate(app.key, app.secret, dialect),
        client_events=client_events(dialect, app.client_events_from),
    )


def api(hub_: Hub, ids: Iterable[str] = (), elsewhere: Callable[[], int] = lambda: 0) -> Api:
    """Make the API of a hub with these defects; of two that take the same place, the later has it."""
    kind = Api
    for one in map(_ALL.__getitem__, ids):
        kind = one.api if one.api is not Api else kind
    return kind(hub_, elsewhere)


def outlet(ids: Iterable[str] = ()) -> Outlet:
    """Make what writes frames, with these defects; of two that take the same place, the later has it."""
    kind = Outlet
    for one in map(_ALL.__getitem__, ids):
        kind = one.outlet if one.outlet is not Outlet else kind
    return kind()


def webhooks(ids: Iterable[str] = ()) -> type[Webhooks]:
    """Give what sends the webhooks of an app, with these defects; of two that take the same place, the later has it."""
    kind = Webhooks
    for one in map(_ALL.__getitem__, ids):
        kind = one.webhooks if one.webhooks is not Webhooks else kind
    return kind


def _before(kind: type[Hub], one: Defect) -> type[Hub]:
    """Put the parts of a defect before a kind of hub, and before its channels."""
    if one.hub is not None:
        kind = type(one.hub.__name__, (one.hub, kind), {})
    if one.channel is not None:
        channels = type(one.channel.__name__, (one.channel, kind.channel_type), {})
        kind = type(kind.__name__, (kind,), {"channel_type": channels})
    return kind
