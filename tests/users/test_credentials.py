"""What a token is worth: from the login that gave it to whatever ended it, and in whose hands."""

from typing import Any

import pytest

from harness.users.credentials import Credentials

SECOND = 1_000_000_000
HERS = "1|the-token-of-alice"


class Clock:
    """A history's clock that a test sets."""

    def __init__(self) -> None:
        self.now = 5 * SECOND

    def __call__(self) -> int:
        """Give the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Give a clock that stands still."""
    return Clock()


@pytest.fixture
def credentials(clock: Clock) -> Credentials:
    """Give what is known when alice has logged in."""
    credentials = Credentials(clock)
    credentials.issued(HERS, "alice", {"device_name": "phone"})
    return credentials


@pytest.mark.parametrize(
    ("token", "who", "worth"),
    [
        (HERS, "alice", "live"),
        (f" {HERS} ", "alice", "live"),
        (HERS, "bob", "borrowed"),
        (None, "alice", "none"),
        ("", "alice", "other"),
        ("garbage", "alice", "other"),
        ("1|the-token-of-nobody", "alice", "other"),
        ("the-token-of-alice", "alice", "unknown"),
        ("9|the-token-of-alice", "bob", "unknown"),
    ],
)
def test_a_token_is_worth_what_its_login_gave(credentials: Credentials, token: Any, who: str, worth: str) -> None:
    """To its owner; of its secret half alone, which some backends take, nobody knows."""
    assert credentials.worth(token, who) == worth


@pytest.mark.parametrize(
    ("seconds", "before", "after"), [(0, "dead", "dead"), (1.5, "unknown", "dead"), ("soon", "unknown", "unknown")]
)
def test_a_token_ends_when_it_was_asked_to(
    credentials: Credentials, clock: Clock, seconds: Any, before: str, after: str
) -> None:
    """Until then nobody knows to the second; in anybody's hands a dead token is dead."""
    credentials.issued("2|short", "bob", {"expires_in": seconds})
    clock.now += SECOND + SECOND // 2 - 1
    assert credentials.worth("2|short", "bob") == before
    clock.now += 1
    assert credentials.worth("2|short", "bob") == after
    assert credentials.worth("2|short", "eve") == ("dead" if after == "dead" else "borrowed")


def test_of_a_token_for_less_nobody_knows_what_it_opens(credentials: Credentials) -> None:
    """Until its owner gives it back, which ends it like any other."""
    credentials.issued("2|less", "alice", {"abilities": ["read"]})
    assert credentials.worth("2|less", "alice") == "unknown"
    credentials.left("2|less", "alice", "ok")
    assert credentials.worth("2|less", "alice") == "dead"


def test_a_log_out_ends_a_token_once_it_is_answered(credentials: Credentials) -> None:
    """What its owner has besides may have ended with it; what others have has not."""
    credentials.issued("2|tablet", "alice", {})
    credentials.issued("3|of-bob", "bob", {})
    credentials.leaving(HERS)
    assert credentials.worth(HERS, "alice") == "unknown"
    credentials.left(HERS, "alice", "ok")
    assert [credentials.worth(token, "alice") for token in (HERS, "2|tablet")] == ["dead", "unknown"]
    assert credentials.worth("3|of-bob", "bob") == "live"
    assert credentials.worth(HERS, "bob") == "dead"


def test_a_refused_log_out_changes_nothing(credentials: Credentials) -> None:
    """Neither for a living token nor for one that is dead already."""
    credentials.leaving(HERS)
    credentials.left(HERS, "alice", "refused")
    assert credentials.worth(HERS, "alice") == "live"
    for outcome in ("ok", "refused"):
        credentials.leaving(HERS)
        credentials.left(HERS, "alice", outcome)
    assert credentials.worth(HERS, "alice") == "dead"


def test_of_two_log_outs_at_once_the_one_that_went_through_counts(credentials: Credentials) -> None:
    """The other is refused because of it."""
    credentials.leaving(HERS)
    credentials.leaving(HERS)
    credentials.left(HERS, "alice", "ok")
    credentials.left(HERS, "alice", "refused")
    assert credentials.worth(HERS, "alice") == "dead"


def test_a_log_out_without_an_answer_leaves_everything_open(credentials: Credentials) -> None:
    """Also of what that person has besides; without a token there is nothing to end."""
    credentials.issued("2|tablet", "alice", {})
    credentials.leaving(HERS)
    credentials.left(HERS, "alice", "unknown")
    assert [credentials.worth(token, "alice") for token in (HERS, "2|tablet")] == ["unknown", "unknown"]
    credentials.leaving(None)
    credentials.left(None, "bob", "ok")


def test_two_people_may_be_given_the_same_token(credentials: Credentials) -> None:
    """Each of them holds it for their own."""
    credentials.issued(HERS, "bob", {})
    assert [credentials.worth(HERS, who) for who in ("alice", "bob", "eve")] == ["live", "live", "borrowed"]


def test_tokens_are_not_shown(credentials: Credentials) -> None:
    """They are secret."""
    assert "token-of-alice" not in repr(credentials)
