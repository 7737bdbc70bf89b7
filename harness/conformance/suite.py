"""All cases on one server: collected from the shipped folder, shuffled by a seed, those that wait side by side."""

import asyncio
import importlib
import pkgutil
import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Final

from harness.conformance.bench import Bench
from harness.conformance.case import Case
from harness.conformance.examiner import Result, examine
from harness.conformance.server import Server
from harness.conformance.standing import prove
from harness.errors import UsageError

_PACKAGE: Final = "harness.scenarios.conformance"


@dataclass(frozen=True)
class Column:
    """What came of every case on one server."""

    server: Server
    results: Mapping[str, Result]
    """By the id of the case, in the order of ids."""
    seconds: float
    waited: float = field(default=0.0)
    """Seconds of the above in which the cases that wait ran, all at once."""


def collect() -> tuple[Case, ...]:
    """Give every shipped case in the order of its id; raises `UsageError` when two have the same."""
    return cases_of(_modules(importlib.import_module(_PACKAGE)))


def cases_of(modules: Iterable[ModuleType]) -> tuple[Case, ...]:
    """Give every case of these modules in the order of its id; raises `UsageError` when two have the same."""
    found: dict[str, Case] = {}
    for module in modules:
        for test in vars(module).values():
            for one in getattr(test, "cases", ()):
                if found.setdefault(one.id, one) is not one:
                    raise UsageError(f"two cases have the id {one.id}: {found[one.id].says!r} and {one.says!r}")
    return tuple(sorted(found.values(), key=lambda one: one.order))


async def examine_all(
    server: Server,
    cases: Iterable[Case],
    *,
    seed: int = 1,
    patience: float = 1.0,
    told: Callable[[Result], None] = lambda _: None,
) -> Column:
    """
    Try every case, in an order that the seed decides; `told` hears of each as it is done.

    Raises `EnvironmentFault` for what is no server of this protocol, and when it stops being one.
    """
    await prove(Bench(server, patience=patience))
    ordered = sorted(cases, key=lambda one: one.order)
    shuffled = random.Random(seed).sample(ordered, len(ordered))  # noqa: S311 - an order, no secret
    results: dict[str, Result] = {}

    async def tried(one: Case) -> None:
        results[one.id] = await examine(one, Bench(server, patience=patience))
        told(results[one.id])

    began = time.monotonic()
    for one in shuffled:
        if not one.waits:
            await tried(one)
    answered = time.monotonic()
    waiting = await asyncio.gather(*(tried(one) for one in shuffled if one.waits), return_exceptions=True)
    for error in waiting:
        if error is not None:
            raise error
    ended = time.monotonic()
    return Column(server, {one.id: results[one.id] for one in ordered}, ended - began, ended - answered)


def _modules(package: ModuleType) -> Iterable[ModuleType]:
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return [importlib.import_module(f"{package.__name__}.{name}") for name in names if name.startswith("test_")]
