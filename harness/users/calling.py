"""
Calls of the broadcaster's signed HTTP API, right ones and forged ones, as whoever knows the secret makes them.

What is published goes to public channels of our own, to which nobody else listens. Whether an answer was right is for
the checkers to say, which know what servers of this dialect are known for (DEFECTS.md HT-01 to HT-12).
"""

import secrets
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlencode, urlsplit

import msgspec

from harness.history.events import ApiCalled, FrameIn
from harness.protocol.signatures import sign_request
from harness.users.detours import Passage
from harness.users.session import Answer, Session

if TYPE_CHECKING:
    from harness.users.context import Context
    from harness.users.user import Subscription, User

EVENT: Final = "harness-call"
Signing = Literal["right", "none", "another secret", "another key", "long ago", "permuted"]
_SERVER_ERROR: Final = 500
LONG_AGO: Final = 3_600
"""Seconds; documented windows are 600."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """
    One call: `words` say what it is, `due` which answer is right, `weakness` which defect answers otherwise.

    `altered` is sent in place of the `body` that was signed. The `mark` stands in what is published, to which the
    `listeners` are subscribed; where `channels` are named, it must be heard on no other (`ApiCalled`).
    """

    words: str
    body: bytes = b""
    route: str = "/events"
    method: Literal["POST", "GET"] = "POST"
    signing: Signing = "right"
    altered: bytes | None = None
    due: Literal["taken", "refused", "too much", "either"] = "taken"
    weakness: str = ""
    mark: str = ""
    listeners: tuple["Subscription", ...] = ()
    channels: tuple[str, ...] = ()


def new_channel(prefix: str = "") -> str:
    """Name a public channel that nobody else has; with the prefix `cache-` one that remembers its last event."""
    return f"{prefix}{EVENT}.{secrets.token_hex(8)}"


def new_mark() -> str:
    """Draw a text by which an event is known again."""
    return f"mark-{secrets.token_hex(8)}"


def an_event(channels: Iterable[str], mark: str, *, size: int = 0, socket_id: str | None = None) -> bytes:
    """Write the body of one event; its data ends with the mark, behind so many letters."""
    fields = {"name": EVENT, "channels": list(channels), "data": _data(mark, size)}
    return msgspec.json.encode(fields | ({"socket_id": socket_id} if socket_id else {}))


def a_batch(channels: Iterable[str], mark: str) -> bytes:
    """Write the body of a batch: one event for each of the channels."""
    return msgspec.json.encode(
        {"batch": [{"name": EVENT, "channel": channel, "data": _data(mark, 0)} for channel in channels]}
    )


async def call(user: "User", call: Call) -> Answer:
    """
    Make a call in the name of `user`, wait until those who should hear it have, or could have, and record it.

    Nothing is raised for an answer, whatever it is; `EnvironmentFault` when nobody answers at all. The target's secret
    must be known (`needs("secret")`).
    """
    context = user.world.context
    session = Session(
        context.target.broadcaster.api_url,
        user.name,
        recorder=context.recorder,
        redactor=context.redactor,
        timeout=context.answer_seconds,
        passage=Passage(context.target.broadcaster.transport, manners=context.manners),
    )
    since = len(context.recorder.events)
    content = call.body if call.altered is None else call.altered
    headers = {"Content-Type": "application/json"}
    try:
        answer = await session.ask(
            "call the API", call.method, _address(context, call), content=content or None, headers=headers
        )
    finally:
        await session.close()
    answer = as_it_says(answer)
    listeners = tuple(one.user.label for one in call.listeners)
    if answer.outcome == "ok" and call.mark:
        await _heard(context, call.mark, set(listeners), since)
    context.recorder.record(
        ApiCalled,
        who=user.name,
        act=answer.act,
        words=call.words,
        due=call.due,
        status=answer.status,
        outcome=answer.outcome,
        body=answer.body[:200],
        weakness=call.weakness,
        mark=call.mark,
        listeners=listeners,
        channels=call.channels,
    )
    return answer


def as_it_says(answer: Answer) -> Answer:
    """Take an error in the body of a 200 for what it says it is: soketi 1.6.1 answers so (its recording)."""
    said = answer.data if isinstance(answer.data, dict) else {}
    code = said.get("code")
    if answer.outcome != "ok" or "error" not in said or not isinstance(code, int):
        return answer
    return msgspec.structs.replace(answer, status=code, outcome="unknown" if code >= _SERVER_ERROR else "refused")


def _data(mark: str, size: int) -> str:
    return msgspec.json.encode({"says": "a" * size + mark}).decode()


def _address(context: "Context", call: Call) -> str:
    """Write path and query, signed as the call says."""
    broadcaster = context.target.broadcaster
    path = f"{urlsplit(broadcaster.api_url).path}/apps/{broadcaster.app_id}{call.route}"
    if call.signing == "none":
        return path
    params = sign_request(
        f"{broadcaster.key}-of-another" if call.signing == "another key" else broadcaster.key,
        secrets.token_hex(16) if call.signing == "another secret" else broadcaster.secret or "",
        call.method,
        path,
        timestamp=int(time.time()) - (LONG_AGO if call.signing == "long ago" else 0),
        body=call.body,
    )
    pairs = list(params.items())
    return f"{path}?{urlencode(pairs[::-1] if call.signing == 'permuted' else pairs)}"


async def _heard(context: "Context", mark: str, missing: set[str], since: int) -> None:
    """Wait until each of these sockets has a frame with the mark, as long as an arrival may take."""
    recorder, deadline = context.recorder, context.deadline(context.target.budgets.arrival)
    while True:
        seen = len(recorder.events)
        for event in recorder.events[since:seen]:
            if isinstance(event, FrameIn) and mark in event.raw:
                missing.discard(event.socket)
        since = seen
        if not missing or not await recorder.changed(seen, deadline=deadline):
            return
