"""
The fixtures that people write against: the cast, a conversation, a new user, the history, the target.

They are synchronous and hand out people that are not connected yet: the plugin brings them in on the test's own event
loop (DESIGN.md, section 5). Only `target`, `conversation` and `new_user` are meant to be overridden, so only they are
asked for by their public names.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hypothesis import settings

    from harness.conformance.bench import Bench
    from harness.conformance.examined import Examined
    from harness.faults.network import Network
    from harness.history.view import View
    from harness.topology.servers import Servers
    from harness.topology.target import Target
    from harness.users.conversation import Conversation
    from harness.users.sampling import Sample
    from harness.users.user import User
    from harness.users.world import World


OPEN_TARGET = pytest.StashKey[Callable[[pytest.Config], "Target"]]()
"""How the plugin opens the target of a run."""

MAKE_WORLD = pytest.StashKey[Callable[[pytest.Item, object], "World"]]()
"""How the plugin makes the world of a test, after a look at what the fixture `target` gave."""

OPEN_SAMPLE = pytest.StashKey[Callable[[pytest.Config, "World"], AbstractContextManager["Sample"]]]()
"""How the plugin makes the sample of a test, and shows how far it is."""

OPEN_NETWORK = pytest.StashKey[Callable[[pytest.Config, "Target"], Callable[["World"], "Network"]]]()
"""How the plugin puts a network, whose faults a test can make, before the target of a run."""

PROFILE = pytest.StashKey[Callable[[pytest.Config], "settings"]]()
"""How the plugin decides how many examples a property of this run draws."""


@pytest.fixture(scope="session")
def property_settings(request: pytest.FixtureRequest) -> "settings":
    """Give Hypothesis's settings for this tier: for a state machine of yours (`run_state_machine_as_test`)."""
    return request.config.stash[PROFILE](request.config)


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Iterator["Target"]:
    """Start the target of this run, or attach to it; one a worker, gone when the run ends."""
    opened = request.config.stash[OPEN_TARGET](request.config)
    yield opened
    opened.stop()


@pytest.fixture
def _realtime_world(request: pytest.FixtureRequest, target: "Target") -> "World":
    """Make the world of one test; the plugin opens, judges and closes it around the test's call."""
    return request.config.stash[MAKE_WORLD](request.node, target)


@pytest.fixture
def alice(_realtime_world: "World") -> "User":
    """Be a participant of the conversation, and the one who creates it."""
    return _realtime_world.person("alice")


@pytest.fixture
def bob(_realtime_world: "World") -> "User":
    """Be a participant of the conversation."""
    return _realtime_world.person("bob")


@pytest.fixture
def carol(_realtime_world: "World") -> "User":
    """Be a further participant of the conversation."""
    return _realtime_world.person("carol")


@pytest.fixture
def eve(_realtime_world: "World") -> "User":
    """Be a colleague in the same company who is no participant."""
    return _realtime_world.person("eve")


@pytest.fixture
def mallory(_realtime_world: "World") -> "User":
    """Be somebody from another company."""
    return _realtime_world.person("mallory")


@pytest.fixture
def conversation(_realtime_world: "World") -> "Conversation":
    """Give a conversation of alice, bob and carol: the test's own, or the one that the target declares."""
    return _realtime_world.conversation


@pytest.fixture
def new_user(_realtime_world: "World") -> Callable[..., Awaitable["User"]]:
    """Give a coroutine function that registers somebody for this test alone, whose credentials may be killed."""
    return _realtime_world.new_user


@pytest.fixture
def history(_realtime_world: "World") -> "View":
    """Give what happened in this test so far."""
    from harness.history.view import View

    return View(lambda: _realtime_world.events)


@pytest.fixture
def sample(request: pytest.FixtureRequest, _realtime_world: "World") -> Iterator["Sample"]:
    """Give turns, one message each, until the budget of the test is decided: `async for number in sample:`."""
    with request.config.stash[OPEN_SAMPLE](request.config, _realtime_world) as opened:
        yield opened


@pytest.fixture(scope="session")
def network_of(request: pytest.FixtureRequest, target: "Target") -> "Callable[[World], Network]":
    """Give a function that makes the network of a world of yours (`target.world()`), before its people connect."""
    return request.config.stash[OPEN_NETWORK](request.config, target)


@pytest.fixture
def network(_realtime_world: "World", network_of: "Callable[[World], Network]") -> "Iterator[Network]":
    """Give the network between this test's people and the target, to cut, freeze or slow down."""
    yield network_of(_realtime_world)
    _realtime_world.detours.end()  # also of a world that was abandoned


@pytest.fixture
def servers(target: "Target") -> Iterator["Servers"]:
    """Give the servers of the target: paused, ended and started again, cut off from what is behind them."""
    from harness.topology.servers import Servers

    opened = Servers(target)
    yield opened
    opened.restore()


@pytest.fixture(scope="session")
def _examined(target: "Target", tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Examined]":
    """Give the broadcaster whose protocol is examined: one of our own beside an embedded stack, else the target's."""
    from harness.conformance.examined import Examined
    from harness.conformance.reference import examined

    patience = target.context.patience
    with examined(target.declaration, folder=tmp_path_factory.mktemp("conformance"), patience=patience) as server:
        yield Examined(server, patience=patience)


@pytest.fixture
def bench(_examined: "Examined") -> "Iterator[Bench]":
    """Give raw connections to the broadcaster of the target, for one case of its protocol."""
    made = _examined.bench()
    yield made
    _examined.down = made.down


NAMES: tuple[str, ...] = (
    *("target", "alice", "bob", "carol", "eve", "mallory"),
    *("conversation", "new_user", "history", "sample", "property_settings"),
    *("network", "network_of"),
    "servers",
    "bench",
)
"""The public fixtures, for whoever lists them."""
