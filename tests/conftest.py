"""What tests of several folders share: no sockets below pure packages, and stories that become histories."""

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# mutmut runs the same tests several times in one process (tests/mutation.py), which Hypothesis would complain about.
settings.register_profile(
    "mutation", suppress_health_check=[HealthCheck.differing_executors], database=None, derandomize=True
)

# For tests/plugin, which runs pytest on miniature projects. Not in a conftest.py at the root: where somebody else's
# project adds the scenarios of this checkout (`realtime_scenarios`), that one is read too late to name a plugin.
pytest_plugins = ["pytester"]

TESTS = Path(__file__).parent
PURE = {"checkers", "history", "protocol", "report"}
"""Folders of packages that do no I/O on a network."""

# Folders of tests are no packages, so what two of them share is found by path.
sys.path.append(str(TESTS / "checkers" / "histories"))

_blocked = False


def pytest_make_parametrize_id(val: object) -> str | None:
    """Keep the word out of the names of tests by which `-k` selects the scenarios."""
    text = val.decode("latin-1") if isinstance(val, bytes) else val
    if not isinstance(text, str) or "realtime" not in text.lower():
        return None
    return re.sub("realtime", "rt", text, flags=re.IGNORECASE).encode("unicode_escape").decode("ascii")


def _refuse_sockets(event: str, _: tuple[Any, ...]) -> None:
    if _blocked and event in {"socket.connect", "socket.bind", "socket.getaddrinfo"}:
        raise AssertionError(f"a pure package reached for the network: {event}")


# An audit hook cannot be taken away again, so there is one for good that looks at a switch.
sys.addaudithook(_refuse_sockets)


@pytest.fixture(autouse=True)
def _offline(request: pytest.FixtureRequest) -> Iterator[None]:
    """Block sockets in tests of pure packages; an event loop's own socket pair is neither connected nor bound."""
    global _blocked  # noqa: PLW0603  the hook is as global as it gets
    _blocked = request.path.relative_to(TESTS).parts[0] in PURE
    yield
    _blocked = False


@pytest.fixture(scope="session")
def stories() -> Any:
    """Give the module that tells the recorded histories."""
    return importlib.import_module("tell")


@pytest.fixture
def story() -> Any:
    """Begin a story: a conversation of alice, bob and carol; what is told becomes a history."""
    return importlib.import_module("story").Story()
