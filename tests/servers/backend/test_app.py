"""Tests of the application as a whole."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from harness.errors import UsageError
from harness.servers.backend.app import LARGEST_BODY, create_app

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("path", ["/api/login", "/api/broadcasting/auth", "/api/conversations/1/messages"])
async def test_a_body_that_is_far_too_large_is_refused(backend: Any, path: str) -> None:
    """413 in whatever encoding, also when the length was not announced."""

    async def chunks() -> AsyncIterator[bytes]:
        yield b"--x\r\nContent-Disposition: form-data; name=body\r\n\r\n"
        for _ in range(3):
            yield b"x" * (LARGEST_BODY // 2)

    media_types = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
    for media_type in media_types:
        answer = await backend.ask("alice", "POST", path, content=chunks(), headers={"Content-Type": media_type})

        assert (answer.status_code, answer.json()) == (413, {"message": "The POST data is too large."})


async def test_pages_of_other_origins_may_call_the_api(backend: Any) -> None:
    """A browser's question beforehand is granted for any origin, and never with cookies."""
    asked = {
        "Origin": "http://elsewhere.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,x-socket-id",
    }

    answer = await backend.client.options("/api/broadcasting/auth", headers=asked)

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-socket-id" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in answer.headers


async def test_what_nobody_expected_is_500_and_tells_nothing(backend: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The client learns nothing of an internal error, and the log nothing of the values that were involved."""
    with backend.services.store.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE users RENAME TO gone")

    answer = await backend.client.post("/api/login", json={"email": "a@b.example", "password": "hush-hush"})

    assert (answer.status_code, answer.text) == (500, '{"message":"Server Error"}')
    assert "no such table" in caplog.text
    assert "a@b.example" not in caplog.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/nothing", 404), ("GET", "/api/login/", 404), ("GET", "/api/login", 405), ("PUT", "/", 405)],
)
async def test_every_refusal_is_json(backend: Any, method: str, path: str, status: int) -> None:
    """No route and no method of that kind are told as Laravel tells them, without a redirect."""
    answer = await backend.client.request(method, path)

    assert answer.status_code == status
    assert list(answer.json()) == ["message"]


async def test_a_defect_that_nobody_knows_is_a_mistake(services: Any, world: Any) -> None:
    """The sentence lists those that there are."""
    with pytest.raises(UsageError, match=r"the backend has no defect 'AZ-99'; known are AU-01, .*PR-09"):
        create_app(services, world, ("AZ-99",))
