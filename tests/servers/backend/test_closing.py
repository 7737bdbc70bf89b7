"""Whoever loses a right loses their connections, and a broadcaster that is away changes nothing about the loss."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from harness.servers.backend.closing import Closer

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def publisher(services: Any) -> AsyncIterator[Any]:
    """Give the way to the broadcaster, whose connections end with the test."""
    yield services.publisher
    await services.publisher.close()


async def test_people_are_disconnected_one_by_one(publisher: Any, api: Any) -> None:
    """Each by the route of the broadcaster's API, signed."""
    await Closer(publisher, is_wanted=True).close((3, 4))

    assert [one.path for one in api.publishes] == [f"/apps/1001/users/{user}/terminate_connections" for user in (3, 4)]
    assert all("auth_signature" in one.params for one in api.publishes)


async def test_a_broadcaster_that_fails_is_logged(publisher: Any, api: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The right is lost all the same."""
    api.status = 500

    await Closer(publisher, is_wanted=True).close((3,))

    assert "the connections of person 3 stay open" in caplog.text


async def test_nothing_is_closed_where_nobody_wants_it(publisher: Any, api: Any) -> None:
    """As plain Laravel does: neither at once nor later."""
    closer = Closer(publisher, is_wanted=False)

    await closer.close((3,))
    closer.close_after(0, 3, still_due=yes)

    assert api.publishes == []


async def yes() -> bool:
    """Say that the token is there still."""
    return True


async def no() -> bool:
    """Say that it was revoked before it expired."""
    return False


class Recording:
    """A publisher that says whom it was told to disconnect."""

    def __init__(self) -> None:
        self.people: list[int] = []
        self.was_told = asyncio.Event()

    async def terminate(self, user_id: int) -> None:
        """Take it in."""
        self.people.append(user_id)
        self.was_told.set()


async def test_a_token_that_ends_takes_its_connections_along() -> None:
    """When it has ended, not before, and not if it was revoked; what is to end is forgotten at the stop."""
    publisher: Any = Recording()
    closer = Closer(publisher, is_wanted=True)

    closer.close_after(3600, 4, still_due=yes)
    closer.close_after(0, 5, still_due=no)
    closer.close_after(0, 3, still_due=yes)
    async with asyncio.timeout(5):
        await publisher.was_told.wait()
    closer.stop()

    assert publisher.people == [3]
