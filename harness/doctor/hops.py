"""The hops in the order in which they are walked: what each does, and which must work before it can be reached."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from harness.doctor import backend_hops, client_hops, message_hops, socket_hops
from harness.doctor.walker import Came, Walker


@dataclass(frozen=True)
class Hop:
    """
    One hop: its `name`, what it `does` in words, the hops that it `needs`, and how it is walked.

    Those that it comes `after` must not be broken, and may be left out.

    Where `is_judged_by_causes`, it is broken as soon as one of its causes holds: nothing is asked of anybody there.
    """

    name: str
    does: str
    walk: Callable[[Walker], Awaitable[Came]]
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    is_judged_by_causes: bool = False


def _reads(name: str, does: str, walk: Callable[[Walker], Awaitable[Came]]) -> Hop:
    return Hop(name, does, walk, is_judged_by_causes=True)


HOPS: Final[tuple[Hop, ...]] = (
    Hop("backend name", "looks the backend's name up", backend_hops.name),
    Hop("backend port", "dials the backend's port", backend_hops.port, ("backend name",)),
    Hop("backend TLS", "shakes hands over TLS where the address says so", backend_hops.tls, ("backend port",)),
    Hop("backend HTTP", "asks it anything, without a token", backend_hops.http, ("backend TLS",)),
    Hop("login", "logs the two people in", backend_hops.login, ("backend HTTP",)),
    Hop("token", "asks whose token it is", backend_hops.token, ("login",)),
    Hop("conversation", "finds the conversation", backend_hops.conversation, ("login",), after=("token",)),
    Hop("authorize", "asks for a signature", backend_hops.authorize, ("conversation",)),
    Hop("driver", "reads the signature", backend_hops.driver, ("authorize",)),
    Hop("guard", "asks for a signature without a token", backend_hops.guard, ("authorize",)),
    Hop("preflight", "asks as a browser does first", backend_hops.preflight, ("backend HTTP",)),
    Hop("broadcaster name", "looks the broadcaster's name up", socket_hops.name),
    Hop("broadcaster port", "dials the broadcaster's port", socket_hops.port, ("broadcaster name",)),
    Hop("broadcaster TLS", "shakes hands over TLS where the address says so", socket_hops.tls, ("broadcaster port",)),
    Hop("upgrade", "asks for a WebSocket", socket_hops.upgrade, ("broadcaster TLS",)),
    Hop("key", "names the app's key", socket_hops.key, ("upgrade",)),
    Hop("handshake", "waits for the first frame", socket_hops.handshake, ("key",)),
    Hop("ping", "sends pusher:ping", socket_hops.ping, ("handshake",)),
    Hop("frame", "sends a long frame", socket_hops.frame, ("ping",)),
    Hop("API", "calls the HTTP API without the secret", message_hops.api, ("broadcaster TLS",)),
    Hop("signed API", "calls it with the secret", message_hops.api_signed, ("API",)),
    Hop("subscribe", "subscribes everybody", message_hops.subscribe, ("authorize", "ping")),
    Hop("send", "sends a message", message_hops.send, ("subscribe",)),
    Hop("delivery", "waits for it", message_hops.delivery, ("send",)),
    Hop("long message", "sends a long one", message_hops.long, ("delivery",)),
    Hop("queue", "sends several, evenly", message_hops.queue, ("delivery",)),
    Hop("presence", "reads what is told of a member", message_hops.presence, ("driver",)),
    Hop("whisper", "sends a client event", message_hops.whisper, ("subscribe",)),
    Hop("clocks", "compares the clocks", socket_hops.clocks, ("backend HTTP",)),
    Hop("silence", "says nothing for a while", socket_hops.idle, ("ping",)),
    Hop("ramp", "opens many connections", socket_hops.ramp, ("ping",)),
    _reads("client options", "reads a client's options", client_hops.options),
    _reads("client log", "reads a client's log", client_hops.log),
    _reads("environment", "reads the backend's .env", client_hops.environment),
)
"""Hops that do not need each other are walked whatever becomes of the others."""
