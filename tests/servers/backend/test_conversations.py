"""Tests of conversations, participation and messages."""

import json
import re
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio

UNAUTHORIZED = {"message": "This action is unauthorized."}


async def say(backend: Any, role: str, conversation: object, body: str, **headers: str) -> Any:
    """Send one message."""
    path = f"/api/conversations/{conversation}/messages"
    return await backend.ask(role, "POST", path, json={"body": body}, headers=headers)


@pytest.mark.parametrize(
    "body", ["Hello", "مرحبا، Hello from User A", "👩‍👩‍👧‍👦 e\u0301 \u202eabc", " <b>&amp; ", "x" * 5000]
)
async def test_a_message_is_stored_announced_and_answered(backend: Any, api: Any, body: str) -> None:
    """201 carries the message; the same message was published on the conversation's channel, text intact."""
    alice = backend.person("alice")
    conversation = await backend.converse("alice", "bob")

    answer = await say(backend, "alice", conversation, body, **{"X-Socket-ID": "4711.9001"})

    assert answer.status_code == 201
    message = answer.json()["data"]
    assert list(message) == ["id", "body", "sender", "created_at"]
    assert message["body"] == body
    assert message["sender"] == {"id": alice.id, "name": alice.display_name}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000Z", message["created_at"])
    (publish,) = api.publishes
    published = json.loads(publish.body)
    assert published.pop("data") == json.dumps(message, separators=(",", ":")).replace("/", r"\/")
    assert published == {
        "name": "MessageSent",
        "channels": [f"private-chat.1.conversation.{conversation}"],
        "socket_id": "4711.9001",
    }


async def test_without_a_socket_nobody_is_excluded(backend: Any, api: Any) -> None:
    """A sender who is not connected sends no X-Socket-ID."""
    await say(backend, "alice", 1, "Hello")

    (publish,) = api.publishes
    assert "socket_id" not in json.loads(publish.body)


async def test_a_conversation_that_goes_away_under_a_message_is_not_found(
    backend: Any, api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message is neither stored nor broadcast."""
    number = await backend.converse("alice", "bob")
    store = backend.services.store
    add_message = store.add_message

    def overtaken(conversation_id: int, *args: Any, **kwargs: Any) -> Any:
        store.delete_conversation(conversation_id)
        return add_message(conversation_id, *args, **kwargs)

    monkeypatch.setattr(store, "add_message", overtaken)
    answer = await backend.ask("alice", "POST", f"/api/conversations/{number}/messages", json={"body": "hi"})

    assert answer.status_code == 404
    assert answer.json()["message"].endswith(f"[App\\Models\\Conversation] {number}")
    assert api.publishes == []


@pytest.mark.parametrize("socket_id", ["undefined", "", "1"])
async def test_an_impossible_socket_id_fails_after_storing(backend: Any, api: Any, socket_id: str) -> None:
    """The library refuses it, the sender gets 500, and the message is stored all the same (PROTOCOL.md, 8.2)."""
    answer = await say(backend, "alice", 1, "Hello", **{"X-Socket-ID": socket_id})

    assert (answer.status_code, answer.text) == (500, '{"message":"Server Error"}')
    assert api.publishes == []
    stored = await backend.ask("bob", "GET", "/api/conversations/1/messages")
    assert stored.json()["data"][-1]["body"] == "Hello"


async def test_a_broadcast_that_fails_reaches_the_sender(backend: Any, api: Any) -> None:
    """A refusal by the broadcaster is 500 for the sender; the message can be read."""
    api.status, api.answer = 413, b"Payload too large."

    answer = await say(backend, "alice", 1, "مرحبا")

    assert (answer.status_code, answer.text) == (500, '{"message":"Server Error"}')
    stored = await backend.ask("bob", "GET", "/api/conversations/1/messages")
    assert stored.json()["data"][-1]["body"] == "مرحبا"


async def test_what_the_broadcaster_would_not_take_is_not_stored(backend: Any, api: Any) -> None:
    """An Arabic letter is six bytes of an event: 4,500 of them are within the API's limit and beyond Reverb's."""
    answer = await say(backend, "alice", 1, "مرحبا" * 900)

    assert (answer.status_code, answer.json()["errors"]) == (
        422,
        {"body": ["The body field is too long to be broadcast."]},
    )
    assert api.publishes == []
    stored = await backend.ask("bob", "GET", "/api/conversations/1/messages")
    assert "مرحبا" not in stored.json()["data"][-1]["body"]


async def test_a_deleted_conversation_is_gone_and_its_people_are_disconnected(backend: Any, api: Any) -> None:
    """Whoever takes part may delete it; the connections of everybody in it end, and it is 404 from then on."""
    refused = await backend.ask("mallory", "DELETE", "/api/conversations/1")
    answer = await backend.ask("alice", "DELETE", "/api/conversations/1")

    assert (refused.status_code, answer.status_code) == (403, 204)
    assert len(api.publishes) > 1
    assert all(one.path.endswith("/terminate_connections") for one in api.publishes)
    assert (await backend.ask("alice", "GET", "/api/conversations/1/messages")).status_code == 404


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (None, "The body field is required."),
        ("   ", "The body field is required."),
        (["Hello"], "The body field must be a string."),
        ("é" * 5001, "The body field must not be greater than 5000 characters."),
    ],
)
async def test_a_message_must_have_a_body(backend: Any, api: Any, body: object, complaint: str) -> None:
    """Nothing is stored or published of a message that breaks the rules."""
    answer = await backend.ask("alice", "POST", "/api/conversations/1/messages", json={"body": body})

    assert (answer.status_code, answer.json()["errors"]) == (422, {"body": [complaint]})
    assert api.publishes == []


async def test_sending_needs_a_token_that_is_good_for_it(backend: Any, api: Any) -> None:
    """A token that can only read may read and not send."""
    headers = {"Authorization": f"Bearer {await backend.token('alice', abilities=['read'])}"}

    sent = await backend.client.post("/api/conversations/1/messages", json={"body": "Hello"}, headers=headers)
    read = await backend.client.get("/api/conversations/1/messages", headers=headers)

    assert (sent.status_code, sent.json()) == (403, {"message": "Invalid ability provided."})
    assert read.status_code == 200
    assert api.publishes == []


@pytest.mark.parametrize(
    ("method", "rest"),
    [("GET", "messages"), ("POST", "messages"), ("POST", "participants"), ("DELETE", "participants/1")],
)
async def test_a_conversation_is_closed_to_everybody_else(backend: Any, api: Any, method: str, rest: str) -> None:
    """401 for strangers, 404 where there is nothing, 403 for a colleague and somebody of another company."""
    path = f"/api/conversations/1/{rest}"
    assert (await backend.client.request(method, path)).status_code == 401
    for role in ("eve", "mallory"):
        answer = await backend.ask(role, method, path, json={"body": "Hello", "user_id": backend.person(role).id})
        assert (answer.status_code, answer.json()) == (403, UNAUTHORIZED)
    for unknown in ("999", "01", "x", "9" * 30, "%00"):
        answer = await backend.ask("alice", method, f"/api/conversations/{unknown}/{rest}", json={"body": "Hello"})
        assert answer.status_code == 404
    assert answer.json()["message"].startswith("No query results for model [App\\Models\\Conversation]")
    assert api.publishes == []


async def test_somebody_who_was_away_catches_up(backend: Any) -> None:
    """Messages come in order, all of them or those after one that is known."""
    conversation = await backend.converse("alice", "bob")
    said = [(await say(backend, role, conversation, f"by {role}")).json()["data"] for role in ("alice", "bob", "alice")]
    path = f"/api/conversations/{conversation}/messages"

    assert (await backend.ask("bob", "GET", path)).json() == {"data": said}
    assert (await backend.ask("bob", "GET", path, params={"after": 0})).json() == {"data": said}
    assert (await backend.ask("bob", "GET", path, params={"after": said[0]["id"]})).json() == {"data": said[1:]}
    assert (await backend.ask("bob", "GET", path, params={"after": said[2]["id"]})).json() == {"data": []}
    assert (await backend.ask("bob", "GET", path, params={"after": "x"})).status_code == 422


async def test_colleagues_open_conversations(backend: Any) -> None:
    """Whoever opens one takes part, and every participant finds it in the list."""
    alice, bob = backend.person("alice"), backend.person("bob")

    answer = await backend.ask("alice", "POST", "/api/conversations", json={"participants": [bob.id, str(bob.id)]})

    assert answer.status_code == 201
    opened = answer.json()["data"]
    assert opened == {"id": opened["id"], "company_id": 1, "participants": [alice.id, bob.id]}
    for role in ("alice", "bob"):
        assert opened in (await backend.ask(role, "GET", "/api/conversations")).json()["data"]
    assert opened not in (await backend.ask("eve", "GET", "/api/conversations")).json()["data"]


@pytest.mark.parametrize(
    ("participants", "field"),
    [
        *((None, "participants"), ([], "participants"), ("2", "participants")),
        *(([2, "x"], "participants.1"), ([2, 999], "participants.1"), ([7], "participants.0")),
    ],
)
async def test_a_conversation_is_between_colleagues_who_exist(backend: Any, participants: object, field: str) -> None:
    """Nobody, somebody unknown and somebody of another company are 422, and say which."""
    answer = await backend.ask("alice", "POST", "/api/conversations", json={"participants": participants})

    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]


async def test_participants_come_and_go(backend: Any) -> None:
    """Who was added may read and send, again is no error; who was removed may not."""
    eve = backend.person("eve")
    conversation = await backend.converse("alice", "bob")
    path = f"/api/conversations/{conversation}/participants"

    for _ in range(2):
        added = await backend.ask("alice", "POST", path, json={"user_id": eve.id})
        assert added.status_code == 201
        assert added.json()["data"]["participants"] == [1, 2, eve.id]
    assert (await say(backend, "eve", conversation, "Hello")).status_code == 201

    assert (await backend.ask("bob", "DELETE", f"{path}/{eve.id}")).status_code == 204
    assert (await say(backend, "eve", conversation, "Hello")).status_code == 403
    assert (await backend.ask("bob", "DELETE", f"{path}/{eve.id}")).status_code == 404
    assert (await backend.ask("bob", "DELETE", f"{path}/x")).status_code == 404


@pytest.mark.parametrize(
    ("user_id", "complaint"), [(None, "required"), (7, "selected"), (999, "selected"), ("1x", "integer")]
)
async def test_only_a_colleague_can_be_added(backend: Any, user_id: object, complaint: str) -> None:
    """Somebody of another company, or nobody, is 422."""
    answer = await backend.ask("alice", "POST", "/api/conversations/1/participants", json={"user_id": user_id})

    assert answer.status_code == 422
    assert complaint in answer.json()["errors"]["user_id"][0]
