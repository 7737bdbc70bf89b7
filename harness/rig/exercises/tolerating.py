"""What a client must get over: frames that are odd, unknown, broken or large (PROTOCOL.md 1.3, 11.2)."""

import json
from collections.abc import Callable

from harness.protocol.messages import encode
from harness.rig.exercise import Exercise, Judgement, Scene, failed, of, passed, unknown
from harness.rig.stage import Stage

Frames = Callable[[str], list[str]]
"""Makes frames for a channel that the client is on."""

_LARGE = 200_000
_AFTER = 0.3
_TEXTS = (
    "مرحبا بالعالم",
    "👩‍👩‍👧‍👦 🏳️‍🌈",
    "\u202eright to left\u202c",
    "zero\u0000byte",
    "\u2028 line \u2029",
    "é vs e\u0301",
)


class Tolerates(Exercise):
    """Sends what it is made with, and then asks for a sign of life."""

    def __init__(self, name: str, what: str, frames: Frames, pieces: int = 1) -> None:
        self.id = f"tolerates.{name}"
        self.says = f"It stays connected and answers after {what}."
        self._frames = frames
        self._pieces = pieces

    async def script(self, stage: Stage) -> None:
        """Send them, ping behind them, and watch a moment."""
        socket = await stage.settled()
        channel = next(iter(socket.subscribed), "rig")
        stage.step("odd", socket)
        for frame in self._frames(channel):
            stage.server.send(socket, frame, pieces=self._pieces)
        await stage.fence(socket)
        await stage.quiet(stage.terms.seconds(_AFTER, least=0.05))

    def judge(self, scene: Scene) -> Judgement:
        """The connection is the same, and its client alive."""
        after = scene.after("odd")
        ended = [one for one in of(after, "closed") if one.by == "client"]
        if ended:
            return failed(f"it ended the connection, with code {ended[0].code}")
        if of(after, "upgrade"):
            return failed("it opened another connection")
        if of(after, "in", event="pusher:pong"):
            return passed("it answered the ping behind it")
        return unknown("it stayed connected, and does not answer pings (ping.answers): nobody can tell what it read")


def _unknown_events(channel: str) -> list[str]:
    return [
        encode("pusher:invented_by_the_rig", data="{}"),
        encode("pusher_internal:invented_by_the_rig", data="{}", channel=channel),
        encode("App\\Events\\NobodyListens", data="{}", channel=channel),
        encode("client-nobody-listens", data={}, channel=channel),
        encode("MessageSent", data="{}", channel="private-nobody.joined.this"),
        encode("pusher_internal:subscription_succeeded", data="{}", channel="private-nobody.joined.this"),
        encode("pusher_internal:member_removed", data='{"user_id":"no such"}', channel="presence-nobody.joined"),
    ]


def _unknown_fields(channel: str) -> list[str]:
    frame = {
        "event": "Rig",
        "channel": channel,
        "data": "{}",
        "user_id": "1",
        "version": 9,
        "extra": {"deep": [1, None]},
    }
    pong = {"event": "pusher:pong", "data": "{}", "since": "tomorrow"}
    return [json.dumps(frame), json.dumps(pong)]


def _data(channel: str) -> list[str]:
    values = ({"id": 1}, '{"id":1}', "plain text", "", [1, 2], 5, 1.5, True, None)
    return [encode("Rig", data=one, channel=channel) for one in values] + [encode("Rig", channel=channel)]


def _unicode(channel: str) -> list[str]:
    escaped = json.dumps({"event": "Rig", "channel": channel, "data": json.dumps({"body": list(_TEXTS)})})
    return [encode("Rig", data=json.dumps({"body": one}, ensure_ascii=False), channel=channel) for one in _TEXTS] + [
        escaped
    ]


def _large(channel: str) -> list[str]:
    return [encode("Rig", data=json.dumps({"body": "ab€" * (_LARGE // 5)}, ensure_ascii=False), channel=channel)]


def _no_json(channel: str) -> list[str]:
    cut = encode("Rig", data="{}", channel=channel)[:-2]
    return ["this is no JSON", "", cut, "\ufeff{}", "{'event':'Rig'}"]


def _no_frames(_channel: str) -> list[str]:
    return ["[]", "null", "5", '"text"', "{}", '{"event":null}', '{"event":7,"data":{}}', '{"data":{}}']


def _errors(_channel: str) -> list[str]:
    codes = (None, 4301, 4009, 4200)
    detail = [{"code": code, "message": "said by the rig"} for code in codes]
    return [encode("pusher:error", data=one) for one in detail] + [
        encode("pusher:error", data=json.dumps(one)) for one in detail
    ]


ALL = (
    Tolerates("unknown-events", "events, and channels, that it does not know", _unknown_events),
    Tolerates("unknown-fields", "frames with fields that nobody defined", _unknown_fields),
    Tolerates("data", "data as an object, a string, a number, null, or missing", _data),
    Tolerates("unicode", "texts of many scripts, escaped or not", _unicode),
    Tolerates("large", f"a frame of {_LARGE // 1000} KB", _large),
    Tolerates("fragments", "a message in many WebSocket frames", _unicode, pieces=7),
    Tolerates("invalid-json", "what is no JSON", _no_json),
    Tolerates("no-frame", "JSON that is no frame: a list, null, an object without an event", _no_frames),
    Tolerates("error", "pusher:error behind the handshake, which ends nothing", _errors),
)
