"""Whether a server of this protocol is there, with the credentials that we have of it: to begin with, and still."""

import re
from typing import Final

from harness.conformance.answers import NO_ANSWER, NOTHING
from harness.conformance.api_words import said
from harness.conformance.bench import Bench
from harness.conformance.peer import Peer
from harness.conformance.server import MAIN
from harness.errors import EnvironmentFault

_QUOTED: Final = 300
_FENCE: Final = re.compile("pusher:p[io]ng")


async def prove(bench: Bench) -> None:
    """
    See that a server greets a client of the app, answers a ping, and takes what is signed with the app's secret.

    What is no such server, and what it is told of its app wrongly, is told once, with what was seen, instead of case by
    case: raises `EnvironmentFault`.
    """
    try:
        if why := await wanting(bench):
            raise EnvironmentFault(f"{bench.server.name} at {bench.server.url} is not examined: it {why}")
    finally:
        await bench.close()


async def wanting(bench: Bench) -> str:
    """
    Say what a server does otherwise than any such server, "" when nothing; it is left to the caller to close the bench.

    Raises `EnvironmentFault` when there is no connection.
    """
    key = bench.server.app(MAIN).key
    peer = await bench.open()
    if peer.greeting != "established":
        return f"greets no client of its app (key {key!r}): {_seen(peer, bench)}"
    if (heard := await peer.heard()) != NOTHING:
        return f"greets clients and answers no ping: {_instead(heard, bench)}"
    channel = bench.channel()
    if (heard := await peer.subscribe(channel)) != "succeeded" and not heard.startswith("succeeded then "):
        return f"lets nobody subscribe to a public channel: {_instead(heard, bench)}"
    return await _refusal(bench, channel) if bench.has("api") else ""


async def _refusal(bench: Bench, channel: str) -> str:
    answer = await bench.publish(channel)
    heard = said(answer)
    if heard.startswith("http 2") and "error" not in heard:
        return ""
    body = f" ({answer.body[:_QUOTED].strip()})" if answer.body.strip() else ""
    route = f"{bench.server.api_url}/apps/{bench.server.app(MAIN).id}/events"
    return (
        f"answers a publish to {route}, rightly signed with the secret that is declared, with "
        f"{heard if answer.status else 'what is no HTTP'}{body}: look at app_id, key, secret and api_url"
    )


def _seen(peer: Peer, bench: Bench) -> str:
    if peer.head.status != 101:  # noqa: PLR2004 - Switching Protocols
        raw = peer.head.raw.decode("latin-1").partition("\r\n")[0]
        return f"it answered a request to upgrade with {raw[:_QUOTED]!r}" if raw else _instead(peer.greeting, bench)
    return f"it upgraded, and {_instead(peer.greeting, bench)}"


def _instead(heard: str, bench: Bench) -> str:
    """Tell what was heard where something else is due, and quote it."""
    silent = {
        NO_ANSWER: f"it said nothing for {bench.within:g} s",
        NOTHING: "it said nothing",
        "closed 1006": "it ended the connection without a word",
    }
    frames = [str(step["in"]) for step in bench.log if "in" in step and not _FENCE.search(step["in"])]
    return silent.get(heard) or f"it said {heard!r} ({''.join(frames[-1:])[:_QUOTED]})"
