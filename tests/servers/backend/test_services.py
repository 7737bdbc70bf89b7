"""Tests of the gate, and of where hashing happens."""

import dataclasses
import threading

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from harness.servers.backend.passwords import Hasher
from harness.servers.backend.services import Services


class Witness(Hasher):
    """A hasher that remembers which thread it worked in."""

    def __init__(self, *, is_costly: bool) -> None:
        super().__init__("cheapest")
        self.is_costly = is_costly
        self.threads: set[int] = set()

    def make(self, password: str) -> str:
        """Hash, and remember."""
        self.threads.add(threading.get_ident())
        return super().make(password)

    def verify(self, password: str, stored: str | None) -> bool:
        """Verify, and remember."""
        self.threads.add(threading.get_ident())
        return super().verify(password, stored)


def request(authorization: str | None) -> Request:
    """Make a request with an Authorization header."""
    headers = [] if authorization is None else [(b"authorization", authorization.encode())]
    return Request({"type": "http", "headers": headers})


@pytest.mark.asyncio
async def test_a_living_token_passes_the_gate(services: Services) -> None:
    """Whoever carries one is known."""
    found = services.store.credentials("alice@company-1.example")
    assert found is not None
    token = services.tokens.issue(found[0], name="phone")

    identity = await services.identify(request(f"Bearer {token}"))

    assert identity.user == found[0]


@pytest.mark.asyncio
@pytest.mark.parametrize("authorization", [None, "Bearer 1|nothing", "Basic YTpi"])
async def test_everything_else_is_401(services: Services, authorization: str | None) -> None:
    """No token, a wrong one and another scheme are one and the same refusal."""
    with pytest.raises(HTTPException) as refused:
        await services.identify(request(authorization))

    assert (refused.value.status_code, refused.value.detail) == (401, "Unauthenticated.")


@pytest.mark.asyncio
@pytest.mark.parametrize("is_costly", [False, True])
async def test_only_proper_hashing_leaves_the_event_loop(services: Services, is_costly: bool) -> None:  # noqa: FBT001
    """A hash of half a second is made in a thread, one of ten microseconds on the spot, and both are right."""
    witness = Witness(is_costly=is_costly)
    services = dataclasses.replace(services, hasher=witness)

    stored = await services.hash_password("secret")

    assert await services.verify_password("secret", stored)
    assert not await services.verify_password("secret", None)
    assert (threading.get_ident() in witness.threads) is not is_costly
