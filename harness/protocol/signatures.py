"""
Signatures: who may join which channel on which connection, and who may call the HTTP API.

All are HMAC-SHA256 in lower-case hex, keyed with the app's secret (PROTOCOL.md 4). What is signed is text exactly as it
travels: JSON inside `channel_data` and `user_data` is never read and written again on the way, which would break it.
Signatures and secrets stay out of messages and logs; nothing here raises at what a peer sent.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Final

_SOCKET_ID: Final = re.compile(r"[0-9]+\.[0-9]+")
_VERSION: Final = "1.0"


def is_socket_id(text: str) -> bool:
    """Tell whether the text has the form of a socket id; its halves may exceed 64 bits (PROTOCOL.md 1.2)."""
    return _SOCKET_ID.fullmatch(text) is not None


def channel_auth(key: str, secret: str, socket_id: str, channel: str, channel_data: str | None = None) -> str:
    """
    Sign the right of one connection to join one private or presence channel: `key:signature`.

    `channel_data` is the JSON text that a presence channel will be joined with, byte for byte.
    """
    return f"{key}:{_sign(secret, _channel_text(socket_id, channel, channel_data))}"


def verify_channel_auth(
    auth: object,
    *,
    key: str,
    secret: str,
    socket_id: str,
    channel: str,
    channel_data: str | None = None,
    key_part: bool = True,
) -> bool:
    """
    Tell whether `auth`, whatever a client sent as such, gives this connection the right to join this channel.

    `key_part=False` is Reverb's reading: what stands before the first colon is not looked at, and may be missing
    (PROTOCOL.md 13). The comparison takes the same time for every wrong signature.
    """
    if not isinstance(auth, str):
        return False
    signature = _sign(secret, _channel_text(socket_id, channel, channel_data))
    if key_part:
        return _equal(auth, f"{key}:{signature}")
    before, colon, after = auth.partition(":")
    return _equal(after if colon else before, signature)


def user_auth(key: str, secret: str, socket_id: str, user_data: str) -> str:
    """Sign who a connection belongs to, for `pusher:signin`: `key:signature`; `user_data` is JSON text."""
    return f"{key}:{_sign(secret, f'{socket_id}::user::{user_data}')}"


def verify_user_auth(auth: object, *, key: str, secret: str, socket_id: str, user_data: str) -> bool:
    """Tell whether `auth`, whatever a client sent as such, makes this connection that of the user in `user_data`."""
    return isinstance(auth, str) and _equal(auth, user_auth(key, secret, socket_id, user_data))


def webhook_signature(secret: str, body: bytes) -> str:
    """Sign the raw body of a webhook, for the header `X-Pusher-Signature`."""
    return hmac.new(_bytes(secret), body, hashlib.sha256).hexdigest()


def canonical_request(method: str, path: str, params: Mapping[str, str]) -> str:
    """
    Give the text that is signed for a call of the HTTP API: upper-case method, path, sorted parameters, one a line.

    Names are lower-cased, values are not URL-escaped, and `auth_signature` is left out (PROTOCOL.md 4.3).
    """
    pairs = sorted((name.lower(), value) for name, value in params.items())
    query = "&".join(f"{name}={value}" for name, value in pairs if name != "auth_signature")
    return f"{method.upper()}\n{path}\n{query}"


def sign_request(
    key: str,
    secret: str,
    method: str,
    path: str,
    *,
    timestamp: int,
    body: bytes = b"",
    params: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """
    Give all query parameters of a signed call of the HTTP API: yours, and those that prove it is you.

    Send exactly `body`, and URL-escape the values only when they are put into the URL. `timestamp` is Unix time in
    seconds; hosted Pusher and sockudo refuse one that is more than 600 s off.
    """
    signed = {**(params or {}), "auth_key": key, "auth_timestamp": str(timestamp), "auth_version": _VERSION}
    if body:
        signed["body_md5"] = _md5(body)
    return signed | {"auth_signature": _sign(secret, canonical_request(method, path, signed))}


def verify_request(
    secret: str,
    method: str,
    path: str,
    params: Mapping[str, str],
    body: bytes,
    *,
    trust_md5: bool,
) -> bool:
    """
    Tell whether a call of the HTTP API was signed with this secret; time stamp and key are for the caller to judge.

    `trust_md5` signs the `body_md5` of the query and demands that it is the body's; a call without a body may have it
    or not. Otherwise it is Reverb's reading: the query's value is dropped and computed from the body, so a GET that
    signed one is refused (PROTOCOL.md 4.3).
    """
    signed = {name.lower(): value for name, value in params.items()}
    signature = signed.pop("auth_signature", "")
    claimed = signed.get("body_md5")
    if trust_md5:
        is_of_body = not body if claimed is None else _equal(claimed, _md5(body))
        if not is_of_body:
            return False
    else:
        signed.pop("body_md5", None)
        if body:
            signed["body_md5"] = _md5(body)
    return _equal(signature, _sign(secret, canonical_request(method, path, signed)))


def _channel_text(socket_id: str, channel: str, channel_data: str | None) -> str:
    return f"{socket_id}:{channel}" if channel_data is None else f"{socket_id}:{channel}:{channel_data}"


def _sign(secret: str, text: str) -> str:
    return hmac.new(_bytes(secret), _bytes(text), hashlib.sha256).hexdigest()


def _md5(body: bytes) -> str:
    # The protocol's choice: it ties the body to a signature of 256 bits, it does not protect by itself.
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def _equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(_bytes(given), _bytes(expected))


def _bytes(text: str) -> bytes:
    # A lone surrogate has no UTF-8 and comes from no JSON of ours, yet must not raise out of a verification.
    return text.encode("utf-8", "surrogatepass")
