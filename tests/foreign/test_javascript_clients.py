"""The official JavaScript clients, under Node, against our backend and broadcaster: no codec of ours is in between."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from harness.config import Person, TargetDeclaration

TEXT = "مرحبا 👋🏽 é, from PHP's side of the world"


@contextmanager
def _logged_in(target: TargetDeclaration, name: str) -> Iterator[httpx.Client]:
    one = person(target, name)
    with httpx.Client(base_url=target.backend.url, headers={"Accept": "application/json"}, trust_env=False) as client:
        answer = client.post("/api/login", json={"email": one.email, "password": one.password})
        client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        yield client


def _asked(client: str, target: TargetDeclaration, token: str, conversation: int) -> dict[str, Any]:
    address = urlsplit(target.broadcaster.url)
    company = person(target, "bob").company
    return {
        "client": client,
        "key": target.broadcaster.key,
        "host": address.hostname,
        "port": address.port,
        "authEndpoint": f"{target.backend.url}/api/broadcasting/auth",
        "token": token,
        "privateChannel": f"private-chat.{company}.conversation.{conversation}",
        "presenceChannel": f"presence-company.{company}",
        "event": "MessageSent",
    }


def person(target: TargetDeclaration, name: str) -> Person:
    """Find somebody of the cast."""
    return next(one for one in target.cast if one.name == name)


def _count(told: list[dict[str, Any]], what: str) -> int:
    return sum(one["what"] == what for one in told)


@pytest.mark.parametrize("client", ["pusher-js", "laravel-echo"])
def test_an_official_client_subscribes_and_hears(
    client: str, target_of_stack: TargetDeclaration, listen: Callable[[dict[str, Any]], Any]
) -> None:
    """It authorizes for a private and a presence channel and hears, intact, a message that was sent over HTTP."""
    target = target_of_stack
    with _logged_in(target, "alice") as alice, _logged_in(target, "bob") as bob:
        people = [person(target, name).id for name in ("alice", "bob")]
        made = alice.post("/api/conversations", json={"participants": people}).json()["data"]["id"]
        listener = listen(_asked(client, target, bob.headers["Authorization"].removeprefix("Bearer "), made))
        told = listener.until(lambda told: _count(told, "subscribed") == 2)
        sent = alice.post(f"/api/conversations/{made}/messages", json={"body": TEXT})
        told = listener.until(lambda told: _count(told, "heard") == 1)

    assert sent.status_code == 201
    assert [one["data"]["body"] for one in told if one["what"] == "heard"] == [TEXT]
    assert {one["channel"] for one in told if one["what"] == "subscribed"} == {
        f"private-chat.{person(target, 'bob').company}.conversation.{made}",
        f"presence-company.{person(target, 'bob').company}",
    }


@pytest.mark.parametrize("client", ["pusher-js", "laravel-echo"])
def test_an_official_client_is_told_of_a_refusal(
    client: str, target_of_stack: TargetDeclaration, listen: Callable[[dict[str, Any]], Any]
) -> None:
    """An outsider's client gets the endpoint's 403 in the way that it knows, and hears nothing."""
    target = target_of_stack
    with _logged_in(target, "alice") as alice, _logged_in(target, "eve") as eve:
        made = alice.post("/api/conversations", json={"participants": [person(target, "alice").id]}).json()["data"][
            "id"
        ]
        asked = _asked(client, target, eve.headers["Authorization"].removeprefix("Bearer "), made)
        told = listen(asked).until(lambda told: _count(told, "refused") == 1)

    assert [one["status"] for one in told if one["what"] == "refused"] == [403]
    assert not _count(told, "heard")
