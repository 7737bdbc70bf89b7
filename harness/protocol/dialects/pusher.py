"""Hosted Pusher Channels."""

from typing import Final

from harness.protocol.dialects.dialect import Dialect

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
