"""
The authorization endpoints, pure: what a client asked for, and the bodies that it is answered with.

A body is a form or JSON; a browser's preflight is answered, and every origin allowed (the rig grants whatever it is
asked, and knows nobody).
"""

from typing import Any, Final, Literal
from urllib.parse import parse_qsl

import msgspec

from harness.protocol.channels import ChannelKind, kind_of
from harness.protocol.signatures import channel_auth, is_socket_id, user_auth
from harness.rig.exchange import Answer, Request

MEMBER: Final = '{"user_id":"1","user_info":{"name":"Client under test"}}'
"""Who everybody is on presence channels."""

USER: Final = '{"id":"1","name":"Client under test"}'
"""Who everybody is that signs in."""

PAGE: Final = Answer(200, "<!doctype html><title>Log in</title><p>Log in first.</p>", "text/html")
"""What a backend answers that sends whoever is not logged in to a page."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a request asked for; `problem` says what is wrong with it, empty when nothing is."""

    socket_id: str = ""
    channel: str = ""
    encoding: Literal["form", "JSON", "query", ""] = ""
    credential: str = ""
    """Which kind of credential came with it, never the credential."""
    problem: str = ""


def read(request: Request, *, for_user: bool = False) -> Asked:
    """Read a request for authorization; of a user there is no channel to name."""
    fields, encoding = _fields(request)
    socket_id, channel = (_text(fields.get(name)) for name in ("socket_id", "channel_name"))
    problems = []
    if request.method != "POST":
        problems.append(f"it is a {request.method}, not a POST")
    if not is_socket_id(socket_id):
        problems.append(f"its socket_id is {socket_id!r}" if socket_id else "it has no socket_id")
    if not channel and not for_user:
        problems.append("it has no channel_name")
    return Asked(
        socket_id=socket_id,
        channel=channel,
        encoding=encoding,
        credential=_credential(request),
        problem="; ".join(problems),
    )


def granted(asked: Asked, key: str, secret: str) -> Answer:
    """Sign what was asked for, as a backend does that grants it."""
    data = MEMBER if kind_of(asked.channel) is ChannelKind.PRESENCE else None
    body = {"auth": channel_auth(key, secret, asked.socket_id, asked.channel, data)}
    return _json(200, body if data is None else {**body, "channel_data": data})


def recognized(asked: Asked, key: str, secret: str) -> Answer:
    """Sign whose connection it is."""
    return _json(200, {"auth": user_auth(key, secret, asked.socket_id, USER), "user_data": USER})


def refused(status: int) -> Answer:
    """Say no, or fail, as Laravel does."""
    messages = {401: "Unauthenticated.", 403: "This action is unauthorized.", 500: "Server Error"}
    return _json(status, {"message": messages.get(status, "")})


def allow(request: Request, answer: Answer) -> Answer:
    """Let a page of any origin read an answer."""
    origin = request.headers.get("origin")
    if origin is None:
        return answer
    asked = request.headers.get("access-control-request-headers", "*")
    headers = (
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "POST, OPTIONS"),
        ("Access-Control-Allow-Headers", asked),
    )
    return msgspec.structs.replace(answer, headers=headers)


def _fields(request: Request) -> tuple[dict[str, Any], Literal["form", "JSON", "query", ""]]:
    kind = request.headers.get("content-type", "")
    try:
        if "json" in kind or request.body[:1] == b"{":
            return msgspec.json.decode(request.body, type=dict[str, Any]), "JSON"
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    except (ValueError, RecursionError):
        return {}, ""
    return (form, "form") if form else (dict(request.query), "query" if request.query else "")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _credential(request: Request) -> str:
    scheme = request.headers.get("authorization", "").partition(" ")[0]
    kinds = [scheme.lower()] if scheme else []
    return " and ".join([*kinds, *(["cookie"] if "cookie" in request.headers else [])]) or "no credential"


def _json(status: int, body: dict[str, Any]) -> Answer:
    return Answer(status, msgspec.json.encode(body).decode())
