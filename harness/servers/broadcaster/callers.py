"""Who may call the HTTP API of an app, and how often: signature, key, time, version, rate (PROTOCOL.md 4.3, 7.2)."""

import hashlib
import math
from http import HTTPStatus
from typing import Final

from harness.protocol.app import App
from harness.protocol.dialects import Dialect
from harness.protocol.dialects.http import HTTP
from harness.protocol.signatures import verify_request
from harness.servers.broadcaster.answers import Refusal, Request

_VERSION: Final = "1.0"
_EMPTY: Final = b"{}"


class Callers:
    """Decides for one app and one dialect."""

    def __init__(self, app: App, dialect: Dialect) -> None:
        self._app = app
        self._dialect = dialect
        self._http = HTTP[dialect.name]
        self._began = float("-inf")
        self._calls = 0

    def check(self, request: Request, unix_time: float) -> None:
        """Raise `Refusal` for a call that was not made by somebody who knows the app's secret, and now."""
        params = request.params
        if self._dialect.checks_api_key and params.get("auth_key") != self._app.key:
            raise Refusal(HTTPStatus.UNAUTHORIZED, "auth_key should be a valid app key")
        if self._http.checks_version and params.get("auth_version") != _VERSION:
            raise Refusal(HTTPStatus.UNAUTHORIZED, f"auth_version should be {_VERSION}")
        window = self._dialect.timestamp_window
        if window is not None and abs(_timestamp(params) - unix_time) > window:
            given = params.get("auth_timestamp", "")
            sentence = f"Timestamp expired: Given timestamp ({given}) not within {window}s of server time"
            raise Refusal(HTTPStatus.UNAUTHORIZED, f"{sentence} ({int(unix_time)})")
        if not self._is_signed(request):
            raise Refusal(HTTPStatus.UNAUTHORIZED, self._http.texts.bad_signature)
        if not self._app.enabled and self._http.disabled_status is not None:
            raise Refusal(self._http.disabled_status, "The app is disabled")

    def count(self, unix_time: float) -> tuple[tuple[str, str], ...]:
        """Count a call and give the headers that tell how many are left; raises `Refusal` when none is."""
        limit = self._app.rate_limit
        if limit is None or not self._http.limits_calls:
            return ()
        if unix_time - self._began >= limit.decay_seconds:
            self._began, self._calls = unix_time, 0
        self._calls += 1
        left = limit.max_attempts - self._calls
        wait = math.ceil(self._began + limit.decay_seconds - unix_time)
        headers = (
            ("Retry-After", str(wait)),
            ("X-RateLimit-Limit", str(limit.max_attempts)),
            ("X-RateLimit-Remaining", str(max(0, left))),
        )
        if left < 0:
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests.", headers)
        return headers

    def _is_signed(self, request: Request) -> bool:
        params, body = request.params, request.body
        trusts = self._dialect.trusts_body_md5
        if self._http.body_md5 == "of the body or {}":
            trusts = True
            body = body or (_EMPTY if request.method == "POST" else b"")
            if body or "body_md5" in params:
                params = {**params, "body_md5": hashlib.md5(body, usedforsecurity=False).hexdigest()}
        return verify_request(self._app.secret, request.method, request.path, params, body, trust_md5=trusts)


def _timestamp(params: dict[str, str]) -> float:
    given = params.get("auth_timestamp", "")
    return float(given) if given.isascii() and given.isdigit() else float("-inf")
