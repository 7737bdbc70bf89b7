"""What is recorded of an answer: whose token asked, what the rules say, and whether what was granted verifies."""

import contextlib
from typing import Any

import pytest

from harness.config import Broadcaster
from harness.errors import AuthorizationDenied, UsageError
from harness.history.events import HttpAnswered
from harness.protocol.signatures import channel_auth
from harness.users.authorization import Authorization, Question, verified
from harness.users.user import User
from harness.users.world import World

CHANNEL = "private-chat.6.conversation.42"
OURS = Broadcaster(key="key", secret="secret-of-the-app")
GOOD = channel_auth("key", "secret-of-the-app", "1.1", "presence-x", '{"user_id":1}')


@pytest.mark.parametrize(
    ("auth", "socket_id", "channel_data", "verdict"),
    [
        (GOOD, "1.1", '{"user_id":1}', "valid"),
        (GOOD, "1.2", '{"user_id":1}', "invalid"),
        (GOOD, "1.1", '{"user_id":2}', "invalid"),
        ("nonsense", "1.1", None, "invalid"),
    ],
)
def test_a_signature_is_for_one_socket_channel_and_member(
    auth: str, socket_id: str, channel_data: str | None, verdict: str
) -> None:
    """With the secret at hand it is told at once what the broadcaster will say."""
    assert verified(OURS, auth, socket_id=socket_id, channel="presence-x", channel_data=channel_data) == verdict


def test_without_the_secret_nothing_can_be_verified() -> None:
    """Which is not the same as invalid."""
    assert verified(Broadcaster(key="key"), GOOD, socket_id="1.1", channel="x", channel_data=None) == "unverifiable"


def test_an_authorization_does_not_show_its_signature() -> None:
    """Only the last four characters, so that two can be told apart."""
    granted = Authorization(auth=GOOD, channel_data=None, signature="valid", status=200)
    assert repr(granted) == f"<Authorization …{GOOD[-4:]} valid>"


def test_a_question_does_not_show_its_token() -> None:
    """The token is somebody's."""
    question = Question(channel="private-x", socket_id="1.1", token="1|a-token", encoding="json")
    assert repr(question) == "<Question private-x for 1.1>"


async def asked(user: User, channel: str = CHANNEL, **question: Any) -> HttpAnswered:
    """Let somebody ask, and give what was recorded of the answer, granted or not."""
    with contextlib.suppress(AuthorizationDenied):
        await user.authorize(channel, **question)
    answered = user.world.events[-1]
    assert isinstance(answered, HttpAnswered)
    return answered


@pytest.mark.asyncio
async def test_an_answer_is_recorded_with_what_the_token_was_worth(world: World, backend: Any) -> None:
    """None before a login, the own one after it, a made-up one and another person's where a test puts them in."""
    backend.answers("POST /api/login", (200, {"token": "1|of-alice"}), (200, {"token": "2|of-bob"}))
    alice, bob = world.person("alice"), world.person("bob")
    assert (await asked(alice)).credential == "none"
    await alice.log_in()
    await bob.log_in()
    worth = [
        (await asked(alice, bearer=bearer)).credential for bearer in ("1|of-alice", None, "", "garbage", "2|of-bob")
    ]
    assert worth == ["live", "none", "other", "other", "borrowed"]
    assert (await asked(alice)).credential == "live"
    alice.session.token = ""
    assert (await asked(alice)).credential == "none"
    assert [headers.get("authorization", "-") for request, headers, _ in backend.asked if "auth" in request] == [
        *("-", "Bearer 1|of-alice", "-", "Bearer", "Bearer garbage", "Bearer 2|of-bob", "Bearer 1|of-alice", "-")
    ]
    await world.close()


@pytest.mark.asyncio
async def test_of_a_token_that_ends_meanwhile_nobody_knows(world: World) -> None:
    """The endpoint may have looked before that or after it."""
    alice = world.person("alice")
    await alice.log_in()
    follow = alice.session.follow

    async def ending(*route: Any, **more: Any) -> Any:
        world.context.credentials.left(alice.session.token, "alice", "ok")
        return await follow(*route, **more)

    alice.session.follow = ending  # type: ignore[method-assign]  # a log-out on another device, in between
    assert (await asked(alice)).credential == "unknown"
    assert (await asked(alice)).credential == "dead"
    await world.close()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("channel", "socket_id", "rule", "entitled"),
    [
        (CHANNEL, "1.1", "conversation", "roster"),
        (CHANNEL, "nonsense", "conversation", "moot"),
        ("presence-company.7", "1.1", "company", "no"),
        ("private-orders.1", "1.1", "", "no"),
    ],
)
async def test_an_answer_is_recorded_with_what_the_rules_say(
    world: World, channel: str, socket_id: str, rule: str, entitled: str
) -> None:
    """And of a socket id that is none, that its signature would open nothing."""
    answered = await asked(world.person("alice"), channel, socket_id=socket_id)
    assert (answered.rule, answered.entitled, answered.channel) == (rule, entitled, channel)
    await world.close()


@pytest.mark.asyncio
async def test_the_latest_grant_to_a_living_token_is_remembered(world: World, backend: Any) -> None:
    """What a denial elsewhere needs beside it; a grant that opens nothing, or without a token, is none."""
    alice, grants = world.person("alice"), world.context.grants
    await asked(alice)
    await alice.log_in()
    await asked(alice, socket_id="nonsense")
    assert grants == {}
    granted = await asked(alice)
    backend.answers("POST /api/broadcasting/auth", (403, {}))
    await asked(alice)
    assert grants == {"alice": granted}
    await world.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("token", ["two\nlines", "two\rlines", "\0"])
async def test_a_token_that_no_header_can_hold_is_a_mistake(world: World, backend: Any, token: str) -> None:
    """Nothing is asked: the endpoint would be blamed for an answer that it never gave."""
    with pytest.raises(UsageError, match="a bearer token goes into a header"):
        await world.person("alice").authorize(CHANNEL, bearer=token)
    assert backend.asked == []
    await world.close()
