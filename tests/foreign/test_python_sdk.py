"""The official Python server SDK publishes to our broadcaster and reads its channels."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pusher
import pytest

from harness.config import TargetDeclaration, cache_folder, own_target
from harness.history.events import FrameIn
from harness.history.recorder import Recorder
from harness.topology.embedded import EmbeddedStack, start
from harness.users.connection import Connection
from harness.users.context import Context

HELLO = {"text": "مرحبا 👋"}


@pytest.fixture(name="pusher_stack", scope="module")
def stack_of_pusher_dialect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    """Start a stack whose broadcaster speaks the dialect of Pusher itself."""
    own = own_target("embedded", "embedded")
    declaration = msgspec.structs.replace(own, broadcaster=msgspec.structs.replace(own.broadcaster, dialect="pusher"))
    folder: Path = tmp_path_factory.mktemp("pusher")
    stack = start(declaration, seed=1, folder=folder, cache=cache_folder())
    yield stack
    stack.stop()


@contextmanager
def _sdk(target: TargetDeclaration) -> Iterator[pusher.Pusher]:
    address, broadcaster = urlsplit(target.broadcaster.api_url), target.broadcaster
    sdk = pusher.Pusher(
        app_id=broadcaster.app_id,
        key=broadcaster.key,
        secret=broadcaster.secret,
        host=address.hostname,
        port=address.port,
        ssl=False,
    )
    try:
        yield sdk
    finally:
        sdk._pusher_client.http.session.close()  # the SDK has no method for it


def _publish(target: TargetDeclaration, excluded: str) -> None:
    with _sdk(target) as sdk:
        sdk.trigger(["room", "elsewhere"], "greeting", HELLO)
        sdk.trigger_batch([{"channel": "room", "name": f"batch-{n}", "data": HELLO} for n in range(2)])
        sdk.trigger("room", "not-for-me", HELLO, excluded)


async def _hear(target: TargetDeclaration) -> list[str]:
    """Subscribe to a public channel with our own client while the SDK publishes, and give the frames it heard."""
    context = Context(target, Recorder())
    connection = Connection(context, "listener", "listener#1")
    await connection.open()
    try:
        await connection.subscribe("room", auth=None, channel_data=None, signature="absent")
        await asyncio.to_thread(_publish, target, connection.socket_id)
        await connection.fence()
    finally:
        await connection.close()
    frames = [event for event in context.recorder.events if isinstance(event, FrameIn)]
    return [frame.raw for frame in frames if frame.channel == "room"]


@pytest.mark.asyncio
async def test_its_events_are_delivered(stack: EmbeddedStack) -> None:
    """What it triggers, alone or in a batch, arrives intact; the socket that it excludes hears nothing."""
    frames = [json.loads(raw) for raw in await _hear(stack.target)]

    heard = [frame for frame in frames if not frame["event"].startswith("pusher")]
    assert [frame["event"] for frame in heard] == ["greeting", "batch-0", "batch-1"]
    assert all(json.loads(frame["data"]) == HELLO for frame in heard)


def test_it_reads_channels_where_the_dialect_lets_it(pusher_stack: EmbeddedStack) -> None:
    """On the `pusher` profile its signed GET, which carries the MD5 of nothing, is accepted (PROTOCOL.md, 4.3)."""
    with _sdk(pusher_stack.target) as sdk:
        assert sdk.channels_info() == {"channels": {}}


def test_it_cannot_read_channels_where_reverb_does_not_let_it(stack: EmbeddedStack) -> None:
    """On `reverb` that same GET is refused with 401, as by the real one: it drops the MD5 that was signed."""
    with _sdk(stack.target) as sdk, pytest.raises(pusher.errors.PusherBadAuth):
        sdk.channels_info()
