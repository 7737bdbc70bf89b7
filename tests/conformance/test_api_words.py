"""What an HTTP API answered, in words."""

import pytest

from harness.conformance.api import ApiAnswer
from harness.conformance.api_words import listener, member, part, said, told, whole
from harness.conformance.bench import Bench


def test_an_error_that_the_body_alone_tells_is_told() -> None:
    """Under any other status the status says enough."""
    assert said(ApiAnswer(200, '{"ok":true}')) == "http 200"
    assert said(ApiAnswer(200, '{"error":"no","code":401}')) == "http 200 error 401"
    assert said(ApiAnswer(401, '{"error":"no","code":401}')) == "http 401"
    assert said(ApiAnswer(200, '["error","code"]')) == "http 200"


def test_a_body_is_told_with_its_members_in_order() -> None:
    """What is no JSON stands as it is."""
    assert whole(ApiAnswer(200, '{ "b": 1, "a": [] }')) == 'http 200 {"a":[],"b":1}'
    assert whole(ApiAnswer(404, "Not found.")) == "http 404 Not found."
    assert whole(ApiAnswer(404, "")) == "http 404"


def test_a_place_of_a_body_is_found() -> None:
    """Where there is none, nothing is told."""
    answer = ApiAnswer(200, '{"channels":{"a":{"user_count":2}}}')

    assert told(part(answer, "channels", "a", "user_count")) == "2"
    assert told(part(answer, "channels", "b", "user_count")) == "not told"
    assert told(part(ApiAnswer(200, "[1]"), "channels")) == "not told"


@pytest.mark.asyncio
async def test_somebody_listens(bench: Bench) -> None:
    """To a presence channel as a member."""
    channel = bench.channel("presence")
    await listener(bench, channel)

    assert part(await bench.api("GET", f"/channels/{channel}/users"), "users") == [{"id": "1"}]
    assert member("2", name="x") == '{"user_id": "2", "user_info": {"name": "x"}}'
    await bench.close()
