"""Tests of login, logout, registration, and who one is."""

import re
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio

WRONG = {
    "message": "The provided credentials are incorrect.",
    "errors": {"email": ["The provided credentials are incorrect."]},
}


@pytest.mark.parametrize("encoding", ["json", "data"])
async def test_the_right_password_gives_a_token(backend: Any, encoding: str) -> None:
    """Login answers the token and the person, to JSON and to a form."""
    alice = backend.person("alice")

    answer = await backend.client.post(
        "/api/login", **{encoding: {"email": alice.email, "password": alice.password, "device_name": "phone"}}
    )

    assert answer.status_code == 200
    assert re.fullmatch(r"\d+\|[A-Za-z0-9]{48}", answer.json()["token"])
    assert answer.json()["user"] == {
        "id": alice.id,
        "name": alice.display_name,
        "email": alice.email,
        "company_id": alice.company,
    }


async def test_a_wrong_password_and_an_unknown_person_get_one_answer(backend: Any) -> None:
    """Nothing tells who has an account."""
    for email, password in (
        (backend.person("alice").email, "wrong"),
        (backend.person("alice").email, backend.person("bob").password),
        ("nobody@company-1.example", backend.person("alice").password),
    ):
        answer = await backend.client.post("/api/login", json={"email": email, "password": password})
        assert (answer.status_code, answer.json()) == (422, WRONG)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, {"email", "password"}),
        ({"email": "alice", "password": "x"}, {"email"}),
        ({"email": ["a@b.example"], "password": {"a": 1}}, {"email", "password"}),
        ({"email": "a@b.example", "password": "x", "abilities": "*"}, {"abilities"}),
        ({"email": "a@b.example", "password": "x", "expires_in": -1}, {"expires_in"}),
        ({"email": "a@b.example", "password": "x", "device_name": 7}, {"device_name"}),
    ],
)
async def test_a_malformed_login_names_the_fields(backend: Any, fields: dict[str, Any], wrong: set[str]) -> None:
    """Laravel's 422, for every wrong field at once."""
    answer = await backend.client.post("/api/login", json=fields)

    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == wrong


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"text"', b"\xff", b'{"email":' * 5000])
async def test_a_body_that_is_no_json_is_a_login_without_fields(backend: Any, body: bytes) -> None:
    """Garbage is 422 like an empty form."""
    answer = await backend.client.post("/api/login", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["message"] == "The email field is required. (and 1 more error)"


async def test_a_token_can_be_made_to_die(backend: Any) -> None:
    """`expires_in` 0 is a dead token from the start; one that ends later lives."""
    dead, alive = await backend.token("alice", expires_in=0), await backend.token("alice", expires_in=3600)

    answers = [
        await backend.client.get("/api/user", headers={"Authorization": f"Bearer {token}"}) for token in (dead, alive)
    ]

    assert [answer.status_code for answer in answers] == [401, 200]


async def test_logout_ends_the_token_that_was_used(backend: Any) -> None:
    """The same person's other token lives on; the ended one cannot even log out again."""
    first, second = [{"Authorization": f"Bearer {await backend.token('alice')}"} for _ in range(2)]

    assert (await backend.client.post("/api/logout", headers=first)).status_code == 204

    assert (await backend.client.post("/api/logout", headers=first)).status_code == 401
    assert (await backend.client.get("/api/user", headers=first)).text == '{"message":"Unauthenticated."}'
    assert (await backend.client.get("/api/user", headers=second)).json()["id"] == backend.person("alice").id


async def test_a_new_person_is_logged_in_at_once(backend: Any) -> None:
    """Registration answers 201 like a login, and the password works from then on."""
    fields = {"name": "نور", "email": "new@company-2.example", "password": "long enough", "company_id": "2"}

    answer = await backend.client.post("/api/register", data=fields)

    assert answer.status_code == 201
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    user = (await backend.client.get("/api/user", headers=headers)).json()
    assert user == answer.json()["user"] == {"id": 13, "name": "نور", "email": fields["email"], "company_id": 2}
    again = await backend.client.post("/api/login", json={"email": fields["email"], "password": "long enough"})
    assert again.status_code == 200


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"email": "alice@company-1.example"}, "The email has already been taken."),
        ({"company_id": 3}, "The selected company id is invalid."),
        ({"company_id": None}, "The company id field is required."),
        ({"password": "short"}, "The password field must be at least 8 characters."),
        ({"name": "x" * 256}, "The name field must not be greater than 255 characters."),
    ],
)
async def test_a_registration_that_cannot_be_is_422(backend: Any, change: dict[str, Any], complaint: str) -> None:
    """What is taken, missing or out of bounds is said."""
    fields = {"name": "New", "email": "new@company-1.example", "password": "long enough", "company_id": 1, **change}

    answer = await backend.client.post("/api/register", json=fields)

    assert (answer.status_code, answer.json()["message"]) == (422, complaint)


async def test_revoking_ends_every_token_of_a_person(backend: Any, api: Any) -> None:
    """Somebody who lost a phone ends it from the laptop, which ends too; nobody else's token does."""
    phone, laptop = [{"Authorization": f"Bearer {await backend.token('alice')}"} for _ in range(2)]
    bobs = {"Authorization": f"Bearer {await backend.token('bob')}"}

    answer = await backend.client.delete("/api/tokens", headers=laptop)

    assert (answer.status_code, answer.content) == (204, b"")
    for headers, status in ((phone, 401), (laptop, 401), (bobs, 200)):
        assert (await backend.client.get("/api/user", headers=headers)).status_code == status
    assert [one.path for one in api.publishes] == ["/apps/1001/users/1/terminate_connections"]
    await backend.token("alice")


async def test_a_closed_account_is_nobodys(backend: Any, api: Any) -> None:
    """Its tokens, its password and its participations end; what it wrote stays, and its address is free."""
    alice, headers = backend.person("alice"), {"Authorization": f"Bearer {await backend.token('alice')}"}
    fields = {"name": "Alice", "email": alice.email, "password": "long enough", "company_id": 1}

    answer = await backend.client.delete("/api/user", headers=headers)

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await backend.client.get("/api/user", headers=headers)).status_code == 401
    login = await backend.client.post("/api/login", json={"email": alice.email, "password": alice.password})
    assert (login.status_code, login.json()) == (422, WRONG)
    assert [one.path for one in api.publishes] == ["/apps/1001/users/1/terminate_connections"]
    shown = (await backend.ask("bob", "GET", "/api/conversations")).json()["data"]
    assert all(alice.id not in conversation["participants"] for conversation in shown)
    said = (await backend.ask("bob", "GET", "/api/conversations/1/messages")).json()["data"]
    assert alice.id in {message["sender"]["id"] for message in said}
    assert (await backend.client.post("/api/register", json=fields)).status_code == 201


@pytest.mark.parametrize("path", ["/api/tokens", "/api/user"])
async def test_nobody_ends_what_is_not_theirs(backend: Any, path: str) -> None:
    """Without a token there is nothing to end."""
    assert (await backend.client.delete(path)).status_code == 401


@pytest.mark.parametrize(("method", "path"), [("POST", "/api/logout"), ("DELETE", "/api/tokens")])
async def test_a_right_is_lost_while_the_broadcaster_is_away(backend: Any, api: Any, method: str, path: str) -> None:
    """The answer tells of the act, which was done: the token is dead."""
    headers = {"Authorization": f"Bearer {await backend.token('alice')}"}
    api.status = 500

    assert (await backend.client.request(method, path, headers=headers)).status_code == 204
    assert (await backend.client.get("/api/user", headers=headers)).status_code == 401
