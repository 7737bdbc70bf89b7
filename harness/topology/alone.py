"""The reference broadcaster alone, without a backend: what a suite about the protocol itself is tried on."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from harness.topology.handshake import prove_broadcaster
from harness.topology.process import ServerProcess
from harness.topology.stack import App, new_app, websocket

READY_WITHIN: Final = 10.0
"""Seconds that the broadcaster has to start; it takes a twentieth of them."""

MAX_CONNECTIONS: Final = 2
"""Connections that the app `limited` takes."""

MAX_ATTEMPTS: Final = 10
"""Frames of one connection that the app `rated` takes in `DECAY` seconds."""

DECAY: Final = 0.5

ROLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "main": {"signin": True, "watchlists": True},
    "second": {},
    "limited": {"max_connections": MAX_CONNECTIONS},
    "origins": {"allowed_origins": ["example.com"]},
    "quiet": {"accept_client_events_from": "none"},
    "disabled": {"enabled": False},
    "rated": {"rate_limit": {"max_attempts": MAX_ATTEMPTS, "decay_seconds": DECAY}},
    "ending": {"rate_limit": {"max_attempts": MAX_ATTEMPTS, "decay_seconds": DECAY, "terminate": True}},
    "counting": {"subscription_counts": True},
    "hurried": {"signin": True, "connection_timeout": 0.5},
}
"""The apps that are served, by what is special about them; `hooked` comes with a receiver of webhooks."""

USUAL: Final[Mapping[str, float]] = {
    "webhook_delay": 0.2,
    "webhook_retry_for": 2,
    "webhook_first_retry": 0.05,
    "webhook_timeout": 1,
}
"""Times in seconds, fields of the broadcaster's settings: its own, but for webhooks, which hurry."""

HURRIED: Final[Mapping[str, float]] = {
    **USUAL,
    "activity_timeout": 2,
    "ping_interval": 0.4,
    "prune_interval": 0.2,
    "cache_ttl": 1,
    "count_interval": 0.5,
}
"""Times under which a silent client is pinged and given up, and a cache forgets, within a second."""

_HOST: Final = "127.0.0.1"


@dataclass(frozen=True)
class LoneBroadcaster:
    """A broadcaster that runs: `url` and `api_url` without a path, and its apps with their secrets by role."""

    dialect: str
    url: str
    api_url: str
    apps: Mapping[str, App]
    _process: ServerProcess = field(repr=False)

    def check(self) -> None:
        """Raise `EnvironmentFault` with the last lines of its log when it has died."""
        self._process.check()

    def log(self) -> str:
        """Give the last lines of its log."""
        return self._process.last_lines()

    def become(self, defects: Iterable[str]) -> None:
        """
        Have these defects from now on, in every app, and no others; whoever is connected is cut off.

        Raises `UsageError` for one that nobody knows.
        """
        self._process.tell({"defects": list(defects)}, time.monotonic() + READY_WITHIN)

    def stop(self) -> None:
        """End it, and wait until it is gone."""
        self._process.release()
        self._process.reap()


def start_alone(
    dialect: str,
    folder: Path,
    *,
    receiver: str = "",
    times: Mapping[str, float] = USUAL,
    defects: Iterable[str] = (),
) -> LoneBroadcaster:
    """
    Start a broadcaster that speaks this dialect, and prove it ready; whoever started it stops it.

    `folder` gets its log. `receiver` is an address on this machine that takes the webhooks of the app `hooked`. Raises
    `UsageError` for what the broadcaster refuses, `EnvironmentFault` when it does not get ready.
    """
    roles = dict(ROLES)
    if receiver:
        roles["hooked"] = {"webhooks": [{"url": receiver}]}
    apps = {role: new_app() for role in roles}
    others = [
        {"id": apps[role].app_id, "key": apps[role].key, "secret": apps[role].secret, **policy}
        for role, policy in roles.items()
        if role != "main"
    ]
    main = {"app_id": apps["main"].app_id, "key": apps["main"].key, "secret": apps["main"].secret, **roles["main"]}
    wrong = {"defects": list(defects), "is_switchable": True}
    process = ServerProcess("broadcaster", "harness.servers.broadcaster", folder)
    try:
        process.configure({"host": _HOST, "port": 0, "dialect": dialect, **main, "apps": others, **times, **wrong})
        deadline = time.monotonic() + READY_WITHIN
        url = str(process.announced(deadline)["url"])
        prove_broadcaster(websocket(url), apps["main"].key, deadline)
    except BaseException:
        process.release()
        process.reap()
        raise
    return LoneBroadcaster(dialect, websocket(url), url, apps, process)
