"""
The login of a single-page application, as Laravel Sanctum has it: a session cookie in the place of a bearer token.

A page asks for a CSRF cookie first. Whatever changes something and comes with a session shows that cookie's value in a
header, decoded, else it is answered 419. What a login gives stands in cookies, and in no body.
"""

import base64
import hashlib
import hmac
import json
import secrets
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, unquote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.protocol.messages import php_json
from harness.servers.backend.answers import answer, no_content

SESSION: Final = "laravel_session"
CSRF_COOKIE: Final = "XSRF-TOKEN"
CSRF_HEADER: Final = "X-XSRF-TOKEN"
CSRF_PATH: Final = "/sanctum/csrf-cookie"
MISMATCH: Final = 419
"""Laravel's own status for a CSRF value that is not the session's."""

_GIVING: Final = ("/api/login", "/api/register")
_SAFE: Final = ("GET", "HEAD", "OPTIONS")


class SessionLogin:
    """Stands before the application, which knows bearer tokens: a session is one of those in a cookie."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._key = secrets.token_bytes(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take cookies in, give them out, and refuse what shows no CSRF value."""
        request = Request(scope)
        session, path = _session(request), request.url.path
        if path == CSRF_PATH:
            response = no_content()
            self._give(response.headers, session or f"guest-{secrets.token_hex(20)}")
            await response(scope, receive, send)
            return
        if request.method not in _SAFE and (session is not None or path in _GIVING) and not self._is_shown(request):
            await answer({"message": "CSRF token mismatch."}, MISMATCH)(scope, receive, send)
            return
        if session is not None and "authorization" not in request.headers:
            scope = {
                **scope,
                "headers": [*scope["headers"], (b"authorization", f"Bearer {session}".encode("ascii", "replace"))],
            }
        if path not in _GIVING:
            await self._app(scope, receive, send)
            return
        response = await _answered(self._app, scope, receive)
        await self._in_cookies(response)(scope, receive, send)

    def _is_shown(self, request: Request) -> bool:
        shown = request.headers.get(CSRF_HEADER, "")
        return hmac.compare_digest(shown.encode(), self._value(_session(request) or "").encode())

    def _in_cookies(self, response: Response) -> Response:
        """Move what a login gave from the body of its answer into cookies."""
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            return response
        given: dict[str, Any] = json.loads(bytes(response.body))
        moved = Response(status_code=response.status_code, media_type="application/json")
        token = given.pop("token")
        moved.body = php_json(given).encode()
        moved.headers["content-length"] = str(len(moved.body))
        self._give(moved.headers, token)
        return moved

    def _give(self, headers: MutableHeaders, session: str) -> None:
        headers.append("set-cookie", f"{SESSION}={quote(session, safe='')}; path=/; httponly; samesite=lax")
        headers.append("set-cookie", f"{CSRF_COOKIE}={quote(self._value(session), safe='')}; path=/; samesite=lax")

    def _value(self, session: str) -> str:
        return base64.b64encode(hmac.digest(self._key, session.encode(), hashlib.sha256)).decode()


def _session(request: Request) -> str | None:
    value = request.cookies.get(SESSION)
    return None if value is None else unquote(value)


async def _answered(app: ASGIApp, scope: Scope, receive: Receive) -> Response:
    """Let the application answer, and give all of it."""
    begun: list[Message] = []
    body = bytearray()

    async def take(message: Message) -> None:
        if message["type"] == "http.response.start":
            begun.append(message)
        else:
            body.extend(message.get("body", b""))

    await app(scope, receive, take)
    response = Response(bytes(body), begun[0]["status"])
    response.raw_headers = list(begun[0]["headers"])
    return response
