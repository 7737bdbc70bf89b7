"""
The dialects answer as Laravel Reverb 1.10.2 and soketi 1.6.1 did, case by case, in everything that was recorded.

`transcripts/` is what 30 cases looked like on the wire. Each is played again: the recorded frames
are sent byte for byte, which their signatures survive because the broadcaster draws the socket ids of the recording.
Calls of the HTTP API are signed anew, since the recording kept their bodies only; what it did not keep stands in
`UNRECORDED`. Every step ends with a fence on every socket, so nothing sleeps.
"""

import asyncio
import hashlib
import json
import re
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from harness.protocol.signatures import sign_request

TESTS = Path(__file__).parents[2]


@dataclass(frozen=True)
class Recording:
    """What one server was seen to do, the app that it served, and what it was set to; `fatal` ended its process."""

    name: str
    path: str
    app: str
    key: str
    secret: str
    settings: dict[str, Any] = field(default_factory=dict)
    fatal: tuple[str, ...] = ()

    @property
    def cases(self) -> list[dict[str, Any]]:
        """Its cases."""
        lines = (TESTS / self.path / "transcripts" / f"{self.name}.jsonl").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]


REVERB = Recording("reverb-1.10.2", "servers/broadcaster", "rigapp", "rigkey", "rigsecret")
SOKETI = Recording(
    "soketi-1.6.1",
    "protocol",
    "1001",
    "app-key",
    "app-secret",
    {"dialect": "soketi", "signin": True},
    fatal=("unsubscribe-unknown", "malformed-frames"),  # tests/protocol/test_soketi.py plays what came before
)
RECORDINGS = (REVERB, SOKETI)
AN_HOUR = 3600
CLOSED_BY_CLIENT = 1000

PATHS = {
    "handshake-without-query": "/app/{key}",
    "handshake-wrong-key": "/app/nosuchkey?protocol=7",
    "handshake-wrong-path": "/nowhere",
    "handshake-protocol-6": "/app/{key}?protocol=6",
}
USUAL_PATH = "/app/{key}?protocol=7&client=record&version=1.0"
OPTIONS: dict[str, dict[str, Any]] = {"handshake-foreign-origin": {"origin": "https://evil.example"}}

BATCH = [{"name": "e", "channel": "room", "data": "{}"}] * 11
UNRECORDED: dict[tuple[str, int], dict[str, Any]] = {
    # case and number of the call: what the recording does not hold of it
    ("presence-members", 1): {"params": {"info": "user_count,subscription_count"}},
    ("api-signatures", 1): {"secret": "wrong"},
    ("api-signatures", 2): {"key": "otherkey"},
    ("api-signatures", 3): {"md5": "0" * 32},
    ("api-signatures", 4): {"age": AN_HOUR},
    ("api-limits", 3): {"body": json.dumps({"name": "e", "channels": [f"c{i}" for i in range(101)], "data": "{}"})},
    ("api-limits", 4): {"body": json.dumps({"batch": BATCH})},
    ("api-limits", 5): {"body": json.dumps({"name": "e", "channel": "room", "data": "x" * 11_000})},
    ("api-limits", 6): {"body": json.dumps({"name": "e", "channel": "room", "data": "x" * 110_000})},
    ("api-channels", 2): {"params": {"filter_by_prefix": "presence-", "info": "user_count"}},
    ("api-channels", 3): {"params": {"info": "user_count"}},
    ("api-channels", 4): {"params": {"info": "subscription_count"}},
}


def recorded_socket_ids(case: dict[str, Any]) -> Iterator[str]:
    """Give the socket ids of a case in the order in which they were given out; one was refused before it had any."""
    for step in case["steps"]:
        found = re.search(r'socket_id\\+":\\+"([0-9.]+)', json.dumps(step.get("in", "")))
        if found:
            yield found[1]
    yield "1.1"


def canonical(text: str) -> Any:
    """Give a frame or body as a value, in which text that holds JSON is told from the value that it holds."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if isinstance(value, dict) and isinstance(value.get("data"), str):
        try:
            value["data"] = ("text", json.loads(value["data"]))
        except ValueError:
            value["data"] = ("text", value["data"])
    return value


def recorded_lanes(case: dict[str, Any]) -> dict[str, list[Any]]:
    """Give what each socket, and the API, got to see, in its order."""
    lanes: dict[str, list[Any]] = {}
    for step in case["steps"]:
        lane = lanes.setdefault(step["who"], [])
        if "in" in step:
            lane.append(("frame", canonical(step["in"])))
        elif "closed" in step:
            lane.append(("closed", step["closed"]["code"], step["closed"]["reason"]))
        elif "refused" in step:
            lane.append(("refused", step["refused"]["status"], step["refused"]["body"]))
        elif "opened" in step:
            lane.append(("opened", step["opened"]["headers"]))
        elif "http" in step:
            answer = step["http"]["answer"]
            lane.append(("answer", answer["status"], answer["content_type"], canonical(answer["body"])))
    return lanes


class Player:
    """Plays one case against a running broadcaster and notes what each lane sees."""

    def __init__(self, served: Any, recording: Recording, case: dict[str, Any]) -> None:
        self.lanes: dict[str, list[Any]] = {}
        self._served = served
        self._recording = recording
        self._case = case
        self._sockets: dict[str, Any] = {}
        self._pings: dict[str, deque[str]] = {}
        self._calls = 0

    async def play(self) -> None:
        """Do what the recorder did, in its order; what it saw is only compared."""
        for step in self._case["steps"]:
            who = step["who"]
            self.lanes.setdefault(who, [])
            if "opened" in step or "refused" in step:
                await self._open(who)
            elif "out" in step:
                for text in self._texts(step["out"]):
                    await self._send(who, text, "case")
            elif "http" in step:
                await self._call(step["http"])
            elif step.get("closed", {}).get("code") == CLOSED_BY_CLIENT:
                await self._sockets[who].close()
            else:
                continue
            await self._fence()

    async def _open(self, who: str) -> None:
        name = self._case["case"]
        path = PATHS.get(name, USUAL_PATH).replace("{key}", self._recording.key)
        try:
            client = await self._served.client(path, greeted=False, **OPTIONS.get(name, {}))
        except InvalidStatus as refused:
            self.lanes[who].append(("refused", refused.response.status_code, refused.response.body.decode()))
            return
        shown = {"X-Powered-By", "Server", "Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol"}
        headers = {key: value for key, value in client.socket.response.headers.raw_items() if key in shown}
        self.lanes[who].append(("opened", headers))
        self._sockets[who], self._pings[who] = client.socket, deque()

    async def _send(self, who: str, text: str | bytes, cause: str) -> None:
        if b"pusher:ping" in (text if isinstance(text, bytes) else text.encode()):
            self._pings[who].append(cause)
        await self._sockets[who].send(text)

    async def _fence(self) -> None:
        """Read every open socket up to the pong of a ping of our own, or to its end."""
        for who, socket in list(self._sockets.items()):
            try:
                await self._send(who, '{"event":"pusher:ping"}', "fence")
            except ConnectionClosed:
                self._pings[who].append("an answer that will not come")  # what was sent before the end is read below
            try:
                while self._pings[who]:
                    async with asyncio.timeout(10):
                        self._note(who, await socket.recv())
            except ConnectionClosed:
                self.lanes[who].append(("closed", socket.close_code, socket.close_reason))
                del self._sockets[who]

    def _note(self, who: str, text: str) -> None:
        frame = canonical(text)
        is_of_fence = frame["event"] == "pusher:pong" and self._pings[who].popleft() == "fence"
        if not is_of_fence:
            self.lanes[who].append(("frame", frame))

    def _texts(self, out: Any) -> list[str | bytes]:
        if isinstance(out, dict) and "binary" in out:
            return [bytes.fromhex(out["binary"])]
        if isinstance(out, dict):
            bare = json.dumps({"event": "pusher:subscribe", "data": {"channel": "room", "pad": ""}})
            return [bare.replace('""', f'"{"x" * (out["length"] - len(bare))}"')]
        if self._case["case"] == "pipelined":
            ping = json.dumps({"event": "pusher:ping"})
            joins = [json.dumps({"event": "pusher:subscribe", "data": {"channel": f"r{i}"}}) for i in range(15)]
            return [text for join in joins for text in (join, ping)]
        return [out]

    async def _call(self, call: dict[str, Any]) -> None:
        extra = UNRECORDED.get((self._case["case"], self._calls), {})
        self._calls += 1
        method, path = call["request"].split(" ")
        body = extra.get("body", call["body"]).encode()
        full, params = f"/apps/{self._recording.app}{path}", extra.get("params", {})
        if call["signed"]:
            params = sign_request(
                extra.get("key", self._recording.key),
                extra.get("secret", self._recording.secret),
                method,
                full,
                timestamp=int(time.time()) - extra.get("age", 0),
                body=body,
                params=params,
            )
            if "md5" in extra:
                params["body_md5"] = extra["md5"]
                params["auth_signature"] = hashlib.sha256(b"of another body").hexdigest()
        answer = await self._served.http.request(method, full, params=params, content=body)
        content_type = answer.headers.get("content-type")
        self.lanes["api"].append(("answer", answer.status_code, content_type, canonical(answer.text)))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("recording", "case"),
    [
        pytest.param(recording, case, id=f"{recording.name}-{case['case']}")
        for recording in RECORDINGS
        for case in recording.cases
        if case["case"] not in recording.fatal
    ],
)
async def test_the_broadcaster_answers_as_the_real_one(serve: Any, recording: Recording, case: dict[str, Any]) -> None:
    """Every socket, and the API, sees what it saw of the real server, in the same order."""
    ids = recorded_socket_ids(case)
    app = {"app_id": recording.app, "key": recording.key, "secret": recording.secret}
    served = await serve(**app, **recording.settings, draw=lambda: next(ids))
    player = Player(served, recording, case)

    await player.play()

    assert player.lanes == recorded_lanes(case)


@pytest.mark.parametrize("recording", RECORDINGS)
def test_all_thirty_cases_are_there(recording: Recording) -> None:
    """The recording is whole, so that agreeing with it means something."""
    assert len(recording.cases) == 30
