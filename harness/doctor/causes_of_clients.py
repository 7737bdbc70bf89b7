"""Causes inside a client, or in a file: recognised from options, a log and an `.env` that somebody stated."""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from harness.doctor.cause import CERTAIN, LIKELY, POSSIBLE, Cause, Evidence
from harness.doctor.client_log import ClientLog
from harness.doctor.observations import Seen

_OPTIONS, _LOG, _ENVIRONMENT = ("client options",), ("client log",), ("environment",)
_OFFICIAL_FLUTTER: Final = "pusher_channels_flutter"
_WITHOUT_PONGS: Final = "pusher-websocket-java"
_PUSHERS_OWN: Final = ("sockjs", "xhr_streaming", "xhr_polling")


def _mixed_content(seen: Seen, _: str) -> str:
    client = seen.stated.client
    if client is None or urlsplit(client.page).scheme != "https":
        return ""
    is_plain = client.forceTLS is False or (client.forceTLS is None and seen.notes.get("scheme") == "ws")
    return f"{client.page} is loaded over HTTPS, and the WebSocket would be ws://" if is_plain else ""


def _dials_elsewhere(seen: Seen, _: str) -> str:
    client, host, port = seen.stated.client, seen.notes.get("host", ""), seen.notes.get("port", "")
    if client is None:
        return ""
    if client.wsHost and client.wsHost != host:
        return f"the client dials {client.wsHost}, and the broadcaster is at {host}"
    dialled = client.wssPort if seen.notes.get("scheme") == "wss" else client.wsPort
    return (
        f"the client dials port {dialled}, and the broadcaster is at {port}" if dialled and str(dialled) != port else ""
    )


def _another_key(seen: Seen, _: str) -> str:
    client = seen.stated.client
    is_so = client is not None and client.key and client.key != seen.key
    return f"the client has the key {client.key!r}, declared is {seen.key!r}" if client and is_so else ""


def _no_authorizer(seen: Seen, _: str) -> str:
    client = seen.stated.client
    if client is None or client.authorizer or client.authEndpoint:
        return ""
    asks_none = client.authEndpoint == "" or client.authorizer is False
    return "it has neither an authorizer nor an authEndpoint" if asks_none else ""


def _no_header(seen: Seen, _: str) -> str:
    client = seen.stated.client
    if client is None or client.authorizer or client.auth is None:
        return ""
    headers = client.auth.get("headers", {})
    names = {str(name).lower() for name in headers} if isinstance(headers, dict) else set()
    return "its auth.headers hold no Authorization" if "authorization" not in names else ""


def _another_endpoint(seen: Seen, _: str) -> str:
    client, due = seen.stated.client, seen.notes.get("authorize", "")
    path = urlsplit(client.authEndpoint).path if client and client.authEndpoint else ""
    return f"it asks {path}, and the endpoint is at {due}" if path and due and path != due else ""


def _another_event(seen: Seen, _: str) -> str:
    client = seen.stated.client
    if client is None or not client.listens:
        return ""
    frames = [frame for heard in seen.delivered.heard.values() for frame in heard] if seen.delivered else []
    wire, comes = on_the_wire(client.listens, client.namespace), [one.event for one in frames] or seen.events
    return f".listen({client.listens!r}) waits for {wire!r}, and {comes[0]!r} comes" if wire not in comes else ""


def on_the_wire(listens: str, namespace: str | bool) -> str:  # noqa: FBT001  Echo's own option is either
    """Give the event name that Laravel Echo waits for (PROTOCOL.md, 8.2)."""
    if listens[:1] in (".", "\\"):
        return listens[1:]
    prefix = f"{namespace}." if isinstance(namespace, str) and namespace else ""
    return f"{prefix}{listens}".replace(".", "\\")


def _official_flutter(seen: Seen, _: str) -> str:
    client = seen.stated.client
    if client is None:
        return ""
    is_hosted = seen.dialect == "pusher"
    if client.sdk == _OFFICIAL_FLUTTER and not is_hosted:
        return f"{client.sdk} has no option for a host, and the broadcaster is no Pusher cluster"
    only_cluster = client.cluster and not client.wsHost and not is_hosted
    return (
        f"it has the cluster {client.cluster!r} and no wsHost: it dials ws-{client.cluster}.pusher.com"
        if only_cluster
        else ""
    )


def _falls_back(seen: Seen, _: str) -> str:
    client = seen.stated.client
    if client is None or seen.dialect == "pusher" or client.sdk:
        return ""
    if client.enabledTransports is None:
        return "enabledTransports is not set, so pusher-js falls back to sockjs.pusher.com"
    named = [one for one in client.enabledTransports if one in _PUSHERS_OWN]
    return f"enabledTransports names {', '.join(named)}" if named else ""


def _never_pongs(seen: Seen, _: str) -> str:
    client = seen.stated.client
    is_so = client is not None and client.sdk == _WITHOUT_PONGS
    return f"{_WITHOUT_PONGS} does not answer pusher:ping" if is_so else ""


def _read(look: Callable[[ClientLog], str]) -> Evidence:
    def evidence(seen: Seen, _: str) -> str:
        return look(seen.stated.log) if seen.stated.log is not None else ""

    return evidence


def _array_cache(seen: Seen, _: str) -> str:
    environment = seen.stated.environment
    store = environment.get("CACHE_STORE") or environment.get("CACHE_DRIVER") or ""
    return f"CACHE_STORE is {store!r}, which no other process sees" if store in ("array", "null") else ""


def _driver(seen: Seen, _: str) -> str:
    environment = seen.stated.environment
    name = environment.get("BROADCAST_CONNECTION") or environment.get("BROADCAST_DRIVER") or ""
    if name in ("log", "null"):
        return f"BROADCAST_CONNECTION is {name!r}"
    is_old = "BROADCAST_DRIVER" in environment and "BROADCAST_CONNECTION" not in environment
    return "BROADCAST_DRIVER is set, which Laravel 11 does not read: it reads BROADCAST_CONNECTION" if is_old else ""


def _key_of_environment(seen: Seen, _: str) -> str:
    found = seen.stated.environment.get("REVERB_APP_KEY", "")
    return f"its REVERB_APP_KEY is not the declared key {seen.key!r}" if found and found != seen.key else ""


def _published_to(seen: Seen, _: str) -> str:
    environment, host = seen.stated.environment, seen.notes.get("host", "")
    dials, baked = environment.get("REVERB_HOST", ""), environment.get("VITE_REVERB_HOST", "")
    if environment.get("REVERB_SERVER_HOST", "") == dials == "0.0.0.0":  # noqa: S104  what it is compared with
        return "REVERB_HOST is 0.0.0.0, which is an address to listen at, not to dial"
    is_other = baked and not baked.startswith("${") and baked != host
    return f"VITE_REVERB_HOST is {baked}, and the broadcaster is at {host}" if is_other else ""


def _queued(seen: Seen, _: str) -> str:
    connection = seen.stated.environment.get("QUEUE_CONNECTION", "")
    is_silent = seen.delivered is not None and bool(seen.delivered.deaf)
    return (
        f"QUEUE_CONNECTION is {connection}, and a message did not arrive"
        if is_silent and connection not in ("", "sync")
        else ""
    )


_HOST: Final = "give the client wsHost, wsPort, forceTLS and enabledTransports: ['ws', 'wss'] of your server"

OF_CLIENTS: Final = (
    Cause(
        "8", "a page over HTTPS may not open ws://: the browser blocks it as mixed content", _OPTIONS, _mixed_content,
        "serve the WebSocket over TLS, and set forceTLS: true with wssPort", CERTAIN + 4,
    ),
    Cause(
        "39", "the client can only dial Pusher's own hosts", _OPTIONS, _official_flutter,
        "take a client with a host option (dart_pusher_channels, laravel_echo with pusher_client_socket)", CERTAIN + 3,
    ),
    Cause(
        "14", "the client was built with another address than the broadcaster's", _OPTIONS, _dials_elsewhere,
        "correct VITE_REVERB_HOST, VITE_REVERB_PORT, VITE_REVERB_SCHEME and build again (npm run build)", CERTAIN + 2,
    ),
    Cause(
        "3", "the client has another app key", _OPTIONS, _another_key,
        "correct VITE_REVERB_APP_KEY and build again (npm run build)", CERTAIN + 1,
    ),
    Cause(
        "15", "the client asks nobody for a signature: it has no authorizer", _OPTIONS, _no_authorizer,
        "give it authEndpoint with auth.headers, or an authorizer", CERTAIN,
    ),
    Cause(
        "no-token", "the client shows no token", _OPTIONS, _no_header,
        "auth: { headers: { Authorization: `Bearer ${token}`, Accept: 'application/json' } }", CERTAIN - 1,
    ),
    Cause(
        "22", "the client asks at another path", _OPTIONS, _another_endpoint,
        "set authEndpoint to the path of `php artisan route:list`, with its /api", CERTAIN - 2,
    ),
    Cause(
        "24",
        "the client listens for another event name: with broadcastAs() it needs a leading dot",
        _OPTIONS, _another_event,
        "write .listen('.NAME') where the event has broadcastAs(), and no dot where it has not", CERTAIN - 3,
    ),
    Cause(
        "29", "the client never answers pusher:ping, and is cut off every few minutes", _OPTIONS, _never_pongs,
        "update Reverb to 1.4.2 or later, which pings such clients by control frame", LIKELY + 5,
    ),
    Cause(
        "40", "the client falls back to Pusher's own sockjs host", _OPTIONS, _falls_back,
        "enabledTransports: ['ws', 'wss']", LIKELY,
    ),
    Cause(
        "40", "the client fell back to Pusher's own sockjs host", _LOG, _read(ClientLog.fell_back), _HOST, CERTAIN + 4,
    ),
    Cause("39", "the client dials Pusher's own hosts", _LOG, _read(ClientLog.dialled), _HOST, CERTAIN + 3),
    Cause(
        "35", "the client sends an X-Socket-ID that is none", _LOG, _read(ClientLog.strange_socket_id),
        "send the header only when Echo.socketId() gives one", CERTAIN + 2,
    ),
    Cause(
        "34", "the client sends the X-Socket-ID of an earlier connection", _LOG, _read(ClientLog.stale_socket_id),
        "read Echo.socketId() at every request", CERTAIN + 2,
    ),
    Cause(
        "31", "a signature of before is used again after a reconnect", _LOG, _read(ClientLog.stale_auth),
        "ask for a new signature at every pusher:connection_established", CERTAIN,
    ),
    Cause(
        "15",
        "the client subscribes without a signature: it has no authorizer", _LOG, _read(ClientLog.never_authorized),
        "give it authEndpoint with auth.headers, or an authorizer", CERTAIN,
    ),
    Cause(
        "29", "the client never answers pusher:ping", _LOG, _read(ClientLog.unanswered_pings),
        "answer pusher:ping with pusher:pong, or update the SDK", CERTAIN,
    ),
    Cause(
        "30", "the app was in the background: its connection was half open", _LOG, _read(ClientLog.slept),
        "on resume ping with a short patience, or reconnect and fetch what was missed", LIKELY + 10,
    ),
    Cause(
        "32", "the client handles what it hears twice", _LOG, _read(ClientLog.bound_twice),
        "bind and subscribe once, not at every connect; stopListening() before", CERTAIN,
    ),
    Cause(
        "33", "the client does not fetch what it missed while it was away", _LOG, _read(ClientLog.missed),
        "after each connected fetch the messages after the last one that was seen", LIKELY,
    ),
    Cause(
        "never-connected", "the client was never connected", _LOG, _read(ClientLog.never_connected), _HOST, LIKELY,
    ),
    Cause(
        "44", "reverb:restart reaches no daemon: the cache is not shared", _ENVIRONMENT, _array_cache,
        "CACHE_STORE=redis, database or file; then restart the daemon once by hand", CERTAIN,
    ),
    Cause(
        "26", "the broadcast driver of the backend is not the one that is meant", _ENVIRONMENT, _driver,
        "BROADCAST_CONNECTION=reverb, then php artisan config:clear", CERTAIN + 1,
    ),
    Cause(
        "14",
        "REVERB_HOST and REVERB_SERVER_HOST, or the values for the client, are mixed up", _ENVIRONMENT, _published_to,
        "REVERB_* is what is dialled, REVERB_SERVER_* where the daemon listens, VITE_REVERB_* what the client is "
        "built with",
        CERTAIN - 1,
    ),
    Cause(
        "6", "the .env has another key than what runs", _ENVIRONMENT, _key_of_environment,
        "php artisan config:clear, restart php-fpm, workers and the broadcaster", CERTAIN - 2,
    ),
    Cause(
        "25", "events are queued, and no worker takes them", _ENVIRONMENT, _queued,
        "php artisan queue:work (under supervisor), or QUEUE_CONNECTION=sync", POSSIBLE,
    ),
)  # fmt: skip
"""One cause an entry; the first of equals comes first."""
