"""A target behind an interceptor: its declaration with other addresses, and what is wrong by a word."""

from typing import Any

import msgspec
import pytest

from harness.config import Broadcaster, TargetDeclaration, own_target
from harness.faults.defects.behaviour import Contract
from harness.faults.interception import Interception, configuration, possible, through
from harness.faults.interceptor.settings import read_settings

READY = {
    "ready": True,
    "backend": "http://127.0.0.1:10",
    "broadcasters": ["http://127.0.0.1:20", "http://127.0.0.1:30"],
}


@pytest.fixture
def target() -> TargetDeclaration:
    """Declare a target that is reached over TLS, under a path, on two nodes."""
    plain = own_target("embedded", "embedded")
    broadcaster = Broadcaster(
        url="wss://ws.test/sockets",
        other_urls=("wss://ws2.test/sockets",),
        api_url="https://api.test/push",
        key="key",
        secret="secret",
    )
    backend = msgspec.structs.replace(plain.backend, url="https://chat.test/app")
    return msgspec.structs.replace(plain, backend=backend, broadcaster=broadcaster)


def test_the_configuration_is_one_that_the_interceptor_reads(target: TargetDeclaration) -> None:
    """It holds the target's addresses, its app, and of its contract what a defect looks for."""
    settings = read_settings(msgspec.json.decode(msgspec.json.encode(configuration(target, ports=(1, 2)))))

    assert (settings.backend, settings.port, settings.broadcaster_port) == ("https://chat.test/app", 1, 2)
    assert settings.broadcaster.urls == ("wss://ws.test/sockets", "wss://ws2.test/sockets")
    assert settings.contract == Contract()


def test_addresses_keep_their_paths(target: TargetDeclaration) -> None:
    """What is declared beside the addresses stays."""
    moved = through(target, READY)

    assert moved.backend.url == "http://127.0.0.1:10/app"
    assert moved.broadcaster.url == "ws://127.0.0.1:20/sockets"
    assert moved.broadcaster.other_urls == ("ws://127.0.0.1:30/sockets",)
    assert moved.broadcaster.api_url == "http://127.0.0.1:20/push"
    assert (moved.broadcaster.secret, moved.channels) == ("secret", target.channels)


def test_a_switch_is_told_to_the_process(target: TargetDeclaration) -> None:
    """Ids and seed go out as they are; none is a switch as well."""
    told: list[dict[str, Any]] = []

    class Process:
        def tell(self, message: dict[str, Any], deadline: float) -> dict[str, Any]:
            assert deadline > 0
            told.append(message)
            return {}

    interception = Interception(Process(), target, READY)
    interception.switch("DE-03", "DE-05", seed=7)
    interception.switch()

    assert told == [{"defects": ("DE-03", "DE-05"), "seed": 7}, {"defects": (), "seed": 0}]


def test_without_the_secret_less_is_possible(target: TargetDeclaration) -> None:
    """What signs needs it; the rest does not."""
    secretless = msgspec.structs.replace(target, broadcaster=msgspec.structs.replace(target.broadcaster, secret=None))

    ids = {one.id for one in possible(secretless)}
    assert "DE-03" in ids
    assert ids == {one.id for one in possible(target) if not one.needs_secret}
