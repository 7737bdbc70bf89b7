"""How somebody comes to be: a person nobody has met, and the registration that makes them known to the backend."""

import secrets
from typing import TYPE_CHECKING, Any

from harness.config import Person
from harness.errors import LoginRefused
from harness.users.belongings import making
from harness.users.reading import as_text
from harness.users.unexpected import look_at

if TYPE_CHECKING:
    from harness.users.context import Context
    from harness.users.user import User


def newcomer(context: "Context", name: str, *, company: int | str | None) -> Person:
    """Think of a person; their address begins with what all people of this run have, and nobody else."""
    nonce = secrets.token_hex(4)
    name = name or f"new-{nonce}"
    person = Person(
        name=name,
        email=f"{context.nonce}-{nonce}@new.example",
        password=secrets.token_urlsafe(16),
        company=company,
        display_name=name,
    )
    context.redactor.add(person.password, "a password", name)
    return person


async def registered(user: "User") -> None:
    """Register a person and log them in; raises `LoginRefused`."""
    await register(user)
    await user.log_in()


async def register(user: "User") -> str:
    """
    Register a person, who belongs to the run from then on, and give the id that the answer has, "" without one.

    Raises `LoginRefused` when the backend does not take them.
    """
    route, person = user.contract.register, user.person
    fields: dict[str, Any] = {"name": person.display_name, "email": person.email, "password": person.password}
    fields |= {"password_confirmation": person.password, "company": person.company}
    known = route.fields if route is not None else fields
    headers = await user.session.carrier.introduced(user.session)
    told: dict[str, Any] = {word: value for word, value in fields.items() if word in known}
    with making(user.world.context, "person"):
        answer = await user.session.follow("register", route, headers=headers, **told)
    if route is None or answer.outcome != "ok":
        expected = look_at(user.world.context, "register", answer, wanted="an account")
        raise LoginRefused(f"the registration of {person.name}", answer.status, answer.body, expected=expected)
    user.world.context.belongings.people[person.name] = person
    return as_text(answer.at(route.id)) if route.id else ""
