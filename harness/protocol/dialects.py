"""
What one broadcaster does otherwise than another, as data.

The server core knows the union of all behaviours and asks its dialect at each fork, so a difference between two
products is one field here, with the place where it was read or seen, and nowhere an `if` on a product's name.
"""

from typing import Final, Literal

import msgspec

from harness.errors import UsageError


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """One product's choices; the references behind the fields are sections of PROTOCOL.md."""

    name: str
    powered_by: str | None
    """Value of `X-Powered-By` on HTTP answers and the 101; `None` sends no such header (1.1)."""

    # How it spells
    php_json: bool
    """JSON as PHP writes it: `\\u` escapes, `\\/`, an empty object as `[]`, an empty channel name left out (13)."""
    error_data_is_text: bool
    """`data` of `pusher:error` is a JSON string, not an object (1.3)."""
    explains_refusals: bool
    """A refused subscription names its reason with code `null`; else every one is 4009 without a word (1.6, 2.2)."""
    close_codes: bool
    """A fatal error is followed by a close frame with its code; else TCP just ends, which clients see as 1006 (1.5)."""
    unknown_key: str
    """Text of error 4001, the key in place of `{key}` (1.6)."""

    # Connections
    activity_timeout: int
    """Seconds of silence after which a client is told to ping; the default of a setting (1.2)."""
    max_message_size: int
    """Bytes of one client message; more closes with 1009; the default of a setting (2.2)."""
    visits: Literal["subscribed", "all"]
    """Which connections are pinged and pruned (1.4)."""
    pings: Literal["as the client does", "by control frame"]
    """`pusher:ping` unless the client ever sent a control frame, or always a WebSocket ping (1.4)."""
    verbs: frozenset[str]
    """The `pusher:` events that a client may send, without their prefix (2.1, 2.6, 13)."""

    # Subscriptions
    portable_names_only: bool
    """Channel names outside the documented alphabet and 164 characters are refused (3)."""
    dashless_prefixes: bool
    """`privatex` is guarded as `private-x` is (3, 13)."""
    coerces_scalars: bool
    """Subscribe data may be a JSON string and a channel a number or boolean, as PHP converts them (2.1, 13)."""
    checks_key_part: bool
    """The part of `auth` before the colon must be the app's key (2.2, 13)."""
    repeats_are_errors: bool
    """A second subscribe, and an unsubscribe from what is not subscribed, are answered with an error (2.2)."""
    demands_channel_data: bool
    """A presence channel is refused without `channel_data`; else its owner listens unseen (2.2, 13)."""
    demands_user_info: bool
    """A member without `user_info` breaks the roster of everybody who joins later: 4200 (2.2)."""
    cache_prefixes: tuple[str, ...]
    """Names that begin so remember their last event while anybody is subscribed (2.3, 13)."""

    cache_outlives_channel: bool
    """What is remembered does not end with the last subscriber, and needs none to begin (2.3)."""
    cache_ttl: float | None
    """Seconds for which it is remembered, `None` for no end; the default of a setting (2.3)."""
    caches_client_events: bool
    """A client event is remembered like any other (2.3)."""

    drops_unknown_events: bool
    """An event that is neither `pusher:` nor a client event is silently dropped if it names a channel (2.2, 13)."""

    # Client events
    public_client_events: bool
    """Client events may be sent on public channels (5, 13)."""
    decodes_client_data: bool
    """Client event data is relayed as an object, a JSON string being decoded; plain scalars are 4200 (1.3, 13)."""

    # HTTP API
    keep_alive: bool
    """A connection may carry several requests; else it is closed after each answer (7.2)."""
    max_request_size: int
    """Bytes of one HTTP request, header and body; more is 413; the default of a setting (7.2, 9)."""
    bare_socket_status: int
    """Status for `GET /app/{key}` without an upgrade (1.1, 13)."""
    timestamp_window: int | None
    """Seconds that `auth_timestamp` may be off, `None` for any (4.3)."""
    checks_api_key: bool
    """`auth_key` must be the app's (4.3)."""
    trusts_body_md5: bool
    """The signature covers `body_md5` as sent, which must then match the body; else it is recomputed (4.3)."""
    malformed_status: int
    """Status for a body that is no JSON object (7.2)."""
    invalid_status: int
    """Status for missing fields and wrong types: 422 with Laravel's `errors`, or 400 with a sentence (7.2)."""
    max_channels: int | None
    """Channels of one event, `None` for any (7.2)."""
    max_batch: int | None
    """Events of one batch, `None` for any (7.2)."""
    max_event_data: int | None
    """Bytes of one event's data; more is 413; `None` leaves only the limit of the request (7.2)."""
    empty_is_list: bool
    """`/channels` without any answers `[]`, a batch without information `{"batch":{}}` (7.1, 13)."""
    vacant_users_status: int
    """Status for `/channels/{name}/users` of a channel without subscribers (7.1)."""
    counts_users_of_any: bool
    """`user_count` may be asked of all channels; else only under a presence prefix (7.1)."""


REVERB: Final = Dialect(
    name="reverb",
    powered_by="Laravel Reverb",
    php_json=True,
    error_data_is_text=True,
    explains_refusals=False,
    close_codes=False,
    unknown_key="Application does not exist",
    activity_timeout=30,
    max_message_size=10_000,
    visits="subscribed",
    pings="as the client does",
    verbs=frozenset({"connection_established", "subscribe", "unsubscribe", "ping", "pong"}),
    portable_names_only=False,
    dashless_prefixes=True,
    coerces_scalars=True,
    checks_key_part=False,
    repeats_are_errors=False,
    demands_channel_data=False,
    demands_user_info=True,
    cache_prefixes=("cache", "private-cache-", "presence-cache-"),
    cache_outlives_channel=False,
    cache_ttl=None,
    caches_client_events=True,
    drops_unknown_events=True,
    public_client_events=True,
    decodes_client_data=True,
    keep_alive=False,
    max_request_size=10_000,
    bare_socket_status=500,
    timestamp_window=None,
    checks_api_key=False,
    trusts_body_md5=False,
    malformed_status=500,
    invalid_status=422,
    max_channels=None,
    max_batch=None,
    max_event_data=None,
    empty_is_list=True,
    vacant_users_status=404,
    counts_users_of_any=True,
)
"""Laravel Reverb 1.10.2 as it was seen on the wire (PROTOCOL.md 13)."""

PUSHER: Final = Dialect(
    name="pusher",
    powered_by=None,
    php_json=False,
    error_data_is_text=False,
    explains_refusals=True,
    close_codes=True,
    unknown_key="App key {key} not in this cluster. Did you forget to specify the cluster?",
    activity_timeout=120,
    max_message_size=10_240,
    visits="all",
    pings="by control frame",
    verbs=frozenset({"subscribe", "unsubscribe", "ping", "pong"}),
    portable_names_only=True,
    dashless_prefixes=False,
    coerces_scalars=False,
    checks_key_part=True,
    repeats_are_errors=True,
    demands_channel_data=True,
    demands_user_info=False,
    cache_prefixes=("cache-", "private-cache-", "private-encrypted-cache-", "presence-cache-"),
    cache_outlives_channel=True,
    cache_ttl=1_800,
    caches_client_events=False,
    drops_unknown_events=False,
    public_client_events=False,
    decodes_client_data=False,
    keep_alive=True,
    max_request_size=1_048_576,
    bare_socket_status=400,
    timestamp_window=600,
    checks_api_key=True,
    trusts_body_md5=True,
    malformed_status=400,
    invalid_status=400,
    max_channels=100,
    max_batch=10,
    max_event_data=10_240,
    empty_is_list=False,
    vacant_users_status=200,
    counts_users_of_any=False,
)
"""Hosted Pusher as documented.

Where the documentation is silent (exact texts, the limits of one message and one request) the choice is ours and no
test of another server may rest on it (PROTOCOL.md 12). Sign-in is not served yet.
"""

DIALECTS: Final = {dialect.name: dialect for dialect in (REVERB, PUSHER)}

_RESERVED: Final = ("pusher-fake", "sockudo", "soketi")


def dialect(name: str) -> Dialect:
    """
    Give the dialect of that name.

    Raises `UsageError` for any other name, and for the products whose dialects are only reserved so far.
    """
    found = DIALECTS.get(name)
    if found is not None:
        return found
    known = ", ".join(sorted(DIALECTS))
    if name in _RESERVED:
        raise UsageError(f"the dialect {name!r} is reserved but not served yet; use one of: {known}")
    raise UsageError(f"there is no dialect {name!r}; use one of: {known}")


WEAKNESSES: Final[dict[str, frozenset[str]]] = {
    "reverb": frozenset({"AZ-26", "AZ-27", "AZ-31", "AZ-34", "CO-18", "HT-04", "HT-05", "HT-11", "HT-12"}),
    "pusher": frozenset(),
    "soketi": frozenset({"AZ-34", "HT-04"}),
    "sockudo": frozenset(),
    "pusher-fake": frozenset(),
}
"""
Defects of the catalogue that a server of each name is known to have, whatever is done with it.

Reverb looks at the part of `auth` behind the first colon only (AZ-26), takes any channel name (CO-18), also one that
holds the data of another signature (AZ-27), lets somebody join a presence channel unseen (AZ-31), and client events on
public channels (AZ-34); soketi does the last too (PROTOCOL.md 2.2, 3, 5 and 13). Of its HTTP API, Reverb compares
neither time stamp (HT-04, soketi neither) nor key (HT-05), limits neither channels nor batches (HT-11), and answers
what is no JSON with 500 (HT-12; PROTOCOL.md 4.3, 7.2).
"""


def weaknesses(name: str) -> frozenset[str]:
    """Give what a server of this name is known for; nothing for one that nobody knows."""
    return WEAKNESSES.get(name, frozenset())
