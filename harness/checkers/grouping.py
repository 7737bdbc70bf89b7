"""Bring together what shows the same flaw: one finding tells it better than a hundred."""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

T = TypeVar("T")


def grouped(things: Iterable[T], key: Callable[[T], Hashable]) -> list[list[T]]:
    """Bring together what has the same key, in the order of the first of each."""
    groups: dict[Hashable, list[T]] = {}
    for thing in things:
        groups.setdefault(key(thing), []).append(thing)
    return list(groups.values())


def times(count: int) -> str:
    """Say how often: once, or so many times."""
    return "once" if count == 1 else f"{count} times"
