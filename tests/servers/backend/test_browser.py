"""Tests of what the chat page is served with; what it does was seen in a browser."""

import json
import re
from typing import Any

import pytest

from harness.servers.backend.browser import embed_json

pytestmark = pytest.mark.asyncio


async def test_the_page_knows_where_to_go_and_no_secret(backend: Any, api: Any) -> None:
    """Its configuration is the WebSocket address with the key, and who could log in; no password, no app secret."""
    answer = await backend.client.get("/")

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    embedded = re.search(r'<script type="application/json" id="configuration">(.*?)</script>', answer.text)
    assert embedded is not None
    assert json.loads(embedded[1]) == {
        "websocket": f"ws{api.url.removeprefix('http')}/app/demo-key",
        "emails": [person.email for person in backend.world.people],
    }
    assert "demo-secret" not in answer.text
    assert not any(person.password in answer.text for person in backend.world.people)


async def test_the_page_loads_nothing_from_anywhere_else(backend: Any, api: Any) -> None:
    """A policy allows its own two files, this backend and the broadcaster's socket; nothing is inline."""
    for path, media_type in (("/", "html"), ("/chat.css", "css"), ("/chat.js", "javascript")):
        answer = await backend.client.get(path)

        assert answer.status_code == 200
        assert media_type in answer.headers["content-type"]
        assert not re.search(r"https?://|//cdn|innerHTML|\son\w+=", answer.text)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert f"connect-src 'self' ws{api.url.removeprefix('http')}" in policy
        assert "unsafe" not in policy


async def test_embedded_json_cannot_leave_its_element() -> None:
    """Markup in a value stays text, and reads back as it was."""
    hostile = {"name": "</script><script>alert(1)</script><!-- & é"}

    assert not set("<>&") & set(embed_json(hostile))
    assert json.loads(embed_json(hostile)) == hostile


async def test_the_health_check_asks_the_database(backend: Any) -> None:
    """200 while the database answers, and 500 when it does not."""
    healthy = await backend.client.get("/up")
    with backend.services.store.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE users RENAME TO gone")
    broken = await backend.client.get("/up")

    assert (healthy.status_code, healthy.json()) == (200, {"health": "OK"})
    assert (broken.status_code, broken.json()) == (500, {"message": "Server Error"})
