"""The application in process over a seeded world, and a real HTTP server that plays the broadcaster's API."""

import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import pytest_asyncio
from starlette.types import ASGIApp

from harness.servers.backend.app import connect_services, create_app
from harness.servers.backend.seed import Person, World
from harness.servers.backend.services import Services
from harness.servers.backend.settings import Broadcaster, Settings
from harness.servers.backend.store import Store
from harness.servers.backend.world import open_world


class Publish:
    """One request that the broadcaster's API got."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        url = urlsplit(handler.path)
        self.method, self.path = handler.command, url.path
        self.params = dict(parse_qsl(url.query))
        self.body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        self.client = handler.client_address


class Api:
    """A broadcaster's HTTP API that writes down what it gets and answers what a test wants."""

    def __init__(self) -> None:
        self.publishes: list[Publish] = []
        self.status, self.answer = 200, b"{}"
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                api.publishes.append(Publish(self))
                self.send_response(api.status)
                self.send_header("Content-Length", str(len(api.answer)))
                self.end_headers()
                self.wfile.write(api.answer)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


class Backend:
    """The application, asked by people of the cast."""

    def __init__(self, services: Services, world: World) -> None:
        self.services, self.world = services, world
        self.serve(create_app(services, world))

    def serve(self, app: ASGIApp) -> None:
        """Ask this application from now on."""
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://backend")

    def person(self, role: str) -> Person:
        """Find somebody of the cast."""
        return next(person for person in self.world.people if person.name == role)

    async def token(self, role: str, **limits: Any) -> str:
        """Log somebody in."""
        person = self.person(role)
        answer = await self.client.post(
            "/api/login", json={"email": person.email, "password": person.password, **limits}
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["token"])

    async def ask(self, role: str, method: str, path: str, **request: Any) -> httpx.Response:
        """Send one request as somebody who just logged in; `headers` are added to the token."""
        headers = {"Authorization": f"Bearer {await self.token(role)}", **request.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **request)

    async def converse(self, *roles: str) -> int:
        """Open a conversation between people of the cast, by the first of them."""
        ids = [self.person(role).id for role in roles]
        answer = await self.ask(roles[0], "POST", "/api/conversations", json={"participants": ids})
        assert answer.status_code == 201, answer.text
        return int(answer.json()["data"]["id"])


@pytest.fixture(scope="session")
def running_api() -> Iterator[Api]:
    """Run a broadcaster's API."""
    api = Api()
    thread = threading.Thread(target=api.server.serve_forever)
    thread.start()
    yield api
    api.server.shutdown()
    api.server.server_close()
    thread.join()


@pytest.fixture
def api(running_api: Api) -> Api:
    """Give the API as if it had just been started."""
    running_api.publishes.clear()
    running_api.status, running_api.answer = 200, b"{}"
    return running_api


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder in which all tests find the world of seed 1 once one of them built it."""
    return tmp_path_factory.mktemp("worlds")


@pytest.fixture
def settings(cache: Path, api: Api) -> Settings:
    """Give the settings of an embedded backend."""
    broadcaster = Broadcaster(url=api.url, app_id="1001", key="demo-key", secret="demo-secret")
    return Settings(broadcaster=broadcaster, cache=str(cache))


@pytest.fixture
def opened(settings: Settings) -> Iterator[tuple[World, Store]]:
    """Open a fresh copy of the world."""
    world, store = open_world(settings)
    yield world, store
    store.engine.dispose()


@pytest.fixture
def world(opened: tuple[World, Store]) -> World:
    """Give the people of the world."""
    return opened[0]


@pytest.fixture
def store(opened: tuple[World, Store]) -> Store:
    """Give the store of the world."""
    return opened[1]


@pytest.fixture
def services(settings: Settings, store: Store) -> Services:
    """Give the parts of an application."""
    return connect_services(settings, store)


@pytest_asyncio.fixture
async def backend(services: Services, world: World) -> AsyncIterator[Backend]:
    """Give the application, whose connections end with the test."""
    yield Backend(services, world)
    await services.publisher.close()
