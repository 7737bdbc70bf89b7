"""Each of these forgets the connections after one kind of loss, and closes them after the others."""

from dataclasses import replace
from typing import Any

import pytest

from harness.servers.backend.app import create_app
from harness.servers.backend.closing import Closer
from harness.servers.backend.defects.endings import ENDINGS
from harness.servers.backend.services import Services

pytestmark = pytest.mark.asyncio

ACTS = {
    "logout": ("POST", "/api/logout"),
    "revoke": ("DELETE", "/api/tokens"),
    "close": ("DELETE", "/api/user"),
    "remove": ("DELETE", "/api/conversations/1/participants/2"),
    "delete": ("DELETE", "/api/conversations/2"),
}
FORGOTTEN = {"AU-16": {"revoke", "close"}, "AU-17": {"logout"}, "AZ-08": {"remove"}, "AZ-09": {"delete"}}


async def closing(backend: Any, api: Any, defects: tuple[str, ...]) -> set[str]:
    """Do every act as somebody with a right to it, and tell after which somebody was disconnected."""
    backend.serve(create_app(backend.services, backend.world, defects))
    closed = set()
    for act, (method, path) in ACTS.items():
        api.publishes.clear()
        answer = await backend.ask("eve" if act == "close" else "alice", method, path)
        assert answer.status_code == 204, (act, answer.text)
        closed |= {act} if api.publishes else set()
    return closed


@pytest.mark.parametrize("defect", [one.id for one in ENDINGS])
async def test_one_kind_of_loss_is_forgotten(backend: Any, api: Any, defect: str) -> None:
    """What it is about disconnects nobody; everything else does, as in a healthy backend."""
    assert await closing(backend, api, (defect,)) == set(ACTS) - FORGOTTEN[defect]


async def test_a_healthy_backend_forgets_none(backend: Any, api: Any) -> None:
    """Whoever lost a right is disconnected."""
    assert await closing(backend, api, ()) == set(ACTS)


class Planning(Closer):
    """A closer that says what it was to do later."""

    def __init__(self, services: Services) -> None:
        super().__init__(services.publisher, is_wanted=True)
        self.planned: list[tuple[float, int]] = []

    def close_after(self, seconds: float, user_id: int, **_: Any) -> None:
        """Take it in."""
        self.planned.append((seconds, user_id))


@pytest.mark.parametrize(("defects", "planned"), [((), [(3600, 1)]), (("AU-16",), []), (("AU-17",), [(3600, 1)])])
async def test_an_expiry_is_planned_or_not(
    backend: Any, defects: tuple[str, ...], planned: list[tuple[float, int]]
) -> None:
    """A login with an end is what plans it."""
    closer = Planning(backend.services)
    backend.serve(create_app(replace(backend.services, closer=closer), backend.world, defects))

    await backend.token("alice", expires_in=3600)

    assert closer.planned == planned
