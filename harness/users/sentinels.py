"""
Sentinels: an event of our own behind all that was published, where several nodes are one broadcaster.

A pong says what one node has handed out; what was published on another may still be on its way through the log that
they share. That log has one order, so an event that is published behind and heard on a socket says that whatever was
published before has passed it (DESIGN.md, section 6). It goes to a public channel of its own, on which nobody else is.
"""

import asyncio
import secrets
import time
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec

from harness.history.events import FenceAnswered, FenceAsked, FrameIn
from harness.protocol.signatures import sign_request
from harness.users.connection import Connection
from harness.users.context import Context
from harness.users.detours import Passage
from harness.users.session import Session

EVENT: Final = "harness-fence"


async def pass_behind(context: Context, connections: list[Connection]) -> list[str]:
    """
    Publish a sentinel, wait until each of these sockets has heard it, and give the doubts.

    Nothing to do for a broadcaster of one node; nothing can be done where the secret is not known, or in production.
    """
    broadcaster = context.target.broadcaster
    if context.target.production or broadcaster.secret is None:
        return []
    if not connections or broadcaster.nodes < 2:  # noqa: PLR2004 - one is no several
        return []
    channel, recorder = f"{EVENT}.{secrets.token_hex(8)}", context.recorder
    listening = await asyncio.gather(*(_subscribed(connection, channel) for connection in connections))
    since, act = len(recorder.events), recorder.new_act()
    recorder.record(FenceAsked, act=act, way="sentinel")
    why_not = await _published(context, channel)
    missing = await _unheard(context, channel, [one.label for one in listening if one], since) if not why_not else set()
    recorder.record(FenceAnswered, act=act, outcome="unknown" if why_not or missing else "ok")
    for connection in connections:
        if connection.is_open:
            connection.unsubscribe(channel)
    if why_not:
        return [f"no sentinel could be published behind what is under way between the nodes: {why_not}"]
    return [f"{label} never heard the sentinel: frames may be under way between the nodes" for label in sorted(missing)]


async def _subscribed(connection: Connection, channel: str) -> Connection | None:
    """Let a socket listen for the sentinel; None for one that has ended, which hears nothing any more."""
    outcome, _, _ = await connection.subscribe(channel, auth=None, channel_data=None, signature="absent")
    return connection if outcome == "ok" else None


async def _published(context: Context, channel: str) -> str:
    """Publish by the signed HTTP API; gives why it was not taken."""
    broadcaster = context.target.broadcaster
    body = msgspec.json.encode({"name": EVENT, "channels": [channel], "data": "{}"})
    path = f"{urlsplit(broadcaster.api_url).path}/apps/{broadcaster.app_id}/events"
    query = sign_request(broadcaster.key, broadcaster.secret or "", "POST", path, timestamp=int(time.time()), body=body)
    session = Session(
        broadcaster.api_url,
        "harness",
        recorder=context.recorder,
        redactor=context.redactor,
        timeout=context.answer_seconds,
        passage=Passage(context.target.broadcaster.transport, manners=context.manners),
    )
    headers = {"Content-Type": "application/json"}
    try:
        answer = await session.ask("publish", "POST", f"{path}?{urlencode(query)}", content=body, headers=headers)
    finally:
        await session.close()
    return "" if answer.outcome == "ok" else f"{answer.status or 'no answer'} {answer.body[:200]}".strip()


async def _unheard(context: Context, channel: str, labels: list[str], since: int) -> set[str]:
    """Wait until all of these sockets have heard an event of the channel; gives those that have not in time."""
    recorder, missing, deadline = context.recorder, set(labels), context.deadline()
    while missing:
        seen = len(recorder.events)
        for event in recorder.events[since:seen]:
            if isinstance(event, FrameIn) and event.channel == channel and event.event == EVENT:
                missing.discard(event.socket)
        since = seen
        if missing and not await recorder.changed(seen, deadline=deadline):
            break
    return missing
