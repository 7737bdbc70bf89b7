"""
What Laravel answers, byte for byte where PROTOCOL.md (sections 8 and 13) gives the bytes.

The reference application answers JSON to everybody, as a Laravel API does that was told so (`shouldRenderJsonWhen`);
one that was not redirects a caller without `Accept: application/json` to a login page.
"""

import logging
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from harness.protocol.messages import php_json

logger = logging.getLogger(__name__)


class Invalid(HTTPException):
    """A request that fails validation: 422, with every complaint under the name of its field."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(422, _summary(errors))
        self.errors = errors


def answer(content: Any, status: int = 200) -> Response:
    """Build a JSON answer, encoded as PHP encodes it."""
    return Response(php_json(content), status, {"cache-control": "no-cache, private"}, "application/json")


def no_content() -> Response:
    """Build the empty 204 that follows a deletion."""
    return Response(status_code=204)


def unauthenticated() -> HTTPException:
    """Refuse a request that carries no token, or one that is unknown, expired or revoked."""
    return HTTPException(401, "Unauthenticated.")


def forbidden(message: str = "") -> HTTPException:
    """Refuse somebody who is known; a channel is denied without a message."""
    return HTTPException(403, message)


def not_found(model: str, key: object) -> HTTPException:
    """Say that route-model binding found nothing under `key`, which is text from the client."""
    return HTTPException(404, f"No query results for model [App\\Models\\{model}] {key}")


def server_error() -> HTTPException:
    """Answer what an application with debug off says of an exception that nobody caught."""
    return HTTPException(500, "Server Error")


def render_refusal(request: Request, error: Exception) -> Response:
    """Turn a refusal, or starlette's own 404 and 405, into Laravel's body."""
    assert isinstance(error, HTTPException)  # noqa: S101 - starlette hands over what was registered
    body: dict[str, Any] = {"message": _message(request, error)}
    if isinstance(error, Invalid):
        body["errors"] = error.errors
    response = answer(body, error.status_code)
    response.headers.update(error.headers or {})
    return response


def render_unstorable(_request: Request, _error: Exception) -> Response:
    """Refuse what the database cannot hold, as PostgreSQL cannot hold a NUL in a text."""
    return answer({"message": "The given data was invalid.", "errors": {}}, 422)


def render_failure(_request: Request, error: Exception) -> Response:
    """Tell the log what went wrong, and the client nothing but 500."""
    logger.error("%s", error)
    return answer({"message": "Server Error"}, 500)


def _message(request: Request, error: HTTPException) -> str:
    path = request.url.path.lstrip("/")
    if error.status_code == HTTPStatus.NOT_FOUND and error.detail == "Not Found":
        return f"The route {path} could not be found."
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "")
        return f"The {request.method} method is not supported for route {path}. Supported methods: {allowed}."
    return error.detail


def _summary(errors: dict[str, list[str]]) -> str:
    complaints = [complaint for field in errors.values() for complaint in field]
    more = len(complaints) - 1
    if not more:
        return complaints[0]
    return f"{complaints[0]} (and {more} more error{'s' if more > 1 else ''})"
