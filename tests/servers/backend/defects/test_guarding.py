"""The endpoint guarded by something else than a bearer token, or by a rule that is asked too late."""

import json
from typing import Any

import pytest

from harness.servers.backend.app import create_app
from harness.servers.backend.defects.guarding import COOKIE

pytestmark = pytest.mark.asyncio

AUTH = "/api/broadcasting/auth"
FIELDS = {"socket_id": "1.2", "channel_name": "presence-company.1"}


async def test_an_error_page_stands_for_401(backend: Any) -> None:
    """A healthy backend says 401 in JSON, this one shows HTML; whoever shows a token is answered as ever."""
    healthy = await backend.client.post(AUTH, data=FIELDS)
    backend.serve(create_app(backend.services, backend.world, ["AU-07:html"]))

    defective = await backend.client.post(AUTH, data=FIELDS)

    assert (healthy.status_code, healthy.headers["content-type"]) == (401, "application/json")
    assert (defective.status_code, defective.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert [(await backend.ask(role, "POST", AUTH, data=FIELDS)).status_code for role in ("bob", "mallory")] == [
        200,
        403,
    ]


async def test_a_cookie_counts_and_a_bearer_token_does_not(backend: Any) -> None:
    """A page in a browser works, and an app does not."""
    token = await backend.token("bob")
    asked = [{"Authorization": f"Bearer {token}"}, {"Cookie": f"{COOKIE}={token}"}]
    healthy = [(await backend.client.post(AUTH, data=FIELDS, headers=headers)).status_code for headers in asked]
    backend.serve(create_app(backend.services, backend.world, ["AU-08"]))

    defective = [(await backend.client.post(AUTH, data=FIELDS, headers=headers)).status_code for headers in asked]

    assert (healthy, defective) == ([200, 401], [401, 200])


async def test_somebody_who_is_denied_was_announced(backend: Any, api: Any) -> None:
    """The answer is 403 either way; here the members were told of her all the same."""
    assert (await backend.ask("mallory", "POST", AUTH, data=FIELDS)).status_code == 403
    assert api.publishes == []
    backend.serve(create_app(backend.services, backend.world, ["AZ-40"]))

    answer = await backend.ask("mallory", "POST", AUTH, data=FIELDS)

    assert answer.status_code == 403
    (announced,) = [json.loads(one.body) for one in api.publishes]
    assert (announced["name"], announced["channels"]) == ("pusher_internal:member_added", ["presence-company.1"])
    assert json.loads(announced["data"])["user_id"] == str(backend.person("mallory").id)
