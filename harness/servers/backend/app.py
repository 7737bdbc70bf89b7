"""The application: the routes of DESIGN.md, section 1, over one set of services."""

from collections.abc import Iterable, MutableMapping
from typing import Any

from sqlalchemy.exc import DataError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from harness.errors import HarnessError, UsageError
from harness.servers.backend.accounts import Accounts
from harness.servers.backend.answers import render_failure, render_refusal, render_unstorable
from harness.servers.backend.broadcasting import Broadcasting
from harness.servers.backend.browser import Browser
from harness.servers.backend.closing import Closer
from harness.servers.backend.conversations import Conversations
from harness.servers.backend.defects import DEFECTS, spoiled
from harness.servers.backend.passwords import Hasher
from harness.servers.backend.publisher import Publisher
from harness.servers.backend.seed import World
from harness.servers.backend.services import Services
from harness.servers.backend.settings import Settings
from harness.servers.backend.store import Store
from harness.servers.backend.throttle import Throttle
from harness.servers.backend.tokens import Tokens

LARGEST_BODY = 1_000_000


def connect_services(settings: Settings, store: Store) -> Services:
    """Make the parts of an application; stop the `closer` and close the `publisher` when it ends."""
    publisher = Publisher(settings.broadcaster)
    return Services(
        store=store,
        tokens=Tokens(store),
        hasher=Hasher(settings.hash_cost),
        publisher=publisher,
        broadcaster=settings.broadcaster,
        closer=Closer(publisher, is_wanted=settings.closes_connections),
        largest_request=settings.largest_request,
        throttle=Throttle(),
    )


def create_app(services: Services, world: World, defects: Iterable[str] = ()) -> Starlette:
    """
    Assemble the application, with these defects; raises `UsageError` for one that nobody knows.

    Pages of other origins may call it, as with Laravel's defaults for `api/*`: it knows bearer tokens only, so a
    browser sends nothing along that the page does not have.
    """
    services, first = _spoiled(services, tuple(defects))
    sections = (Accounts(services), Broadcasting(services), Conversations(services), Browser(services, world))
    app = Starlette(
        routes=[*first, *(route for section in sections for route in section.routes())],
        middleware=[
            Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"]),
            Middleware(BodyLimit),
        ],
        exception_handlers={
            HTTPException: render_refusal,
            DataError: render_unstorable,
            HarnessError: render_failure,
            Exception: render_failure,
        },
    )
    app.router.redirect_slashes = False
    return app


class Switchable:
    """An application that can be given other defects while it serves; a request keeps those that it began with."""

    def __init__(self, services: Services, world: World, defects: Iterable[str] = ()) -> None:
        self._services, self._world = services, world
        self.become(tuple(defects))

    def become(self, defects: tuple[str, ...]) -> None:
        """Have these defects from now on, and no others; raises `UsageError` for one that nobody knows."""
        self._app = create_app(self._services, self._world, defects)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application of this moment answer."""
        await self._app(scope, receive, send)


def _spoiled(services: Services, ids: tuple[str, ...]) -> tuple[Services, list[Route]]:
    for id_ in ids:
        if id_ not in DEFECTS:
            raise UsageError(f"the backend has no defect {id_!r}; known are {', '.join(sorted(DEFECTS))}")
    return spoiled(services, ids)


class BodyLimit:
    """Refuses a body beyond `LARGEST_BODY` bytes with 413 once it is read that far, whatever length it announced."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body counted."""
        read = 0

        async def counted() -> MutableMapping[str, Any]:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > LARGEST_BODY:
                raise HTTPException(413, "The POST data is too large.")
            return message

        await self._app(scope, counted, send)
