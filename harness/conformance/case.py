"""
What is done to a server, what the specification asks it to answer, and what each product is known to do instead.

A case is a coroutine that does it and gives the behaviour in the words of `answers`; the decorator makes a test of it,
which pytest runs with the fixture `bench` and `realtime conformance` without pytest.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Final

import pytest

from harness.conformance.bench import Bench
from harness.errors import UsageError

_NOTHING_KNOWN: Final[Mapping[str, "Known"]] = {}


class Grade(StrEnum):
    """What a behaviour is worth, best first."""

    OK = "OK"
    """As the specification asks."""
    DIALECT = "DIALECT"
    """Otherwise, and as this product is known to."""
    NON_STRICT = "NON-STRICT"
    """Not what is asked for, and allowed."""
    INFORMATIONAL = "INFORMATIONAL"
    """The specification is silent."""
    FAILED = "FAILED"
    NOT_EXERCISED = "NOT EXERCISED"
    """The server does not have, or we may not use, what the case needs."""


@dataclass(frozen=True)
class Known:
    """What a product is known to do, as a pattern of behaviours, and where that was read or seen."""

    behaviour: str
    source: str


def seen(section: str = "13", /, **behaviours: str) -> dict[str, Known]:
    """Give what products are known to do, by dialect (`pusher_fake` is pusher-fake), of one section of PROTOCOL.md."""
    source = f"PROTOCOL.md {section}"
    return {name.replace("_", "-"): Known(behaviour, source) for name, behaviour in behaviours.items()}


@dataclass(frozen=True)
class Case:
    """One thing that is done to a server; patterns are those of `fnmatch`."""

    id: str
    """Section, group and number: `3.2.1`; stable, since lists of known failures name it."""
    says: str
    """What is done, in a sentence."""
    run: Callable[[Bench], Awaitable[str]]
    expects: tuple[str, ...] = ()
    """Patterns of what the specification asks for; none where it is silent."""
    tolerates: tuple[str, ...] = ()
    """Patterns of what is not asked for and allowed."""
    known: Mapping[str, Known] = field(default_factory=dict)
    """By dialect."""
    needs: tuple[str, ...] = ()
    hostile: bool = False
    """Whether others on the server are looked after behind it."""
    waits: bool = False
    """Whether it is decided by time that passes, not by an answer."""

    @property
    def section(self) -> int:
        """The first number of the id."""
        return self.order[0]

    @property
    def order(self) -> tuple[int, ...]:
        """The id as numbers, to sort by."""
        return tuple(map(int, self.id.split(".")))

    def grade(self, behaviour: str, dialect: str, *, is_ours: bool) -> Grade:
        """
        Say what a behaviour is worth of a server that is declared to speak this dialect.

        Where the specification is silent, one of ours has to do what its dialect is known for; another has not.
        """
        known = self.known.get(dialect)
        is_known = known is not None and _matches(behaviour, (known.behaviour,))
        if _matches(behaviour, self.expects):
            return Grade.OK
        if is_known:
            return Grade.DIALECT
        if _matches(behaviour, self.tolerates):
            return Grade.NON_STRICT
        is_free = not self.expects and (known is None or not is_ours)
        return Grade.INFORMATIONAL if is_free else Grade.FAILED


@dataclass(frozen=True)
class Row:
    """One row of a table of cases that differ in what is `given` only; what is left out is the table's."""

    id: str
    says: str
    given: Any
    expects: str | tuple[str, ...] | None = None
    known: Mapping[str, Known] | None = None
    tolerates: str | tuple[str, ...] | None = None


def case(
    id_: str,
    *,
    expects: str | tuple[str, ...] = (),
    tolerates: str | tuple[str, ...] = (),
    known: Mapping[str, Known] = _NOTHING_KNOWN,
    needs: tuple[str, ...] = (),
    hostile: bool = False,
    waits: bool = False,
) -> Callable[[Callable[[Bench], Awaitable[str]]], Callable[..., Any]]:
    """Make a test of a coroutine function, whose docstring says what is done in one sentence."""

    def decorated(run: Callable[[Bench], Awaitable[str]]) -> Callable[..., Any]:
        says = (run.__doc__ or "").strip().partition("\n")[0]
        options: dict[str, Any] = {"needs": needs, "hostile": hostile, "waits": waits}
        one = Case(id_, says, run, _patterns(expects), _patterns(tolerates), known, **options)
        return _as_test(run, (one,))

    return decorated


def cases(
    *rows: Row,
    expects: str | tuple[str, ...] = (),
    tolerates: str | tuple[str, ...] = (),
    known: Mapping[str, Known] = _NOTHING_KNOWN,
    needs: tuple[str, ...] = (),
    hostile: bool = False,
) -> Callable[[Callable[[Bench, Any], Awaitable[str]]], Callable[..., Any]]:
    """Make a test a row of a coroutine function that takes what the row gives; the options are for all rows."""

    def decorated(run: Callable[[Bench, Any], Awaitable[str]]) -> Callable[..., Any]:
        return _as_test(
            run,
            tuple(
                Case(
                    row.id,
                    row.says,
                    _with(run, row.given),
                    _patterns(expects if row.expects is None else row.expects),
                    _patterns(tolerates if row.tolerates is None else row.tolerates),
                    known if row.known is None else row.known,
                    needs,
                    hostile=hostile,
                )
                for row in rows
            ),
        )

    return decorated


def _with(run: Callable[[Bench, Any], Awaitable[str]], given: Any) -> Callable[[Bench], Awaitable[str]]:
    return lambda bench: run(bench, given)


def _patterns(written: str | tuple[str, ...]) -> tuple[str, ...]:
    return (written,) if isinstance(written, str) else written


def _matches(behaviour: str, patterns: tuple[str, ...]) -> bool:
    # A behaviour may quote JSON, whose brackets would be a set of characters to fnmatch.
    return any(behaviour == pattern or fnmatchcase(behaviour, pattern) for pattern in patterns)


def _as_test(run: Callable[..., Any], found: tuple[Case, ...]) -> Callable[..., Any]:
    """Make what pytest collects: it examines each of the cases on a bench, and fails where one does."""
    for one in found:
        _check(one)

    async def test(bench: Bench, case: Case) -> None:
        from harness.conformance.examiner import examine  # noqa: PLC0415 - which imports this module

        (await examine(case, bench)).demand()

    # Not functools.wraps: pytest would look through it, at arguments that the case has and the test has not.
    test.__name__, test.__qualname__ = run.__name__, run.__qualname__
    test.__module__, test.__doc__ = run.__module__, run.__doc__
    test.cases = found  # type: ignore[attr-defined]  # where `suite` finds them
    by_id = pytest.mark.parametrize("case", found, ids=[one.id for one in found])
    return pytest.mark.tier("pr")(by_id(test))


def _check(one: Case) -> None:
    numbers = one.id.split(".")
    if len(numbers) != len("sgn") or not all(number.isascii() and number.isdigit() for number in numbers):
        raise UsageError(f"a case has the id {one.id!r}; write section.group.number, such as 3.2.1")
    if not one.says.endswith("."):
        raise UsageError(f"case {one.id} does not say what is done; write a sentence, with its full stop")
