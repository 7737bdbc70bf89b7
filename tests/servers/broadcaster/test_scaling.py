"""Two broadcasters on one real Redis: they behave as one, and each alone when it is away."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis

import harness
from harness.errors import EnvironmentFault, UsageError
from harness.lifetime import listen
from harness.servers.broadcaster.scaling import shown
from harness.servers.broadcaster.server import Broadcaster
from harness.servers.broadcaster.settings import Settings, read_settings

pytestmark = pytest.mark.asyncio

PATIENCE = 10.0
APP = {"app_id": "1001", "key": "demo-key", "secret": "demo-secret"}
ROOM = "presence-room"


class RedisServer:
    """A Redis of our own on a Unix socket, with nothing on disk."""

    def __init__(self, folder: str) -> None:
        self.socket = f"{folder}/redis.sock"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes]

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        if shutil.which("redis-server") is None:
            pytest.fail("redis-server is missing; install the Debian package redis-server")
        command = ["redis-server", "--port", "0", "--unixsocket", self.socket, "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert any(b"eady to accept connections" in line for line in self._process.stdout)

    def signal(self, number: signal.Signals) -> None:
        """Freeze it or let it go on."""
        self._process.send_signal(number)

    def stop(self) -> None:
        """Kill it, and wait until it is gone."""
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    """Give the Redis that most tests share; each leaves nothing behind but its nodes' farewells."""
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        server = RedisServer(folder)
        server.start()
        yield server
        server.stop()


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """Give a Redis to one test that takes it away."""
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        server = RedisServer(folder)
        server.start()
        yield server
        server.stop()


class Pair:
    """Two nodes, and a client on each that hears when both have read what both have told."""

    def __init__(self, a: Any, b: Any) -> None:
        self.a, self.b = a, b
        self._watchers: list[Any] = []

    async def watch(self) -> "Pair":
        """Open the two clients."""
        self._watchers = [await node.client() for node in (self.a, self.b)]
        for watcher in self._watchers:
            await watcher.join("sentinel")
        return self

    async def settle(self) -> None:
        """Publish a sentinel on each node behind all that it told, and wait until it is heard on both."""
        for node in (self.a, self.b):
            await node.api("POST", "/events", {"name": "sentinel", "channel": "sentinel", "data": node.settings.node})
            for watcher in self._watchers:
                assert (await watcher.read())["data"] == node.settings.node

    async def attached(self) -> None:
        """Wait until both are attached to Redis."""
        async with asyncio.timeout(PATIENCE):
            for node in (self.a, self.b):
                await node.broadcaster._scaling.is_attached.wait()


async def start_pair(serve: Callable[..., Any], url: str, **settings: Any) -> Pair:
    """Start two nodes."""
    nodes = [await serve(scaling=url, node=name, **settings) for name in "ab"]
    return await Pair(*nodes).watch()


@pytest_asyncio.fixture
async def two(serve: Callable[..., Any], redis: RedisServer) -> AsyncIterator[Pair]:
    """Give two nodes on the shared Redis."""
    yield await start_pair(serve, redis.url)


def named(person: str) -> dict[str, Any]:
    """Give the data that a member is signed with."""
    return {"user_id": person, "user_info": {"name": person}}


def told(frames: list[dict[str, Any]], event: str) -> list[Any]:
    """Give the data of the frames of one kind."""
    return [json.loads(frame["data"]) for frame in frames if frame["event"].endswith(event)]


async def test_an_event_reaches_both_nodes_but_not_the_excluded_socket(two: Pair) -> None:
    """Whether it is on the publishing node or on the other: nobody hears her own echo."""
    here, there = await two.a.client(), await two.b.client()
    for client in (here, there):
        await client.join("room")
    event = {"name": "e", "channel": "room"}

    await two.a.api("POST", "/events", {**event, "data": "1"})
    await two.a.api("POST", "/events", {**event, "data": "2", "socket_id": there.socket_id})
    await two.b.api("POST", "/batch_events", {"batch": [{**event, "data": "3", "socket_id": there.socket_id}]})
    await two.settle()

    # What two nodes publish has no order: one may have put it into Redis before the other.
    heard = [sorted(frame["data"] for frame in await client.fence()) for client in (here, there)]
    assert heard == [["1", "2", "3"], ["1"]]


async def test_a_client_event_crosses_nodes(two: Pair) -> None:
    """Everybody hears it but its sender."""
    sender, near, far = await two.a.client(), await two.a.client(), await two.b.client()
    for client in (sender, near, far):
        await client.join("private-x")

    await sender.send("client-typing", {"x": 1}, channel="private-x")
    await sender.fence()
    await two.settle()

    frame = {"event": "client-typing", "data": {"x": 1}, "channel": "private-x"}
    assert [await client.fence() for client in (sender, near, far)] == [[], [frame], [frame]]


async def test_a_person_is_one_member_on_however_many_nodes(two: Pair) -> None:
    """She is announced once and removed with her last connection; the roster names everybody everywhere."""
    watcher, first, second = await two.b.client(), await two.a.client(), await two.b.client()
    await watcher.join(ROOM, named("watcher"))
    await two.settle()
    await first.join(ROOM, named("ann"))
    await two.settle()

    (roster,) = told(await second.join(ROOM, named("ann")), "subscription_succeeded")
    assert roster["presence"]["ids"] == ["watcher", "ann"]
    assert told(await watcher.fence(), "member_added") == [named("ann")]

    await first.send("pusher:unsubscribe", {"channel": ROOM})
    await first.fence()
    await two.settle()
    assert await watcher.fence() == []
    await second.send("pusher:unsubscribe", {"channel": ROOM})
    await second.fence()
    assert told(await watcher.fence(), "member_removed") == [{"user_id": "ann"}]


async def test_the_http_api_speaks_for_all_nodes(two: Pair) -> None:
    """Channels, users, counts and what a publish informs of are the same on either node."""
    for node, person in ((two.a, "ann"), (two.b, "ann"), (two.b, "bob")):
        client = await node.client()
        await client.join(ROOM, named(person))
        await client.join("room")
    await two.settle()

    for node in (two.a, two.b):
        get = node.api
        everything = {"info": "user_count,subscription_count"}
        assert (await get("GET", "/channels", None, **everything)).json() == {
            "channels": {
                ROOM: {"user_count": 2},
                "room": {"subscription_count": 3},
                "sentinel": {"subscription_count": 2},
            }
        }
        assert (await get("GET", "/channels/room", None, **everything)).json() == {
            "occupied": True,
            "subscription_count": 3,
        }
        users = (await get("GET", f"/channels/{ROOM}/users")).json()["users"]
        assert sorted(user["id"] for user in users) == ["ann", "bob"]
        assert (await get("GET", "/connections")).json() == {"connections": 5}
        event = {"name": "e", "channel": ROOM, "data": "1", "info": "user_count"}
        assert (await get("POST", "/events", event)).json() == {"channels": {ROOM: {"user_count": 2}}}


async def test_terminating_reaches_all_nodes(two: Pair) -> None:
    """Every connection of the person ends, whichever node is asked."""
    here, there, other = await two.a.client(), await two.b.client(), await two.b.client()
    for client, person in ((here, "ann"), (there, "ann"), (other, "bob")):
        await client.join(ROOM, named(person))
    await two.settle()

    await two.a.api("POST", "/users/ann/terminate_connections")

    assert [await here.end(), await there.end()] == [(1006, ""), (1006, "")]
    await two.settle()
    assert told(await other.fence(), "member_removed") == [{"user_id": "ann"}]


async def test_a_node_is_ready_when_it_knows_the_others(
    two: Pair, serve: Callable[..., Any], redis: RedisServer
) -> None:
    """Whoever joins on a node that just started finds everybody; whoever stops is gone at once."""
    first = await two.a.client()
    await first.join(ROOM, named("ann"))
    late = await serve(scaling=redis.url, lease=60)
    assert late.broadcaster._tenants[0].hub.count_nodes() == 2

    client = await late.client()
    (roster,) = told(await client.join(ROOM, named("bob")), "subscription_succeeded")
    assert roster["presence"]["ids"] == ["ann", "bob"]

    assert told([await first.read()], "member_added") == [named("bob")]
    await late.broadcaster.stop()
    assert told([await first.read()], "member_removed") == [{"user_id": "bob"}]


async def test_another_database_or_app_is_another_cluster(
    two: Pair, serve: Callable[..., Any], redis: RedisServer
) -> None:
    """Redis does not keep its databases' channels apart, so the nodes do."""
    foreign = [await serve(scaling=f"{redis.url}?db=1"), await serve(scaling=redis.url, app_id="1002")]
    for node in foreign:
        client = await node.client()
        await client.join("room")

    await two.settle()

    assert list((await two.a.api("GET", "/channels")).json()["channels"]) == ["sentinel"]


async def test_messages_of_others_on_the_channel_are_survived(
    two: Pair, redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """What is no fact is logged without being quoted; a node of the same name is, once."""
    client = Redis.from_url(redis.url)
    namesake = {"node": "a", "session": 1, "fact": {"type": "Alive"}}
    nobody = {
        "node": "c",
        "session": 1,
        "fact": {"type": "Joined", "socket_id": "1.1", "channel": "x", "channel_data": "1"},
    }
    for message in ("what people write", json.dumps(namesake), json.dumps(namesake), json.dumps(nobody)):
        await client.publish("realtime-harness:1001:0", message)
    await client.aclose()

    await two.settle()

    ours = [record.getMessage() for record in caplog.records if record.name.endswith("scaling")]
    assert sum("another node is called 'a' too" in line for line in ours) == 1
    assert ours.count("a message of Redis is not understood (ValidationError)") == 2
    assert not any("what people write" in line for line in ours)


async def test_without_redis_each_node_serves_its_own_and_catches_up(
    serve: Callable[..., Any], own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said, events go round locally, and afterwards everybody knows who came meanwhile."""
    two = await start_pair(serve, own_redis.url)
    here, there, leaver = await two.a.client(), await two.b.client(), await two.b.client()
    await here.join(ROOM, named("ann"))
    await there.join(ROOM, named("bob"))
    await leaver.join(ROOM, named("cy"))
    await two.settle()
    await here.fence()

    own_redis.stop()
    await two.a.api("POST", "/events", {"name": "e", "channel": ROOM, "data": "1"})
    assert (await here.read())["data"] == "1"
    await leaver.send("pusher:unsubscribe", {"channel": ROOM})
    newcomer = await two.b.client()
    await newcomer.join(ROOM, named("dan"))
    own_redis.start()

    frames = [await here.read(), await here.read()]
    assert told(frames, "member_added") == [named("dan")]
    assert told(frames, "member_removed") == [{"user_id": "cy"}]
    await two.attached()
    await two.settle()
    assert "e" not in [frame["event"] for frame in await there.fence()]
    assert f"Redis at {own_redis.url} is lost (ConnectionError): this node is alone" in caplog.messages


async def test_a_redis_that_hangs_is_as_good_as_away(serve: Callable[..., Any], own_redis: RedisServer) -> None:
    """What went into it is delivered here, once, when nothing came back for a lease; then the others are forgotten."""
    two = await start_pair(serve, own_redis.url, lease=0.2)
    here, there = await two.a.client(), await two.b.client()
    await here.join(ROOM, named("ann"))
    await there.join(ROOM, named("bob"))
    await two.settle()
    await here.fence()

    own_redis.signal(signal.SIGSTOP)
    await two.a.api("POST", "/events", {"name": "e", "channel": ROOM, "data": "1"})
    heard = [await here.read(), await here.read()]
    own_redis.signal(signal.SIGCONT)

    assert sorted(frame["event"] for frame in heard) == ["e", "pusher_internal:member_removed"]
    assert told([await here.read()], "member_added") == [named("bob")]
    await two.attached()
    await two.settle()
    assert await here.fence() == []


@pytest.fixture
def start() -> Iterator[Callable[..., dict[str, Any]]]:
    """Give a function that starts a node as a process of its own and gives its one line; kill what is left."""
    running: list[subprocess.Popen[bytes]] = []

    def start(**settings: Any) -> dict[str, Any]:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "harness.servers.broadcaster"],
            env={**os.environ, "PYTHONPATH": str(Path(harness.__file__).parents[1])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        running.append(process)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({**APP, **settings}).encode() + b"\n")
        process.stdin.flush()
        return {**json.loads(process.stdout.readline()), "process": process}

    yield start
    for process in running:
        process.kill()
        process.communicate()


async def test_a_node_that_dies_loses_its_people(
    serve: Callable[..., Any],
    start: Callable[..., dict[str, Any]],
    redis: RedisServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The others are told after the lease, and do not doubt their Redis for that."""
    survivor = await serve(scaling=redis.url, lease=0.8)
    line = await asyncio.to_thread(start, scaling=redis.url, lease=0.8)
    watcher = await survivor.client()
    await watcher.join(ROOM, named("ann"))
    survivor.port = int(line["url"].rpartition(":")[2])  # its helpers now open clients of the other node
    dying = await survivor.client()
    await dying.join(ROOM, named("bob"))
    assert told([await watcher.read()], "member_added") == [named("bob")]

    line["process"].kill()

    assert told([await watcher.read()], "member_removed") == [{"user_id": "bob"}]
    assert not any("is lost" in message for message in caplog.messages)


async def test_a_process_without_its_redis_says_so(start: Callable[..., dict[str, Any]]) -> None:
    """In its one line, with a status of its own."""
    line = await asyncio.to_thread(start, scaling="unix:///nonexistent/redis.sock")

    assert line["error"].startswith("scaling: no Redis can be used at unix:///nonexistent/redis.sock (")
    assert line["error"].endswith("; start one there, or leave scaling empty for a single node")
    assert await asyncio.to_thread(line["process"].wait, PATIENCE) == 3


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("redis://user:hush@127.0.0.1:1/2", EnvironmentFault),
        ("redis://:hush/@127.0.0.1", UsageError),
    ],
)
async def test_an_address_without_a_redis_is_refused(url: str, error: type[Exception]) -> None:
    """In one sentence that shows no password, before anything is served."""
    listener = listen("127.0.0.1", 0)
    with pytest.raises(error, match="scaling") as refused, listener:
        await Broadcaster(Settings(**APP, scaling=url)).start(listener)

    assert "hush" not in str(refused.value)


async def test_an_address_of_something_else_is_refused_at_once() -> None:
    """Without quoting it."""
    with pytest.raises(UsageError, match="write redis://HOST:PORT/DATABASE") as refused:
        read_settings({**APP, "scaling": "memcached://user:hush@127.0.0.1"})

    assert "hush" not in str(refused.value)


async def test_a_missing_client_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra that brings it is named; a single node never asks for it."""
    monkeypatch.setitem(sys.modules, "harness.servers.broadcaster.scaling", None)

    Broadcaster(Settings(**APP))
    with pytest.raises(UsageError, match=r"pip install 'realtime-harness\[scaling\]'"):
        Broadcaster(Settings(**APP, scaling="redis://127.0.0.1"))


async def test_addresses_are_shown_without_secrets() -> None:
    """Neither a password in front nor one among the options."""
    assert shown("redis://user:hush@host:6379/1") == "redis://host:6379/1"
    assert shown("unix:///run/redis.sock?password=hush") == "unix:///run/redis.sock"
