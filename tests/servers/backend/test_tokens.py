"""Tests of bearer tokens."""

import hashlib
import re
import zlib

import pytest

from harness.servers.backend.store import Store, User
from harness.servers.backend.tokens import Tokens


class Clock:
    """Unix time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Give a clock."""
    return Clock()


@pytest.fixture
def tokens(store: Store, clock: Clock) -> Tokens:
    """Give tokens that expire by the clock."""
    return Tokens(store, clock)


@pytest.fixture
def alice(store: Store) -> User:
    """Give somebody with an account."""
    found = store.credentials("alice@company-1.example")
    assert found is not None
    return found[0]


def test_a_token_is_an_id_and_a_secret_of_which_only_a_digest_is_kept(
    tokens: Tokens, store: Store, alice: User
) -> None:
    """The secret is 40 random characters and their checksum, as Sanctum makes it; the table has its SHA-256."""
    token = tokens.issue(alice, name="phone")

    number, secret = token.split("|")
    assert re.fullmatch(r"[A-Za-z0-9]{40}[0-9a-f]{8}", secret)
    assert secret[40:] == f"{zlib.crc32(secret[:40].encode()):08x}"
    stored = store.token(int(number))
    assert stored is not None
    assert stored.digest == hashlib.sha256(secret.encode()).hexdigest()


def test_a_living_token_says_who_asks(tokens: Tokens, alice: User) -> None:
    """The header's scheme is taken in any case; a token without limits can do everything."""
    token = tokens.issue(alice, name="phone")

    for scheme in ("Bearer", "bearer"):
        identity = tokens.identify(f"{scheme} {token}")
        assert identity is not None
        assert identity.user == alice
        assert identity.can("realtime")


def test_a_limited_token_can_do_what_it_says(tokens: Tokens, alice: User) -> None:
    """Abilities are words; a token without any can do nothing."""
    limited = tokens.identify(f"Bearer {tokens.issue(alice, name='phone', abilities=['read'])}")
    empty = tokens.identify(f"Bearer {tokens.issue(alice, name='phone', abilities=[])}")

    assert limited is not None
    assert empty is not None
    assert limited.can("read")
    assert not limited.can("realtime")
    assert not empty.can("read")


def test_whatever_is_no_token_is_nobody(tokens: Tokens, alice: User) -> None:
    """Another scheme, another id, another secret, half a token or garbage are refused, and nothing is raised."""
    token = tokens.issue(alice, name="phone")
    other = tokens.issue(alice, name="tablet")
    number, secret = token.split("|")

    for header in (
        *(None, "", "Bearer", "Bearer ", "Basic YTpi", token, f"Basic {token}", f"Token {token}"),
        *(f"Bearer {secret}", f"Bearer {number}|", f"Bearer |{secret}", f"Bearer {token}x", f"Bearer 0{token}"),
        *(f"Bearer {other.split('|')[0]}|{secret}", f"Bearer {'9' * 30}|{secret}", f"Bearer {token} {token}"),
        *("Bearer null", "Bearer 1|null", "Bearer \x00|é", f"Bearer {token.swapcase()}"),
    ):
        assert tokens.identify(header) is None, header


def test_a_token_ends_when_its_time_is_up(tokens: Tokens, clock: Clock, alice: User) -> None:
    """It lives until the very second that was said, and 0 seconds are over at once."""
    header = f"Bearer {tokens.issue(alice, name='phone', expires_in=60)}"
    clock.now += 59.9
    assert tokens.identify(header) is not None

    clock.now += 0.1
    assert tokens.identify(header) is None
    assert tokens.identify(f"Bearer {tokens.issue(alice, name='phone', expires_in=0)}") is None


def test_revoking_ends_one_token(tokens: Tokens, alice: User) -> None:
    """The person's other tokens live on, and revoking twice is no error."""
    first, second = (tokens.issue(alice, name="phone") for _ in range(2))
    identity = tokens.identify(f"Bearer {first}")
    assert identity is not None

    tokens.revoke(identity)
    tokens.revoke(identity)

    assert tokens.identify(f"Bearer {first}") is None
    assert tokens.identify(f"Bearer {second}") is not None
