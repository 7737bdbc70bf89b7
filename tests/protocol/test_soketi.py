"""
The soketi dialect says what soketi 1.6.1 said, case by case, in everything that was recorded of its sockets.

`transcripts/soketi-1.6.1.jsonl` is what 30 cases looked like on the wire. Each is played against the core alone: the
recorded frames are sent byte for byte, which their signatures survive because the core is given the recorded socket
ids, and what the recorder published is published. What the HTTP API answered is not compared here, nor how an upgrade
is refused: neither is a frame. Two cases are played up to the frame on which soketi's process ended (`FATAL`).
"""

import json
import re
from collections import deque
from pathlib import Path
from typing import Any

import pytest

from harness.protocol.app import App, Terms
from harness.protocol.connections import Action, Close, Send, ServerConnection
from harness.protocol.dialects import SOKETI
from harness.protocol.server import Hub

RECORDING = Path(__file__).parent / "transcripts" / "soketi-1.6.1.jsonl"
CASES = [json.loads(line) for line in RECORDING.read_text(encoding="utf-8").splitlines()]
KEY, SECRET = "app-key", "app-secret"
CLOSED_BY_CLIENT = 1000

FATAL = {
    "unsubscribe-unknown": '{"event": "pusher:unsubscribe", "data": {}}',
    "malformed-frames": '{"event":"pusher:subscribe"}',
}
"""The frame, by case, that names no channel where one is due: soketi stumbles over it and shuts down, and we do not."""


def canonical(text: str) -> Any:
    """Give a frame as a value, in which text that holds JSON is told from the value that it holds."""
    value = json.loads(text)
    if isinstance(value.get("data"), str):
        value["data"] = ("text", json.loads(value["data"]))
    return value


def steps_of(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the steps of a case, up to the frame that was fatal."""
    fatal = FATAL.get(case["case"], "no frame")
    steps: list[dict[str, Any]] = case["steps"]
    return steps[: next((i for i, step in enumerate(steps) if step.get("out") == fatal), len(steps))]


def recorded_lanes(case: dict[str, Any]) -> dict[str, list[Any]]:
    """Give what each socket got to see, in its order."""
    lanes: dict[str, list[Any]] = {}
    for step in steps_of(case):
        if "in" in step:
            lanes.setdefault(step["who"], []).append(canonical(step["in"]))
        elif step.get("closed", {}).get("code", CLOSED_BY_CLIENT) != CLOSED_BY_CLIENT:
            lanes.setdefault(step["who"], []).append(("closed", step["closed"]["code"], step["closed"]["reason"]))
    return lanes


class Player:
    """Plays one case against a hub, and notes what each socket is sent."""

    def __init__(self, case: dict[str, Any]) -> None:
        app = App("1001", KEY, SECRET, signin=True)
        self.hub = Hub(app, SOKETI, Terms(activity_timeout=30, ping_interval=60))
        self.lanes: dict[str, list[Any]] = {}
        self._case = case
        self._steps = deque(steps_of(case))
        self._sockets: dict[str, ServerConnection] = {}

    def play(self) -> None:
        """Do what the recorder did, in its order; what it saw is only compared."""
        while self._steps:
            step = self._steps.popleft()
            if "opened" in step:
                self._open(step["who"])
            elif "out" in step:
                for text in self._texts(step["out"]):
                    self._do(self.hub.receive_text(self._sockets[step["who"]], text, now=0.0))
            elif "http" in step:
                self._publish(step["http"])
            elif step.get("closed", {}).get("code") == CLOSED_BY_CLIENT:
                self._do(self.hub.disconnect(self._sockets[step["who"]]))

    def _open(self, who: str) -> None:
        key = "nosuchkey" if self._case["case"] == "handshake-wrong-key" else KEY
        greeting = next(step["in"] for step in self._steps if step["who"] == who and "in" in step)
        found = re.search(r'socket_id\\":\\"([0-9.]+)', greeting)
        connection, actions = self.hub.connect(key, found[1] if found else "1.1", now=0.0, protocol=None)
        self._sockets[who] = connection
        self._do(actions)

    def _do(self, actions: list[Action]) -> None:
        names = {connection: who for who, connection in self._sockets.items()}
        for action in actions:
            if isinstance(action, Send):
                for recipient in action.recipients:
                    self.lanes.setdefault(names[recipient], []).append(canonical(action.text))
            elif isinstance(action, Close):
                self.lanes.setdefault(names[action.connection], []).append(("closed", action.code, action.reason))

    def _texts(self, out: Any) -> list[str]:
        if isinstance(out, dict):
            bare = json.dumps({"event": "pusher:subscribe", "data": {"channel": "room", "pad": ""}})
            return [bare.replace('""', f'"{"x" * (out["length"] - len(bare))}"')]
        if self._case["case"] == "pipelined":
            ping = json.dumps({"event": "pusher:ping"})
            joins = [json.dumps({"event": "pusher:subscribe", "data": {"channel": f"r{i}"}}) for i in range(15)]
            return [text for join in joins for text in (join, ping)]
        return [out]

    def _publish(self, call: dict[str, Any]) -> None:
        is_taken = call["answer"]["body"] == '{"ok":true}'
        if not is_taken or not call["request"].endswith("events") or not isinstance(call["body"], str):
            return
        body = json.loads(call["body"])
        for event in body.get("batch", [body]):
            channels = event.get("channels") or [event["channel"]]
            self._do(self.hub.publish(event["name"], event["data"], channels, except_socket_id=event.get("socket_id")))


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_every_socket_sees_what_it_saw_of_soketi(case: dict[str, Any]) -> None:
    """The same frames and ends, in the same order."""
    player = Player(case)

    player.play()

    assert player.lanes == recorded_lanes(case)


def test_all_thirty_cases_are_there() -> None:
    """The recording is whole, and so is nearly all of it that is played."""
    assert len(CASES) == 30
    assert sum(len(steps_of(case)) < len(case["steps"]) for case in CASES) == len(FATAL)


@pytest.mark.parametrize("name", FATAL)
def test_what_was_fatal_to_soketi_is_ignored_here(name: str) -> None:
    """The connection lives on, and nobody is told anything."""
    player = Player(next(case for case in CASES if case["case"] == name))
    player.play()
    connection, _ = player.hub.connect(KEY, "1.1", now=0.0)

    assert not [one for one in player.hub.receive_text(connection, FATAL[name], now=0.0) if isinstance(one, Send)]
    assert connection.state == "established"
