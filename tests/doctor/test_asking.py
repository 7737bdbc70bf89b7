"""HTTP as the doctor asks it: nothing raised, no redirect followed, a 429 waited for, secrets taken out."""

import asyncio
from typing import Any

import pytest

from harness.config import Route
from harness.doctor.asking import Asker, Pace, skew_of
from harness.doctor.observations import Answer
from harness.history.redaction import Redactor
from harness.users.manners import LONGEST_WAIT, Manners

SECRET = "a-secret-of-this-run"
DATE = "Thu, 01 Jan 2026 00:00:00 GMT"


def asker(per_second: float = 0.0) -> Asker:
    """Ask with a patience of a second."""
    return Asker(Redactor((SECRET,)), seconds=1.0, pace=Pace(Manners(per_second, waits=True)))


@pytest.mark.asyncio
async def test_a_redirect_is_an_answer_and_a_secret_is_not_kept(stage: Any) -> None:
    """Nobody follows it, and what is known to be secret stands neither in text nor in headers."""
    reply = stage.reply(302, f'{{"token": "{SECRET}"}}', {"Location": f"/login?secret={SECRET}"})
    front = await stage.front("backend", lambda _: reply)

    client = asker()
    answer = await client.ask("GET", f"http://{front.address}/api/user")
    await client.close()

    assert (answer.status, answer.is_redirect, len(front.asked)) == (302, True, 1)
    assert SECRET not in answer.text + answer.location
    assert answer.data == {"token": SECRET}


@pytest.mark.asyncio
async def test_who_does_not_answer_is_told_of(stage: Any) -> None:
    """A port at which nobody listens, and a server that ends the connection, give an answer without a status."""
    front = await stage.front("backend", most=0)
    client = asker()
    await front.end()

    refused = await client.ask("GET", f"http://{front.address}/")
    await client.close()

    assert refused.status is None
    assert refused.told.startswith("no answer (")


@pytest.mark.asyncio
async def test_a_route_takes_the_words_that_it_has(stage: Any) -> None:
    """Our words become the backend's, those that it lacks are left out, a GET carries them in its query."""
    front = await stage.front("backend", lambda _: stage.reply(200, "{}"))
    form = Route(method="POST", path="/say/{room}", encoding="form", fields={"text": "body"})
    query = Route(method="GET", path="/read", fields={"after": "since"})

    client, base = asker(), f"http://{front.address}"
    await client.follow(base, form, place={"room": "a/b"}, fields={"text": "hi", "unknown": 1})
    await client.follow(base, query, fields={"after": 7}, headers={"Accept": None})
    await client.close()

    posted, read = front.asked
    assert (posted.path, posted.body) == ("/say/a%2Fb", b"body=hi")
    assert read.path == "/read?since=7"
    assert "accept" not in read.headers


@pytest.mark.asyncio
async def test_who_asks_for_more_time_than_there_is_gets_none(stage: Any) -> None:
    """A Retry-After beyond the limit is told of, and not waited for."""
    front = await stage.front("backend", lambda _: stage.reply(429, "", {"Retry-After": f"{LONGEST_WAIT + 1:.0f}"}))

    client = asker()
    answer = await client.ask("GET", f"http://{front.address}/")
    await client.close()

    assert (answer.status, answer.waited, len(front.asked)) == (429, 0.0, 1)


@pytest.mark.asyncio
async def test_a_question_waits_for_its_turn(stage: Any) -> None:
    """At two a second the third comes a second after the first; what was waited for is no part of an answer."""
    front = await stage.front("backend", lambda _: stage.reply(200, "{}"))
    loop, client = asyncio.get_running_loop(), asker(2)

    began = loop.time()
    answers = [await client.ask("GET", f"http://{front.address}/") for _ in range(3)]
    took = loop.time() - began
    await client.close()

    assert took >= 1.0 > sum(one.seconds for one in answers)


def test_a_clock_is_read_from_the_date() -> None:
    """The past is behind ours; without a date nothing is known."""
    assert (skew_of(Answer(asked="", headers={"date": DATE})) or 0) < 0
    assert skew_of(Answer(asked="")) is None
