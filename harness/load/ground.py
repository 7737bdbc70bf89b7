"""Where a load takes place: a target that runs, and the people who are to talk there and to eavesdrop."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from harness.config import Person, TargetDeclaration, cache_folder
from harness.topology import Deployment, open_deployment
from harness.topology.embedded import HEALTHY, Trial, start
from harness.users.world import INSIDERS

_ROUND: Final = 100
"""Crowds are as large as a multiple of this: seeded worlds are kept, and few different ones are."""


class Ground(NamedTuple):
    """A deployment, and its people."""

    deployment: Deployment
    people: list[Person]
    outsiders: list[Person]


@contextmanager
def opened(
    declaration: TargetDeclaration,
    *,
    users: int,
    conversations: int,
    seed: int,
    folder: Path,
    patience: float = 1.0,
    trial: Trial = HEALTHY,
) -> Iterator[Ground]:
    """
    Bring a target to run for as long as a block.

    Our embedded stack has somebody for every user; elsewhere the cast has several devices each, and eve and mallory
    eavesdrop. `trial` is for the embedded stack. Raises `EnvironmentFault` when it does not get ready.
    """
    where: dict[str, Any] = {"seed": seed, "folder": folder, "cache": cache_folder(), "patience": patience}
    if declaration.topology != "embedded":
        deployment = open_deployment(declaration, **where)
        try:
            cast = deployment.target.cast
            people = [person for person in cast if person.name in INSIDERS]
            yield Ground(deployment, people, [person for person in cast if person.name not in INSIDERS])
        finally:
            deployment.stop()
        return
    # One conversation is of one company, and only half of a crowd is.
    crowd = -(-users * (2 if conversations == 1 else 1) // _ROUND) * _ROUND
    stack = start(declaration, **where, trial=replace(trial, crowd=crowd))
    try:
        everybody = [_person(one) for one in stack.people[-crowd:]]
        spies = max(2, users // 20)
        yield Ground(stack, everybody[spies:], everybody[:spies])
    finally:
        stack.stop()


def _person(fields: dict[str, Any]) -> Person:
    """Call somebody who plays no role by the front of their address."""
    return msgspec.convert({**fields, "name": fields["email"].partition("@")[0]}, Person)
