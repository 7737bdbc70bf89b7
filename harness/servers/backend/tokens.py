"""
Bearer tokens as Laravel Sanctum makes them.

A token is `id|secret`. The secret half is 40 random characters and their CRC-32; the table keeps only its SHA-256, so a
leaked database opens no account. A token ends when it expires, when it is revoked, and when its row is gone.
"""

import hashlib
import hmac
import secrets
import string
import time
import zlib
from collections.abc import Callable, Iterable

import msgspec

from harness.servers.backend.fields import parse_identifier
from harness.servers.backend.store import Store, User

ENTROPY_CHARACTERS = 40
EVERYTHING = "*"
_ALPHABET = string.ascii_letters + string.digits


class Identity(msgspec.Struct, frozen=True):
    """Who asks, through which token, and what that token is good for."""

    user: User
    token_id: int
    abilities: tuple[str, ...]

    def can(self, ability: str) -> bool:
        """Tell whether the token grants `ability`; `*` grants everything."""
        return EVERYTHING in self.abilities or ability in self.abilities


class Tokens:
    """Issues, recognizes and revokes tokens; `clock` gives Unix seconds."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def issue(
        self, user: User, *, name: str, abilities: Iterable[str] = (EVERYTHING,), expires_in: float | None = None
    ) -> str:
        """Make a token for a person; the plain text exists only in what is returned. 0 seconds is expired at once."""
        secret = _secret()
        expires_at = None if expires_in is None else self._clock() + expires_in
        number = self._store.add_token(
            user.id, name=name, digest=_digest(secret), abilities=abilities, expires_at=expires_at
        )
        return f"{number}|{secret}"

    def identify(self, authorization: str | None) -> Identity | None:
        """Recognize the value of an Authorization header; `None` for whatever is not a living bearer token."""
        scheme, _, token = (authorization or "").partition(" ")
        number, _, secret = token.strip().partition("|")
        token_id = parse_identifier(number)
        if scheme.lower() != "bearer" or token_id is None:
            return None
        stored = self._store.token(token_id)
        if stored is None or not hmac.compare_digest(stored.digest, _digest(secret)):
            return None
        if stored.expires_at is not None and stored.expires_at <= self._clock():
            return None
        return Identity(stored.user, stored.id, stored.abilities)

    def revoke(self, identity: Identity) -> None:
        """Revoke the token that was used, and no other of that person."""
        self._store.delete_token(identity.token_id)


def _secret() -> str:
    entropy = "".join(secrets.choice(_ALPHABET) for _ in range(ENTROPY_CHARACTERS))
    return f"{entropy}{zlib.crc32(entropy.encode()):08x}"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
