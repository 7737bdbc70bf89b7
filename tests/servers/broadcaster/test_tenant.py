"""Several apps in one server: each is as if it were alone, whatever its channels and people are called."""

import json
from typing import Any

import pytest
import pytest_asyncio

from harness.protocol.signatures import channel_auth, user_auth
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


@pytest.mark.parametrize(
    ("path", "options", "code"),
    [
        ("/app/second-key?protocol=7", {"origin": "https://shop.example.com"}, None),
        ("/app/second-key?protocol=7", {"origin": "https://evil.example"}, 4009),
        ("/app/second-key?protocol=7", {}, 4009),
        ("/app/demo-key?protocol=7", {"origin": "https://evil.example"}, None),
    ],
)
async def test_an_app_looks_at_where_a_page_is_from(
    serve: Any, path: str, options: dict[str, Any], code: int | None
) -> None:
    """As its operator wants it; whoever says nothing of it is from nowhere (PROTOCOL.md 1.6)."""
    guarded = AppSettings(id="1002", key="second-key", secret="second-secret", allowed_origins=("*.example.com",))
    client = await (await serve(apps=(guarded,))).client(path, greeted=False, **options)

    frame = await client.read()
    assert json.loads(frame["data"]).get("code") == code


@pytest.mark.parametrize(
    ("query", "code"),
    [("?protocol=7", None), ("?protocol=5", None), ("?protocol=99", 4007), ("?protocol=abc", 4006), ("", 4008)],
)
async def test_pusher_looks_at_the_version_that_is_asked_for(serve: Any, query: str, code: int | None) -> None:
    """One that is not served is refused with its own code; Reverb serves any (PROTOCOL.md 1.1, 1.6)."""
    for dialect, due in (("pusher", code), ("reverb", None)):
        client = await (await serve(dialect=dialect)).client(f"/app/demo-key{query}", greeted=False)
        data = (await client.read())["data"]
        assert (json.loads(data) if isinstance(data, str) else data).get("code") == due


@pytest.mark.parametrize("dialect", ["pusher", "soketi"])
async def test_whoever_proves_nothing_is_ended_in_time(serve: Any, dialect: str) -> None:
    """However seldom the server looks after those who are silent; whoever proves a right stays."""
    served = await serve(dialect=dialect, signin=True, connection_timeout=0.5, prune_interval=3600)
    member = await served.client()
    user = '{"id":"ann"}'
    auth = user_auth("demo-key", "demo-secret", str(member.socket_id), user)
    await member.send("pusher:signin", {"auth": auth, "user_data": user})
    assert [frame["event"] for frame in await member.fence()] == ["pusher:signin_success"]

    stranger = await served.client()
    assert (await stranger.read())["data"]["code"] == 4009
    assert (await stranger.end())[0] == 4009
    assert await member.fence() == []


async def test_a_large_channel_hears_its_count_when_it_is_due(serve: Any) -> None:
    """The last one that was owed, however seldom the server looks after those who are silent."""
    served = await serve(dialect="pusher", subscription_counts=True, count_interval=0.2, prune_interval=3600)
    clients = [await served.client() for _ in range(103)]
    for client in clients:
        await client.send("pusher:subscribe", {"channel": "room"})
    counts = []
    while not counts or counts[-1] < len(clients):
        frame = await clients[0].read()
        if frame["event"] == "pusher_internal:subscription_count":
            counts.append(json.loads(frame["data"])["subscription_count"])

    assert counts == sorted(counts)
