"""What a defect is: something that is done to a healthy backend."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

from starlette.routing import Route

from harness.servers.backend.broadcasting import Broadcasting
from harness.servers.backend.publisher import Publisher
from harness.servers.backend.services import Services
from harness.servers.backend.settings import Broadcaster
from harness.servers.backend.store import Store
from harness.servers.backend.tokens import Tokens


def _as_it_is(services: Services) -> Services:
    return services


def _none(_services: Services) -> list[Route]:
    return []


@dataclass(frozen=True)
class Defect:
    """
    One way to be wrong: `id` in DEFECTS.md, with a variant behind a colon, and a sentence.

    `change` swaps parts of the services; `routes` are put before the application's own.
    """

    id: str
    says: str
    change: Callable[[Services], Services] = _as_it_is
    routes: Callable[[Services], list[Route]] = _none


class Section(Protocol):
    """A part of the application that has routes."""

    def routes(self) -> list[Route]:
        """List them."""


def served_by(section: Callable[[Services], Section]) -> Callable[[Services], list[Route]]:
    """Let this section, made anew over the services, serve its routes before the application's own."""
    return lambda services: section(services).routes()


def authorizing_as(kind: type[Services]) -> Callable[[Services], list[Route]]:
    """Serve the authorization endpoint over services of this kind; all other routes stay as they are."""

    def routes(services: Services) -> list[Route]:
        parts: dict[str, Any] = {field.name: getattr(services, field.name) for field in fields(services)}
        return Broadcasting(kind(**parts)).routes()

    return routes


def with_tokens(kind: type[Tokens]) -> Callable[[Services], Services]:
    """Swap how tokens are issued, recognized and revoked."""

    def change(services: Services) -> Services:
        return replace(services, tokens=kind(services.store))

    return change


def with_store(kind: type[Store]) -> Callable[[Services], Services]:
    """Swap how the database is asked; tokens are looked up in the same one."""

    def change(services: Services) -> Services:
        store = kind(services.store.engine, services.store.slowness)
        return replace(services, store=store, tokens=type(services.tokens)(store))

    return change


def published_by(kind: Callable[[Broadcaster], Publisher]) -> Callable[[Services], Services]:
    """Swap how events are published; connections are still ended as before."""

    def change(services: Services) -> Services:
        return replace(services, publisher=kind(services.broadcaster))

    return change
