"""Names, signatures and calls of one case."""

import pytest

from harness.conformance.bench import Bench
from harness.errors import NotExercised, UsageError


def test_names_are_new_and_of_their_kind(bench: Bench) -> None:
    """Two benches share none; a kind that is none is refused."""
    names = [bench.channel("private"), bench.channel("private"), Bench(bench.server).channel("private")]

    assert len(set(names)) == 3
    assert all(name.startswith("private-") for name in names)
    with pytest.raises(UsageError, match="no kind of channel 'secret'"):
        bench.channel("secret")


@pytest.mark.asyncio
async def test_a_role_that_no_app_plays_is_not_exercised(bench: Bench) -> None:
    """Needs have their reasons."""
    assert bench.has("api")
    assert not bench.has("app:nobodys")
    with pytest.raises(NotExercised, match="no app that is 'nobodys'"):
        await bench.open("nobodys")


@pytest.mark.asyncio
async def test_joining_signs_where_it_is_asked_for(bench: Bench) -> None:
    """Private and presence channels are signed with the app's secret, public ones are not."""
    alice = await bench.open()

    assert await bench.join(alice, bench.channel()) == "succeeded"
    assert await bench.join(alice, bench.channel("private")) == "succeeded"
    assert await bench.join(alice, bench.channel("presence"), '{"user_id":"1","user_info":{}}') == "succeeded count 1"
    assert bench.sign_user(alice, "{}").startswith(alice.account.key)
    await bench.close()


@pytest.mark.asyncio
async def test_publishing_leaves_out_who_is_named(bench: Bench) -> None:
    """The other hears it."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel()
    for one in (alice, bob):
        await one.subscribe(channel)
    answer = await bench.publish(channel, "One", socket_id=alice.socket_id)

    assert (answer.words, answer.json()) == ("http 200", {})
    assert (await alice.heard(), await bob.heard()) == ("nothing", "event One")
    assert {"request": f"POST /apps/{alice.account.id}/events", "status": 200, "body": "{}"} in [
        step.get("http") for step in bench.log
    ]
    await bench.close()


def test_the_twin_has_the_same_log(bench: Bench) -> None:
    """Cases that wait are tried on a server with compressed timers."""
    twin = bench.hurried

    assert twin.server is bench.server.hurried
    assert twin.log is bench.log
    assert twin.hurried is twin
