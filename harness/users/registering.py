"""How somebody comes to be: a person nobody has met, and the registration that makes them known to the backend."""

import secrets
from typing import TYPE_CHECKING

from harness.config import Person
from harness.errors import LoginRefused
from harness.users.unexpected import look_at

if TYPE_CHECKING:
    from harness.users.context import Context
    from harness.users.user import User


def newcomer(context: "Context", name: str, *, company: int | str | None) -> Person:
    """Think of a person; their address, and their name where none is given, end in what nobody else has."""
    nonce = secrets.token_hex(4)
    name = name or f"new-{nonce}"
    person = Person(
        name=name,
        email=f"{nonce}@new.example",
        password=secrets.token_urlsafe(16),
        company=company,
        display_name=name,
    )
    context.redactor.add(person.password, "a password", name)
    return person


async def register(user: "User") -> None:
    """Register a person; raises `LoginRefused` when the backend does not take them."""
    route, person = user.contract.register, user.person
    answer = await user.session.follow(
        "register",
        route,
        headers=await user.session.carrier.introduced(user.session),
        name=person.display_name,
        email=person.email,
        password=person.password,
        company=person.company,
    )
    if route is None or answer.outcome != "ok":
        expected = look_at(user.world.context, "register", answer, wanted="an account")
        raise LoginRefused(f"the registration of {person.name}", answer.status, answer.body, expected=expected)
