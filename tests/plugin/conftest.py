"""Miniature projects: each test writes one, runs pytest on it as a process of its own, and reads what came of it."""

import importlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

INI = """
[pytest]
addopts = -p no:faker -p no:anyio -p no:cacheprovider --strict-markers
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""

CHAT = '''
"""What most tests of these projects do."""

from harness import expect

async def exchange(alice, bob, conversation):
    """Let Bob hear a message of Alice's."""
    await bob.join(conversation)
    message = await alice.send(conversation, "hello")
    return await expect(bob).to_receive(message)
'''

DEFECT = """
import sys

if "harness.servers.broadcaster" in sys.orig_argv:
    from harness.protocol.server import Hub, Send

    publish = Hub.publish

    def publish_badly(self, *args, **kwargs):
        everybody = tuple(self.connections.values())
        return [changed for action in publish(self, *args, **kwargs) for changed in change(action, everybody)]

    def change(action, everybody):
        if not isinstance(action, Send):
            return [action]
        return EXPRESSION

    Hub.publish = publish_badly
"""

FAR = """
default_target = "far"
[targets.far]
topology = "remote"
[targets.far.backend]
url = "http://127.0.0.1:9"
[targets.far.broadcaster]
url = "ws://127.0.0.1:9"
app_id = "1"
key = "k"
[[targets.far.channels]]
name = "conversation"
pattern = "private-chat.{company}.conversation.{conversation}"
join = "participants"
publish = "participants"
[[targets.far.cast]]
name = "alice"
email = "alice@example.com"
password = "an invented password"
company = 6
[targets.far.world]
conversation = 123
"""


@pytest.fixture(scope="session")
def far() -> str:
    """Give a `realtime.toml` of a remote target that nobody serves: one conversation, and Alice is its cast."""
    return FAR


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep seeded worlds between projects, whose home folders are empty."""
    return tmp_path_factory.mktemp("worlds")


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, worlds: Path) -> pytest.Pytester:
    """Begin a project that turns warnings into errors and has `chat.exchange`; no setting of ours reaches it."""
    for name in [name for name in os.environ if name.startswith(("REALTIME_", "PYTEST_", "GITHUB_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("REALTIME_CACHE", str(worlds))
    monkeypatch.setenv("REALTIME_DOCTOR", "off")  # it costs seconds; whoever is about it asks for it
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # else each run compiles what it imports once more
    pytester.makeini(INI)
    pytester.makepyfile(chat=CHAT)
    return pytester


@pytest.fixture
def run(project: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Give a function that runs pytest on the project, in a process of its own."""
    return lambda *arguments: project.runpytest_subprocess(*arguments, timeout=120)


@pytest.fixture
def run_here(project: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Give a function that runs pytest on the project in this process: for runs that end before anything starts."""
    importlib.import_module("harness.config")  # what such a run imports is forgotten behind it, unless it was there
    importlib.import_module("harness.checkers.verdict")
    return project.runpytest_inprocess


@pytest.fixture
def verdict(project: pytest.Pytester) -> Callable[[], dict[str, Any]]:
    """Give a function that reads the verdict of the project's last run."""

    def read() -> dict[str, Any]:
        told: dict[str, Any] = json.loads((project.path / "reports" / "latest" / "verdict.json").read_text())
        return told

    return read


@pytest.fixture
def defect(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """
    Give a function that breaks the fan-out of the project's broadcaster.

    It takes an expression for what becomes of a published `action`, given `everybody` who is connected.
    """

    def inject(expression: str) -> None:
        folder = project.mkdir("defect")
        (folder / "sitecustomize.py").write_text(DEFECT.replace("EXPRESSION", expression))
        monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)

    return inject
