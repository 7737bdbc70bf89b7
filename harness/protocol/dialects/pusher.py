"""Hosted Pusher Channels."""

from typing import Final

from harness.protocol.app import RateLimit
from harness.protocol.dialects.dialect import Dialect
from harness.protocol.refusals import Refusal

_BAD_NAME: Final = Refusal(None, "Invalid channel name: {channel}")

PUSHER: Final = Dialect(
    name="pusher",
    powered_by=None,
    php_json=False,
    error_data_is_text=False,
    error_names_channel=False,
    pong_has_data=False,
    succeeded_has_data=True,
    close_codes=True,
    close_reasons=True,
    refusals={
        "malformed": Refusal(4200, "Invalid message format"),
        "unsupported": Refusal(None, "Unsupported event received on socket"),
        "unknown key": Refusal(
            4001, "App key {key} not in this cluster. Did you forget to specify the cluster?", closes=True
        ),
        "disabled": Refusal(4003, "Application disabled", closes=True),
        "version missing": Refusal(4008, "No protocol version supplied", closes=True),
        "version malformed": Refusal(4006, "Invalid version string format", closes=True),
        "version unsupported": Refusal(4007, "Unsupported protocol version", closes=True),
        "origin": Refusal(4009, "Origin not allowed", closes=True),
        "over quota": Refusal(4004, "Application is over connection quota", closes=True),
        "name length": _BAD_NAME,
        "name characters": _BAD_NAME,
        "another's channel": Refusal(None, "{channel} is for the user whom it names, when signed in"),
        # Reported of the hosted service, with the code null: 1.6.
        "no auth": Refusal(None, "Auth info required to subscribe to {channel}"),
        "no key part": Refusal(
            None, "Auth value for subscription to {channel} is invalid: should be of format 'key:signature'"
        ),
        "another key": Refusal(None, "Invalid key in subscription auth data: '{key}'"),
        "bad signature": Refusal(
            None, "Invalid signature: Expected HMAC SHA256 hex digest of {signed}, but got {signature}"
        ),
        "unreadable data": Refusal(4200, "Invalid message format"),
        "nobody named": Refusal(None, "Presence channel {channel} needs channel_data with a user_id"),
        "id length": Refusal(None, "The user_id of a member of {channel} has more than {limit} characters"),
        "member size": Refusal(None, "The user_info of a member of {channel} has more than {limit} bytes"),
        "channel full": Refusal(None, "Presence channel {channel} has its {limit} members"),
        "repeated": Refusal(None, "Existing subscription to channel {channel}"),
        "not subscribed": Refusal(None, "No current subscription to channel {channel}, or subscription in progress"),
        "client events off": Refusal(
            None, "To send client events, you must enable this feature in the Settings page of your dashboard."
        ),
        "public channel": Refusal(4301, "Client events are allowed on private and presence channels only"),
        "no member": Refusal(None, "Cannot broadcast client event (connection not subscribed to channel {channel})"),
        "event name length": Refusal(4301, "The name of a client event has more than {limit} characters"),
        "event size": Refusal(4301, "The data of a client event has more than {limit} bytes"),
        "event rate": Refusal(4301, "Client events come faster than {limit} in {seconds:g} s"),
        "sign-in off": Refusal(None, "Unsupported event received on socket"),
        "bad sign-in": Refusal(4009, "Connection not authorized", closes=True),
        "no user id": Refusal(4009, "The user data has no id that is text", closes=True),
        "watchlist length": Refusal(4302, "Watchlist limit exceeded"),
        "late": Refusal(4009, "Connection not authorized within timeout", closes=True),
        "no pong": Refusal(4201, "Pong reply not received in time", closes=True),
        "inactive": Refusal(4202, "Closed after inactivity", closes=True),
        "terminated": Refusal(4009, "Terminated by the app", said_as="nothing", closes=True),
    },
    activity_timeout=120,
    max_message_size=10_240,
    visits="all",
    pings="by control frame",
    versions=range(1, 8),
    quota_counts="all",
    limits_every_frame=False,
    verbs=frozenset({"subscribe", "unsubscribe", "ping", "pong", "signin"}),
    portable_names_only=True,
    checks_published_names=True,
    max_channel_name=164,
    hash_names=False,
    dashless_prefixes=False,
    unanchored_prefixes=False,
    coerces_scalars=False,
    reads_ping_data=False,
    checks_key_part=True,
    signs_data_of_private=True,
    reads_before_signature=False,
    repeats_are_errors=True,
    demands_channel_data=True,
    demands_user_info=False,
    omits_missing_info=False,
    announces_all=False,
    max_members=100,
    recounts_members=False,
    max_member_size=1_024,
    max_member_id=128,
    counts_subscriptions=True,
    cache_prefixes=("cache-", "private-cache-", "private-encrypted-cache-", "presence-cache-"),
    cache_outlives_channel=True,
    cache_ttl=1_800,
    caches_client_events=False,
    drops_unknown_events=False,
    public_client_events=False,
    decodes_client_data=False,
    max_event_name=200,
    max_client_data=10_240,
    client_event_rate=RateLimit(10, 1),
    signin_timeout=None,
    signin_echoes=False,
    numeric_user_ids=False,
    server_to_user="channel of its user",
    terminates="users",
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
test of another server may rest on it (PROTOCOL.md 12).
"""
