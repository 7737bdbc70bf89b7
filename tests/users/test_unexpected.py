"""Answers that the declaration is to blame for: one sentence each, with the setting to look at."""

from typing import Any

import pytest

from harness.errors import AuthorizationDenied, HarnessError, LoginRefused, Refused, SendRefused
from harness.users.world import World

pytestmark = pytest.mark.asyncio

HTML = (200, b"<!DOCTYPE html><html><body>Welcome</body></html>", {"Content-Type": "text/html; charset=UTF-8"})
REDIRECT = (302, b"", {"Location": "https://app.example.com/login?back=%2Fhush-hush"})
TO_THE_LOGIN = "this redirects to https://app.example.com/login, as pages do for browsers: look at "
A_PAGE = "in JSON, and this is a page in HTML: look at "


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (HTML, f"a token {A_PAGE}`login` of [targets.scripted.backend], and at the path in its `url`"),
        (REDIRECT, f"a token, and {TO_THE_LOGIN}`login` of [targets.scripted.backend]"),
        (
            (200, {"data": {"access_token": "1|abc", "type": "Bearer"}, "ok": True}),
            "`login` of [targets.scripted.backend]; the answer has data.access_token, data.type, ok",
        ),
        ((200, [1]), "a token at `token`, where there is none: look at `login`"),
        (
            (419, {"message": "CSRF token mismatch."}),
            "look at `authentication` and `csrf` of [targets.scripted.backend]",
        ),
        ((429, {}, {"Retry-After": "7"}), "the backend limits requests (Retry-After: 7); lower `requests_per_second`"),
        ((401, {"message": "no"}), "a token: look at alice in the cast of target scripted"),
    ],
)
async def test_a_login_that_gives_no_token(world: World, backend: Any, answer: Any, expected: str) -> None:
    """Each says hop 1, and what to look at; no value of the answer is shown with it."""
    backend.answers("POST /api/login", answer)
    with pytest.raises(LoginRefused) as refused:
        await world.person("alice").log_in()
    assert "  hop       1, login" in str(refused.value)
    assert expected in str(refused.value)
    assert "hush-hush" not in str(refused.value)
    await world.close()


@pytest.mark.parametrize(("answer", "words"), [(HTML, A_PAGE), (REDIRECT, TO_THE_LOGIN)])
async def test_every_hop_names_its_route(world: World, backend: Any, answer: Any, words: str) -> None:
    """Authorization, conversation, message and catching up."""
    people = world.person("alice"), world.conversation
    await world.open()
    alice, conversation = people
    for request in ("broadcasting/auth", "conversations/42/messages"):
        backend.answers(f"POST /api/{request}", answer)
    backend.answers("GET /api/conversations/42/messages", answer)
    backend.answers("POST /api/conversations", answer)
    acts = {
        "authorize": (alice.authorize("private-a"), AuthorizationDenied),
        "send": (alice.send(conversation, "hello"), SendRefused),
        "read": (alice.read(conversation), Refused),
        "create": (world.new_conversation(alice), Refused),
    }
    for route, (act, error) in acts.items():
        if route == "send" and answer is HTML:
            act.close()
            continue  # a backend may answer a message as it likes
        with pytest.raises(error) as refused:
            await act
        assert f"{words}`{route}` of [targets.scripted.backend]" in str(refused.value)
    await world.close()


async def test_an_id_that_nobody_says(world: World, backend: Any) -> None:
    """Who asks for it is told where it should stand."""
    backend.answers("GET /api/user", (200, {"data": {"uuid": 7}}))
    world.context.ids.clear()
    backend.answers("POST /api/login", (200, {"token": "1|a-token-of-theirs"}))
    alice = world.person("alice")
    await alice.log_in()
    with pytest.raises(HarnessError, match=r"expected the id at `id`, where there is none.*the answer has data.uuid"):
        await alice.backend_id()
    await world.close()
