"""Why a connection ended or a frame could not be read: what speaks for and against each suspect."""

from collections.abc import Callable
from typing import Final

from harness.checkers.findings import Finding
from harness.diagnosis.clues import Clues, Weight, likely, unlikely
from harness.history.events import FrameIn, FrameOut, SocketClosed

Weigher = Callable[[Finding, Clues], Weight | None]

_SECOND = 1_000_000_000
_QUIET = 20 * _SECOND
"""Proxies cut connections that were quiet for half a minute or a minute, never those of a few seconds."""
_NO_RECONNECT = range(4000, 4100)
"""Close codes after which a client must not come back (PROTOCOL.md, 1.5)."""
_ABNORMAL = 1006


def _busy_and_cut(finding: Finding, clues: Clues) -> Weight | None:
    """CO-04: a busy client is cut off because it sends no pings."""
    closed = _closed(finding, clues)
    opened = clues.ledger.opened.get(closed.socket) if closed else None
    if closed is None or opened is None:
        return None
    lived, allowed = (closed.at - opened.at) / 1e9, opened.activity_timeout
    if lived < allowed:
        return unlikely(f"it lived {lived:.1f} s, less than the {allowed:g} s of silence that are allowed")
    quiet = _quiet(closed, clues) / 1e9
    return likely(f"it lived {lived:.1f} s and had been quiet for {quiet:.1f} s") if quiet < allowed else None


def _quiet_and_cut(finding: Finding, clues: Clues) -> Weight | None:
    """CO-15: a proxy cuts quiet connections."""
    closed = _closed(finding, clues)
    if closed is None:
        return None
    quiet = _quiet(closed, clues)
    if closed.code == _ABNORMAL and quiet >= _QUIET:
        return likely(f"it was cut without a close frame after {quiet / 1e9:.0f} s of silence")
    return unlikely(f"it had been quiet for {quiet / 1e9:.1f} s only" if quiet < _QUIET else f"code {closed.code} came")


def _wrong_code(finding: Finding, clues: Clues) -> Weight | None:
    """CO-06: a wrong close code."""
    closed = _closed(finding, clues)
    if closed is None:
        return None
    if closed.code in _NO_RECONNECT:
        return likely(f"code {closed.code} tells a client never to come back")
    return unlikely(f"code {closed.code} lets a client come back")


def _object_for_string(finding: Finding, clues: Clues) -> Weight | None:
    """DE-17: `data` is an object where a JSON string is due."""
    frames = clues.frames(finding)
    if not frames:
        return None
    return unlikely("`data` was a string") if frames[0].data_was_string else likely("`data` was no string")


def _mangled(finding: Finding, clues: Clues) -> Weight | None:
    """DE-19: text is cut or mangled on the way."""
    frames = clues.frames(finding)
    if frames and "UTF-8" in frames[0].problem:
        return likely(frames[0].problem)
    return None


def _closed(finding: Finding, clues: Clues) -> SocketClosed | None:
    return next((one for one in clues.about(finding) if isinstance(one, SocketClosed)), None)


def _quiet(closed: SocketClosed, clues: Clues) -> int:
    """Measure the nanoseconds for which nothing had passed on a socket before it was closed."""
    passed = [
        event.at
        for event in clues.events
        if isinstance(event, FrameIn | FrameOut) and event.socket == closed.socket and event.at <= closed.at
    ]
    opened = clues.ledger.opened.get(closed.socket)
    return closed.at - max([*passed, opened.at if opened else closed.at])


WEIGHERS: Final[dict[str, Weigher]] = {
    "CO-04": _busy_and_cut,
    "CO-06": _wrong_code,
    "CO-15": _quiet_and_cut,
    "DE-17": _object_for_string,
    "DE-19": _mangled,
}
