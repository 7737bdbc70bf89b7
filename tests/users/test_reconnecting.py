"""The good client: when it tries again, with what, and what it reads when it is back."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
import pytest_asyncio

from harness.errors import AuthorizationDenied, EnvironmentFault, Refused
from harness.history.events import (
    FrameIn,
    MessagesRead,
    ReconnectAnswered,
    ReconnectAsked,
    SocketClosed,
    SubscribeAnswered,
)
from harness.users.reconnecting import last_seen
from harness.users.user import User
from harness.users.world import World

pytestmark = pytest.mark.asyncio

CHANNEL = "private-chat.6.conversation.42"
LIST = "GET /api/conversations/42/messages"


class Broken:
    """A world whose broadcaster serves every connection, which the test may end; bob listens to the conversation."""

    def __init__(self, world: World, broadcaster: Any, backend: Any) -> None:
        self.world = world
        self.broadcaster = broadcaster
        self.backend = backend
        self.bob: User = world.person("bob")
        self.refusing: list[int] = []
        """The codes with which the next connections are refused."""
        self.deaf = 0
        """How many of the next connections are let in, and then not answered."""

    async def begin(self) -> None:
        """Let bob join."""

        async def script(peer: Any) -> None:
            if self.refusing:
                await peer.upgrade()
                self.end(self.refusing.pop(0))
                return
            await peer.establish(f"1.{len(self.broadcaster.peers)}")
            self.deaf, answers = max(0, self.deaf - 1), not self.deaf
            await peer.serve(answering=answers)

        self.broadcaster.script = script
        self.backend.answers(LIST, (200, {"data": []}))
        self.world.conversation.declare("42", 6, ("alice", "bob"))
        await self.bob.join(self.world.conversation)

    def end(self, code: int) -> None:
        """End the newest connection with a close code."""
        peer = self.broadcaster.peers[-1]
        peer.writer.write(peer.wire_frame(code.to_bytes(2, "big"), 8))

    async def lose(self, code: int = 4200) -> None:
        """End bob's connection, and wait until he knows."""
        self.end(code)
        await self.until(SocketClosed, len(self.of(SocketClosed)) + 1)

    async def hear(self, id_: str) -> None:
        """Let bob hear a message."""
        self.broadcaster.peers[-1].say("MessageSent", {"id": id_, "body": id_}, channel=CHANNEL)
        await self.until(FrameIn, len(self.of(FrameIn)) + 1)

    def of(self, kind: Any) -> list[Any]:
        """List the events of a kind."""
        return [event for event in self.world.events if isinstance(event, kind)]

    async def until(self, kind: Any, number: int) -> None:
        """Wait until there are so many events of a kind."""
        deadline = self.world.context.deadline(10)
        while len(self.of(kind)) < number:
            assert await self.world.context.recorder.changed(self.world.seen, deadline=deadline)

    @property
    def attempts(self) -> list[tuple[int, int | None]]:
        """The attempts to come back: their number, and the code that made them."""
        return [(event.attempt, event.code) for event in self.of(ReconnectAsked)]

    @property
    def outcomes(self) -> list[str]:
        """How they ended."""
        return [event.outcome for event in self.of(ReconnectAnswered)]


@pytest_asyncio.fixture
async def chat(world: World, broadcaster: Any, backend: Any) -> AsyncIterator[Broken]:
    """Give a chat in which bob listens."""
    chat = Broken(world, broadcaster, backend)
    await chat.begin()
    yield chat
    await world.close()


async def test_whoever_comes_back_subscribes_anew_and_reads_behind_what_was_seen_last(chat: Broken) -> None:
    """With a signature for the new socket; read after it is acknowledged, behind the last message of the old one."""
    await chat.hear("m1")
    await chat.hear("m2")
    await chat.lose()
    chat.backend.answers(LIST, (200, {"data": [{"id": "m3", "body": "m3"}]}))

    returned = await chat.bob.come_back(chat.world.conversation)

    assert (returned.attempts, [one.id for one in returned.messages]) == (1, ["m3"])
    assert (chat.attempts, chat.outcomes) == ([(1, 4200)], ["ok"])
    signed = [parse_qs(body.decode())["socket_id"] for asked, _, body in chat.backend.asked if "auth" in asked]
    assert signed == [["1.1"], ["1.2"]]
    (read,) = chat.of(MessagesRead)
    assert (read.after, read.socket) == ("m2", "bob#2")
    assert chat.of(SubscribeAnswered)[-1].at < read.asked


async def test_a_connection_that_is_there_is_only_caught_up_with(chat: Broken) -> None:
    """It is tried first."""
    await chat.hear("m1")
    returned = await chat.bob.come_back(chat.world.conversation)
    assert (returned.attempts, chat.attempts, chat.bob.label) == (0, [], "bob#1")
    assert [read.after for read in chat.of(MessagesRead)] == ["m1"]


async def test_a_connection_that_does_not_answer_is_given_up(chat: Broken) -> None:
    """A phone that was away finds its connection half-open."""
    chat.world.context.patience = 0.1
    chat.broadcaster.peers[-1].heard = _Deaf()
    returned = await chat.bob.come_back(chat.world.conversation)
    assert (returned.attempts, chat.bob.label) == (1, "bob#2")
    assert chat.bob.socket_id


async def test_a_code_that_forbids_it_is_obeyed(chat: Broken) -> None:
    """Not even one attempt is made."""
    await chat.lose(4001)
    with pytest.raises(Refused, match="bob#1 coming back was refused: 4001 no further attempt is allowed"):
        await chat.bob.come_back(chat.world.conversation)
    assert chat.attempts == []


async def test_attempts_go_on_as_the_last_code_says(chat: Broken) -> None:
    """Each failure says when the next one is due, until one is forbidden."""
    await chat.lose()
    chat.refusing = [4100, 4201, 4009]
    with pytest.raises(Refused, match="4009"):
        await chat.bob.come_back(chat.world.conversation)
    assert chat.attempts == [(1, 4200), (2, 4100), (3, 4201)]
    assert chat.outcomes == ["unknown", "unknown", "refused"]
    later = chat.of(ReconnectAsked)[1]
    assert later.waited >= 0.05 * 2 * 1e9


async def test_all_pages_of_what_was_missed_are_read(chat: Broken) -> None:
    """However the backend cuts its list."""
    await chat.lose()
    pages = ({"data": [{"id": "m1"}], "meta": {"current_page": 1, "last_page": 2}}, {"data": [{"id": "m2"}]})
    chat.backend.answers(LIST, *((200, page) for page in pages))

    returned = await chat.bob.come_back(chat.world.conversation)

    assert [one.id for one in returned.messages] == ["m1", "m2"]


async def test_a_backend_that_is_away_is_asked_again(chat: Broken) -> None:
    """On the connection that is there already; a denial is final."""
    await chat.lose()
    chat.backend.answers("POST /api/broadcasting/auth", (503, {}), (429, {}), (200, {"auth": f"key:{'0' * 64}"}))
    assert (await chat.bob.come_back(chat.world.conversation)).attempts == 3
    assert (chat.outcomes, chat.bob.label) == (["unknown", "unknown", "ok"], "bob#2")

    await chat.lose()
    chat.backend.answers("POST /api/broadcasting/auth", (403, {"message": "no"}))
    with pytest.raises(AuthorizationDenied):
        await chat.bob.come_back(chat.world.conversation)
    assert chat.outcomes[3:] == ["refused"]


async def test_a_connection_on_which_nothing_is_acknowledged_is_given_up(chat: Broken) -> None:
    """The next attempt is made on another one."""
    await chat.lose()
    chat.world.context.patience = 0.02
    chat.deaf = 1

    assert (await chat.bob.come_back(chat.world.conversation, within=10)).attempts == 2

    assert (chat.outcomes, chat.bob.label) == (["unknown", "ok"], "bob#3")


async def test_nobody_tries_for_ever(chat: Broken) -> None:
    """When the time is over, what the last attempt failed with is raised."""
    await chat.lose()
    chat.backend.answers(LIST, (500, {"message": "away"}))
    with pytest.raises(Refused, match="away"):
        await chat.bob.come_back(chat.world.conversation, within=0.12)
    assert chat.outcomes == ["unknown"] * len(chat.attempts) != []


async def test_a_broadcaster_that_is_gone_is_an_environment_fault(chat: Broken) -> None:
    """Nothing answers there."""
    await chat.lose()
    chat.broadcaster._server.close()
    with pytest.raises(EnvironmentFault):
        await chat.bob.come_back(chat.world.conversation, within=0.1)


async def test_in_a_block_a_device_comes_back_by_itself(chat: Broken) -> None:
    """After each loss, and before the block ends; a channel by its name is subscribed to, and not read."""
    async with chat.bob.reconnecting(chat.world.conversation, "private-user.2") as returning:
        await chat.lose(1012)
        await chat.until(ReconnectAnswered, 1)
        await chat.lose()
    assert chat.bob.socket_id
    assert [one.attempts for one in returning.returns[-2:]] == [1, 1]
    subscribed = [(event.socket, event.channel) for event in chat.of(SubscribeAnswered)]
    assert subscribed[-2:] == [(chat.bob.label, CHANNEL), (chat.bob.label, "private-user.2")]


async def test_whoever_leaves_on_purpose_stays_away(chat: Broken) -> None:
    """Until the block ends; what is in the way then is raised there, and not over the block's own error."""

    async def away() -> None:
        async with chat.bob.reconnecting(chat.world.conversation):
            await chat.bob.disconnect()
            assert chat.attempts == []
            chat.backend.answers("POST /api/broadcasting/auth", (403, {}))

    with pytest.raises(AuthorizationDenied):
        await away()
    assert len(chat.attempts) == 1

    with pytest.raises(ZeroDivisionError):
        async with chat.bob.reconnecting(chat.world.conversation):
            raise ZeroDivisionError


async def test_a_loss_in_the_middle_of_a_return_is_another(chat: Broken) -> None:
    """What was subscribed to on the connection before is not what the new one listens to."""
    await chat.lose()
    sockets: list[str] = []

    async def script(peer: Any) -> None:
        await peer.establish(f"2.{len(chat.broadcaster.peers)}")
        sockets.append((await peer.hear("pusher:subscribe"))["data"]["channel"])
        if len(sockets) == 1:
            peer.cut()
            return
        peer.acknowledge(sockets[-1])
        await peer.serve()

    chat.broadcaster.script = script
    assert (await chat.bob.come_back(chat.world.conversation)).attempts == 2
    assert (chat.attempts, sockets) == ([(1, 4200), (2, 1006)], [CHANNEL, CHANNEL])


async def test_a_connection_that_ends_before_it_subscribed_is_no_reason_to_hurry(chat: Broken) -> None:
    """The next one comes with the next attempt, behind its pause, and not with the subscription."""
    await chat.lose()
    opened: list[int] = []

    async def script(peer: Any) -> None:
        opened.append(1)
        await peer.establish(f"2.{len(opened)}")
        if len(opened) < 4:
            peer.cut()
            return
        await peer.serve()

    chat.broadcaster.script = script
    returned = await chat.bob.come_back(chat.world.conversation)
    assert (returned.attempts, len(opened)) == (4, 4)


async def test_in_a_block_a_ping_without_its_pong_ends_a_connection(chat: Broken) -> None:
    """A half-open connection says nothing by itself: it is noticed by what does not come."""
    opened: list[int] = []

    async def script(peer: Any) -> None:
        opened.append(1)
        is_first = len(opened) == 1
        await peer.establish(f"3.{len(opened)}", activity_timeout=0.25)
        peer.acknowledge((await peer.hear("pusher:subscribe"))["data"]["channel"])
        await peer.serve(answering=not is_first)

    chat.broadcaster.script = script
    await chat.lose()
    async with chat.bob.reconnecting(chat.world.conversation):
        await chat.until(ReconnectAnswered, 2)
        assert len(opened) == 2
    assert (chat.bob.label, chat.outcomes[-1]) == ("bob#3", "ok")


async def test_a_contract_without_a_way_to_read_is_lived_with(chat: Broken) -> None:
    """Being back is all there is then; one that cannot read behind a message reads all of them."""
    contract = chat.bob.contract
    assert contract.read is not None
    whole = msgspec.structs.replace(contract.read, fields={})
    chat.bob.contract = msgspec.structs.replace(contract, read=whole)
    await chat.hear("m1")
    await chat.lose()
    await chat.bob.come_back(chat.world.conversation)
    assert [one.after for one in chat.of(MessagesRead)] == [""]

    chat.bob.contract = msgspec.structs.replace(contract, read=None)
    await chat.lose()
    assert (await chat.bob.come_back(chat.world.conversation)).messages == ()


def heard(id_: str, socket: str = "bob#1") -> FrameIn:
    """Make a message that was heard."""
    facts: dict[str, Any] = {"arrived": 1, "earliest": 1, "event": "M", "channel": CHANNEL, "message": id_}
    return FrameIn(n=1, at=1, who="bob", socket=socket, is_message=True, **facts)


def read(*ids: str, socket: str = "bob#1") -> MessagesRead:
    """Make a read."""
    return MessagesRead(n=1, at=1, who="bob", socket=socket, conversation="42", asked=1, ids=ids)


CLOSED = SocketClosed(n=1, at=1, who="bob", socket="bob#1", code=1006, reason="", by="them")


@pytest.mark.parametrize(
    ("events", "seen"),
    [
        ([], ""),
        ([heard("1"), heard("2")], "2"),
        ([heard("1"), heard("9", "bob#7")], "1"),
        ([heard("1"), CLOSED, heard("5", "bob#2")], "1"),
        ([heard("1"), CLOSED, heard("5", "bob#2"), read("2", "5", socket="bob#2"), heard("6", "bob#2")], "6"),
        ([heard("1"), CLOSED, read(socket="bob#2")], "1"),
        ([read("1", "2")], "2"),
    ],
)
async def test_what_was_seen_last_is_what_came_before_the_loss(chat: Broken, events: list[Any], seen: str) -> None:
    """What a device heard after it, and before it read, may lie behind what it missed."""
    assert last_seen(events, ["bob#1", "bob#2"], chat.world.conversation) == seen


class _Deaf(list[dict[str, Any]]):
    """Keeps a script from answering: it never gets to know what it heard."""

    def append(self, frame: dict[str, Any]) -> None:
        """Take a frame, and make a stranger of it."""
        super().append(json.loads(json.dumps({**frame, "event": "unheard"})))


async def test_two_who_bring_a_device_back_do_it_once(chat: Broken) -> None:
    """The second one finds it there."""
    await chat.lose()
    first, second = await asyncio.gather(
        chat.bob.come_back(chat.world.conversation), chat.bob.come_back(chat.world.conversation)
    )
    assert (first.attempts, second.attempts) == (1, 0)
