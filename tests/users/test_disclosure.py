"""What stands in a frame or an answer that must not, and what may: no value of it is kept anywhere."""

import json
from typing import Any

import msgspec
import pytest

from harness.config import EventShape, Person
from harness.history.events import Disclosed
from harness.history.redaction import Redactor
from harness.protocol.messages import decode
from harness.users.connection import Connection
from harness.users.context import Context
from harness.users.disclosure import ADDRESS, HASH, TOKEN, TRACE, Exposure, Watch
from harness.users.world import World

HASHED = "$2y$12$" + "aB3./" * 10 + "xyz"
FOREIGN = "71|" + "aB3xY" * 8
PASSWORDS = {"alice": "password-of-alice", "bob": "password-of-bob"}
PEOPLE = {name: Person(name=name, email=f"{name}@chat.example", password=said) for name, said in PASSWORDS.items()}
CHANNEL = "private-chat.6.conversation.42"


@pytest.fixture
def redactor() -> Redactor:
    """Give what knows everybody's secrets."""
    redactor = Redactor()
    redactor.add("1|token-of-alice", TOKEN, "alice")
    redactor.add("the-secret-of-the-app", "the app secret")
    for name, password in PASSWORDS.items():
        redactor.add(password, "a password", name)
    return redactor


@pytest.fixture
def watch(redactor: Redactor) -> Watch:
    """Give what looks at the frames and answers of a target whose messages have their text one level down."""
    return Watch(EventShape(text="message.body"), redactor, PEOPLE)


def in_frame(watch: Watch, redactor: Redactor, data: Any, event: str = "MessageSent") -> tuple[Exposure, ...]:
    """Look at a frame with this data, which is written as the protocol has it."""
    text = json.dumps({"event": event, "data": data if isinstance(data, str) else json.dumps(data)})
    return watch.in_frame(text, redactor.look(text).secrets, decode(text.encode()))


def in_answer(
    watch: Watch, redactor: Redactor, body: Any, *, purpose: str = "send", status: int = 200
) -> tuple[Exposure, ...]:
    """Look at an answer to alice."""
    text = body if isinstance(body, str) else json.dumps(body)
    return watch.in_answer(text, redactor.look(text).secrets, who="alice", purpose=purpose, status=status)


@pytest.mark.parametrize(
    ("member", "found"),
    [
        ({"id": 7}, ()),
        ({"key": "the-secret-of-the-app"}, (Exposure("the app secret"),)),
        ({"by": "1|token-of-alice"}, (Exposure(TOKEN, "alice"),)),
        ({"by": {"password": "password-of-bob"}}, (Exposure("a password", "bob"),)),
        ({"by": {"password": "of somebody unknown"}}, (Exposure("a password"),)),
        ({"by": {"remember_token": "x"}}, (Exposure(TOKEN),)),
        ({"by": {"token": "of any kind"}}, ()),
        ({"by": {"hash": HASHED}}, (Exposure(HASH),)),
        ({"by": {"hash": "$argon2id$v=19$m=65536"}}, (Exposure(HASH),)),
        ({"by": {"hash": "pbkdf2_sha256$870000$salt"}}, (Exposure(HASH),)),
        ({"by": FOREIGN}, (Exposure(TOKEN),)),
        ({"by": {"email": "Bob@chat.example"}}, (Exposure(ADDRESS, "bob"),)),
        ({"by": {"email": "jacob@chat.example"}}, (Exposure(ADDRESS),)),
        ({"price": "5 $", "or": "a|b", "at": "@home"}, ()),
        ({"nested": json.dumps({"by": HASHED})}, (Exposure(HASH),)),
        ("no object, but 1|token-of-alice", (Exposure(TOKEN, "alice"),)),
        ([[HASHED]], (Exposure(HASH),)),
    ],
)
def test_nobodys_secrets_belong_into_a_frame(
    watch: Watch, redactor: Redactor, member: Any, found: tuple[Exposure, ...]
) -> None:
    """Nor their addresses: it goes to everybody who listens."""
    assert in_frame(watch, redactor, member) == found


@pytest.mark.parametrize("typed", ["1|token-of-alice", HASHED, FOREIGN, "x@y.example", "bob@chat.example"])
def test_what_people_typed_is_no_disclosure(watch: Watch, redactor: Redactor, typed: str) -> None:
    """Neither as the text of a message, wherever it is repeated, nor in a client event, which is its sender's."""
    message = {"message": {"body": typed, "reply_to": {"body": typed}}}
    assert in_frame(watch, redactor, message) == ()
    assert in_frame(watch, redactor, json.dumps(message)) == ()
    assert in_frame(watch, redactor, {"x": typed}, event="client-typing") == ()
    assert in_answer(watch, redactor, {"data": [message]}, purpose="read") == ()
    beside = in_frame(watch, redactor, {**message, "hash": HASHED})
    assert beside == (Exposure(HASH),)


def test_an_address_of_nobody_of_ours_counts_in_messages_only(watch: Watch, redactor: Redactor) -> None:
    """There it is most likely its author's; elsewhere it may be a support address."""
    assert in_frame(watch, redactor, {"contact": "help@shop.example"}, event="OrderShipped") == ()
    assert in_answer(watch, redactor, {"contact": "help@shop.example"}) == ()


def test_what_is_no_frame_is_looked_at_as_it_is(watch: Watch, redactor: Redactor) -> None:
    """A server that dumps its settings breaks the protocol as well."""
    text = "APP_SECRET the-secret-of-the-app"
    assert watch.in_frame(text, redactor.look(text).secrets, None) == (Exposure("the app secret"),)


def test_data_that_is_nested_too_deep_is_looked_at_as_it_is(watch: Watch, redactor: Redactor) -> None:
    """Nothing is raised, and nothing overlooked."""
    for depth in (10, 700, 5000):
        text = "[" * depth + f'"{HASHED}"' + "]" * depth
        assert in_frame(watch, redactor, text) == (Exposure(HASH),)
        assert in_answer(watch, redactor, text) == (Exposure(HASH),)


@pytest.mark.parametrize(
    ("purpose", "status", "body", "found"),
    [
        ("log in", 200, {"token": "1|token-of-alice", "user": {"email": "alice@chat.example"}}, ()),
        ("register", 201, {"token": FOREIGN, "user": {"email": "x@new.example"}}, ()),
        ("log in", 200, {"password": HASHED}, (Exposure(HASH),)),
        ("log in", 422, {"input": "password-of-alice"}, (Exposure("a password", "alice"),)),
        ("log in", 422, {"password": "is too short"}, ()),
        ("authorize", 200, {"auth": f"key:{'ab' * 32}", "shared_secret": "of the channel"}, ()),
        ("authorize", 403, {"message": "1|token-of-alice"}, (Exposure(TOKEN, "alice"),)),
        ("ask who this is", 200, {"email": "bob@chat.example"}, ()),
        ("create", 201, {"data": [{"email": f"{name}@chat.example"} for name in PEOPLE]}, (Exposure(ADDRESS, "bob"),)),
        ("get", 200, {"email": "bob@chat.example", "key": FOREIGN}, (Exposure(TOKEN),)),
        ("get", 500, {"email": "bob@chat.example"}, (Exposure(ADDRESS, "bob"),)),
        ("get", 500, "<pre>the-secret-of-the-app", (Exposure("the app secret"),)),
    ],
)
def test_an_answer_holds_what_is_its_askers(
    watch: Watch, redactor: Redactor, purpose: str, status: int, body: Any, found: tuple[Exposure, ...]
) -> None:
    """A login gives a token, and one's own address is no news; what a test asks for itself may list people."""
    assert in_answer(watch, redactor, body, purpose=purpose, status=status) == found


@pytest.mark.parametrize(
    "body",
    [
        {"message": "Oops", "exception": "Error", "trace": [{"file": "/var/www/app.php", "line": 3}]},
        {"error": "#0 /var/www/vendor/x.php(12): run()"},
        "<b>Fatal error</b>: Uncaught Error in <b>/var/www/x.php</b> on line <b>3</b>",
        "<title>Ignition - Error</title>",
        "Traceback (most recent call last):\n  File",
        {"stack": "TypeError: x\n    at run (/app/server.js:12:5)"},
        "TypeError: x\n    at run (/app/server.js:12:5)",
    ],
)
def test_an_error_tells_nothing_of_the_servers_inside(watch: Watch, redactor: Redactor, body: Any) -> None:
    """A trace or a debug page is one in an error only: elsewhere somebody may have asked for it."""
    assert in_answer(watch, redactor, body, status=500) == (Exposure(TRACE),)
    assert in_answer(watch, redactor, body, status=200) == ()


@pytest.mark.parametrize("body", [{"message": "Forbidden."}, "", {"errors": {"trace": ["is required"], "at": "x"}}])
def test_an_ordinary_error_is_none(watch: Watch, redactor: Redactor, body: Any) -> None:
    """A validation error may speak of a field with such a name."""
    assert in_answer(watch, redactor, body, status=422) == ()


# As it is recorded


def disclosed(context: Context) -> list[Disclosed]:
    """List what was recorded."""
    return [event for event in context.recorder.events if isinstance(event, Disclosed)]


@pytest.mark.asyncio
async def test_a_frame_with_an_address_is_told_of_everybody_else(context: Context, broadcaster: Any) -> None:
    """Each who hears it, but not the one whose it is; the address itself is not in the event."""
    message = {"id": 1, "body": "hello", "sender": {"email": "bob@example.com"}}

    async def script(peer: Any) -> None:
        await peer.establish()
        peer.say("MessageSent", message, channel=CHANNEL)
        await peer.pong()

    broadcaster.script = script
    for name in ("alice", "bob"):
        connection = Connection(context, name, f"{name}#1")
        await connection.open()
        await connection.fence()
        await connection.close()
    (one,) = disclosed(context)
    assert (one.who, one.socket, one.what, one.whose) == ("alice", "alice#1", ADDRESS, "bob")
    assert (one.place, one.channel) == ("frame", CHANNEL)


@pytest.mark.asyncio
async def test_an_answer_is_told_of_with_its_act(world: World, backend: Any) -> None:
    """So that it can be found; a login is no disclosure, though its token is known from then on."""
    backend.answers("POST /api/login", (200, {"token": "1|a-token-of-theirs", "user": {"email": "alice@example.com"}}))
    alice = world.person("alice")
    await alice.log_in()
    assert disclosed(world.context) == []
    backend.answers("GET /api/me", (200, {"debug": "1|a-token-of-theirs"}))
    answer = await alice.get("/api/me")
    (one,) = disclosed(world.context)
    assert (one.who, one.place, one.act, one.purpose) == ("alice", "answer", answer.act, "get")
    assert (one.what, one.whose) == (TOKEN, "alice")
    assert b"a-token-of-theirs" not in msgspec.json.encode(world.events)
    await world.close()
