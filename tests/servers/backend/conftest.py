"""The application in process over a seeded world, a broadcaster's API that a real HTTP server plays, real databases."""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool
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
    store.close()


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


PASSWORD = "hush-hush"
LABEL = "realtime-harness.test"
PATIENCE = 60  # seconds for a server to answer, on a machine that is busy
SERVERS: dict[str, dict[str, Any]] = {
    "postgresql": {
        "image": os.environ.get("POSTGRES_IMAGE", "local/postgres:latest"),
        "port": 5432,
        "variables": ("POSTGRES_USER=root", f"POSTGRES_PASSWORD={PASSWORD}", "POSTGRES_DB=root"),
        "data": "/var/lib/postgresql/data",
        "options": ("-c", "fsync=off"),
        "url": URL.create("postgresql+psycopg", "root", PASSWORD, "127.0.0.1", database="root"),
    },
    "mariadb": {
        "image": os.environ.get("MARIADB_IMAGE", "local/mariadb:latest"),
        "port": 3306,
        "variables": (f"MARIADB_ROOT_PASSWORD={PASSWORD}",),
        "data": "/var/lib/mysql",
        "options": ("--innodb-flush-log-at-trx-commit=0",),
        "url": URL.create("mysql+pymysql", "root", PASSWORD, "127.0.0.1", database="mysql"),
    },
}


class Server:
    """A database server in a container, asked by its administrator; it makes databases, each for one user."""

    _numbers = count(1)

    def __init__(self, url: URL) -> None:
        self.url, self.kind = url, url.get_backend_name()
        self._admin = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)

    def run(self, *statements: str) -> None:
        """Run statements, each by itself."""
        with self._admin.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def wait(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self.run("SELECT 1")
            except OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    @contextmanager
    def database(self) -> Iterator[URL]:
        """Give the URL of an empty database and a user of the same name, gone behind it."""
        name = f"chat{next(self._numbers)}"
        if self.kind == "postgresql":
            self.run(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'", f"CREATE DATABASE {name} OWNER {name}")
            gone = (f"DROP DATABASE {name} WITH (FORCE)", f"DROP ROLE {name}")
        else:
            self.run(f"CREATE DATABASE {name}", f"CREATE USER {name} IDENTIFIED BY '{PASSWORD}'")
            self.run(f"GRANT ALL ON {name}.* TO {name}")
            gone = (f"DROP DATABASE {name}", f"DROP USER {name}")
        yield self.url.set(username=name, database=name)
        self.run(*gone)

    def lock(self, user: str) -> None:
        """End a user's connections, and let them make no new ones."""
        if self.kind == "postgresql":
            self.run(f"ALTER ROLE {user} NOLOGIN")
        else:
            self.run(f"ALTER USER {user} ACCOUNT LOCK")
        self.disconnect(user)

    def unlock(self, user: str) -> None:
        """Let a user connect again."""
        self.run(f"ALTER ROLE {user} LOGIN" if self.kind == "postgresql" else f"ALTER USER {user} ACCOUNT UNLOCK")

    def disconnect(self, user: str) -> None:
        """End a user's connections."""
        if self.kind == "postgresql":
            self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{user}'")  # noqa: S608 - a name of ours
        else:
            self.run(f"KILL USER {user}")


def docker(*arguments: str) -> str:
    """Run a command of Docker's and give what it says; a test fails that cannot."""
    program = shutil.which("docker")
    if program is None:
        pytest.fail('there is no docker here; run: eval "$(.ci/docker-up)" && eval "$(.ci/images/build)"')
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(
            f"docker {arguments[0]} failed ({done.stderr.strip()}); the engine and the images of the databases come "
            'from: eval "$(.ci/docker-up)" && eval "$(.ci/images/build)"'
        )
    return done.stdout.strip()


def remove_orphans() -> None:
    """Remove what a run left that was killed: containers whose process is gone."""
    shown = docker(
        "ps", "--all", "--filter", f"label={LABEL}.process", "--format", f'{{{{.ID}}}} {{{{.Label "{LABEL}.process"}}}}'
    )
    for container, process in (line.split() for line in shown.splitlines()):
        if not Path("/proc", process).exists():
            docker("rm", "--force", "--volumes", container)


def start(kind: str) -> str:
    """Start a server, and give its container before it answers."""
    how = SERVERS[kind]
    return docker(
        *("run", "--detach", "--label", f"{LABEL}=1", "--label", f"{LABEL}.process={os.getpid()}"),
        *("--publish", f"127.0.0.1::{how['port']}", "--tmpfs", how["data"]),
        *(part for variable in how["variables"] for part in ("--env", variable)),
        *(how["image"], *how["options"]),
    )


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, Server]]:
    """Run a PostgreSQL and a MariaDB, removed however the tests end."""
    remove_orphans()
    running: dict[str, Server] = {}
    with ExitStack() as stack:
        for kind, how in SERVERS.items():
            container = start(kind)
            stack.callback(docker, "rm", "--force", "--volumes", container)
            port = docker("port", container, str(how["port"])).splitlines()[0].rpartition(":")[2]
            running[kind] = Server(how["url"].set(port=int(port)))
        for server in running.values():
            server.wait()
        yield running
