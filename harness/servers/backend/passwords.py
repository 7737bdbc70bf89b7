"""
Password hashes: scrypt from the standard library, its parameters stored with each hash.

`cheapest` is the least that scrypt allows (N=2, r=1, p=1; some ten microseconds). It protects nothing and is right only
where the people are invented and the passwords random, as in the embedded and container worlds: proper hashes cost
seconds at every start. `proper` is OWASP's recommendation (N=2^17, r=8, p=1: 128 MiB and about half a second each).
"""

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from typing import NamedTuple

from harness.servers.backend.settings import HashCost

SALT_BYTES = 16
DIGEST_BYTES = 32


class Cost(NamedTuple):
    """Scrypt's parameters: `n` the number of iterations (a power of two), `r` the block size, `p` the parallelism."""

    n: int
    r: int
    p: int


COSTS: dict[HashCost, Cost] = {"cheapest": Cost(2, 1, 1), "proper": Cost(2**17, 8, 1)}


class Hasher:
    """Makes and checks hashes; whoever awaits other things should run it in a thread when `is_costly`."""

    def __init__(self, cost: HashCost) -> None:
        self._cost = COSTS[cost]
        self.is_costly = cost == "proper"

    def make(self, password: str) -> str:
        """Hash a password under a fresh salt, as `scrypt$n$r$p$salt$digest`."""
        salt = secrets.token_bytes(SALT_BYTES)
        parts = (b64encode(salt).decode(), b64encode(_digest(password, salt, self._cost)).decode())
        return "$".join(("scrypt", *map(str, self._cost), *parts))

    def verify(self, password: str, stored: str | None) -> bool:
        """
        Tell whether `password` is what `stored` was made of, in time that does not depend on how much agrees.

        With `None`, for somebody who does not exist, the same work is done and the answer is no: the time a refusal
        takes must not tell who has an account.
        """
        if stored is None:
            self.make(password)
            return False
        _, n, r, p, salt, digest = stored.split("$")
        actual = _digest(password, b64decode(salt), Cost(int(n), int(r), int(p)))
        return hmac.compare_digest(actual, b64decode(digest))


def _digest(password: str, salt: bytes, cost: Cost) -> bytes:
    memory = (
        128 * cost.r * (cost.n + cost.p + 2) + 2**16
    )  # what OpenSSL asks for; its default limit stops below `proper`
    return hashlib.scrypt(password.encode(), salt=salt, n=cost.n, r=cost.r, p=cost.p, maxmem=memory, dklen=DIGEST_BYTES)
