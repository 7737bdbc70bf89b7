"""How a person comes by a credential and loses it, and what the history says of its token."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from harness.errors import HarnessError, Refused
from harness.history.events import CredentialAnswered
from harness.users.user import User
from harness.users.world import World

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def person(world: World) -> AsyncIterator[User]:
    """Give somebody of the test's own, who has not logged in yet."""
    alice = world.person("alice")
    yield world._device(alice.person, expendable=True)
    await world.close()


def answered(world: World) -> list[CredentialAnswered]:
    """Give what became of credentials."""
    return [event for event in world.events if isinstance(event, CredentialAnswered)]


async def test_tokens_are_counted(person: User, world: World, backend: Any) -> None:
    """The first is 1, one that will end says when, and a log-out says which it was."""
    backend.answers("POST /api/login", (200, {"token": "1|one"}), (200, {"token": "2|two"}))
    backend.answers("POST /api/logout", (204, None))

    await person.log_in()
    await person.log_in(expires_in=60)
    await person.log_out()

    first, second, out = answered(world)
    assert (first.token, first.ends) == (1, 0)
    assert second.token == 2
    assert second.ends > second.at
    assert (out.change, out.token, out.outcome) == ("log-out", 2, "ok")


@pytest.mark.parametrize(
    ("verb", "route", "change"),
    [("revoke", "DELETE /api/tokens", "revoke"), ("delete_account", "DELETE /api/user", "delete-account")],
)
async def test_all_tokens_of_a_person_end(
    person: User, world: World, backend: Any, verb: str, route: str, change: str
) -> None:
    """And nothing of them is worth anything afterwards; a refused one leaves them as they were."""
    backend.answers("POST /api/login", (200, {"token": "1|one"}), (200, {"token": "2|two"}))
    backend.answers(route, (403, {}), (204, None))
    await person.log_in()
    await person.log_in()
    worth = world.context.credentials.worth

    with pytest.raises(Refused):
        await getattr(person, verb)()
    assert [worth(token, "alice") for token in ("1|one", "2|two")] == ["live", "live"]
    await getattr(person, verb)()

    assert [worth(token, "alice") for token in ("1|one", "2|two")] == ["dead", "dead"]
    assert (answered(world)[-1].change, answered(world)[-1].token) == (change, 0)


@pytest.mark.parametrize("verb", ["log_out", "revoke", "delete_account"])
async def test_people_whom_others_need_keep_their_tokens(world: World, verb: str) -> None:
    """The sentence says whom to ask for instead."""
    with pytest.raises(HarnessError, match=r"alice is shared with other tests, .*; ask for `new_user`"):
        await getattr(world.person("alice"), verb)()
    await world.close()


@pytest.mark.parametrize(
    ("abilities", "worth"),
    [(["realtime"], "live"), (["*"], "live"), (["read"], "limited"), ([], "limited"), ("x", "unknown")],
)
async def test_a_token_is_worth_what_it_may_do(
    person: User, world: World, backend: Any, abilities: Any, worth: str
) -> None:
    """Without the ability to join it is limited; what nobody can read is unknown."""
    backend.answers("POST /api/login", (200, {"token": "1|one"}))

    await person.log_in(abilities=abilities)

    assert world.context.credentials.worth("1|one", "alice") == worth


async def test_a_visitor_never_logs_in(world: World, broadcaster: Any) -> None:
    """Connected all the same, and without a token."""

    async def script(peer: Any) -> None:
        await peer.establish("1.1")
        await peer.serve()

    broadcaster.script = script

    visitor = await world.visitor()

    assert (visitor.name, visitor.session.token, visitor.socket_id) == ("visitor", None, "1.1")
    assert answered(world) == []
    await world.close()
