"""A right password opens the door; nothing else does, and what was said wrongly is answered, not crashed upon."""

import asyncio
import secrets

import pytest

from harness import LoginRefused
from harness.users.guessing import guess

pytestmark = pytest.mark.arrive("nowhere")


async def test_the_right_password_gives_a_token_that_opens_the_conversation(alice, conversation):
    """Alice logs in, and with her token she is let into her conversation."""
    await alice.log_in()

    await alice.join(conversation)


@pytest.mark.needs("wrong_passwords")
async def test_a_wrong_password_gives_no_token(alice):
    """The right password works, the wrong one is refused."""
    await alice.log_in()

    with pytest.raises(LoginRefused) as refused:
        await alice.log_in(password=f"not-{alice.person.password}")

    assert refused.value.status in {401, 422}


@pytest.mark.needs("wrong_passwords")
async def test_an_unknown_address_is_answered_like_a_wrong_password(alice):
    """Whoever guesses addresses does not learn from the answer which of them exist."""
    await alice.log_in()
    wrong = secrets.token_urlsafe()
    with pytest.raises(LoginRefused) as known:
        await alice.log_in(password=wrong)

    with pytest.raises(LoginRefused) as unknown:
        await alice.log_in(email=f"{secrets.token_hex(8)}@nobody.example", password=wrong)

    assert (unknown.value.status, unknown.value.body) == (known.value.status, known.value.body)


@pytest.mark.needs("wrong_passwords")
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b'"alice"', b'{"email": ["a"], "password": {"b": 1}}', b"\xff\xfe", b"[" * 2000],
    ids=["empty", "cut", "null", "list", "text", "wrong types", "no UTF-8", "nested"],
)
async def test_a_malformed_body_is_a_mistake_of_the_client(alice, target, body):
    """A login that cannot be read is answered with a 4xx and no token, never with an error of the server."""
    await alice.log_in()
    login = target.declaration.backend.contract.login

    answer = await alice.post(login.path, content=body)

    assert answer.status in range(400, 500), f"hop 1, login: {answer.status} {answer.body}"
    assert answer.at(login.token) is None


@pytest.mark.needs("wrong_passwords", "registration")
async def test_whoever_guesses_passwords_is_stopped(new_user):
    """After as many wrong passwords as the target says the next one is not looked at: 429."""
    await guess(await new_user())


async def test_whoever_logs_in_at_the_same_moment_gets_a_token_of_their_own(alice, bob, carol, eve):
    """Four people log in at once, five times over: each token is the token of the one who asked for it."""
    people = (alice, bob, carol, eve)
    for _ in range(5):
        await asyncio.gather(*(person.log_in() for person in people))

        ids = await asyncio.gather(*(person.identify() for person in people))

        assert ids == [await person.backend_id() for person in people], "hop 1, login: a token is somebody else's"
