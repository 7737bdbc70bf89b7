"""Which tokens have ended, and which token opened a channel to a socket."""

from typing import Any

import pytest

from harness.history.events import CredentialAnswered, CredentialAsked, SubscribeAnswered, SubscribeAsked
from harness.history.tokens import Tokens


@pytest.fixture
def tokens() -> Tokens:
    """Give bob the tokens 7 and 8, and carol 9."""
    tokens = Tokens()
    for who, token in (("bob", 7), ("bob", 8), ("carol", 9)):
        change(tokens, who, "log-in", at=10, token=token)
    return tokens


def change(tokens: Tokens, who: str, change: Any, *, at: int, asked: int = 0, **answer: Any) -> None:
    """Let a credential change, with a question when `asked` says when that was."""
    if asked:
        tokens.asked(CredentialAsked(n=0, at=asked, who=who, act=f"{at}", change=change))
    facts: dict[str, Any] = {"outcome": "ok"} | answer
    tokens.answered(CredentialAnswered(n=at, at=at, who=who, act=f"{at}", change=change, **facts))


def ends(tokens: Tokens) -> dict[int, tuple[str, int]]:
    """Say how and when each of the tokens ended."""
    return {token: (end.how, end.at) for token in (7, 8, 9) if (end := tokens.ending(token))}


def test_what_was_given_lives(tokens: Tokens) -> None:
    """And of a token without a number, or one that nobody was given, nothing is known."""
    change(tokens, "bob", "log-in", at=20)

    assert (ends(tokens), tokens.endings, tokens.ending(0)) == ({}, [], None)


def test_a_log_out_ends_its_token(tokens: Tokens) -> None:
    """From the answer on; it was asked for before."""
    change(tokens, "bob", "log-out", at=30, asked=25, token=7)

    assert ends(tokens) == {7: ("logged out", 30)}
    (ending,) = tokens.endings
    assert (ending.who, ending.asked, ending.answered.n, ending.tokens) == ("bob", 25, 30, (7,))


@pytest.mark.parametrize(("change_", "how"), [("revoke", "revoked"), ("delete-account", "account deleted")])
def test_what_ends_a_person_ends_every_token_that_lives(tokens: Tokens, change_: Any, how: str) -> None:
    """Of that person, and none that is given later."""
    change(tokens, "bob", "log-out", at=30, token=7)
    change(tokens, "bob", change_, at=40)
    change(tokens, "bob", "log-in", at=50, token=11)

    assert ends(tokens) == {7: ("logged out", 30), 8: (how, 40)}
    assert tokens.ending(11) is None
    assert tokens.endings[-1].tokens == (8,)


@pytest.mark.parametrize("outcome", ["refused", "unknown"])
def test_what_was_not_done_for_certain_ends_nothing(tokens: Tokens, outcome: str) -> None:
    """Nor does a login that was refused give a token."""
    change(tokens, "bob", "log-out", at=30, token=7, outcome=outcome)
    change(tokens, "bob", "log-in", at=31, token=12, ends=40, outcome=outcome)

    assert (ends(tokens), tokens.endings) == ({}, [])


def test_a_token_ends_by_what_comes_first() -> None:
    """It expires at the time it was given for, unless something ended it before; what comes later changes nothing."""
    tokens = Tokens()
    for token in (7, 8):
        change(tokens, "bob", "log-in", at=10, token=token, ends=50)
    assert ends(tokens) == {7: ("expired", 50), 8: ("expired", 50)}

    change(tokens, "bob", "log-out", at=30, token=7)
    change(tokens, "bob", "log-out", at=60, token=8)
    assert ends(tokens) == {7: ("logged out", 30), 8: ("expired", 50)}


def test_the_end_of_somebody_whose_tokens_nobody_knows_is_told(tokens: Tokens) -> None:
    """With none of them, and as if it had been asked for in the moment of its answer."""
    change(tokens, "dave", "log-out", at=30)

    (ending,) = tokens.endings
    assert (ending.who, ending.asked, ending.tokens) == ("dave", 30, ())


def subscribe(tokens: Tokens, n: int, token: int | None, socket: str = "bob#1") -> None:
    """Subscribe a socket by event `n`; a subscription without a question has the token None."""
    if token is not None:
        tokens.subscribing(
            SubscribeAsked(
                n=n - 1, at=0, act=f"{n}", channel="x", channel_kind="private", signature="valid", token=token
            )
        )
    tokens.subscribed(SubscribeAnswered(n=n, at=0, socket=socket, act=f"{n}", channel="x", outcome="ok"))


def test_the_latest_acknowledgement_tells_the_token() -> None:
    """Of that socket and that channel, as of that event; 0 where nobody knows."""
    tokens = Tokens()
    subscribe(tokens, 10, 7)
    subscribe(tokens, 15, 9, "bob#2")
    subscribe(tokens, 20, 8)
    subscribe(tokens, 30, None)

    assert [tokens.opened_by("bob#1", "x", n) for n in (9, 10, 19, 20, 29, 30)] == [0, 7, 7, 8, 8, 0]
    assert [tokens.opened_by(socket, channel, 99) for socket, channel in (("bob#2", "x"), ("bob#1", "y"))] == [9, 0]
