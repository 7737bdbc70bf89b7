"""Who may connect at all: the app's key, its state, the version asked for, the origin, the quota (PROTOCOL.md 1.6)."""

import re
from collections.abc import Collection
from fnmatch import fnmatchcase
from typing import Final
from urllib.parse import urlsplit

from harness.protocol.app import App
from harness.protocol.connections import ServerConnection
from harness.protocol.dialects import Dialect

_LATEST: Final = 7


class Entrance:
    """Decides for one app and one dialect."""

    def __init__(self, app: App, dialect: Dialect) -> None:
        self._app = app
        self._dialect = dialect

    def check(self, key: str, protocol: str | None, origin: str | None, inside: Collection[ServerConnection]) -> int:
        """
        Give the version that a client speaks; raises `PeerError` for whoever may not come in.

        `inside` is who is there already. What the dialect never refuses for is not looked at.
        """
        refuse, known = self._dialect.refuse, self._dialect.refusals
        if key != self._app.key:
            raise refuse("unknown key", "it asked for an app of another key", key=key)
        if "disabled" in known and not self._app.enabled:
            raise refuse("disabled", "the app is disabled")
        version = _LATEST if self._dialect.versions is None else self._version(protocol, self._dialect.versions)
        if "origin" in known and not self.is_welcome(origin):
            raise refuse("origin", "its origin is not among those that are allowed")
        counted = [one for one in inside if one.subscriptions or self._dialect.quota_counts == "all"]
        if self._app.max_connections is not None and len(counted) >= self._app.max_connections:
            raise refuse("over quota", f"{len(counted)} connections are all that there may be")
        return version

    def is_welcome(self, origin: str | None) -> bool:
        """Tell whether one of the patterns fits the host of an origin; a client without one is welcome to `*` only."""
        host = _host(origin or "")
        patterns = self._app.allowed_origins
        return "*" in patterns or (bool(host) and any(_fits(host, pattern) for pattern in patterns))

    def _version(self, protocol: str | None, versions: range) -> int:
        refuse = self._dialect.refuse
        if protocol is None:
            raise refuse("version missing", "it named no protocol version")
        if not re.fullmatch("[0-9]{1,9}", protocol):
            raise refuse("version malformed", "its protocol version is no number")
        if int(protocol) not in versions:
            raise refuse("version unsupported", f"it asked for protocol {int(protocol)}")
        return int(protocol)


def _host(origin: str) -> str:
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:  # brackets that hold no address
        return ""


def _fits(host: str, pattern: str) -> bool:
    return fnmatchcase(host, pattern.lower().replace("[", "[[]").replace("?", "[?]"))
