"""The session login: cookies in the place of tokens, and nothing changed without the CSRF value of the session."""

from urllib.parse import unquote

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from harness.servers.backend.cookies import CSRF_COOKIE, CSRF_HEADER, SESSION, SessionLogin

pytestmark = pytest.mark.asyncio

TOKEN = "12|a-token"


async def login(request: Request) -> JSONResponse:
    """Give a token to whoever sends JSON."""
    if not await request.body():
        return JSONResponse({"message": "invalid"}, 422)
    return JSONResponse({"token": TOKEN, "user": {"id": 7}})


async def show(request: Request) -> JSONResponse:
    """Show what the application was shown."""
    return JSONResponse({"authorization": request.headers.get("authorization")})


@pytest.fixture
def browser() -> httpx.AsyncClient:
    """Keep cookies, as a browser does, and ask an application behind the session login."""
    routes = [Route("/api/login", login, methods=["POST"]), Route("/api/user", show, methods=["GET", "POST"])]
    transport = httpx.ASGITransport(SessionLogin(Starlette(routes=routes)))
    return httpx.AsyncClient(transport=transport, base_url="http://backend")


def csrf(browser: httpx.AsyncClient) -> dict[str, str]:
    """Give the header that a page shows."""
    return {CSRF_HEADER: unquote(browser.cookies[CSRF_COOKIE])}


async def test_a_login_gives_a_session_and_no_token(browser: httpx.AsyncClient) -> None:
    """The body loses the token, and the cookies hold it; later requests are those of its owner."""
    assert (await browser.get("/sanctum/csrf-cookie")).status_code == 204
    answer = await browser.post("/api/login", json={}, headers=csrf(browser))
    assert (answer.status_code, answer.json()) == (200, {"user": {"id": 7}})
    assert unquote(browser.cookies[SESSION]) == TOKEN
    assert (await browser.get("/api/user")).json() == {"authorization": f"Bearer {TOKEN}"}
    assert (await browser.post("/api/user", headers=csrf(browser))).status_code == 200


async def test_a_refused_login_gives_nothing(browser: httpx.AsyncClient) -> None:
    """The application's answer stays as it is."""
    await browser.get("/sanctum/csrf-cookie")
    answer = await browser.post("/api/login", headers=csrf(browser))
    assert (answer.status_code, answer.json(), dict(answer.cookies)) == (422, {"message": "invalid"}, {})


async def test_nothing_is_changed_without_the_value_of_the_session(browser: httpx.AsyncClient) -> None:
    """419 before a first visit, without the header, with a made-up one, and with that of the session before."""
    assert (await browser.post("/api/login", json={})).status_code == 419
    await browser.get("/sanctum/csrf-cookie")
    before = csrf(browser)
    assert (await browser.post("/api/login", json={})).status_code == 419
    assert (await browser.post("/api/login", json={}, headers={CSRF_HEADER: "made up"})).status_code == 419
    await browser.post("/api/login", json={}, headers=before)
    answer = await browser.post("/api/user", headers=before)
    assert (answer.status_code, answer.json()) == (419, {"message": "CSRF token mismatch."})
    assert (await browser.get("/api/user")).status_code == 200


async def test_whoever_shows_a_token_or_nothing_is_left_alone(browser: httpx.AsyncClient) -> None:
    """Without a session no CSRF value is asked for, and a bearer token goes before a session."""
    assert (await browser.post("/api/user")).json() == {"authorization": None}
    await browser.get("/sanctum/csrf-cookie")
    headers = {"Authorization": "Bearer 1|x"}
    assert (await browser.get("/api/user", headers=headers)).json() == {"authorization": "Bearer 1|x"}
