"""Several apps in one server: each is as if it were alone, whatever its channels and people are called."""

import json
from typing import Any

import pytest
import pytest_asyncio

from harness.protocol.signatures import channel_auth
from harness.servers.broadcaster.settings import AppSettings

pytestmark = pytest.mark.asyncio

SECOND = AppSettings(id="1002", key="second-key", secret="second-secret")
ANN, BOB = ({"user_id": one, "user_info": {"name": one}} for one in ("ann", "bob"))
ROOM = "presence-room"


@pytest_asyncio.fixture(name="served", params=["reverb", "pusher"])
async def served_with_two_apps(serve: Any, request: pytest.FixtureRequest) -> Any:
    """Serve two apps."""
    return await serve(dialect=request.param, apps=(SECOND,))


async def test_an_event_stays_in_its_app(served: Any) -> None:
    """Both apps have the channel, and only the one that was published to hears of it."""
    first, second = await served.client(), await served.client(app=SECOND)
    for client in (first, second):
        await client.join("private-x")
    event = {"name": "e", "channel": "private-x"}

    await served.api("POST", "/events", {**event, "data": "of the first"})
    await served.api("POST", "/batch_events", {"batch": [{**event, "data": "of the second"}]}, app=SECOND)

    assert [frame["data"] for frame in await first.fence()] == ["of the first"]
    assert [frame["data"] for frame in await second.fence()] == ["of the second"]


async def test_people_stay_in_their_app(served: Any) -> None:
    """Nobody is listed, announced, heard or taken for another across the border of an app."""
    first, second, third = await served.client(), await served.client(app=SECOND), await served.client()
    await first.join(ROOM, ANN)
    (welcome,) = await second.join(ROOM, BOB)
    await third.join(ROOM, BOB)
    await second.send("client-typing", {"n": 1}, channel=ROOM)
    await second.fence()

    assert json.loads(welcome["data"])["presence"]["ids"] == ["bob"]
    assert [frame["event"] for frame in await first.fence()] == ["pusher_internal:member_added"]
    for app, ids in ((None, ["ann", "bob"]), (SECOND, ["bob"])):
        users = (await served.api("GET", f"/channels/{ROOM}/users", app=app)).json()["users"]
        assert [user["id"] for user in users] == ids


async def test_a_signature_of_one_app_is_none_in_another(served: Any) -> None:
    """Neither that of a subscription nor that of a call."""
    client = await served.client(app=SECOND)
    auth = channel_auth("demo-key", "demo-secret", client.socket_id, "private-x")
    await client.send("pusher:subscribe", {"channel": "private-x", "auth": auth})
    forger = AppSettings(id=SECOND.id, key="demo-key", secret="demo-secret")

    assert [frame["event"] for frame in await client.fence()] == ["pusher:error"]
    assert (await served.api("GET", "/channels", app=forger)).status_code == 401


async def test_an_app_that_nobody_has_is_unknown(served: Any) -> None:
    """By its key, and by its id, whose escapes are read."""
    client = await served.client("/app/third-key?protocol=7", greeted=False)
    escaped = AppSettings(id="%31002", key=SECOND.key, secret=SECOND.secret)

    error = (await client.read())["data"]
    assert (json.loads(error) if isinstance(error, str) else error)["code"] == 4001
    assert (await served.api("GET", "/channels", app=AppSettings(id="3", key="k", secret="s"))).status_code == 404
    assert (await served.api("GET", "/channels", app=escaped)).status_code == 200


async def test_every_app_has_the_defects_of_the_server(serve: Any) -> None:
    """Those that it is started with, and those that take their place."""
    served = await serve(apps=(SECOND,), defects=("HT-01",))
    path = f"/apps/{SECOND.id}/channels"
    event = {"name": "e", "channel": "x", "data": "{}"}

    assert (await served.http.post(f"/apps/{SECOND.id}/events", json=event)).status_code == 200
    served.broadcaster.become(("HT-09",))
    assert (await served.http.get(path)).status_code == 200
    served.broadcaster.become(())
    assert (await served.http.get(path)).status_code == 401
