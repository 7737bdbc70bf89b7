"""One case examined: its grade, the canary behind a hostile one, and servers that are none."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from harness.conformance.bench import Bench
from harness.conformance.case import Case, Grade, Known
from harness.conformance.examiner import examine
from harness.errors import EnvironmentFault, GuaranteeBroken, NotExercised


def made(behaviour: str, **options: Any) -> Case:
    """Make a case that always behaves so."""

    async def run(bench: Bench) -> str:
        await bench.open()
        return behaviour

    return Case("3.2.1", "Something is done.", run, **options)


@pytest.mark.asyncio
async def test_a_case_has_its_grade_and_its_log(bench: Bench) -> None:
    """What the server said stands in it."""
    result = await examine(made("succeeded", expects=("succeeded",)), bench)

    assert (result.case_id, result.grade, result.behaviour) == ("3.2.1", Grade.OK, "succeeded")
    assert "connection_established" in result.said
    assert [next(iter(step.keys() - {"at_ms", "who"})) for step in result.log][:2] == ["opened", "in"]
    result.demand()


@pytest.mark.asyncio
async def test_a_failure_says_what_was_expected(bench: Bench) -> None:
    """By the specification, and of the dialect."""
    case = made("closed 1006", expects=("error *",), known={"reverb": Known("succeeded", "PROTOCOL.md 13")})
    result = await examine(case, bench)

    with pytest.raises(GuaranteeBroken) as told:
        result.demand()
    assert "expected  error * or succeeded (known of reverb)" in str(told.value)
    assert "observed  closed 1006" in str(told.value)


@pytest.mark.asyncio
async def test_what_cannot_be_served_is_not_exercised(bench: Bench) -> None:
    """With the reason, and without a connection."""
    result = await examine(made("nothing", needs=("webhooks",)), bench)

    assert (result.grade, result.log) == (Grade.NOT_EXERCISED, [])
    with pytest.raises(NotExercised, match="no webhook"):
        result.demand()


@pytest.mark.asyncio
async def test_a_case_that_is_led_astray_says_by_what(bench: Bench) -> None:
    """Its behaviour is what came instead."""

    async def run(bench: Bench) -> str:
        return (await bench.open(key="nobodys-key")).socket_id

    result = await examine(Case("1.1.1", "Something is done.", run, expects=("x",)), bench)

    assert (result.grade, result.behaviour) == (Grade.FAILED, "not greeted: error 4001 then closed 1006")


@pytest.mark.asyncio
async def test_somebody_else_is_looked_after_behind_a_hostile_case(bench: Bench) -> None:
    """Whatever the case came to, it fails when others notice."""

    async def run(bench: Bench) -> str:
        for peer in bench._peers:
            peer.wire.abort()
        return "nothing"

    harmless = await examine(made("nothing", expects=("nothing",), hostile=True), bench)
    harmful = await examine(Case("1.1.1", "Something.", run, expects=("nothing",), hostile=True), bench)

    assert harmless.grade is Grade.OK
    assert (harmful.grade, harmful.said) == (
        Grade.FAILED,
        "somebody else heard closed 1006 afterwards, instead of event Canary",
    )


@pytest.mark.asyncio
async def test_a_server_that_is_gone_is_told_with_the_case(bench: Bench, impostor: Callable[..., Any]) -> None:
    """It says during which case nobody answered any more."""
    async with impostor(lambda *_: asyncio.sleep(0)) as server:
        pass
    with pytest.raises(EnvironmentFault, match=r"went away during case 3\.2\.1 \(Something is done\.\)"):
        await examine(made("nothing"), Bench(server))


@pytest.mark.asyncio
async def test_a_server_that_stands_still_fails_no_case(impostor: Callable[..., Any]) -> None:
    """It takes connections and says nothing more: that is told once, and not as what one case after the other did."""

    async def mute(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)

    async with impostor(mute) as server:
        with pytest.raises(EnvironmentFault, match=r"went away during case 3\.2\.1 .* it said nothing for 0\.5 s"):
            await examine(made("no answer", expects=("pong",)), Bench(server, patience=0.1))
