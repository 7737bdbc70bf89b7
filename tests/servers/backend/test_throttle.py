"""The throttle: so many wrong passwords, then 429 until they are forgotten."""

from typing import Any

import pytest
from starlette.exceptions import HTTPException

from harness.servers.backend import throttle
from harness.servers.backend.throttle import WINDOW, WRONG_PASSWORDS, Throttle

ALICE, ELSEWHERE, BOB = ("a@x.example", "::1"), ("a@x.example", "::2"), ("b@x.example", "::1")


class Clock:
    """A clock that is set."""

    now = 100.0

    def __call__(self) -> float:
        """Give the time."""
        return self.now


def guess(one: Throttle, times: int = WRONG_PASSWORDS) -> None:
    """Guess wrong so often, being let try."""
    for _ in range(times):
        one.check(ALICE)
        one.missed(ALICE)


def test_whoever_guesses_too_often_is_refused_for_a_while() -> None:
    """They alone, in that place alone, until the window is over."""
    clock = Clock()
    one = Throttle(clock=clock)
    guess(one)

    with pytest.raises(HTTPException) as refused:
        one.check(ALICE)
    assert (refused.value.status_code, refused.value.headers) == (429, {"Retry-After": "61"})
    one.check(ELSEWHERE)
    one.check(BOB)

    clock.now += WINDOW
    guess(one)


def test_a_right_password_forgets_the_wrong_ones() -> None:
    """Whoever mistypes now and then is never refused."""
    one = Throttle()
    for _ in range(3):
        guess(one, WRONG_PASSWORDS - 1)
        one.passed(ALICE)


def test_what_is_forgotten_takes_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever guesses may invent as many addresses as they like."""
    monkeypatch.setattr(throttle, "_MANY", 3)
    clock = Clock()
    one = Throttle(clock=clock)
    for number in range(3):
        one.missed((str(number), ""))
    clock.now += WINDOW

    one.missed(ALICE)

    assert list(one._wrong) == [ALICE]


@pytest.mark.asyncio
async def test_a_login_is_refused_with_429(backend: Any) -> None:
    """After five wrong passwords the right one is refused as well, and after a right one all begins anew."""
    alice, bob = backend.person("alice"), backend.person("bob")

    async def status(person: Any, password: str) -> int:
        answer = await backend.client.post("/api/login", json={"email": person.email, "password": password})
        return int(answer.status_code)

    assert [await status(alice, "wrong") for _ in range(WRONG_PASSWORDS + 1)] == [422] * WRONG_PASSWORDS + [429]
    assert await status(alice, alice.password) == 429
    for _ in range(2):
        assert [await status(bob, "wrong") for _ in range(WRONG_PASSWORDS - 1)] == [422] * (WRONG_PASSWORDS - 1)
        assert await status(bob, bob.password) == 200
