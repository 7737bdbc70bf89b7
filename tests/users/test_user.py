"""A simulated person: each verb, and each way in which the system can say no to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from harness.errors import (
    AuthorizationDenied,
    HarnessError,
    LoginRefused,
    Refused,
    SendRefused,
    SubscriptionRefused,
    UsageError,
)
from harness.history.events import (
    CredentialAnswered,
    HttpAnswered,
    MessageAnswered,
    MessageAsked,
    SubscribeAsked,
)
from harness.protocol.signatures import channel_auth
from harness.users.conversation import Conversation
from harness.users.user import Subscription, User
from harness.users.world import World

pytestmark = pytest.mark.asyncio

SECRET = "the-secret-of-the-app"
CHANNEL = "private-chat.6.conversation.42"


@pytest_asyncio.fixture
async def alice(world: World, broadcaster: Any) -> AsyncIterator[User]:
    """Give alice, who has done nothing yet, and a broadcaster that acknowledges everything."""

    async def script(peer: Any) -> None:
        await peer.establish(f"1.{len(broadcaster.peers)}")
        await peer.serve()

    broadcaster.script = script
    yield world.person("alice")
    await world.close()


@pytest.fixture
def conversation(world: World) -> Conversation:
    """Give conversation 42 of alice and bob."""
    world.conversation.declare("42", 6, ("alice", "bob"))
    return world.conversation


def last(world: World, kind: Any) -> Any:
    """Give the newest event of a kind."""
    return [event for event in world.events if isinstance(event, kind)][-1]


def everything(world: World, *more: object) -> str:
    """Write all that is kept and shown."""
    return f"{world.events} {vars(world)} {more}"


# 1 login


async def test_a_login_gives_the_token_that_goes_along(alice: User, backend: Any) -> None:
    """The token is kept for the other tests of this worker, and the id that came with it."""
    await alice.log_in()
    assert json.loads(backend.asked[0][2]) == {"email": "alice@example.com", "password": "password-of-alice"}
    await alice.get("/api/user")
    assert backend.asked[1][1]["authorization"] == "Bearer 1|a-token-of-theirs"
    assert alice.world.context.tokens == {"alice": "1|a-token-of-theirs"}
    assert alice.world.context.ids["alice"] == "7"
    assert last(alice.world, CredentialAnswered).outcome == "ok"


async def test_a_login_as_somebody_else_or_for_less_is_not_shared(alice: User, backend: Any) -> None:
    """Other tests would act with a token that is not alice's, or that may do less."""
    await alice.log_in(email="bob@example.com", password="password-of-bob")
    await alice.log_in(expires_in=0)
    assert alice.world.context.tokens == {}
    assert alice.world.context.ids["alice"] == "1"
    assert alice.session.token == "1|a-token-of-theirs"


async def test_a_token_belongs_to_whom_it_was_asked_for(alice: User, backend: Any) -> None:
    """To alice by her own address, to bob by his, to nobody that anybody knows by another."""
    tokens = ["1|one", "2|two", "3|three", "4|four"]
    backend.answers("POST /api/login", *((200, {"token": token}) for token in tokens))
    for email in ("alice@example.com", "bob@example.com", "zoe@example.com"):
        await alice.log_in(email=email)
    await alice.log_in(abilities=["read"])
    worth = alice.world.context.credentials.worth
    assert [worth(token, "alice") for token in tokens] == ["live", "borrowed", "borrowed", "limited"]
    assert (worth("2|two", "bob"), worth("3|three", "")) == ("live", "live")


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (422, {"message": "The provided credentials are incorrect."}, "refused"),
        (500, {"message": "Server Error"}, "unknown"),
        (200, {"access": "granted"}, "refused"),
        (200, {"token": {"id": 1}}, "refused"),
        (200, {"token": ""}, "refused"),
        (200, {"token": "two\nlines"}, "refused"),
        (200, {"token": "ключ"}, "refused"),
        (200, b"welcome", "refused"),
        (302, b"", "refused"),
    ],
)
async def test_a_login_without_a_usable_token_is_refused(
    alice: User, backend: Any, status: int, body: Any, outcome: str
) -> None:
    """Status and body are told; the token before is kept, and what nobody knows is recorded as such."""
    backend.answers("POST /api/login", (status, body))
    with pytest.raises(LoginRefused, match=f"the login of alice was refused: {status}") as refused:
        await alice.log_in()
    assert (refused.value.act, refused.value.status) == ("the login of alice", status)
    assert last(alice.world, CredentialAnswered).outcome == outcome
    assert alice.session.token is None


async def test_only_somebody_of_the_tests_own_may_log_out(alice: User) -> None:
    """The token of the cast is used by other tests."""
    with pytest.raises(HarnessError, match=r"alice is shared with other tests.*ask for `new_user`"):
        await alice.log_out()
    assert alice.world.events == []


async def test_a_new_user_may_log_out_on_any_device(alice: User, backend: Any) -> None:
    """A refusal of it is told; the dead token still goes along, so that a test can see it refused."""
    backend.answers("POST /api/register", (201, {}))
    backend.answers("POST /api/logout", (204, b""), (401, {"message": "Unauthenticated."}))
    dave = await alice.world.new_user("dave")
    phone = await dave.another_device()
    await phone.log_out()
    worth = alice.world.context.credentials.worth
    assert worth(dave.session.token, "dave") == "dead"
    with pytest.raises(Refused, match="the logout of dave was refused: 401"):
        await dave.log_out()
    assert worth(dave.session.token, "dave") == "dead"
    assert dave.session.token


# 2 connect


async def test_connecting_twice_is_connecting_once(alice: User, broadcaster: Any) -> None:
    """Also at the same time."""
    await asyncio.gather(alice.connect(), alice.connect())
    await alice.connect()
    assert len(broadcaster.peers) == 1
    assert (alice.label, alice.socket_id, repr(alice)) == ("alice#1", "1.1", "<User alice#1>")


async def test_a_device_that_comes_back_has_another_socket(alice: User) -> None:
    """It has had both."""
    await alice.disconnect()
    await alice.connect()
    await alice.disconnect()
    assert alice.socket_id == ""
    await alice.subscribe("public")
    assert (alice.labels, alice.socket_id) == (["alice#1", "alice#2"], "1.2")


async def test_another_device_is_the_same_person_on_another_socket(alice: User) -> None:
    """With the same token."""
    await alice.log_in()
    await alice.connect()
    phone = await alice.another_device()
    assert (phone.name, phone.label, phone.session.token) == ("alice", "alice#2", alice.session.token)
    assert phone.socket_id != alice.socket_id


# 3 authorize


async def test_an_authorization_is_asked_for_ones_own_socket(alice: User, backend: Any) -> None:
    """Its signature is verified at once, and the verdict recorded with the answer."""
    backend.answers(
        "POST /api/broadcasting/auth", (200, {"auth": channel_auth("key", SECRET, "1.1", CHANNEL), "channel_data": 3})
    )
    granted = await alice.authorize(CHANNEL)
    assert backend.asked[0][2] == f"socket_id=1.1&channel_name={CHANNEL}".encode()
    assert (granted.signature, granted.channel_data, granted.status) == ("valid", None, 200)
    answered = last(alice.world, HttpAnswered)
    assert (answered.signature, answered.channel) == ("valid", CHANNEL)
    assert granted.auth[4:] not in everything(alice.world, granted)


async def test_an_authorization_may_be_asked_for_anything_else(alice: User, backend: Any) -> None:
    """For another socket, without a token or with another one, and in another encoding, beside other requests."""
    await alice.log_in()
    await asyncio.gather(
        alice.authorize(CHANNEL, socket_id="9.9", bearer=None, encoding="json"),
        alice.authorize(CHANNEL, bearer="garbage"),
        alice.get("/api/user"),
    )
    asked = {(request, headers.get("authorization")): body for request, headers, body in backend.asked[1:]}
    assert json.loads(asked["POST /api/broadcasting/auth", None]) == {"socket_id": "9.9", "channel_name": CHANNEL}
    assert ("POST /api/broadcasting/auth", "Bearer garbage") in asked
    assert ("GET /api/user", "Bearer 1|a-token-of-theirs") in asked


@pytest.mark.parametrize(
    ("status", "body", "carried"),
    [
        (403, {"message": ""}, False),
        (401, {"message": "Unauthenticated."}, False),
        (403, {"auth": f"key:{'0' * 64}"}, True),
        (200, {"message": "sure"}, False),
        (200, {"auth": ""}, False),
        (200, {"auth": [1]}, False),
        (201, {"auth": f"key:{'0' * 64}"}, True),
        (302, b"", False),
        (500, {"message": "Server Error"}, False),
    ],
)
async def test_everything_but_a_200_with_a_signature_is_a_denial(
    alice: User, backend: Any, status: int, body: Any, carried: Any
) -> None:
    """It tells whether it carried a signature all the same, and does not show it."""
    backend.answers("POST /api/broadcasting/auth", (status, body))
    with pytest.raises(AuthorizationDenied) as denied:
        await alice.authorize(CHANNEL)
    assert (denied.value.status, denied.value.carried_signature) == (status, carried)
    assert denied.value.act == f"the authorization of alice for {CHANNEL}"
    assert "0" * 60 not in str(denied.value)
    assert last(alice.world, HttpAnswered).signature == ("unverifiable" if carried else "absent")


# 4 subscribe


async def test_joining_is_authorizing_and_subscribing(
    alice: User, backend: Any, broadcaster: Any, conversation: Conversation
) -> None:
    """What the endpoint granted goes to the broadcaster byte for byte."""
    backend.answers("POST /api/broadcasting/auth", (200, {"auth": "key:granted", "channel_data": '{"x": 1}'}))
    subscription = await alice.join(conversation)
    assert subscription == Subscription(alice, CHANNEL)
    data = {"auth": "key:granted", "channel": CHANNEL, "channel_data": '{"x": 1}'}
    assert broadcaster.peers[0].heard[0]["data"] == data
    assert last(alice.world, SubscribeAsked).signature == "invalid"


async def test_a_public_channel_is_not_authorized(alice: User, backend: Any, broadcaster: Any) -> None:
    """There is nothing to sign."""
    await alice.subscribe("news")
    assert backend.asked == []
    assert broadcaster.peers[0].heard[0]["data"] == {"channel": "news"}


@pytest.mark.parametrize(
    ("auth", "signature"),
    [(None, "absent"), ("key:forged", "invalid"), (channel_auth("key", SECRET, "1.1", CHANNEL), "valid")],
)
async def test_a_signature_of_the_tests_own_is_sent_as_it_is(
    alice: User, backend: Any, auth: str | None, signature: str
) -> None:
    """Nobody is asked for another; what it is worth is recorded."""
    await alice.subscribe(CHANNEL, auth=auth)
    assert backend.asked == []
    assert last(alice.world, SubscribeAsked).signature == signature


async def test_a_refused_subscription_tells_code_and_reason(alice: User, broadcaster: Any) -> None:
    """As the broadcaster gave them."""

    async def script(peer: Any) -> None:
        await peer.establish()
        await peer.hear("pusher:subscribe")
        peer.say("pusher:error", {"code": 4009, "message": "Connection is unauthorized"})

    broadcaster.script = script
    with pytest.raises(
        SubscriptionRefused, match=f"of alice#1 to {CHANNEL} was refused: 4009 Connection is"
    ) as refused:
        await alice.subscribe(CHANNEL, auth=None)
    assert (refused.value.status, refused.value.body) == (4009, "Connection is unauthorized")


async def test_a_connection_that_ends_meanwhile_is_no_yes(alice: User, broadcaster: Any) -> None:
    """Nobody knows, which is told as a refusal that says so."""

    async def script(peer: Any) -> None:
        await peer.establish()
        await peer.hear("pusher:subscribe")
        peer.cut()

    broadcaster.script = script
    with pytest.raises(SubscriptionRefused, match="the connection ended before an answer came"):
        await alice.subscribe(CHANNEL, auth=None)


async def test_leaving_waits_for_what_was_under_way(alice: User, broadcaster: Any, conversation: Conversation) -> None:
    """A channel may be named by its conversation, its subscription or itself; so may one that is whispered on."""
    subscription = await alice.join(conversation)
    await alice.whisper(subscription, "client-typing", {"is": True})
    await alice.whisper(CHANNEL, "client-typing")
    await alice.leave(conversation)
    events = [frame["event"] for frame in broadcaster.peers[0].heard]
    assert events == ["pusher:subscribe", "client-typing", "client-typing", "pusher:unsubscribe", "pusher:ping"]


# 5 send


async def test_a_message_names_the_socket_that_must_not_hear_it(
    alice: User, backend: Any, conversation: Conversation
) -> None:
    """When it was meant, what became of it and when its first byte was written are recorded."""
    await alice.connect()
    message = await alice.send(conversation, "hello")
    request, headers, body = backend.asked[0]
    assert (request, json.loads(body)) == ("POST /api/conversations/42/messages", {"body": "hello"})
    assert headers["x-socket-id"] == "1.1"
    asked, answered = last(alice.world, MessageAsked), last(alice.world, MessageAnswered)
    assert asked.act == answered.act == message.act
    assert asked.meant == message.meant <= answered.sent <= answered.at
    assert (message.id, message.channel, message.excluded) == ("m1", CHANNEL, "alice#1")
    assert (answered.outcome, answered.status, answered.message, answered.id_type) == ("ok", 201, "m1", "string")


async def test_somebody_without_a_socket_excludes_none(alice: User, backend: Any, conversation: Conversation) -> None:
    """There is none to name."""
    message = await alice.send(conversation, "hello")
    assert message.excluded == ""
    assert "x-socket-id" not in backend.asked[0][1]


@pytest.mark.parametrize(
    ("status", "outcome"), [(403, "refused"), (422, "refused"), (302, "refused"), (500, "unknown")]
)
async def test_a_message_that_is_not_taken_is_refused(
    alice: User, backend: Any, conversation: Conversation, status: int, outcome: str
) -> None:
    """After a 5xx it may have been stored or broadcast: nobody knows."""
    backend.answers("POST /api/conversations/42/messages", (status, {"message": "no"}))
    with pytest.raises(SendRefused, match=f"a message of alice was refused: {status}"):
        await alice.send(conversation, "hello")
    assert last(alice.world, MessageAnswered).outcome == outcome


# Catching up


async def test_stored_messages_are_read_in_the_contracts_words(
    alice: User, backend: Any, conversation: Conversation
) -> None:
    """Those behind one, if one is given."""
    items = [{"id": 8, "body": "hi", "sender": {"id": 2, "name": "Bob"}}, "nonsense"]
    backend.answers("GET /api/conversations/42/messages", (200, {"data": items}))
    message = await alice.send(conversation, "hello")
    stored, nonsense = await alice.read(conversation, after=message)
    assert backend.asked[-1][0] == "GET /api/conversations/42/messages?after=m1"
    assert (stored.id, stored.text, stored.sender) == ("8", "hi", "2")
    assert (nonsense.id, nonsense.text, nonsense.sender) == ("", "", "")


@pytest.mark.parametrize("answer", [(403, {}), (200, {"data": {}}), (200, b"")])
async def test_reading_what_is_no_list_is_refused(
    alice: User, backend: Any, conversation: Conversation, answer: Any
) -> None:
    """Whether the backend said no or nonsense."""
    backend.answers("GET /api/conversations/42/messages", answer)
    with pytest.raises(Refused, match="alice reading <Conversation 42 of alice, bob> was refused"):
        await alice.read(conversation)


async def test_other_routes_are_asked_as_they_are(alice: User, backend: Any) -> None:
    """The answer tells what came of it."""
    backend.answers("POST /orders", (201, {"id": 3}))
    assert (await alice.post("/orders", json={"of": "tea"})).at("id") == 3
    assert (await alice.post("/orders", content=b"{]")).status == 201
    assert (await alice.get("/orders", page=2)).status == 404
    assert [body for _, _, body in backend.asked] == [b'{"of":"tea"}', b"{]", b""]
    assert backend.asked[1][1]["content-type"] == "application/json"
    assert backend.asked[2][0] == "GET /orders?page=2"


# Who and where


async def test_ids_are_asked_for_once(alice: User, backend: Any) -> None:
    """When nobody said them; a backend that does not say them either is told so."""
    alice.world.context.ids.clear()
    backend.answers("GET /api/user", (401, {"id": 9}), (200, {"id": 9}))
    with pytest.raises(HarnessError, match="does not say the id of alice"):
        await alice.backend_id()
    assert [await alice.backend_id(), await alice.backend_id()] == ["9", "9"]
    assert len(backend.asked) == 2


async def test_a_user_lives_on_one_loop(alice: User) -> None:
    """On a second one they say which settings bring the loops together."""
    await alice.get("/")
    with pytest.raises(HarnessError, match="asyncio_default_fixture_loop_scope and asyncio_default_test_loop_scope"):
        await asyncio.to_thread(lambda: asyncio.run(alice.get("/")))


async def test_nothing_happens_when_the_world_is_closed(alice: User, conversation: Conversation) -> None:
    """Nothing that happens then would be judged."""
    await alice.world.close()
    for verb in (alice.connect(), alice.log_in(), alice.send(conversation, "hello"), alice.get("/")):
        with pytest.raises(HarnessError, match="this world is closed"):
            await verb


async def test_secrets_are_in_nothing_that_is_kept_or_shown(
    alice: User, backend: Any, broadcaster: Any, conversation: Conversation
) -> None:
    """Token, password and signature, whatever echoes them: not in history, errors or reprs."""
    auth = channel_auth("key", SECRET, "1.1", CHANNEL)
    secrets = ["1|a-token-of-theirs", "password-of-alice", auth, SECRET]
    backend.answers("POST /api/broadcasting/auth", (200, {"auth": auth}))
    backend.answers("POST /echo", (422, " ".join(secrets)))
    backend.answers("POST /api/conversations/42/messages", (422, {"told": secrets}))

    async def script(peer: Any) -> None:
        await peer.establish()
        for _ in range(2):
            frame = await peer.hear("pusher:subscribe")
            peer.say("pusher:error", {"code": 4009, "message": f"{frame} {secrets}"})

    broadcaster.script = script
    await alice.log_in()
    shown: list[object] = [alice, await alice.authorize(CHANNEL), await alice.post("/echo")]
    for verb in (alice.join(conversation), alice.subscribe(CHANNEL, auth=auth), alice.send(conversation, "hi")):
        with pytest.raises(Refused) as refused:
            await verb
        shown += [refused.value, refused.value.body]
    shown += [alice.world.context, alice.session, alice.person, alice.connection]
    shown += [msgspec.json.encode(event) for event in alice.world.events]
    for secret in (*secrets, auth[4:60]):
        assert secret not in everything(alice.world, *shown)


async def test_a_denial_says_what_should_have_come(alice: User, conversation: Conversation, backend: Any) -> None:
    """A participant's is no answer that was due; somebody without a token gets what they must expect."""
    backend.answers("POST /api/broadcasting/auth", (403, {"message": ""}), (401, {"message": "no"}), (403, {}))
    alice.session.token = "1|a-token-of-alice"
    with pytest.raises(AuthorizationDenied, match="3, authorize\n  expected  a grant: alice is in conversation 42"):
        await alice.authorize(conversation.channel)
    alice.session.token = None
    with pytest.raises(AuthorizationDenied, match="expected  a 401: alice has not logged in"):
        await alice.authorize(conversation.channel)
    with pytest.raises(AuthorizationDenied) as denied:
        await alice.authorize(conversation.channel, bearer="garbage")
    assert "expected" not in str(denied.value)


async def test_joining_takes_a_conversation(alice: User) -> None:
    """As sending and reading do; a name is for `subscribe`, which is said."""
    with pytest.raises(UsageError, match="'private-x' is no conversation; a channel by its name is for `subscribe`"):
        await alice.join("private-x")  # type: ignore[arg-type]  # the mistake that this is about
