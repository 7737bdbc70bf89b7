"""The cast of a remote target that declares none: seeded by a command of the project, or registered one by one."""

import asyncio
import secrets
from pathlib import Path
from typing import Final

import msgspec

from harness.config import Person, TargetDeclaration
from harness.errors import EnvironmentFault, GuaranteeBroken, HarnessError, UsageError
from harness.history.recorder import Recorder
from harness.topology.deployment import ALONE, Share
from harness.topology.seeding import seeded
from harness.users.belongings import apart, clear
from harness.users.context import Context
from harness.users.registering import newcomer, register
from harness.users.world import World

COLLEAGUES: Final = ("alice", "bob", "carol", "eve")
STRANGER: Final = "mallory"
"""Who is of the second company."""


def with_cast(declaration: TargetDeclaration, share: Share = ALONE) -> TargetDeclaration:
    """
    Fill in the cast where the declaration has none and says how to make one; who was made is deleted in the end.

    Workers that register have companies of their own where there are two for each: they see nothing of each other then.
    Raise `EnvironmentFault` when that fails, in one sentence; nobody is left behind then, as far as can be.
    """
    if declaration.cast or declaration.topology != "remote":
        return declaration
    if declaration.seed:
        return _seeded(declaration)
    return declaration if declaration.why_not("registration") else _registered(_of_worker(declaration, share))


def _of_worker(declaration: TargetDeclaration, share: Share) -> TargetDeclaration:
    """Leave a worker its own two companies, where there are enough of them."""
    companies, first = declaration.world.companies, 2 * share.number
    if len(companies) < 2 * share.of:
        return declaration
    world = msgspec.structs.replace(declaration.world, companies=companies[first : first + 2])
    return msgspec.structs.replace(declaration, world=world)


def _seeded(declaration: TargetDeclaration) -> TargetDeclaration:
    read = seeded(declaration.seed, Path(declaration.folder), secrets.token_hex(4))
    names = [person.name for person in read.people]
    if "alice" not in names or len(set(names)) < len(names):
        raise EnvironmentFault(f"seed: printed people called {', '.join(names)}: an alice is due, and each name once")
    world = declaration.world
    if read.conversation is not None:
        world = msgspec.structs.replace(world, conversation=read.conversation)
    return msgspec.structs.replace(declaration, cast=read.people, made=tuple(names), world=world)


def _registered(declaration: TargetDeclaration) -> TargetDeclaration:
    context, roles = Context(declaration, Recorder()), _roles(declaration)
    found: list[Person | BaseException] = []

    async def registered() -> None:
        world = World(context)
        found.extend(await asyncio.gather(*(_one(world, *role) for role in roles.items()), return_exceptions=True))
        if any(isinstance(one, BaseException) for one in found):
            await clear(world)
        await world.close()

    apart(registered)
    made = tuple(one for one in found if isinstance(one, Person))
    for one in found:
        if isinstance(one, HarnessError | GuaranteeBroken):
            why = "; ".join(line.strip() for line in str(one).splitlines())
            raise EnvironmentFault(f"no cast could be made for target {declaration.name}: {why}")
        if isinstance(one, BaseException):
            raise one
    return msgspec.structs.replace(declaration, cast=made, made=tuple(person.name for person in made))


async def _one(world: World, name: str, company: int | str | None) -> Person:
    """Register one of them, with the id that the backend gave."""
    person = newcomer(world.context, name, company=company)
    id_ = await register(world.stand_in(person))
    return msgspec.structs.replace(person, id=id_ or None)


def _roles(declaration: TargetDeclaration) -> dict[str, int | str | None]:
    """Say who is to be made, and of which company."""
    route, companies = declaration.backend.contract.register, declaration.world.companies
    if route is None or "company" not in route.fields:
        return dict.fromkeys(COLLEAGUES)
    if not companies:
        raise UsageError(
            f"[targets.{declaration.name}.world] companies is missing, and whoever registers names theirs; write "
            "companies = [6, 7], where the second is of mallory, who is a stranger to the others"
        )
    roles: dict[str, int | str | None] = dict.fromkeys(COLLEAGUES, companies[0])
    return roles | ({STRANGER: companies[1]} if companies[1:] else {})
