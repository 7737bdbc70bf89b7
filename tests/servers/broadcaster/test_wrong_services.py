"""Each fault of the protocol is there when it is asked for, and not there when it is not."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from harness.protocol.signatures import channel_auth, user_auth, webhook_signature
from harness.servers.broadcaster.defects import FAULTS
from harness.servers.broadcaster.settings import AppSettings, RateLimit, WebhookSettings
from tests.servers.broadcaster.receiving import Receiver

pytestmark = pytest.mark.asyncio

Serve = Callable[..., Awaitable[Any]]
SECOND = AppSettings(id="1002", key="second-key", secret="second-secret")


def named(frames: list[dict[str, Any]], event: str) -> bool:
    """Tell whether one of the frames is of this name."""
    return any(frame["event"] == event for frame in frames)


async def is_greeted(served: Any, path: str | None = None, **options: Any) -> bool:
    """Tell whether a new client is greeted."""
    client = await served.client(path, greeted=False, **options)
    return named([await client.read()], "pusher:connection_established")


async def sign_in(client: Any, user: dict[str, Any], *, is_forged: bool = False) -> bool:
    """Sign in with a good signature, or a forged one; tell whether it is acknowledged."""
    user_data = json.dumps(user)
    auth = user_auth("demo-key", "another" if is_forged else "demo-secret", client.socket_id, user_data)
    await client.send("pusher:signin", {"auth": auth, "user_data": user_data})
    return named([await client.read()], "pusher:signin_success")


async def lets_any_page_in(serve: Serve) -> bool:
    """Connect from a page that is not welcome."""
    return await is_greeted(await serve(allowed_origins=("example.com",)), origin="https://evil.example")


async def serves_any_version(serve: Serve) -> bool:
    """Ask for a version that there is not."""
    return await is_greeted(await serve(), "/app/demo-key?protocol=99")


async def lets_too_many_in(serve: Serve) -> bool:
    """Connect when there are enough."""
    served = await serve(max_connections=1)
    await served.client()
    return await is_greeted(served)


async def believes_anybody(serve: Serve) -> bool:
    """Sign in with a forged signature."""
    served = await serve(signin=True)
    return await sign_in(await served.client(), {"id": "ann"}, is_forged=True)


async def forgets(serve: Serve) -> bool:
    """Subscribe to a cache channel that was published on."""
    served = await serve()
    await served.api("POST", "/events", {"name": "e", "channel": "cache-x", "data": "1"})
    return not named(await (await served.client()).join("cache-x"), "e")


async def remembers_what_clients_say(serve: Serve) -> bool:
    """Subscribe to a cache channel that somebody spoke on."""
    served = await serve()
    first = await served.client()
    await first.join("private-cache-x")
    await first.send("client-a", {}, channel="private-cache-x")
    await first.fence()
    return named(await (await served.client()).join("private-cache-x"), "client-a")


async def takes_another_apps_signature(serve: Serve) -> bool:
    """Join a channel with what another app signed."""
    client = await (await serve(apps=(SECOND,))).client()
    auth = channel_auth(SECOND.key, SECOND.secret, client.socket_id, "private-x")
    await client.send("pusher:subscribe", {"channel": "private-x", "auth": auth})
    return named(await client.fence(), "pusher_internal:subscription_succeeded")


async def keeps_who_unsubscribed(serve: Serve) -> bool:
    """Publish to somebody who left."""
    served = await serve()
    client = await served.client()
    await client.join("room")
    await client.send("pusher:unsubscribe", {"channel": "room"})
    await client.fence()
    await served.api("POST", "/events", {"name": "e", "channel": "room", "data": "1"})
    return named(await client.fence(), "e")


async def forges_webhooks(serve: Serve) -> bool:
    """Look at a signature."""
    async with Receiver() as receiver:
        served = await serve(webhooks=(WebhookSettings(url=receiver.url),))
        await (await served.client()).join("room")
        ((headers, body),) = await receiver.until(1)
        return bool(headers["x-pusher-signature"] != webhook_signature("demo-secret", body))


async def gives_up_at_once(serve: Serve) -> bool:
    """Answer the first webhook with an error, and see which comes second."""
    async with Receiver() as receiver:
        receiver.statuses.append(500)
        served = await serve(webhooks=(WebhookSettings(url=receiver.url),), webhook_first_retry=0.01)
        client = await served.client()
        await client.join("room")
        await receiver.until(1)
        await client.join("hall")
        (_, first), (_, second) = (await receiver.until(2))[:2]
        return bool(first != second)


async def tells_of_whoever_comes_back(serve: Serve) -> bool:
    """Leave and come back at once."""
    async with Receiver() as receiver:
        served = await serve(webhooks=(WebhookSettings(url=receiver.url),), webhook_delay=3600)
        client = await served.client()
        await client.join("room")
        await client.send("pusher:unsubscribe", {"channel": "room"})
        for channel in ("room", "cache-sentinel"):
            await client.join(channel)
        return named([{"event": one["name"]} for one in await receiver.until_told("cache_miss")], "channel_vacated")


async def lets_anybody_into_a_full_channel(serve: Serve) -> bool:
    """Join a channel that holds as many as it may."""
    served = await serve(max_members=1)
    for number in range(2):
        person = {"user_id": str(number), "user_info": {}}
        joined = await (await served.client()).join("presence-x", person)
    return named(joined, "pusher_internal:subscription_succeeded")


async def lets_anybody_listen_to_a_users_channel(serve: Serve) -> bool:
    """Join the channel that is for somebody else."""
    client = await (await serve(signin=True)).client()
    return named(await client.join("#server-to-user-ann"), "pusher_internal:subscription_succeeded")


async def hides_who_is_watched(serve: Serve) -> bool:
    """Sign in with a watchlist."""
    client = await (await serve(signin=True, watchlists=True)).client()
    await sign_in(client, {"id": "ann", "watchlist": ["bob"]})
    return not named(await client.fence(), "pusher_internal:watchlist_events")


async def closes_without_a_code(serve: Serve) -> bool:
    """Ask for an app that nobody has."""
    client = await (await serve()).client("/app/nobodys?protocol=7", greeted=False)
    return (await client.end())[0] != 4001


async def lets_anybody_talk(serve: Serve) -> bool:
    """Say more than is allowed."""
    client = await (await serve(rate_limit=RateLimit(max_attempts=1))).client()
    await client.join("private-x")
    for _ in range(2):
        await client.send("client-a", {}, channel="private-x")
    return not named(await client.fence(), "pusher:error")


async def greets_any_key(serve: Serve) -> bool:
    """Connect with a key that is nobody's."""
    return await is_greeted(await serve(), "/app/nobodys?protocol=7")


async def ends_others(serve: Serve) -> bool:
    """Send what is no frame, and look at somebody else."""
    served = await serve()
    other, client = await served.client(), await served.client()
    await client.socket.send("no frame")
    await client.fence()
    try:
        await other.fence()
    except ConnectionClosed:
        return True
    return False


async def forgets_with_the_last_listener(serve: Serve) -> bool:
    """Publish on a cache channel that nobody is on any more."""
    served = await serve()
    client = await served.client()
    await client.join("cache-x")
    await served.api("POST", "/events", {"name": "e", "channel": "cache-x", "data": "1"})
    await client.send("pusher:unsubscribe", {"channel": "cache-x"})
    await client.fence()
    return named(await client.join("cache-x"), "pusher:cache_miss")


SEEN = {
    "PT-01": lets_any_page_in,
    "PT-02": serves_any_version,
    "PT-03": lets_too_many_in,
    "PT-04": believes_anybody,
    "PT-05": forgets,
    "PT-06": remembers_what_clients_say,
    "PT-07": takes_another_apps_signature,
    "PT-08": keeps_who_unsubscribed,
    "PT-09": forges_webhooks,
    "PT-10": gives_up_at_once,
    "PT-11": tells_of_whoever_comes_back,
    "PT-12": lets_anybody_into_a_full_channel,
    "PT-13": lets_anybody_listen_to_a_users_channel,
    "PT-14": hides_who_is_watched,
    "PT-15": closes_without_a_code,
    "PT-16": lets_anybody_talk,
    "PT-17": greets_any_key,
    "PT-18": ends_others,
    "PT-19": forgets_with_the_last_listener,
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_there_when_it_is_asked_for(serve: Serve, fault: str) -> None:
    """And a healthy server does not have it."""

    def served(*ids: str) -> Serve:
        def start(**settings: Any) -> Awaitable[Any]:
            return serve(**{"dialect": "pusher", "defects": ids, **settings})

        return start

    assert not await SEEN[fault](served())
    assert await SEEN[fault](served(fault))
