"""What a defect is: something that is done to a healthy backend."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TypeVar

from starlette.routing import Route

from harness.servers.backend.services import Services
from harness.servers.backend.store import Store
from harness.servers.backend.tokens import Tokens

S = TypeVar("S", bound=Services)


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


def turned_into(kind: type[S], services: Services) -> S:
    """Give the same services as another kind of them."""
    return kind(**{field.name: getattr(services, field.name) for field in fields(services)})


def with_tokens(kind: type[Tokens]) -> Callable[[Services], Services]:
    """Swap how tokens are issued, recognized and revoked."""

    def change(services: Services) -> Services:
        return _replaced(services, tokens=kind(services.store))

    return change


def with_store(kind: type[Store]) -> Callable[[Services], Services]:
    """Swap how the database is asked; tokens are looked up in the same one."""

    def change(services: Services) -> Services:
        store = kind(services.store.engine)
        return _replaced(services, store=store, tokens=type(services.tokens)(store))

    return change


def _replaced(services: Services, **parts: object) -> Services:
    known = {field.name: getattr(services, field.name) for field in fields(services)}
    return type(services)(**(known | parts))
