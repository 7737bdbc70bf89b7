"""One socket of a person: what passes is recorded, every question is settled, and no server hangs it."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from harness.checkers.judgement import judge
from harness.errors import EnvironmentFault, HarnessError, Refused
from harness.history.events import (
    FenceAnswered,
    FrameIn,
    FrameOut,
    SocketClosed,
    SocketOpened,
    SubscribeAnswered,
    SubscribeAsked,
    Unsubscribed,
    Whispered,
)
from harness.users import connection as connections
from harness.users.connection import Connection
from harness.users.context import Context

pytestmark = pytest.mark.asyncio

PRIVATE = "private-chat.6.conversation.42"
PRESENCE = "presence-company.6"


@pytest_asyncio.fixture
async def connection(context: Context) -> AsyncIterator[Connection]:
    """Give a connection of alice that is not open yet."""
    connection = Connection(context, "alice", "alice#1")
    yield connection
    await connection.close()


def events(connection: Connection, kind: Any) -> list[Any]:
    """List what was recorded of a kind."""
    return [event for event in connection._recorder.events if isinstance(event, kind)]


def findings(connection: Connection) -> list[str]:
    """Judge what was recorded and give the ids of the findings."""
    return [one.id for one in judge(connection._recorder.events).findings]


async def subscribe(connection: Connection, channel: str = PRIVATE) -> Any:
    """Subscribe with a signature that the server does not look at."""
    return await connection.subscribe(channel, auth="key:x", channel_data=None, signature="valid")


def then(*steps: Any) -> Any:
    """Make a script: establish the connection, then do these."""

    async def script(peer: Any) -> None:
        await peer.establish()
        for step in steps:
            await step(peer)

    return script


async def until(connection: Connection, kind: Any, count: int = 1) -> list[Any]:
    """Wait until this many events of a kind are recorded."""
    recorder = connection._recorder
    while len(events(connection, kind)) < count:
        assert await recorder.changed(len(recorder.events), deadline=recorder.now() + 10**10)
    return events(connection, kind)


# Opening


async def test_an_established_connection_has_the_servers_name_for_it(connection: Connection) -> None:
    """The socket id and the activity timeout are recorded, and the frame before them."""
    await connection.open()
    assert connection.is_open
    assert connection.socket_id == "1.1"
    greeting, opened = connection._recorder.events
    assert isinstance(greeting, FrameIn)
    assert isinstance(opened, SocketOpened)
    assert (opened.who, opened.socket, opened.socket_id, opened.activity_timeout) == ("alice", "alice#1", "1.1", 30)
    assert greeting.stamp == "kernel"


async def test_an_error_first_is_a_refusal_with_its_code(connection: Connection, broadcaster: Any) -> None:
    """A wrong key is answered with 4001 over the upgraded connection (PROTOCOL.md, 1.5)."""

    async def script(peer: Any) -> None:
        await peer.upgrade()
        peer.say("pusher:error", {"code": 4001, "message": "Application does not exist"})
        peer.writer.close()

    broadcaster.script = script
    with pytest.raises(Refused, match="connecting alice#1 was refused: 4001 Application does not exist") as refused:
        await connection.open()
    assert refused.value.status == 4001
    assert not connection.is_open
    assert findings(connection) == []


async def test_a_close_code_of_the_protocol_is_a_refusal(connection: Connection, broadcaster: Any) -> None:
    """Some servers say it with the close frame alone."""

    async def script(peer: Any) -> None:
        await peer.upgrade(peer.wire_frame(b"\x0f\xa4over quota", 8))

    broadcaster.script = script
    with pytest.raises(Refused, match="4004 over quota"):
        await connection.open()


@pytest.mark.parametrize("status", [301, 404, 500])
async def test_another_status_is_a_refusal(connection: Connection, broadcaster: Any, status: int) -> None:
    """Nothing is recorded of a socket that there never was."""

    async def script(peer: Any) -> None:
        await peer.request()
        peer.writer.write(b"HTTP/1.1 %d So\r\nContent-Length: 0\r\n\r\n" % status)

    broadcaster.script = script
    with pytest.raises(Refused) as refused:
        await connection.open()
    assert refused.value.status == status
    assert connection._recorder.events == []


@pytest.mark.parametrize(
    "first",
    [
        "not json",
        "[]",
        '{"event":"pusher:connection_established"}',
        '{"event":"pusher:connection_established","data":"{\\"socket_id\\":7}"}',
        '{"event":"pusher:connection_established","data":"nonsense"}',
        '{"event":"pusher:connection_established","data":{"socket_id":""}}',
    ],
)
async def test_nonsense_first_is_a_refusal_and_a_finding(connection: Connection, broadcaster: Any, first: str) -> None:
    """It is told at once with what came, and stays in the history as a problem."""

    async def script(peer: Any) -> None:
        await peer.upgrade(peer.wire_frame(first))

    broadcaster.script = script
    with pytest.raises(Refused) as refused:
        await connection.open()
    assert refused.value.status is None
    assert first in refused.value.body
    assert events(connection, FrameIn)[0].problem
    assert findings(connection) == ["protocol.malformed-frame"]


async def test_unusual_data_of_a_greeting_is_lived_with(connection: Connection, broadcaster: Any) -> None:
    """An activity timeout that is none is as good as not said."""

    async def script(peer: Any) -> None:
        await peer.upgrade()
        peer.say("pusher:connection_established", {"socket_id": "any text", "activity_timeout": "soon"})

    broadcaster.script = script
    await connection.open()
    assert connection.socket_id == "any text"
    assert events(connection, SocketOpened)[0].activity_timeout == 0


async def test_silence_after_the_upgrade_is_a_fault(connection: Connection, broadcaster: Any, context: Context) -> None:
    """A server that upgrades and says nothing is told by name, and the socket is closed."""
    broadcaster.script = type(broadcaster).only_upgrade
    context.patience = 0.02
    with pytest.raises(EnvironmentFault, match=r"alice#1: no pusher:connection_established came within 0.04 s"):
        await connection.open()
    assert [(event.code, event.by) for event in events(connection, SocketClosed)] == [(1000, "us")]


async def test_an_end_before_the_greeting_is_a_fault(connection: Connection, broadcaster: Any) -> None:
    """It is recorded, and no finding: nothing was in use yet."""

    async def script(peer: Any) -> None:
        await peer.upgrade()
        peer.cut()

    broadcaster.script = script
    with pytest.raises(EnvironmentFault, match="no pusher:connection_established"):
        await connection.open()
    assert [(event.code, event.by) for event in events(connection, SocketClosed)] == [(1006, "them")]
    assert findings(connection) == []


async def test_a_ping_in_the_read_of_the_greeting_is_answered(connection: Connection, broadcaster: Any) -> None:
    """A server may be that quick."""
    answered = asyncio.Event()

    async def script(peer: Any) -> None:
        greeting = peer.pusher_frame("pusher:connection_established", {"socket_id": "1.1"})
        await peer.upgrade(*map(peer.wire_frame, [greeting, peer.pusher_frame("pusher:ping")]))
        await peer.hear("pusher:pong")
        answered.set()

    broadcaster.script = script
    await connection.open()
    await asyncio.wait_for(answered.wait(), 10)


# Frames in use


@pytest.mark.parametrize(
    "text",
    ["not json", "3", '{"event":"x","channel":7}', b"\xff\xfe", '{"event":"pusher_internal:member_added","data":"7"}'],
)
async def test_a_malformed_frame_is_a_finding_and_stops_nobody(
    connection: Connection, broadcaster: Any, text: Any
) -> None:
    """What comes behind it is heard as ever."""

    async def script(peer: Any) -> None:
        await peer.establish()
        peer.writer.write(peer.wire_frame(text))
        await peer.pong()

    broadcaster.script = script
    await connection.open()
    assert await connection.fence() == "ok"
    assert events(connection, FrameIn)[1].problem
    assert findings(connection) == ["protocol.malformed-frame"]


async def test_a_binary_message_is_malformed(connection: Connection, broadcaster: Any) -> None:
    """Frames of the protocol are text."""

    async def script(peer: Any) -> None:
        await peer.establish()
        peer.writer.write(peer.wire_frame(b'{"event":"x"}', 2))
        await peer.pong()

    broadcaster.script = script
    await connection.open()
    await connection.fence()
    assert "binary" in events(connection, FrameIn)[1].problem


@pytest.mark.parametrize(
    ("bad", "found"),
    [
        ((b"x" * 2**21, 1, {}), "protocol.connection-broken"),
        ((b"x", 1, {"rsv": 2}), "protocol.connection-broken"),
        ((b"\x10\x68pruned", 8, {}), "protocol.connection-closed"),
        (None, "protocol.connection-closed"),
    ],
    ids=["too large", "reserved bits", "close frame", "reset"],
)
async def test_an_end_in_use_is_a_finding(connection: Connection, broadcaster: Any, bad: Any, found: str) -> None:
    """Whether we had to give up or were thrown out is told apart; the socket is no longer open."""

    async def script(peer: Any) -> None:
        await peer.establish()
        if bad is None:
            peer.cut()
        else:
            peer.writer.write(peer.wire_frame(bad[0], bad[1], **bad[2]))

    broadcaster.script = script
    await connection.open()
    await until(connection, SocketClosed)
    assert findings(connection) == [found]
    assert not connection.is_open


async def test_the_code_of_a_last_error_stands_in_for_a_missing_close_frame(
    connection: Connection, broadcaster: Any
) -> None:
    """Reverb says why in a frame and ends the transport behind it (PROTOCOL.md, 1.5)."""

    async def script(peer: Any) -> None:
        await peer.establish()
        peer.say("pusher:error", {"code": 4201, "message": "Pong reply not received in time"})
        peer.writer.close()

    broadcaster.script = script
    await connection.open()
    (closed,) = await until(connection, SocketClosed)
    assert (closed.code, closed.reason, closed.by) == (4201, "Pong reply not received in time", "them")


# Subscribing


async def test_an_acknowledged_subscription_is_ok(connection: Connection, broadcaster: Any) -> None:
    """What was sent is recorded without its signature, whose verdict is a fact of the question."""
    broadcaster.script = then(lambda peer: peer.serve())
    await connection.open()
    signature = "key:" + "ab" * 32
    facts = {"signature": "valid", "forgery": "a signature of zeros", "weakness": "AZ-25", "token": 3}
    outcome = await connection.subscribe(PRESENCE, auth=signature, channel_data="{}", **facts)
    assert outcome == ("ok", None, "")
    assert broadcaster.peers[0].heard[0]["data"] == {"auth": signature, "channel": PRESENCE, "channel_data": "{}"}
    (asked,), (answered,) = events(connection, SubscribeAsked), events(connection, SubscribeAnswered)
    assert (asked.act, asked.channel_kind, asked.signature) == (answered.act, "presence", "valid")
    assert (asked.forgery, asked.weakness, asked.token) == ("a signature of zeros", "AZ-25", 3)
    assert "ab" * 30 not in "".join(event.raw for event in events(connection, FrameOut))
    assert findings(connection) == ["subscription.forgery-accepted"]


@pytest.mark.parametrize(
    ("topology", "worker", "is_shared"),
    [("embedded", "gw0", False), ("remote", "", False), ("remote", "gw0", True)],
)
async def test_an_acknowledgement_tells_who_came_and_who_is_there(
    context: Context, broadcaster: Any, topology: str, worker: str, is_shared: Any
) -> None:
    """And whether another worker may use the same account; a refusal lists nobody."""

    async def script(peer: Any) -> None:
        await peer.establish()
        await peer.hear("pusher:subscribe")
        peer.acknowledge(PRESENCE, ("7", "9"))
        peer.say("pusher_internal:member_added", {"user_id": "3"}, channel=PRESENCE)
        await peer.hear("pusher:subscribe")
        peer.say("pusher:error", {"code": 4009})

    broadcaster.script = script
    context.target = msgspec.structs.replace(context.target, topology=topology)
    context.recorder.worker = worker
    connection = Connection(context, "alice", "alice#1")
    await connection.open()
    for _ in range(2):
        await connection.subscribe(PRESENCE, auth="key:x", channel_data='{"user_id":7}', signature="valid")
    granted, refused = events(connection, SubscribeAnswered)
    assert (granted.me, granted.is_shared, granted.members) == ("7", is_shared, ("7", "9"))
    assert (granted.member_types, granted.members_problem) == (("string", "string"), "")
    assert (refused.outcome, refused.me, refused.members) == ("refused", "7", None)
    assert [frame.member for frame in events(connection, FrameIn) if frame.member] == ["3"]
    await connection.close()


@pytest.mark.parametrize("channel", [PRIVATE, None])
async def test_a_refusal_is_settled_by_its_error(connection: Connection, broadcaster: Any, channel: Any) -> None:
    """Also one that names no channel: at most one subscription is unanswered."""

    async def script(peer: Any) -> None:
        await peer.establish()
        await peer.hear("pusher:subscribe")
        named = {"channel": channel} if channel else {}
        peer.say("pusher:error", {"code": 4009, "message": "Connection is unauthorized"}, **named)

    broadcaster.script = script
    await connection.open()
    assert await subscribe(connection) == ("refused", 4009, "Connection is unauthorized")


async def test_a_refusal_without_a_word_is_settled_by_a_ping(connection: Connection, broadcaster: Any) -> None:
    """The pong behind it says that no answer will come; the next subscription is free to be made."""

    async def script(peer: Any) -> None:
        await peer.establish()
        await peer.hear("pusher:subscribe")
        await peer.pong()
        peer.acknowledge((await peer.hear("pusher:subscribe"))["data"]["channel"])

    broadcaster.script = script
    await connection.open()
    outcome, code, reason = await subscribe(connection)
    assert (outcome, code) == ("refused", None)
    assert "the ping behind it came back" in reason
    assert (await subscribe(connection))[0] == "ok"


async def test_a_slow_answer_before_the_pong_still_counts(connection: Connection, broadcaster: Any) -> None:
    """The ping asks, it does not decide."""

    async def script(peer: Any) -> None:
        await peer.establish()
        await peer.hear("pusher:ping")
        peer.acknowledge(PRIVATE)
        peer.say("pusher:pong")

    broadcaster.script = script
    await connection.open()
    assert (await subscribe(connection))[0] == "ok"
    await until(connection, FenceAnswered)


async def test_a_server_that_answers_nothing_leaves_it_unknown(
    connection: Connection, broadcaster: Any, context: Context
) -> None:
    """Neither granted nor refused: nobody knows. Another guarded subscription says what it would have to wait for."""
    broadcaster.script = then(lambda peer: peer.serve(answering=False))
    await connection.open()
    context.patience = 0.02
    outcome, code, reason = await subscribe(connection)
    assert (outcome, code, reason) == ("unknown", None, "no answer, not even to the ping behind it")
    with pytest.raises(HarnessError, match=f"while the answer for {PRIVATE!r} is due"):
        await subscribe(connection, "private-other")
    assert len(events(connection, SubscribeAsked)) == 1


@pytest.mark.parametrize("how", ["cut", "closed"])
async def test_an_end_during_a_subscription_leaves_it_unknown(
    connection: Connection, broadcaster: Any, how: str
) -> None:
    """At once, with the reason; and so is one that is asked of a connection that has ended."""

    async def script(peer: Any) -> None:
        await peer.establish()
        await peer.hear("pusher:subscribe")
        if how == "cut":
            peer.cut()
        else:
            peer.writer.write(peer.wire_frame(b"\x10\x04", 8))

    broadcaster.script = script
    await connection.open()
    outcome, code, reason = await subscribe(connection)
    assert (outcome, code) == ("unknown", 1006 if how == "cut" else 4100)
    assert reason == "the connection ended before an answer came"
    assert (await subscribe(connection))[0::2] == ("unknown", "the connection had ended")


async def test_subscriptions_are_made_one_after_the_other(connection: Connection, broadcaster: Any) -> None:
    """The second is not sent before the first is answered, since a refusal may name no channel."""

    async def script(peer: Any) -> None:
        await peer.establish()
        first = await peer.hear("pusher:subscribe")
        await peer.caught_up()
        assert len(peer.heard) == 1
        peer.say("pusher:error", {"code": 4009})
        second = await peer.hear("pusher:subscribe")
        peer.acknowledge(second["data"]["channel"])
        assert first["data"]["channel"] != second["data"]["channel"]

    broadcaster.script = script
    await connection.open()
    outcomes = await asyncio.gather(subscribe(connection, "private-a"), subscribe(connection, "private-b"))
    assert [outcome for outcome, _, _ in outcomes] == ["refused", "ok"]


async def test_leaving_is_told_and_recorded(connection: Connection, broadcaster: Any) -> None:
    """There is no acknowledgement for it; the roster is forgotten."""
    broadcaster.script = then(lambda peer: peer.serve())
    await connection.open()
    await subscribe(connection, PRESENCE)
    connection.unsubscribe(PRESENCE)
    await connection.fence()
    assert broadcaster.peers[0].heard[1] == {"event": "pusher:unsubscribe", "data": {"channel": PRESENCE}}
    assert events(connection, Unsubscribed)[0].channel == PRESENCE
    assert PRESENCE not in connection.members


# Members, fences, life


async def test_the_roster_follows_what_the_server_says(connection: Connection, broadcaster: Any) -> None:
    """Ids are text, whatever they were; a member that was not there may leave."""

    async def script(peer: Any) -> None:
        await peer.establish()
        await peer.hear("pusher:subscribe")
        peer.acknowledge(PRESENCE, ("1", "2"))
        peer.say("pusher_internal:member_added", {"user_id": 3, "user_info": {}}, channel=PRESENCE)
        peer.say("pusher_internal:member_removed", {"user_id": "1"}, channel=PRESENCE)
        peer.say("pusher_internal:member_removed", {"user_id": "9"}, channel=PRESENCE)
        peer.say("pusher_internal:member_removed", {"user_id": "9"}, channel="presence-other")
        await peer.pong()

    broadcaster.script = script
    await connection.open()
    await subscribe(connection, PRESENCE)
    await connection.fence()
    assert connection.members == {PRESENCE: {"2", "3"}}
    await connection.close()
    assert connection.members == {}


async def test_pongs_answer_fences_in_order(connection: Connection, broadcaster: Any) -> None:
    """Each fence is passed by its own pong."""

    async def script(peer: Any) -> None:
        await peer.establish()
        await peer.hear("pusher:ping")
        await peer.hear("pusher:ping")
        peer.say("pusher:pong")
        peer.say("pusher:event", channel="x")
        peer.say("pusher:pong")

    broadcaster.script = script
    await connection.open()
    assert set(await asyncio.gather(connection.fence(), connection.fence())) == {"ok"}
    first, second = events(connection, FenceAnswered)
    assert any(first.n < frame.n < second.n for frame in events(connection, FrameIn))


async def test_a_pong_that_is_too_late_does_not_pass_the_next_fence(
    connection: Connection, broadcaster: Any, context: Context
) -> None:
    """It belongs to the fence that was given up."""
    given_up = asyncio.Event()

    async def script(peer: Any) -> None:
        await peer.establish()
        await given_up.wait()
        await peer.hear("pusher:ping")
        await peer.hear("pusher:ping")
        peer.say("pusher:pong")
        await peer.caught_up()
        assert len(events(connection, FenceAnswered)) == 1
        peer.say("pusher:pong")

    broadcaster.script = script
    await connection.open()
    context.patience = 0.01
    assert await connection.fence() == "unknown"
    context.patience = 1
    given_up.set()
    assert await connection.fence() == "ok"


async def test_a_fence_on_a_connection_that_ends_is_not_passed(connection: Connection, broadcaster: Any) -> None:
    """It is told at once, also when it had ended before."""

    async def script(peer: Any) -> None:
        await peer.establish()
        await peer.hear("pusher:ping")
        peer.cut()

    broadcaster.script = script
    assert await connection.fence() == "unknown"
    await connection.open()
    assert await connection.fence() == "unknown"
    assert await connection.fence() == "unknown"


async def test_silence_is_broken_by_a_ping_of_ours(
    connection: Connection, broadcaster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the activity timeout, which a server cannot make so short that pings flood it (PROTOCOL.md, 1.4)."""
    monkeypatch.setattr(connections, "_SHORTEST_KEEP_ALIVE", 0.01)
    kept = asyncio.Event()

    async def script(peer: Any) -> None:
        await peer.establish(activity_timeout=1e-9)
        await peer.pong(2)
        kept.set()
        await peer.pong()

    broadcaster.script = script
    await connection.open()
    await asyncio.wait_for(kept.wait(), 10)
    assert await connection.fence() == "ok"
    assert len(events(connection, FenceAnswered)) == 1


async def test_a_whisper_and_a_raw_frame_go_out_as_they_are(connection: Connection, broadcaster: Any) -> None:
    """Both are recorded, a whisper with what is known of it."""

    async def script(peer: Any) -> None:
        await peer.establish()
        await peer.pong()

    broadcaster.script = script
    await connection.open()
    connection.whisper("client-typing", PRIVATE, {"is": True}, extra={"user_id": "7"}, mark="m", forbidden="why")
    connection.send_raw('{"event":"of-my-own-making"}')
    await connection.fence()
    whisper, raw, _ = broadcaster.peers[0].heard
    assert whisper == {"event": "client-typing", "channel": PRIVATE, "data": {"is": True}, "user_id": "7"}
    assert raw == {"event": "of-my-own-making"}
    assert [json.loads(event.raw) for event in events(connection, FrameOut)[:2]] == [whisper, raw]
    (one,) = events(connection, Whispered)
    assert (one.channel, one.event, one.mark, one.forbidden) == (PRIVATE, "client-typing", "m", "why")


async def test_closing_twice_is_closing_once(connection: Connection) -> None:
    """And is by us, which is no finding."""
    await connection.close()
    await connection.open()
    await asyncio.gather(connection.close(), connection.close())
    assert [(event.code, event.by) for event in events(connection, SocketClosed)] == [(1000, "us")]
    assert findings(connection) == []
