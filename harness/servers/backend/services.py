"""What the routes share, and the gate that every one but login, registration and the page goes through."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from harness.servers.backend.answers import unauthenticated
from harness.servers.backend.channels import may_join
from harness.servers.backend.closing import Closer
from harness.servers.backend.fields import parse_identifier
from harness.servers.backend.passwords import Hasher
from harness.servers.backend.publisher import Publisher
from harness.servers.backend.settings import Broadcaster
from harness.servers.backend.store import Store
from harness.servers.backend.throttle import Throttle
from harness.servers.backend.tokens import Identity, Tokens


@dataclass(frozen=True)
class Services:
    """The parts of one running application."""

    store: Store
    tokens: Tokens
    hasher: Hasher
    publisher: Publisher
    broadcaster: Broadcaster
    closer: Closer
    largest_request: int
    throttle: Throttle
    may_join: Callable[[Store, Identity, object], bool] = may_join

    async def identify(self, request: Request) -> Identity:
        """Recognize who asks, or refuse with 401, before anything else about the request is looked at."""
        identity = await self.store.run(self.tokens.identify, request.headers.get("authorization"))
        if identity is None:
            raise unauthenticated()
        return identity

    async def is_known(self, token: str) -> bool:
        """Tell whether a token that was given has not been revoked; one that has expired is known still."""
        number = parse_identifier(token.partition("|")[0])
        return number is not None and await self.store.run(self.store.token, number) is not None

    async def hash_password(self, password: str) -> str:
        """Make a hash, without holding up the others when it is a proper one."""
        if self.hasher.is_costly:
            return await run_in_threadpool(self.hasher.make, password)
        return self.hasher.make(password)

    async def verify_password(self, password: str, stored: str | None) -> bool:
        """Check a password against a hash, or against nobody's (`None`), without holding up the others."""
        if self.hasher.is_costly:
            return await run_in_threadpool(self.hasher.verify, password, stored)
        return self.hasher.verify(password, stored)
