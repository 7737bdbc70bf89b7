"""
What a client did, read from its log: the one place where faults can be seen that exist inside a client only.

One JSON object a line: `{"at": seconds, "way": "opened" | "in" | "out" | "closed" | "request", …}`; `in` and `out` have
a `frame`, `closed` a `code`, `opened` a `url`, `request` a `url` and `headers`, and `callbacks` says how often a
frame that came in was handled.
"""

from collections.abc import Iterable
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import msgspec

from harness.errors import UsageError
from harness.protocol.messages import decode_data

_GONE: Final = 150.0
"""Seconds of silence after which every server has given a connection up: 120 and a pong's 30 (PROTOCOL.md, 1.4)."""
_HOSTED: Final = ".pusher.com"
_FALLBACK: Final = "sockjs"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a log; members that are not known are not looked at."""

    at: float
    way: Literal["opened", "in", "out", "closed", "request"]
    frame: dict[str, Any] = {}
    code: int | None = None
    url: str = ""
    headers: dict[str, str] = {}
    callbacks: int = 1


class ClientLog(msgspec.Struct, frozen=True):
    """A log, and what can be read out of it; each answer is a sentence, or "" when it shows nothing of the kind."""

    lines: tuple[Line, ...]

    def never_connected(self) -> str:
        """Tell whether no handshake ever came."""
        names = [self._name(line) for line in self.lines if line.way == "in"]
        return "" if "pusher:connection_established" in names else "its log holds no pusher:connection_established"

    def unanswered_pings(self) -> str:
        """Find a `pusher:ping` that no `pusher:pong` followed (29)."""
        pinged: float | None = None
        for line in self.lines:
            name = self._name(line)
            if line.way == "in" and name == "pusher:ping":
                pinged = line.at
            elif line.way == "out":
                pinged = None
            elif line.way == "closed" and pinged is not None:
                return f"pinged at {pinged:g} s, sent nothing, and was cut off at {line.at:g} s ({line.code})"
        return ""

    def slept(self) -> str:
        """Find a silence that no client that runs would keep, and what it ended with (30)."""
        before: float | None = None
        for line in self.lines:
            if before is not None and line.at - before > _GONE and line.way in ("out", "closed"):
                return f"nothing passed for {line.at - before:.0f} s before it went on at {line.at:g} s"
            before = None if line.way == "closed" else line.at
        return ""

    def stale_auth(self) -> str:
        """Find a signature that was used on a second connection (31)."""
        connection, used = 0, dict[str, int]()
        for line in self.lines:
            connection += line.way == "opened"
            data = self._subscribed(line)
            auth, channel = data.get("auth"), data.get("channel")
            if isinstance(auth, str) and auth and used.setdefault(auth, connection) != connection:
                return f"subscribed to {channel} with the signature of an earlier connection"
        return ""

    def bound_twice(self) -> str:
        """Find a frame that was handled more than once, or a channel that was subscribed to twice (32)."""
        if twice := next((line for line in self.lines if line.callbacks > 1), None):
            return f"one frame {self._name(twice)} was handled {twice.callbacks} times"
        asked: set[str] = set()
        for line in self.lines:
            if line.way == "opened":
                asked.clear()
            channel = str(self._subscribed(line).get("channel", ""))
            if channel in asked:
                return f"subscribed to {channel} twice on one connection"
            asked |= {channel} - {""}
        return ""

    def missed(self) -> str:
        """Find a reconnect after which nothing was asked of the backend for what was missed meanwhile (33)."""
        closed = False
        for number, line in enumerate(self.lines):
            if closed and line.way == "opened":
                later = self.lines[number:]
                if not any(one.way == "request" and "auth" not in one.url for one in later):
                    return f"came back at {line.at:g} s and read no history"
            closed = closed or line.way == "closed"
        return ""

    def strange_socket_id(self) -> str:
        """Find an `X-Socket-ID` that is none (35)."""
        sent = [value for line in self.lines for name, value in line.headers.items() if name.lower() == "x-socket-id"]
        bad = next((one for one in sent if not all(half.isdigit() for half in one.split(".")) or "." not in one), None)
        return "" if bad is None else f"sent X-Socket-ID: {bad[:40]}"

    def stale_socket_id(self) -> str:
        """Find an `X-Socket-ID` of an earlier connection (34)."""
        current = ""
        for line in self.lines:
            if self._name(line) == "pusher:connection_established":
                data = decode_data(line.frame.get("data"))
                current = str(data.get("socket_id", "")) if isinstance(data, dict) else ""
            sent = next((value for name, value in line.headers.items() if name.lower() == "x-socket-id"), None)
            if line.way == "request" and sent and current and sent != current and not self.strange_socket_id():
                return f"sent X-Socket-ID: {sent} while connected as {current}"
        return ""

    def never_authorized(self) -> str:
        """Find a guarded channel that was subscribed to without a signature, or never asked for (15)."""
        for line in self.lines:
            data = self._subscribed(line)
            channel = str(data.get("channel", ""))
            if channel.startswith(("private-", "presence-")) and not data.get("auth"):
                return f"subscribed to {channel} without a signature"
        return ""

    def dialled(self, part: str = _HOSTED) -> str:
        """Find a host of Pusher's own that was dialled (39), or its fallback (40)."""
        for line in self.lines:
            host = urlsplit(line.url).hostname or ""
            if host.endswith(_HOSTED) and (host.startswith(part) if part != _HOSTED else not self._is_fallback(host)):
                return f"dialled {host}"
        return ""

    def fell_back(self) -> str:
        """Find a call of Pusher's fallback host (40)."""
        return self.dialled(_FALLBACK)

    def without_token(self) -> str:
        """Find a request for an authorization that carried no token."""
        for line in self.lines:
            names = {name.lower() for name in line.headers}
            if line.way == "request" and "auth" in urlsplit(line.url).path and not names & {"authorization", "cookie"}:
                return f"asked {urlsplit(line.url).path} without an Authorization header"
        return ""

    @staticmethod
    def _is_fallback(host: str) -> bool:
        return host.startswith(_FALLBACK)

    @staticmethod
    def _name(line: Line) -> str:
        return str(line.frame.get("event", ""))

    def _subscribed(self, line: Line) -> dict[str, Any]:
        data = line.frame.get("data") if line.way == "out" and self._name(line) == "pusher:subscribe" else None
        return data if isinstance(data, dict) else {}


def read_log(lines: Iterable[str], where: str) -> ClientLog:
    """Read a log; raises `UsageError` that names the line for one that is none."""
    found = []
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            found.append(msgspec.json.decode(text, type=Line))
        except (msgspec.DecodeError, RecursionError) as error:
            raise UsageError(
                f'{where}, line {number}: {error}; write {{"at": 1.5, "way": "in", "frame": {{…}}}}, '
                "where way is opened, in, out, closed or request"
            ) from None
    return ClientLog(tuple(found))
