"""A production system gets a probe of seconds: people come in, one message is sent, and nothing else is changed."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

from harness.commands.target_file import declaration_text
from harness.history.recorder import Recorder
from harness.topology import Deployment
from harness.topology.remote import RemoteDeployment
from harness.topology.target import Target


def conversation_of(running: Deployment) -> str:
    """Let alice open a conversation that is there before any run, and give its id."""

    async def opened() -> str:
        with Target(RemoteDeployment(running.target), Recorder()) as target:
            async with target.world() as world:
                people = [await world.user(name, "logged-in") for name in ("alice", "bob", "carol")]
                return (await world.new_conversation(*people)).id

    return asyncio.run(opened())


async def stored(running: Deployment, conversation: str) -> list[str]:
    """Give the texts in it."""
    with Target(RemoteDeployment(running.target), Recorder()) as target:
        async with target.world() as world:
            alice = await world.user("alice", "logged-in")
            return [one["body"] for one in (await alice.get(f"/api/conversations/{conversation}/messages")).at("data")]


def test_the_shipped_scenarios_send_one_message(running: Deployment, tmp_path: Path) -> None:
    """The probe passes, everything else is not exercised, and one message stands in the conversation."""
    conversation = conversation_of(running)
    text = declaration_text(running.target).replace('topology = "remote"', 'topology = "remote"\nproduction = true')
    (tmp_path / "realtime.toml").write_text(f"{text}\n[targets.up.world]\nconversation = {conversation}\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("REALTIME_", "PYTEST_"))}
    command = [sys.executable, "-m", "harness", "run", "-q"]
    ended = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    verdict = json.loads((tmp_path / "reports" / "latest" / "verdict.json").read_text())
    assert (ended.returncode, verdict["verdict"], verdict["exercised"]) == (0, "PASS", 2), ended.stdout
    assert "target up is production, where only the probe runs: a few seconds" in ended.stdout
    assert asyncio.run(stored(running, conversation)) == ["a word to see that this gets through"]
