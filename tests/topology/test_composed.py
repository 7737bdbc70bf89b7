"""Somebody's own images: built, started in stages, set up, and spoken to; what does not work is told."""

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from harness.config import Ready, Secrets, Service, base_image
from harness.config.document import Document, Place
from harness.config.targets import declared_target
from harness.errors import EnvironmentFault, NotExercised
from harness.expectations import expect
from harness.history.recorder import Header, Recorder
from harness.topology import building, containers, engine, open_deployment
from harness.topology.containers import Plan
from harness.topology.servers import Servers
from harness.topology.stack import App
from harness.topology.target import Target

if TYPE_CHECKING:
    from docker import DockerClient

APP = {"app_id": "1", "key": "own-key", "secret": "own-secret"}
PASSWORD = "a password of our own"
REGISTER = """
import http.client, json
for name, company in (("alice", 1), ("bob", 1), ("carol", 1), ("eve", 1), ("mallory", 2)):
    connection = http.client.HTTPConnection("127.0.0.1", 8000)
    person = {"name": name, "email": name + "@own.example", "password": "a password of our own", "company_id": company}
    connection.request("POST", "/api/register", json.dumps(person), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert answer.status < 300, (answer.status, answer.read())
"""


def dockerfile(folder: Path, image: str, module: str, configuration: dict[str, Any]) -> None:
    """Write an image that needs no configuration from outside, as other people's images do."""
    folder.mkdir()
    (folder / "configuration.json").write_text(json.dumps(configuration) + "\n")
    (folder / "register.py").write_text(REGISTER)
    (folder / "Dockerfile").write_text(
        f"FROM {image}\n"
        "COPY configuration.json register.py /own/\n"
        f'CMD ["sh", "-c", "(cat /own/configuration.json; exec sleep 100000) | python3 -m {module}"]\n'
    )


@pytest.fixture
def own(client: "DockerClient", tmp_path: Path) -> dict[str, Any]:
    """Write two images of somebody's own, and the table that declares them."""
    images = {name: building.built(client, building.context(name, base_image())) for name in ("broadcaster", "backend")}
    everywhere = {"host": "0.0.0.0"}  # noqa: S104  inside a container
    dockerfile(
        tmp_path / "hub", images["broadcaster"], "harness.servers.broadcaster", {**everywhere, "port": 6001, **APP}
    )
    dockerfile(
        tmp_path / "app",
        images["backend"],
        "harness.servers.backend",
        {
            **everywhere,
            "port": 8000,
            "cache": "/tmp/worlds",  # noqa: S108  inside a container
            "broadcaster": {"url": "http://hub:6001", **APP},
        },
    )
    return {
        "topology": "containers",
        "services": {
            "hub": {"build": "hub", "port": 6001, "ready": {"websocket": True}},
            "app": {
                "build": "app",
                "port": 8000,
                "needs": ["hub"],
                "ready": {"http": "/up"},
                "setup": [["python3", "/own/register.py"], "test -f $HOME/x || true"],
            },
        },
        "backend": {"service": "app"},
        "broadcaster": {"service": "hub", **APP},
        "cast": [
            {"name": name, "email": f"{name}@own.example", "password": PASSWORD, "company": 1}
            for name in ("alice", "bob", "carol")
        ],
    }


@pytest.mark.asyncio
async def test_a_message_is_delivered_on_somebodys_own_images(own: dict[str, Any], tmp_path: Path) -> None:
    """Built from folders, started one after the other, set up, with a cast of their own."""
    declaration = declared_target("own", Document(Place(tmp_path / "realtime.toml"), {"targets": {"own": own}}), {})
    deployment = open_deployment(declaration, seed=1, folder=tmp_path, cache=tmp_path)
    with Target(deployment, Recorder(Header())) as target:
        async with target.world() as world:
            alice, bob = await world.user("alice"), await world.user("bob")
            conversation = await world.new_conversation(alice, bob)
            await bob.join(conversation)
            await expect(bob).to_receive(await alice.send(conversation, "from our own images"))
        assert set(target.logs()) == {"app", "hub"}


@pytest.mark.asyncio
async def test_services_of_somebodys_own_are_disturbed_by_their_names(own: dict[str, Any], tmp_path: Path) -> None:
    """Or by the part that they play; what only a server of ours understands is not exercised."""
    declaration = declared_target("own", Document(Place(tmp_path / "realtime.toml"), {"targets": {"own": own}}), {})
    deployment = open_deployment(declaration, seed=1, folder=tmp_path, cache=tmp_path)
    with Target(deployment, Recorder(Header())) as target:
        servers = Servers(target)
        assert set(servers.names) == {"hub", "app", "backend", "broadcaster"}
        async with servers.paused("backend"):
            target.check()
        with pytest.raises(NotExercised, match="the app is not ours"):
            async with servers.slow_database(seconds=1):
                pass
        await servers.restart("hub")
        async with target.world() as world:
            alice, bob = await world.user("alice"), await world.user("bob")
            conversation = await world.new_conversation(alice, bob)
            await bob.join(conversation)
            await expect(bob).to_receive(await alice.send(conversation, "after a restart"))


def a_plan(plan: Plan, tmp_path: Path, **services: Service) -> Plan:
    """Plan a stack of these services."""
    return msgspec.structs.replace(
        plan,
        folder=str(tmp_path),
        root=str(tmp_path),
        services=services,
        roles=dict.fromkeys(("backend", "broadcaster"), next(iter(services))),
        app=App("1", "k", ""),
    )


PYTHON = base_image() or building.BASE
FOR_EVER = ("python3", "-c", "import signal; signal.pause()")
SERVED = ("python3", "-m", "http.server", "80")


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Whatever went wrong, it runs on no longer."""
    yield
    client = engine.connect()
    left = client.containers.list(all=True, filters={"label": f"{engine.OWNER}={engine.owner()}"})
    client.close()
    assert left == []


@pytest.mark.parametrize(
    ("service", "complaint"),
    [
        (Service(image="localhost:1/none:1"), "localhost:1/none:1"),
        (
            Service(image=PYTHON, command="echo the disk is full; exit 5"),
            r"died \(exit code 5\).*\n    the disk is full",
        ),
        (
            Service(image=PYTHON, command=FOR_EVER, port=80, ready=Ready(http="/up")),
            "the app was not ready in time: GET /up on its port 80 gets no answer",
        ),
        (
            Service(image=PYTHON, command=SERVED, port=80, ready=Ready(http="/nope")),
            "the app was not ready in time: GET /nope on its port 80 is answered with 404",
        ),
        (
            Service(image=PYTHON, command=SERVED, port=80, ready=Ready(websocket=True)),
            "the app was not ready in time: no handshake on its port 80 with the key that is declared",
        ),
        (
            Service(image=PYTHON, command=FOR_EVER, ready=Ready(command="echo no; exit 1")),
            "the app was not ready in time: its command ended with 1: no",
        ),
        (
            Service(image=PYTHON, command=FOR_EVER, ready=Ready(log="hello")),
            "the app was not ready in time: it never wrote 'hello'",
        ),
        (
            Service(image=PYTHON, command=FOR_EVER, setup=("echo no such table; exit 3",)),
            r"setup 1 of app \(echo no such table; exit 3\) failed with exit code 3:\n    no such table",
        ),
        (
            Service(image=PYTHON, command=FOR_EVER, setup=(("sleep", "1000"),)),
            r"the app was not ready in time: setup 1 of app \(sleep 1000\) did not end",
        ),
        (Service(build="nowhere"), "the service app is to be built from .*nowhere, which has no Dockerfile"),
    ],
    ids=[
        *("no image", "exits", "never answers", "wrong path", "no broadcaster", "never ready", "never written"),
        *("no setup", "endless setup", "no Dockerfile"),
    ],
)
def test_what_does_not_come_up_is_one_sentence_with_its_last_lines(
    plan: Plan, tmp_path: Path, service: Service, complaint: str
) -> None:
    """Which service, what happened, what it said."""
    wants_port = service if service.port or not service.image else msgspec.structs.replace(service, port=80)
    if service.command and "exit 5" in str(service.command):
        wants_port = msgspec.structs.replace(wants_port, ready=Ready(log="never"))
    impatient = msgspec.structs.replace(a_plan(plan, tmp_path, app=wants_port), patience=0.02)
    waiting: dict[str, str] = {}

    with pytest.raises(EnvironmentFault, match=complaint):
        containers.start(impatient, waiting=waiting)
    if "in time: " in complaint:
        assert waiting["app"].startswith(complaint.partition("in time: ")[2].partition(" (")[0].partition(r" \(")[0])


def test_a_service_may_be_ready_by_what_it_writes(plan: Plan, tmp_path: Path) -> None:
    """And see folders of its project."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "hello").write_text("ready to go\n")
    script = "cat /data/hello; exec python3 -c 'import signal; signal.pause()'"
    service = Service(
        image=PYTHON, command=script, port=80, ready=Ready(log="ready to go"), volumes=("./data:/data:ro",)
    )

    stack = containers.start(a_plan(plan, tmp_path, app=service))

    assert stack.running.images["app"].startswith(PYTHON)
    stack.stop()


def test_what_came_from_the_environment_is_shown_nowhere(plan: Plan, tmp_path: Path) -> None:
    """Not in the command that failed, not in what it wrote, not in the log of the service."""
    secret = "a-secret-of-twelve-or-more"
    service = Service(
        image=PYTHON, command=f"echo {secret} >&2; sleep 1000", port=80, setup=(f"echo {secret}; exit 3",)
    )
    hushed = msgspec.structs.replace(a_plan(plan, tmp_path, app=service), secrets=Secrets((secret,)))

    with pytest.raises(EnvironmentFault) as fault:
        containers.start(hushed)

    assert re.search(r"setup 1 of app \(echo ….* failed with exit code 3:\n    …", str(fault.value))
    assert secret not in str(fault.value) + (tmp_path / "app.log").read_text() + repr(hushed.secrets)


@pytest.mark.asyncio
async def test_a_wrong_secret_is_told_before_anything_is_judged(own: dict[str, Any], tmp_path: Path) -> None:
    """Every signature would be told as forged: it is the file that is wrong, not the stack."""
    table = {**own, "broadcaster": {**own["broadcaster"], "secret": "another secret"}}
    declaration = declared_target("own", Document(Place(tmp_path / "realtime.toml"), {"targets": {"own": table}}), {})

    with pytest.raises(EnvironmentFault, match=r"hub is not ready \(.* refuses what is signed as app '1' \(401"):
        open_deployment(declaration, seed=1, folder=tmp_path, cache=tmp_path)


def test_a_start_that_is_given_up_ends(plan: Plan, tmp_path: Path) -> None:
    """Nobody waits any more: neither does it."""
    given_up = threading.Event()
    given_up.set()
    service = Service(image=PYTHON, command=FOR_EVER, port=80, setup=("sleep 1000",))

    with pytest.raises(EnvironmentFault, match="the start of the app was given up"):
        containers.start(a_plan(plan, tmp_path, app=service), given_up)
