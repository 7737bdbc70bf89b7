"""Our own client as the one under test: what it made of what a hostile server did, in words."""

import asyncio
import time
from typing import Any

from harness.conformance.bench import Bench
from harness.conformance.hostile import Script, playing
from harness.errors import EnvironmentFault, NotExercised, Refused
from harness.protocol.client import ClientConnection, ErrorReceived, Event, Pinged, SubscriptionFailed
from harness.users.socket import Wire

_PATIENCE = 10.0
"""Seconds after which a client that has come to no end counts as one that hangs."""
_OPENS_WITHIN = 5.0


class Client:
    """A connection that answers pings and notes the rest."""

    def __init__(self, url: str) -> None:
        self.core = ClientConnection()
        self.wire = Wire(url, self, time.monotonic_ns)
        self.said: list[str] = []
        self.gone = asyncio.Event()

    def text_received(self, payload: bytes, _arrival: object) -> None:
        """Let the protocol's core say what it means; a ping is answered, and not noted."""
        event = self.core.receive_text(payload)
        if isinstance(event, Pinged):
            self.wire.send_text(self.core.pong())
        else:
            self.said.append(_word(event))

    def binary_received(self, _payload: bytes, _arrival: object) -> None:
        """Note a message that the protocol has no use for."""
        self.said.append("binary")

    def wire_closed(self, code: int, reason: str, by: str) -> None:
        """Note the end."""
        self.core.connection_lost(code, reason)
        self.said.append(f"closed {code} by {by}")
        self.gone.set()


def about_our_client(bench: Bench) -> None:
    """Leave the case out where it would be told of a server that has no part in it."""
    if not bench.server.is_ours:
        raise NotExercised("it is about our own client, which is tried beside a server of ours")


async def survived(script: Script, *, opens_within: float = _OPENS_WITHIN) -> str:
    """
    Let our client meet a script, and say what it noted, then whether it `lives`, `ended`, or could not open.

    `hangs` and `crashed` are what must not happen.
    """
    crashes: list[str] = []
    loop = asyncio.get_running_loop()
    handler = loop.get_exception_handler()
    loop.set_exception_handler(lambda _loop, context: crashes.append(type(context.get("exception")).__name__))
    try:
        async with asyncio.timeout(_PATIENCE):
            said = await _met(script, opens_within)
    except TimeoutError:
        return "hangs"
    except Exception as error:  # noqa: BLE001 - whatever it is, a client must not raise it
        return f"crashed with {type(error).__name__}"
    finally:
        loop.set_exception_handler(handler)
    return f"crashed with {crashes[0]}" if crashes else _shortened(said)


async def _met(script: Script, opens_within: float) -> list[str]:
    async with playing(script) as (url, came):
        client = Client(url)
        try:
            await client.wire.open(timeout=opens_within)
        except Refused as refused:
            return [f"refused {refused.status}"]
        except EnvironmentFault:
            return ["fault"]
        result = await came
        if result is None:  # the server has left
            await client.gone.wait()
        lives = client.wire.is_open
        await client.wire.close()
        said = [one for one in client.said if not (lives and one.startswith("closed"))]
        return [*said, *(["lives"] if result is True else ["asleep"] if result is False and lives else [])]


def _word(event: Event) -> str:
    name = type(event).__name__
    if isinstance(event, ErrorReceived | SubscriptionFailed):
        code = "null" if event.code is None else event.code
        return f"{'error' if isinstance(event, ErrorReceived) else 'subscription_error'} {code}"
    return _WORDS.get(name, name.lower())


_WORDS: dict[str, str] = {
    "ChannelEvent": "event",
    "MemberAdded": "member_added",
    "MemberRemoved": "member_removed",
    "Ponged": "pong",
    "Subscribed": "succeeded",
}


def _shortened(said: list[str]) -> str:
    """Say the same thing in a row once, with how often."""
    parts: list[list[Any]] = []
    for one in said:
        if parts and parts[-1][0] == one:
            parts[-1][1] += 1
        else:
            parts.append([one, 1])
    return " then ".join(one if count == 1 else f"{one} x{count}" for one, count in parts)
