"""The choices that one broadcaster makes otherwise than another: what a dialect has to say something about."""

from typing import Literal

import msgspec


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
