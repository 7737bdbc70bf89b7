"""Laravel Reverb."""

from typing import Final

from harness.protocol.dialects.dialect import Dialect

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
