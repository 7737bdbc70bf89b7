"""What an HTTP API answered, in words: the status, an error that the body alone tells, or the whole of it."""

import json
from http import HTTPStatus
from typing import Any

from harness.conformance.api import ApiAnswer
from harness.conformance.bench import Bench
from harness.conformance.case import Known
from harness.conformance.peer import Peer

ROUTES = "PROTOCOL.md 7.1"
ERRORS = "PROTOCOL.md 7.2"
SIGNING = "PROTOCOL.md 4.3"
SEEN = "transcripts of soketi 1.6.1"
UNAUTHORIZED = {"soketi": Known("http 200 error 401", SEEN), "pusher-fake": Known("http 200", SIGNING)}
"""soketi says so in the body, under status 200; pusher-fake looks at no signature."""
INVALID = {"reverb": Known("http 422", ERRORS), "soketi": Known("http 200 error 400", SEEN)}


def said(answer: ApiAnswer) -> str:
    """Give the status; where a success holds an error, that one behind it."""
    body = answer.json()
    if answer.status < HTTPStatus.MULTIPLE_CHOICES and isinstance(body, dict) and "error" in body and "code" in body:
        return f"{answer.words} error {body['code']}"
    return answer.words


def whole(answer: ApiAnswer) -> str:
    """Give status and body, JSON with its members in order."""
    body = answer.json()
    text = answer.body if body is None else json.dumps(body, sort_keys=True, separators=(",", ":"))
    return f"{answer.words} {text}".strip()


def part(answer: ApiAnswer, *path: str) -> Any:
    """Give what stands at a place of the body; None where there is no such place."""
    found = answer.json()
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def told(value: Any) -> str:
    """Spell a value of a body; what is not there is not told."""
    return "not told" if value is None else json.dumps(value, sort_keys=True)


def member(user_id: str, **info: str) -> str:
    """Write the data with which somebody joins a presence channel."""
    return json.dumps({"user_id": user_id, "user_info": info or {"name": f"Person {user_id}"}})


async def listener(bench: Bench, channel: str) -> Peer:
    """Open a connection that is subscribed to a channel."""
    peer = await bench.open()
    await bench.join(peer, channel, member("1") if channel.startswith("presence-") else None)
    return peer
