"""Who may call the HTTP API: what each product looks at, and how often somebody may call."""

import hashlib
import hmac
from typing import Any

import msgspec
import pytest

from harness.protocol.app import App, RateLimit
from harness.protocol.dialects import PUSHER, REVERB, SOKETI, Dialect
from harness.protocol.signatures import canonical_request, sign_request
from harness.servers.broadcaster.answers import Refusal, Request
from harness.servers.broadcaster.callers import Callers

KEY, SECRET = "demo-key", "demo-secret"
NOW = 1_760_000_000
PATH, BODY = "/apps/1001/events", b'{"name":"e","channel":"room","data":"{}"}'


def status_of(dialect: Dialect, request: Request, **app: Any) -> int:
    """Give the status that a call is refused with, 200 for none."""
    try:
        Callers(App("1001", KEY, SECRET, **app), dialect).check(request, NOW)
    except Refusal as refusal:
        return refusal.status
    return 200


def signed(method: str = "POST", body: bytes = BODY, **changed: str) -> Request:
    """Give a call whose parameters were changed before it was signed; one that is empty is left out."""
    params = sign_request(KEY, SECRET, method, PATH, timestamp=NOW, body=body)
    params |= changed
    params = {name: value for name, value in params.items() if value and name != "auth_signature"}
    text = canonical_request(method, PATH, params)
    params["auth_signature"] = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    return Request(method, PATH, params, body)


def md5(body: bytes) -> str:
    """Give the MD5 of a body as a caller sends it."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


ANSWERS = [
    # what is wrong with the call; then what Pusher, Reverb and soketi make of it
    (signed(), 200, 200, 200),
    (signed(auth_version="2.0"), 401, 200, 200),
    (signed(auth_version=""), 401, 200, 200),
    (signed(auth_timestamp=str(NOW - 601)), 401, 200, 200),
    (signed(auth_key="other"), 401, 200, 200),
    (signed(body_md5=""), 401, 401, 401),
    (signed(body_md5=md5(b"another")), 401, 401, 401),
    (signed("GET", b""), 200, 200, 200),
    (signed("GET", b"", body_md5=md5(b"")), 200, 401, 200),
    (signed("GET", b"", body_md5=md5(b"x")), 401, 401, 401),
    (signed("POST", b"", body_md5=md5(b"{}")), 401, 401, 200),
    (msgspec.structs.replace(signed(), body=BODY + b" "), 401, 401, 401),
    (Request("GET", PATH, {}), 401, 401, 401),
]


@pytest.mark.parametrize(("request_", "pusher", "reverb", "soketi"), ANSWERS)
def test_each_product_looks_at_its_own(request_: Request, pusher: int, reverb: int, soketi: int) -> None:
    """Version, time, key and MD5, whether it is taken from the query or computed (PROTOCOL.md 4.3)."""
    assert [status_of(dialect, request_) for dialect in (PUSHER, REVERB, SOKETI)] == [pusher, reverb, soketi]


def test_a_disabled_app_is_served_to_nobody_on_pusher() -> None:
    """Behind the signature, so that nobody else learns of it."""
    forged = Request("GET", PATH, {"auth_key": KEY})

    assert status_of(PUSHER, signed(), enabled=False) == 403
    assert status_of(PUSHER, forged, enabled=False) == 401
    assert status_of(REVERB, signed(), enabled=False) == 200


def test_calls_are_counted_where_they_are_limited() -> None:
    """As many as the app allows in a time, and again when it is over."""
    app = App("1001", KEY, SECRET, rate_limit=RateLimit(2, 10))
    callers = Callers(app, SOKETI)
    limit = ("X-RateLimit-Limit", "2")

    assert callers.count(NOW) == (("Retry-After", "10"), limit, ("X-RateLimit-Remaining", "1"))
    assert callers.count(NOW + 4) == (("Retry-After", "6"), limit, ("X-RateLimit-Remaining", "0"))
    with pytest.raises(Refusal, match="Too many requests") as refused:
        callers.count(NOW + 9.5)
    assert refused.value.status == 429
    assert refused.value.headers == (("Retry-After", "1"), limit, ("X-RateLimit-Remaining", "0"))
    assert callers.count(NOW + 10)[2] == ("X-RateLimit-Remaining", "1")
    assert [Callers(app, dialect).count(NOW) for dialect in (PUSHER, REVERB)] == [(), ()]
