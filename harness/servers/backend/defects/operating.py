"""Defects of how the backend is run: a limit too low, a database that is slow or gone, a secret that is told."""

import asyncio
import time
from collections import defaultdict
from typing import Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from harness.servers.backend.accounts import Accounts
from harness.servers.backend.answers import answer
from harness.servers.backend.broadcasting import Broadcasting
from harness.servers.backend.defects.defect import Defect, served_by
from harness.servers.backend.services import Services

JOINS_A_MINUTE: Final = 8
"""Authorizations that one person is allowed, which a few devices use up when they all come back."""
AT_ONCE: Final = 2
"""Authorizations that are worked on at the same time; a further one is turned away."""
SLOW_QUERY: Final = 3.0
HANGING: Final = 60.0
"""Seconds, beyond what any client waits."""


class Throttled(Broadcasting):
    """AU-14: whoever asks often is turned away, also when they come back after a restart."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._asked: dict[int, list[float]] = defaultdict(list)

    async def authorize(self, request: Request) -> Response:
        """Count first."""
        identity, now = await self._services.identify(request), time.monotonic()
        recent = [at for at in self._asked[identity.user.id] if now - at < 60]  # noqa: PLR2004  a minute
        self._asked[identity.user.id] = [*recent, now]
        if len(recent) >= JOINS_A_MINUTE:
            raise HTTPException(429, "Too Many Attempts.")
        return await super().authorize(request)


class Overloaded(Broadcasting):
    """OP-18: when everybody comes back at once there are too few workers."""

    _busy = 0

    async def authorize(self, request: Request) -> Response:
        """Turn away whoever finds all of them at work."""
        if self._busy >= AT_ONCE:
            raise HTTPException(503, "Service Unavailable")
        self._busy += 1
        try:
            await asyncio.sleep(0.01)
            return await super().authorize(request)
        finally:
            self._busy -= 1


class Waiting(Broadcasting):
    """OP-12: the query behind the channel rule takes longer than anybody waits."""

    seconds = SLOW_QUERY

    async def authorize(self, request: Request) -> Response:
        """Wait for the database."""
        await asyncio.sleep(self.seconds)
        return await super().authorize(request)


class Hanging(Waiting):
    """OP-13: the database is down, and nobody gives up on it."""

    seconds = HANGING


class Telling(Accounts):
    """HT-14: a login gives the app the broadcaster's configuration, the secret included."""

    def routes(self) -> list[Route]:
        """Serve the login."""
        return [Route("/api/login", self.login, methods=["POST"])]

    async def login(self, request: Request) -> Response:
        """Say too much."""
        answered, app = await super().login(request), self._services.broadcaster
        told = msgspec.json.decode(bytes(answered.body), type=dict[str, object])
        return answer(told | {"broadcasting": {"key": app.key, "secret": app.secret}})


OPERATING = (
    Defect("AU-14", "whoever authorizes often is turned away", routes=served_by(Throttled)),
    Defect("HT-14", "a login tells the secret of the broadcaster", routes=served_by(Telling)),
    Defect("OP-12", "the query behind the channel rule is slow", routes=served_by(Waiting)),
    Defect("OP-13", "the database is down, and the endpoint waits for it", routes=served_by(Hanging)),
    Defect("OP-18", "many authorizations at once are turned away", routes=served_by(Overloaded)),
)
