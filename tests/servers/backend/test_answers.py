"""Tests of Laravel's bodies."""

from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy.exc import DataError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from harness.errors import EnvironmentFault, HarnessError
from harness.servers.backend.answers import (
    Invalid,
    answer,
    forbidden,
    no_content,
    not_found,
    render_failure,
    render_refusal,
    render_unstorable,
    server_error,
    unauthenticated,
)


def raising(error: Exception) -> httpx.AsyncClient:
    """Give a client of an application whose only route raises."""

    async def endpoint(_request: Request) -> Response:
        raise error

    app = Starlette(
        routes=[Route("/api/thing", endpoint, methods=["POST"])],
        exception_handlers={
            HTTPException: render_refusal,
            DataError: render_unstorable,
            HarnessError: render_failure,
            Exception: render_failure,
        },
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://backend")


def refusals() -> Iterator[tuple[Exception, int, str]]:
    """List every refusal with its status and its bytes."""
    yield unauthenticated(), 401, '{"message":"Unauthenticated."}'
    yield forbidden(), 403, '{"message":""}'
    yield forbidden("Invalid ability provided."), 403, '{"message":"Invalid ability provided."}'
    yield server_error(), 500, '{"message":"Server Error"}'
    yield RuntimeError("with a secret"), 500, '{"message":"Server Error"}'
    yield DataError("a text", {}, ValueError("a NUL")), 422, '{"message":"The given data was invalid.","errors":{}}'
    yield EnvironmentFault("the broadcaster is gone"), 500, '{"message":"Server Error"}'
    yield (
        not_found("Conversation", "7/é"),
        404,
        r'{"message":"No query results for model [App\\Models\\Conversation] 7\/\u00e9"}',
    )
    yield (
        Invalid({"email": ["The email field is required."]}),
        422,
        '{"message":"The email field is required.","errors":{"email":["The email field is required."]}}',
    )
    yield (
        Invalid({"email": ["One."], "password": ["Two."]}),
        422,
        '{"message":"One. (and 1 more error)","errors":{"email":["One."],"password":["Two."]}}',
    )
    yield (
        Invalid({"email": ["One.", "Two."], "password": ["Three."]}),
        422,
        '{"message":"One. (and 2 more errors)","errors":{"email":["One.","Two."],"password":["Three."]}}',
    )


@pytest.mark.asyncio
@pytest.mark.parametrize(("error", "status", "body"), list(refusals()))
async def test_a_refusal_has_laravels_bytes(error: Exception, status: int, body: str) -> None:
    """Status, type and body are those of an application with debug off."""
    response = await raising(error).post("/api/thing")

    assert (response.status_code, response.text) == (status, body)
    assert response.headers["content-type"] == "application/json"


@pytest.mark.asyncio
async def test_a_route_or_method_that_does_not_exist_is_json_too() -> None:
    """404 and 405 name what was asked for, and 405 says what would be allowed."""
    client = raising(server_error())

    missing, wrong = await client.get("/api/other"), await client.get("/api/thing")

    assert (missing.status_code, missing.json()) == (404, {"message": "The route api/other could not be found."})
    assert wrong.status_code == 405
    assert wrong.headers["allow"] == "POST"
    assert wrong.json() == {"message": "The GET method is not supported for route api/thing. Supported methods: POST."}


def test_an_answer_is_written_as_php_writes_it() -> None:
    """Compact, slashes and non-ASCII letters escaped; a deletion has no body."""
    assert answer({"name": "نور", "url": "a/b"}, 201).body == rb'{"name":"\u0646\u0648\u0631","url":"a\/b"}'
    assert answer({}, 201).status_code == 201
    assert (no_content().status_code, no_content().body) == (204, b"")
