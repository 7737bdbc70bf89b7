"""
The reference servers in containers: the same stack as `embedded`, from images, on a network of its own.

    images ─▶ network ─▶ broadcaster, backend (side by side) ─▶ proofs: a handshake, a login

This is what runs in the supervisor; tests reach it through `shared`. Ports are published on loopback. Everything is
removed in the end; what a killed run left, the next start sweeps.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from harness.config import Secrets
from harness.config import Service as Declared
from harness.config.credentials import SANCTUM, Authentication
from harness.errors import EnvironmentFault
from harness.history.redaction import Redactor
from harness.topology import building, composed, engine
from harness.topology.beside import Database, database, redis
from harness.topology.contained import Contained
from harness.topology.container import ServiceContainer, side_by_side
from harness.topology.deployment import Verb
from harness.topology.fingerprint import identified
from harness.topology.handshake import prove_backend, prove_broadcaster, prove_secret
from harness.topology.service import Place, Service
from harness.topology.stack import App, blamed_on, new_app, websocket
from harness.topology.tending import Tending
from harness.users.carriers import Carrier

if TYPE_CHECKING:
    from docker import DockerClient

READY_WITHIN: Final = 30.0
"""Seconds that the servers have from their images to the last proof; a start takes a twentieth of it."""

BYE: Final = b"bye"
"""What a worker writes to the supervisor when it leaves in order."""

OTHERS_READY_WITHIN: Final = 120.0
"""The same for somebody's own images: migrations and slow starts are theirs."""

_PORTS: Final = {"broadcaster": 6001, "backend": 8000}
_EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - of the container; what of it is published, the engine decides
_WORLDS: Final = "/tmp/worlds"  # noqa: S108 - inside the container, where nobody else is
_KEPT: Final = "/tmp/backend.sqlite"  # noqa: S108 - as above


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """
    What to start.

    `base` is what images are built on, `folder` gets the logs, `login` is the path of the route by which the stack
    proves itself; `patience` multiplies the deadline.
    """

    folder: str
    address: str = ""
    """The file that says where the supervisor is; it is removed with the stack."""
    keep: float = 0.0
    """Seconds for which the stack is kept when nobody uses it any more; it is put back to its seed for the next run."""
    seed: int
    dialect: str
    closes_connections: bool
    authentication: Authentication = "bearer"
    login: str
    base: str = ""
    database: str = "sqlite"
    nodes: int = 1
    casts: int = 1
    """How many times the people are there: once for each worker."""
    is_switchable: bool = False
    """Whether whoever starts it may put defects into our servers while they run; not into one of several nodes."""
    images: dict[str, str] = {}
    """Other images than the official ones, for what stands beside our servers."""
    services: dict[str, Declared] = {}
    """Somebody's own images instead of our servers; `roles` says which is which, `root` where their files are."""
    roles: dict[str, str] = {}
    root: str = ""
    app: App = App("", "", "")
    secrets: Secrets = Secrets()
    """What must not be shown of whatever the services write."""
    patience: float = 1.0


@dataclass(frozen=True)
class Patience:
    """Whether anybody waits still, and what for."""

    given_up: threading.Event
    waiting: dict[str, str]

    @contextlib.contextmanager
    def on(self, name: str, reason: str) -> Iterator[None]:
        """Say that the block is what is waited for."""
        self.waiting[name] = reason
        yield
        del self.waiting[name]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a worker wants to have done to a server, as `Control.do` takes it."""

    verb: Verb
    server: str
    settings: dict[str, Any] = {}


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """What runs: addresses as we reach them, credentials, people with their passwords, images with their ids."""

    api_url: str
    backend_url: str
    app: App
    people: list[dict[str, Any]]
    images: dict[str, str]
    other_urls: tuple[str, ...] = ()
    """The HTTP addresses of further nodes of the broadcaster."""


Frozen = Callable[[], None]


class ContainersStack:
    """A stack of containers that runs until `stop`."""

    def __init__(
        self, running: Running, control: Tending, *, frozen: Frozen, folder: str, undo: contextlib.ExitStack
    ) -> None:
        self.running = running
        self._folder = folder
        self.control = control
        """What can be done to the containers on purpose."""
        self._frozen = frozen
        self._undo = undo

    def check(self) -> None:
        """Raise `EnvironmentFault` with how it ended and the last log lines when one of the containers has."""
        self.control.check()

    def begin_anew(self) -> None:
        """
        Put everything back to how it was at first, for another run; the logs begin again.

        Raises `EnvironmentFault` when something has died meanwhile.
        """
        for server in self.control.servers:
            for verb in ("start", "connect"):
                self.control.do(verb, server)
        self.check()
        for name in self.running.images:
            os.truncate(Path(self._folder) / f"{name}.log", 0)
        self.control.do("tell", "backend", faults={}, anew=True)

    def check_engine(self) -> None:
        """Ask the engine as well: raise `EnvironmentFault` for a container that somebody else has paused."""
        self._frozen()

    def stop(self) -> None:
        """Remove containers and network; a second call does nothing."""
        self.control.release()
        self._undo.close()


def start(
    plan: Plan, given_up: threading.Event | None = None, waiting: dict[str, str] | None = None
) -> ContainersStack:
    """
    Build what images are missing, start the stack, prove it ready and give it.

    Set `given_up` to end the waiting when nobody needs the stack any more; `waiting` says meanwhile what each server is
    waited for. Raises `EnvironmentFault` with the last log
    lines for an engine, an image or a server that is not to be had, and `UsageError` for what a server refuses; nothing
    runs on after an error.
    """
    with contextlib.ExitStack() as undo:
        waiting = {} if waiting is None else waiting
        client = engine.connect()
        undo.callback(client.close)
        engine.sweep(client)
        bring_up = _composed if plan.services else _reference
        return bring_up(plan, client, undo, Patience(given_up or threading.Event(), waiting))


def _composed(plan: Plan, client: "DockerClient", undo: contextlib.ExitStack, patience: Patience) -> ContainersStack:
    """Bring somebody's own images up."""
    root = Path(plan.root)
    with patience.on("images", "they are built or fetched"):
        images = composed.images(client, plan.services, root)
    running = composed.brought_up(
        plan.services,
        images,
        place=_opened(client, plan, undo, patience),
        folder=root,
        key=plan.app.key,
        deadline=(deadline := time.monotonic() + OTHERS_READY_WITHIN * plan.patience),
        undo=undo,
    )
    roles = {role: running[name] for role, name in plan.roles.items()}
    backend, broadcaster = roles["backend"].server, roles["broadcaster"].server
    if plan.app.secret:
        _prove_secret(broadcaster, plan.app, deadline)
    what = Running(
        api_url=broadcaster.url(),
        backend_url=backend.url(),
        app=plan.app,
        people=[],
        images=_images([one.server for one in running.values()], broadcaster),
    )
    return _stack(what, roles | running, plan, client, undo)


def _reference(plan: Plan, client: "DockerClient", undo: contextlib.ExitStack, patience: Patience) -> ContainersStack:
    """Bring our reference servers up, with what stands beside them."""
    data = _database(plan)
    made_of = (
        building.context("backend", plan.base, extras=(data.driver,) if data else ()),
        building.context("broadcaster", plan.base, extras=("redis",) if plan.nodes > 1 else ()),
    )
    with patience.on("images", "they are built, once for each version of the source"):
        backend_image, broadcaster_image = side_by_side(partial(building.built, client), made_of)
    place = _opened(client, plan, undo, patience)
    nodes = [
        ServiceContainer(_ours(name, broadcaster_image, _PORTS["broadcaster"]), place)
        for name in _node_names(plan.nodes)
    ]
    backend = ServiceContainer(_ours("backend", backend_image, _PORTS["backend"]), place)
    store = [redis(plan.images.get("redis", ""))] if plan.nodes > 1 else []
    others = [ServiceContainer(one, place) for one in (*store, *([data.service] if data else []))]
    servers = (*nodes, backend, *others)
    tended = [Contained(one, partial(one.until, one.why_not_answering)) for one in others]
    undo.callback(side_by_side, ServiceContainer.stop, servers)
    deadline = time.monotonic() + READY_WITHIN * plan.patience
    side_by_side(ServiceContainer.start, servers)
    side_by_side(lambda server: server.until(server.why_not_answering, deadline), others)
    app = new_app()
    for node in nodes:
        node.configure(told := _for_broadcaster(plan, app, node.name))
        tended.append(Contained(node, partial(_node_ready, app, node), told))
    backend.configure(told := _for_backend(plan, app, data.url if data else "sqlite"))
    tended.append(Contained(backend, partial(_backend_ready, plan, backend), told | {"resumes": True}))
    urls = [_node_ready(app, node, deadline) for node in nodes]
    running = Running(
        api_url=urls[0],
        other_urls=tuple(urls[1:]),
        backend_url=backend.url(),
        app=app,
        people=_backend_ready(plan, backend, deadline),
        images=_images(servers, nodes[0]),
    )
    return _stack(running, {one.name: one for one in tended}, plan, client, undo)


def _stack(
    running: Running,
    tended: dict[str, Contained],
    plan: Plan,
    client: "DockerClient",
    undo: contextlib.ExitStack,
) -> ContainersStack:
    """Give what runs, named in the order of its images, and what can be done to it."""
    names = [
        *(name for name in running.images if name in tended),
        *(name for name in tended if name not in running.images),
    ]
    frozen = partial(_check_frozen, client, list(tended.values()))
    ready_within = (OTHERS_READY_WITHIN if plan.services else READY_WITHIN) * plan.patience
    control = Tending({name: tended[name] for name in names}, ready_within=ready_within)
    return ContainersStack(running, control, frozen=frozen, folder=plan.folder, undo=undo.pop_all())


def _check_frozen(client: "DockerClient", tended: Iterable[Contained]) -> None:
    """Raise `EnvironmentFault` for a container that stands still, and not because it was told to."""
    from requests.exceptions import RequestException  # noqa: PLC0415 - what the client is made of

    filters: dict[str, str | list[str] | bool] = {"status": "paused", "label": engine.OWNER}
    try:
        frozen = {one.id for one in client.containers.list(filters=filters, sparse=True)}
    except (engine.api_error(), RequestException):
        return  # it is asked again, and what it cannot tell is noticed by what runs on it
    for one in tended:
        if one.server.id in frozen and not one.is_paused:
            raise EnvironmentFault(f"the {one.name} stands still: somebody else paused its container")


def _database(plan: Plan) -> Database | None:
    return None if plan.database == "sqlite" else database(plan.database, plan.images.get(plan.database, ""))


def _ours(name: str, image: str, port: int) -> Service:
    return Service(name=name, image=image, port=port, is_configured=True)


def _node_names(count: int) -> list[str]:
    """Name the nodes of a broadcaster; the backend publishes to the first."""
    return ["broadcaster", *(f"broadcaster-{number}" for number in range(2, count + 1))]


def _images(servers: Iterable[ServiceContainer], broadcaster: ServiceContainer) -> dict[str, str]:
    """Say what each runs, and which server the broadcaster shows itself to be."""
    images = {server.name: f"{server.service.image} {server.image}" for server in servers}
    images[broadcaster.name] += f", answers as {identified(broadcaster.url())}"
    return images


def _prove_secret(broadcaster: ServiceContainer, app: App, deadline: float) -> None:
    with blamed_on(broadcaster):
        prove_secret(broadcaster.url(), app.app_id, app.key, app.secret, deadline)


def _opened(client: "DockerClient", plan: Plan, undo: contextlib.ExitStack, patience: Patience) -> Place:
    """Make the network that the containers share, and what removes it behind them."""
    from testcontainers.core.network import Network  # noqa: PLC0415 - heavy, see `engine.connect`

    owner = engine.owner()
    network = Network(docker_network_kw={"labels": {engine.OWNER: owner}})
    undo.callback(network._docker.client.close)  # noqa: SLF001 - nobody else closes the client that it makes
    try:
        network.create()
    except engine.api_error() as error:
        raise EnvironmentFault(f"the Docker engine makes no network: {error}") from None
    undo.callback(_removed, client, network.name)
    return Place(
        network, owner, Path(plan.folder), Redactor(plan.secrets.values).hide, patience.given_up, patience.waiting
    )


def _removed(client: "DockerClient", network: str) -> None:
    with contextlib.suppress(engine.api_error()):
        client.api.remove_network(network)


def _for_broadcaster(plan: Plan, app: App, node: str) -> dict[str, Any]:
    where = {"host": _EVERYWHERE, "port": _PORTS["broadcaster"], "dialect": plan.dialect, **asdict(app)}
    where["terminates"] = "members"  # nobody of a cast signs in with the broadcaster
    if plan.nodes > 1:
        return {**where, "scaling": "redis://redis:6379/0", "node": node}
    return {**where, "is_switchable": plan.is_switchable}


def _for_backend(plan: Plan, app: App, database_url: str) -> dict[str, Any]:
    where = {"host": _EVERYWHERE, "port": _PORTS["backend"]}
    world = {
        "seed": plan.seed,
        "database": database_url,
        "hash_cost": "cheapest",
        "cache": _WORLDS,
        "kept": _KEPT if database_url == "sqlite" else "",
        "casts": plan.casts,
        "is_switchable": plan.is_switchable,
    }
    known = {"broadcaster": {"url": f"http://broadcaster:{_PORTS['broadcaster']}", **asdict(app)}}
    closes = {"closes_connections": plan.closes_connections, "authentication": plan.authentication}
    return {**where, **world, **known, **closes}


def _node_ready(app: App, node: ServiceContainer, deadline: float) -> str:
    """Wait for a node, let it show that it works at the address at which we reach it, and give that."""
    node.announced(deadline)
    with blamed_on(node):
        prove_broadcaster(websocket(url := node.url()), app.key, deadline)
    _prove_secret(node, app, deadline)
    return url


def _backend_ready(plan: Plan, backend: ServiceContainer, deadline: float) -> list[dict[str, Any]]:
    """Wait for the backend, let somebody log in, and give everybody who can."""
    people: list[dict[str, Any]] = backend.announced(deadline)["people"]
    known = {field: people[0][field] for field in ("email", "password")}
    carrier = Carrier(csrf=SANCTUM if plan.authentication == "cookie" else None)
    with blamed_on(backend):
        prove_backend(backend.url(), plan.login, known, deadline, carrier)
    return people
