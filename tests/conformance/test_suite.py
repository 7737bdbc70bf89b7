"""The shipped cases as a whole, and a run of all of them."""

import asyncio
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from harness.conformance.bench import Bench
from harness.conformance.case import Case, Grade
from harness.conformance.examiner import Result
from harness.conformance.server import Server
from harness.conformance.suite import cases_of, collect, examine_all
from harness.errors import EnvironmentFault, UsageError


def test_every_case_has_an_id_of_its_own() -> None:
    """They come in the order of their ids."""
    found = collect()

    assert [one.order for one in found] == sorted({one.order for one in found})


def test_nearly_all_are_decided_by_answers() -> None:
    """One in twenty may wait."""
    found = collect()

    assert sum(one.waits for one in found) <= len(found) / 20
    assert all("short_timers" in one.needs for one in found if one.waits)


def test_two_cases_of_one_id_are_refused() -> None:
    """Lists of known failures name them by it."""
    module = ModuleType("twice")
    for name in ("first", "second"):
        one = Case("1.1.1", f"{name}.", None)  # type: ignore[arg-type]
        setattr(module, name, type(name, (), {"cases": (one,)}))
    with pytest.raises(UsageError, match=r"two cases have the id 1\.1\.1: 'first\.' and 'second\.'"):
        cases_of([module])


@pytest.mark.parametrize("reference", ["reverb", "pusher", "soketi"], indirect=True)
@pytest.mark.asyncio
async def test_our_broadcaster_passes_in_each_dialect(reference: Server) -> None:
    """In any order; the next order is another."""
    told: list[Result] = []
    column = await examine_all(reference, collect(), seed=7, patience=4, told=told.append)

    assert [one.told() for one in column.results.values() if one.grade is Grade.FAILED] == []
    assert list(column.results) == [one.id for one in collect()]
    assert [one.case_id for one in told] != list(column.results)
    assert sorted(one.case_id for one in told) == sorted(column.results)
    left = (await Bench(reference, patience=4).api("GET", "/channels")).json()
    assert not left["channels"]  # each case leaves the server as it found it


@pytest.mark.asyncio
async def test_a_server_that_is_none_is_told_once(impostor: Callable[..., Any]) -> None:
    """Not case by case."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    async with impostor(answer) as server:
        with pytest.raises(EnvironmentFault, match="is not examined"):
            await examine_all(server, collect())
