"""The choices that one broadcaster makes otherwise than another: what a dialect has to say something about."""

from typing import Final, Literal

import msgspec

from harness.protocol.app import RateLimit
from harness.protocol.channels import ChannelKind, is_portable, kind_of
from harness.protocol.refusals import PeerError, Refusal, Why

_TO_USER: Final = "#server-to-user-"


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
    error_names_channel: bool
    """`pusher:error` says which channel it is about, where it is about one (1.6)."""
    pong_has_data: bool
    """`pusher:pong` has an empty object as its data, else none (1.3)."""
    succeeded_has_data: bool
    """`subscription_succeeded` has data on channels without presence too: `"{}"` (1.3)."""
    close_codes: bool
    """A fatal error is followed by a close frame with its code; else TCP just ends, which clients see as 1006 (1.5)."""
    close_reasons: bool
    """The close frame says why, too."""
    refusals: dict[Why, Refusal]
    """What it says no with; it never does for a reason that is missing here (1.6, 2.2)."""

    # Connections
    activity_timeout: int
    """Seconds of silence after which a client is told to ping; the default of a setting (1.2)."""
    max_message_size: int
    """Bytes of one client message; more closes with 1009; the default of a setting (2.2)."""
    visits: Literal["subscribed", "all", "whoever hears nothing"]
    """
    Which connections are pinged and, if they stay silent, pruned; or pruned, whether they answer the ping or not, when
    they were not told anything for two ping intervals (1.4).
    """
    pings: Literal["as the client does", "by control frame"]
    """`pusher:ping` unless the client ever sent a control frame, or always a WebSocket ping (1.4)."""
    versions: range | None
    """Protocol versions that are served; `None` for any, and for none at all (1.1, 1.6)."""
    quota_counts: Literal["subscribed", "all"]
    """Which connections count against the quota (1.6)."""
    limits_every_frame: bool
    """An app's rate limit is for frames of any kind, else for client events (5)."""
    verbs: frozenset[str]
    """The `pusher:` events that a client may send, without their prefix (2.1, 2.6, 13)."""

    # Subscriptions
    portable_names_only: bool
    """Channel names outside the documented alphabet, or too long, are refused to whoever subscribes (3)."""
    checks_published_names: bool
    """… and to whoever publishes (3, 7.2)."""
    max_channel_name: int
    """Characters of a channel's name where names are checked (3)."""
    hash_names: bool
    """A name may begin with `#` (3)."""
    dashless_prefixes: bool
    """`privatex` is guarded as `private-x` is (3, 13)."""
    unanchored_prefixes: bool
    """`my-private-x` and `my-presence-x` are private, `my-cache-x` remembers, `x-client-y` is a client event (3)."""
    coerces_scalars: bool
    """Subscribe data may be a JSON string and a channel a number or boolean, as PHP converts them (2.1, 13)."""
    reads_ping_data: bool
    """A ping or pong with data that are no object is malformed; else nobody looks at them (13)."""
    checks_key_part: bool
    """The part of `auth` before the colon must be the app's key (2.2, 13)."""
    signs_data_of_private: bool
    """`channel_data` that comes for a channel without presence is part of what was signed (2.2)."""
    reads_before_signature: bool
    """Members are read and counted before the signature is looked at, and names behind it (2.2, 3)."""
    repeats_are_errors: bool
    """A second subscribe, and an unsubscribe from what is not subscribed, are answered with an error (2.2)."""
    demands_channel_data: bool
    """A presence channel is refused without `channel_data`; else its owner listens unseen (2.2, 13)."""
    demands_user_info: bool
    """A member without `user_info` breaks the roster of everybody who joins later: 4200 (2.2)."""
    omits_missing_info: bool
    """A member without `user_info` is missing in `hash` and announced without it; else it is null (2.2)."""
    announces_all: bool
    """`member_added` repeats all of `channel_data`; else `user_id` and `user_info` (6)."""
    max_members: int | None
    """People on one presence channel, `None` for any; the default of a setting (6)."""
    recounts_members: bool
    """A full channel is full for the further connections of its members too (2.2)."""
    max_member_size: int | None
    """Bytes of `user_info` (6)."""
    max_member_id: int | None
    """Characters of `user_id` (6)."""
    counts_subscriptions: bool
    """Subscribers hear how many they are, if their app wants it (2.5)."""
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
    max_event_name: int | None
    """Characters of a client event's name (5)."""
    max_client_data: int | None
    """Bytes of a client event's data as JSON (5)."""
    client_event_rate: RateLimit | None
    """How often one connection may send any, unless its app has a limit of its own (5)."""

    # Users
    signin_timeout: float | None
    """Seconds to sign in where an app has sign-in, no subscription counting as that; `None` for any time (1.6, 2.6)."""
    signin_echoes: bool
    """`signin_success` repeats all that was sent, the signature too; else `user_data` alone (1.3, 2.6)."""
    numeric_user_ids: bool
    """`id` in `user_data` may be a number (2.6)."""
    server_to_user: Literal["public channel", "channel of its user", "every connection of its user"]
    """What `#server-to-user-ID` is, and who hears what is published there (2.6, 7.1)."""
    terminates: Literal["members", "users"]
    """Whom `terminate_connections` reaches: presence members of that id, or who signed in as it (7.2, at the end)."""

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

    def kind_of(self, channel: str) -> ChannelKind:
        """Tell how a channel is guarded under this reading of prefixes."""
        return kind_of(channel, dashless=self.dashless_prefixes, anywhere=self.unanchored_prefixes)

    def is_cached(self, channel: str) -> bool:
        """Tell whether a channel remembers its last event."""
        if self.unanchored_prefixes:
            return any(prefix in channel for prefix in self.cache_prefixes)
        return channel.startswith(self.cache_prefixes)

    def is_client_event(self, name: str) -> bool:
        """Tell whether a client may send others an event of this name."""
        return "client-" in name if self.unanchored_prefixes else name.startswith("client-")

    def user_of(self, channel: str) -> str | None:
        """Give the id of the user whom a channel is for, `None` for a channel like any other."""
        if self.server_to_user == "public channel" or not channel.startswith(_TO_USER):
            return None
        return channel.removeprefix(_TO_USER)

    def user_to_reach(self, channel: str) -> str | None:
        """Give the id of the user all of whose connections hear what is published there, `None` for subscribers."""
        return self.user_of(channel) if self.server_to_user == "every connection of its user" else None

    def has_good_name(self, channel: str) -> bool:
        """Tell whether a name has only characters that it may have, and some; how many, is asked elsewhere."""
        return is_portable(channel.removeprefix("#") if self.hash_names else channel, at_most=len(channel))

    def refuse(self, why: Why, reason: str, *, channel: str | None = None, **values: object) -> PeerError:
        """Give the error for this reason; `reason` is for the log, `values` go into what the client is told."""
        return PeerError(self.refusals[why], reason, channel=channel, **values)
