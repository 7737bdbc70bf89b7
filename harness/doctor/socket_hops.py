"""The hops to the broadcaster: name, port, TLS, upgrade, key, handshake, ping, and what only time or size shows."""

from typing import Final

from harness.config import Transport
from harness.doctor import dialing
from harness.doctor.line import Line
from harness.doctor.observations import Reached
from harness.doctor.walker import Came, Walker, advice, broken, fine, skipped, told

SWITCHED: Final = 101
FRAME: Final = 9_000
"""Bytes that every broadcaster takes by default (PROTOCOL.md, sections 2.2 and 9)."""
_UNKNOWN_KEY: Final = (4001, 4003)


def _way(walker: Walker) -> Transport:
    return walker.target.broadcaster.transport


async def name(walker: Walker) -> Came:
    """Look the broadcaster's name up."""
    walker.seen.broadcaster = await dialing.look_up(walker.target.broadcaster.url, walker.extent.seconds, _way(walker))
    return told(walker.seen.broadcaster)


async def port(walker: Walker) -> Came:
    """Dial the broadcaster's port."""
    walker.seen.broadcaster = await dialing.dial(walker.target.broadcaster.url, walker.extent.seconds, _way(walker))
    return told(walker.seen.broadcaster)


async def tls(walker: Walker) -> Came:
    """Shake hands over TLS, where the address asks for it."""
    url = walker.target.broadcaster.url
    if not dialing.is_secure(url):
        return fine("plain WebSocket, as the address says")
    walker.seen.broadcaster = await dialing.secure(url, walker.extent.seconds, _way(walker))
    return told(walker.seen.broadcaster)


async def upgrade(walker: Walker) -> Came:
    """Ask for a WebSocket."""
    seen = walker.seen
    line = await walker.line("listener")
    seen.upgrade = line.opened
    if seen.upgrade.answer.status == SWITCHED:
        powered = seen.upgrade.answer.headers.get("x-powered-by", "")
        return fine(f"101 {powered}".rstrip())
    await walker.lines.pop("listener").close()
    url = walker.target.broadcaster.url
    if not dialing.is_secure(url) and await dialing.speaks_tls(url, walker.extent.seconds, _way(walker)):
        seen.broadcaster = Reached(address=seen.upgrade.url, other_scheme=True)
    seen.health = await walker.api.ask("GET", f"http{url[2:]}/up")
    return broken(seen.upgrade.answer.told)


async def key(walker: Walker) -> Came:
    """See whether the broadcaster knows the app's key."""
    seen, declared = walker.seen, walker.target.broadcaster.key
    assert seen.upgrade is not None  # noqa: S101 - the hop before this one
    if seen.upgrade.error_code not in _UNKNOWN_KEY:
        return fine(f"{declared} is known")
    if seen.signed is not None and seen.signed.key != declared:
        other = await walker.new_line(key=seen.signed.key).open(walker.extent.seconds)
        seen.with_backend_key = other.opened
        await other.close()
    return broken(f"{_first(walker)}")


async def handshake(walker: Walker) -> Came:
    """Wait for `pusher:connection_established`, and try again as a browser's page when it does not come."""
    seen = walker.seen
    assert seen.upgrade is not None  # noqa: S101 - a hop before this one
    if seen.upgrade.is_established:
        data = seen.upgrade.first.data if seen.upgrade.first else {}
        timeout = data.get("activity_timeout") if isinstance(data, dict) else None
        if not walker.lines["listener"].socket_id:
            return broken(f"{_first(walker)}: it names no socket")
        return fine(f"socket {walker.lines['listener'].socket_id}, activity timeout {timeout} s")
    came = _first(walker)
    page = walker.stated.client.page if walker.stated.client else ""
    origin = "/".join((page or walker.backend).split("/")[:3])
    line = await walker.line("listener", origin=origin)
    seen.with_origin = line.opened
    return broken(f"{came}; with Origin {origin}: {'established' if line.opened.is_established else 'the same'}")


def _first(walker: Walker) -> str:
    opened = walker.seen.upgrade
    assert opened is not None  # noqa: S101 - a hop before
    if opened.first is None:
        return f"no frame, closed with {opened.code}" if opened.code else "no frame at all"
    return f"{opened.first.event} {opened.first.data}"


async def ping(walker: Walker) -> Came:
    """Send `pusher:ping`."""
    walker.seen.pong = await walker.lines["listener"].ping(walker.extent.seconds)
    return fine("pusher:pong") if walker.seen.pong else broken(f"no pong within {walker.extent.seconds:g} s")


async def frame(walker: Walker) -> Came:
    """Send a ping as long as the longest frame of the client, on a connection of its own."""
    client = walker.stated.client
    size = (client.largest_frame if client else 0) or FRAME
    line = await walker.new_line().open(walker.extent.seconds)
    try:
        if not line.opened.is_established:
            return skipped("a second connection did not come about")
        line.send("pusher:ping", {"pad": "x" * size})
        heard = await line.hear(lambda one: one.event in ("pusher:pong", "pusher:error"), walker.extent.seconds)
        walker.seen.frame_code, walker.seen.frame_size = line.code, size
        if heard is None:
            return broken(f"{size} bytes: closed with {line.code}" if line.code else f"{size} bytes: no answer")
        return fine(f"{size} bytes are taken")
    finally:
        await line.close()


async def idle(walker: Walker) -> Came:
    """Say nothing for a while, and see who ends the connection."""
    seconds = walker.extent.idle
    if not seconds:
        return skipped("it takes minutes: ask for it with --idle 130")
    line = walker.new_line()
    try:
        await line.open(walker.extent.seconds)
        since = len(line.frames)
        began = line.frames[-1].at if line.frames else 0.0
        await line.wait(lambda: False, seconds)
        if line.code is None:
            return fine(f"still open after {seconds:g} s")
        explained = any(one.event in ("pusher:error", "pusher:ping") for one in line.frames[since:])
        walker.seen.idle = (line.ended - began, line.code, explained)
        text = f"cut after {line.ended - began:.1f} s with {line.code}"
        return advice(f"{text}, as the server had said") if explained else broken(f"{text}, without a word")
    finally:
        await line.close()


async def ramp(walker: Walker) -> Came:
    """Open one connection after the other until one fails."""
    most = walker.extent.ramp
    if not most:
        return skipped("ask for it with --ramp 1100")
    if reason := walker.target.why_not("load"):
        return skipped(reason)
    lines: list[Line] = []
    try:
        while len(lines) < most:
            line = await walker.new_line().open(walker.extent.seconds)
            lines.append(line)
            if not line.opened.is_established:
                how = line.opened.answer.told if line.opened.first is None else f"{line.opened.first.data}"
                walker.seen.ramp = (len(lines) - 1, how)
                return broken(f"connection {len(lines)} fails: {how}")
        return fine(f"{most} connections")
    finally:
        for line in lines:
            await line.close()


async def clocks(walker: Walker) -> Came:
    """Compare the clock of the backend, which signs, with the broadcaster's, or with ours."""
    ours, theirs = walker.seen.notes.get("backend clock"), walker.seen.notes.get("broadcaster clock")
    if ours is None:
        return skipped("the backend sends no Date")
    skew = float(ours) - float(theirs or 0.0)
    walker.seen.skew, walker.seen.skew_of = skew, "the broadcaster's" if theirs else "ours"
    text = f"the backend's clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} {walker.seen.skew_of}"
    if abs(skew) <= TOLERATED:
        return fine(text)
    is_refused = abs(skew) > WINDOW and walker.seen.dialect in ("pusher", "sockudo")
    return broken(text) if is_refused else advice(text)


TOLERATED: Final = 30.0
"""Seconds that two clocks may be apart; headers have whole seconds, and answers take time."""
WINDOW: Final = 600.0
"""Seconds that a signature may be old where its time is looked at (PROTOCOL.md, 4.3)."""
