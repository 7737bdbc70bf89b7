"""Somebody's own images: read strictly, put into stages, and every example of the documentation can be."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from harness.config import Ready, Service, stages, words
from harness.config.document import Document, Place
from harness.config.targets import declared_target
from harness.errors import UsageError

ROOT = Path(__file__).parents[2]
DOCUMENTED = (ROOT / "docs" / "containers.md").read_text("utf-8")
BLOCKS = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", DOCUMENTED, re.DOTALL)]
EXAMPLES = {name: table for block in BLOCKS for name, table in block["targets"].items()}
VARIABLES = dict.fromkeys(re.findall(r"\$\{(\w+)\}", DOCUMENTED), "x")

APP = {"image": "app:1", "port": 8000}
HUB = {"image": "hub:1", "port": 6001}


def declared(services: dict[str, Any] | None = None, **changes: Any) -> Any:
    """Declare a target of two services, but for the changes."""
    table = {
        "topology": "containers",
        "services": {"app": APP, "hub": HUB} if services is None else services,
        "backend": {"service": "app"},
        "broadcaster": {"service": "hub", "key": "k"},
        **changes,
    }
    document = Document(Place(Path("realtime.toml")), {"targets": {"mine": table}})
    return declared_target("mine", document, {})


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_documented_stack_can_be_declared(name: str) -> None:
    """It is read, its services can come up in some order, and backend and broadcaster can be reached."""
    place = Place(ROOT / "docs" / "containers.md")
    target = declared_target(name, Document(place, {"targets": EXAMPLES}), VARIABLES)

    order = [service for stage in stages(target.services) for service in stage]
    assert sorted(order) == sorted(target.services)
    assert all(order.index(need) < order.index(one) for one in order for need in target.services[one].needs)
    assert all(target.services[service].port for service in target.roles.values())
    assert not target.why_not("create")


def test_the_documentation_has_the_servers_that_people_use() -> None:
    """Reverb with and without a queue, soketi, sockudo."""
    assert set(EXAMPLES) == {"laravel", "queued", "soketi", "sockudo"}


def test_what_is_reached_is_filled_in_later() -> None:
    """Credentials and rules are known, addresses come with the start; all is allowed on what is gone in the end."""
    target = declared(backend={"service": "app", "prefix": "/v1"})

    assert (target.broadcaster.key, target.broadcaster.url, target.backend.url) == ("k", "", "/v1")
    assert target.roles == {"backend": "app", "broadcaster": "hub"}
    assert target.may.create


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"services": {}}, "backend.service is 'app'; the services are none"),
        ({"backend": {"service": "api"}}, "backend.service is 'api'; the services are app, hub"),
        ({"services": {"app": {"image": "a"}, "hub": HUB}}, "services.app.port is missing, and the backend must be"),
        ({"services": {"app": {"port": 1}, "hub": HUB}}, "services.app.image and build: give one of them"),
        ({"services": {"app": {**APP, "build": "."}, "hub": HUB}}, "services.app.image and build: give one of them"),
        (
            {"services": {"app": {**APP, "ready": {"http": "/up", "log": "x"}}, "hub": HUB}},
            "services.app.ready says more than one thing; give http, websocket, log or command",
        ),
        ({"services": {"app": {**APP, "ready": {"http": "up"}}, "hub": HUB}}, "ready.http is 'up'; write a path"),
        (
            {"services": {"app": APP, "hub": HUB, "web": {"image": "w", "ready": {"websocket": True}}}},
            "services.web.port is missing, and ready = { websocket = … } must reach one",
        ),
        (
            {"services": {"app": {**APP, "needs": ["redis"]}, "hub": HUB}},
            "services.app.needs names 'redis', which is no other service; there are hub",
        ),
        ({"services": {"app": {**APP, "needs": ["app"]}, "hub": HUB}}, "names 'app', which is no other service"),
        (
            {"services": {"app": {**APP, "needs": ["hub"]}, "hub": {**HUB, "needs": ["app"]}}},
            "services need each other in a circle: ",
        ),
        (
            {"services": {"app": {**APP, "volumes": ["x"]}, "hub": HUB}},
            "volumes has 'x'; write \"./folder:/path/inside\"",
        ),
        ({"services": {"app": {**APP, "volumes": ["x:/y:rx"]}, "hub": HUB}}, "volumes has 'x:/y:rx'"),
        ({"services": {"app": {**APP, "prot": 1}, "hub": HUB}}, "services.app.prot is no key"),
        ({"services": {"app": {**APP, "port": 0}, "hub": HUB}}, "services.app.port is not accepted"),
        (
            {"services": {"app": {**APP, "environment": {"A": "x", "B": 1.5}}, "hub": HUB}},
            "services.app.environment.B is a number, not ",
        ),
        ({"topology": "embedded"}, "services are for the topology containers"),
    ],
    ids=lambda text: text[:40] if isinstance(text, str) else "",
)
def test_a_mistake_is_one_sentence(changes: dict[str, Any], complaint: str) -> None:
    """It names the key as the file spells it, and what is allowed."""
    with pytest.raises(UsageError) as error:
        declared(**changes)
    assert complaint in str(error.value).replace("targets.mine.services.", "services.")


def test_stages_are_as_early_as_they_can_be() -> None:
    """What needs nothing comes first, side by side."""
    found = stages({"a": Service(needs=("b", "c")), "b": Service(), "c": Service(needs=("b",)), "d": Service()})

    assert found == [("b", "d"), ("c",), ("a",)]


def test_a_command_is_words_or_for_the_shell() -> None:
    """Variables and pipes are the shell's business."""
    assert words("a $B | c") == ["sh", "-c", "a $B | c"]
    assert words(("a", "$B")) == ["a", "$B"]
    assert words("") == words(()) == []


@pytest.mark.parametrize(
    ("ready", "way"),
    [
        (Ready(), "start"),
        (Ready(http="/"), "http"),
        (Ready(websocket=True), "websocket"),
        (Ready(log="x"), "log"),
        (Ready(command="x"), "command"),
    ],
)
def test_a_service_is_ready_in_one_way(ready: Ready, way: str) -> None:
    """Or as soon as it has started."""
    assert ready.way == way


def test_an_environment_is_not_shown() -> None:
    """Passwords are in it."""
    assert "hush" not in repr(Service(image="x", environment={"PASSWORD": "hush"}))


def test_what_came_from_the_environment_is_known_and_not_shown() -> None:
    """Wherever in the table it is named."""
    table = {
        "topology": "containers",
        "services": {"app": {**APP, "environment": {"A": "x-${ONE}"}, "setup": [["do", "${TWO}"]]}, "hub": HUB},
        "backend": {"service": "app"},
        "broadcaster": {"service": "hub", "key": "${ONE}"},
    }
    document = Document(Place(Path("realtime.toml")), {"targets": {"mine": table}})
    target = declared_target("mine", document, {"ONE": "first", "TWO": "the other", "THREE": "third"})

    assert target.secrets.values == ("first", "the other")
    assert "the other" not in repr(target)
