"""What the reference stack is made of, whatever runs its servers: its app, its target, the proofs that it works."""

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from harness.config import Person, TargetDeclaration
from harness.errors import EnvironmentFault
from harness.topology.handshake import prove_backend
from harness.users.carriers import carrier_of


@dataclass(frozen=True)
class App:
    """The credentials of one stack, new at every start."""

    app_id: str
    key: str
    secret: str = field(repr=False)


class Blamed(Protocol):
    """A server that can be blamed for a proof that it did not give."""

    def fault(self, what: str) -> EnvironmentFault:
        """Make the error that says what happened to it and quotes its log."""


def new_app() -> App:
    """Draw the credentials of a stack."""
    return App(str(100_000 + secrets.randbelow(900_000)), secrets.token_hex(10), secrets.token_hex(20))


def filled_in(
    declaration: TargetDeclaration, app: App, *, api_url: str, backend_url: str, people: list[dict[str, Any]]
) -> TargetDeclaration:
    """Declare a stack that runs: its addresses as we reach them, its app, and those of its people who play a role."""
    address = {"url": websocket(api_url), "api_url": api_url}
    credentials = {"app_id": app.app_id, "key": app.key, "secret": app.secret}
    broadcaster = msgspec.structs.replace(declaration.broadcaster, **address, **credentials)
    backend = msgspec.structs.replace(declaration.backend, url=backend_url)
    return msgspec.structs.replace(declaration, backend=backend, broadcaster=broadcaster, cast=cast_of(people))


def cast_of(people: list[dict[str, Any]]) -> tuple[Person, ...]:
    """Pick those who play a role."""
    return tuple(msgspec.convert(person, Person) for person in people if person["name"])


def websocket(url: str) -> str:
    """Give the WebSocket address of a server that has this HTTP address."""
    return f"ws{url.removeprefix('http')}"


def prove_login(target: TargetDeclaration, deadline: float) -> None:
    """Log somebody of the cast in; raises `EnvironmentFault` when that fails before `deadline` (monotonic seconds)."""
    login = target.backend.contract.login
    if login is None or not target.cast:
        raise EnvironmentFault("it announced nobody who could log in")
    first = target.cast[0]
    prove_backend(
        target.backend.url,
        login.path,
        {"email": first.email, "password": first.password},
        deadline,
        carrier_of(target.backend.contract),
    )


@contextlib.contextmanager
def blamed_on(server: Blamed) -> Iterator[None]:
    """Put the end of a server's log beside the proof that it did not give."""
    try:
        yield
    except EnvironmentFault as error:
        raise server.fault(f"is not ready ({error})") from error
