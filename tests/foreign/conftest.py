"""The stack that foreign clients talk to, and the Node packages that they are."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.config import TargetDeclaration, cache_folder, own_target
from harness.topology.embedded import EmbeddedStack, start

HERE = Path(__file__).parent
INSTALL = ("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")


@pytest.fixture(scope="session", name="stack")
def running_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    """Start the embedded stack for clients that are not ours."""
    stack = start(
        own_target("embedded", "embedded"), seed=1, folder=tmp_path_factory.mktemp("stack"), cache=cache_folder()
    )
    yield stack
    stack.stop()


@pytest.fixture(scope="session", name="node")
def node_with_packages() -> str:
    """Give the path of Node with the clients installed; without it they are not exercised, which fails a CI run."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        reason = "not exercised: the JavaScript clients need Node.js with npm"
        if os.environ.get("CI"):
            pytest.fail(f"{reason}, and a CI run must have it")
        pytest.skip(reason)
    if not (HERE / "node_modules" / "laravel-echo").is_dir() or not (HERE / "node_modules" / "pusher-js").is_dir():
        subprocess.run(INSTALL, cwd=HERE, check=True)
    return node


class Listening:
    """An official client in a Node process; `until` reads on in what it tells."""

    def __init__(self, node: str, asked: dict[str, Any], script: str = "listen.mjs") -> None:
        self._process = subprocess.Popen(
            [node, str(HERE / script), json.dumps(asked)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.told: list[dict[str, Any]] = []

    def until(self, done: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Read what the client tells until that is enough; the end of its output ends the wait."""
        assert self._process.stdout is not None
        while not done(self.told):
            line = self._process.stdout.readline()
            assert line, f"the client ended after {self.told}"
            self.told.append(json.loads(line))
        return self.told

    def stop(self) -> None:
        """End the client with its standard input, and make sure of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        finally:
            self._process.kill()
            self._process.stdout.close()
            self._process.wait()


@pytest.fixture(name="listen")
def start_listening(node: str) -> Iterator[Callable[..., Listening]]:
    """Start clients that end with the test."""
    started: list[Listening] = []

    def listen(asked: dict[str, Any], script: str = "listen.mjs") -> Listening:
        started.append(Listening(node, asked, script))
        return started[-1]

    yield listen
    for one in started:
        one.stop()


@pytest.fixture(name="target_of_stack")
def declared_target(stack: EmbeddedStack) -> TargetDeclaration:
    """Give the addresses, keys and people of the running stack."""
    return stack.target
