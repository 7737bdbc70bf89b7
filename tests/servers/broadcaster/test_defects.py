"""Each defect of the broadcaster is wrong in its own way, and right in every other."""

import json
from typing import Any

import pytest

from harness.errors import UsageError
from harness.protocol.app import App, Terms
from harness.protocol.connections import Send, ServerConnection
from harness.protocol.dialects import PUSHER, REVERB, Dialect
from harness.protocol.server import Hub
from harness.protocol.signatures import channel_auth
from harness.servers.broadcaster.defects import DEFECTS, hub
from harness.servers.broadcaster.settings import read_settings

APP = App("1", "demo-key", "demo-secret")
ROOM, COMPANY = "private-room", "presence-company"
BOB, EVE = '{"user_id":"2","user_info":{"name":"Bob"}}', '{"user_id":"6","user_info":{"name":"Eve"}}'


class Scene:
    """A hub with one defect, and who is on it."""

    def __init__(self, defect: str = "", dialect: Dialect = REVERB) -> None:
        self.hub: Hub = hub(APP, dialect, Terms(30, 60), [defect] if defect else [])
        self.bob, self.eve = (self.hub.connect(APP.key, id_, now=0)[0] for id_ in ("1.1", "2.2"))

    def say(self, who: ServerConnection, event: str, **members: Any) -> list[tuple[ServerConnection, dict[str, Any]]]:
        """Let somebody send a frame, and give what everybody is sent."""
        actions = self.hub.receive_text(who, json.dumps({"event": event, **members}), now=0)
        sends = [action for action in actions if isinstance(action, Send)]
        return [(one, json.loads(send.text)) for send in sends for one in send.recipients]

    def lets_in(self, who: ServerConnection, channel: str, auth: str, data: str | None = None) -> bool:
        """Tell whether a subscription is acknowledged."""
        payload = {"channel": channel, "auth": auth} | ({"channel_data": data} if data else {})
        answers = self.say(who, "pusher:subscribe", data=payload)
        return answers[0][1]["event"] == "pusher_internal:subscription_succeeded"

    def joined(self, *people: ServerConnection, channel: str = ROOM) -> None:
        """Let people in by the front door."""
        for who in people:
            assert self.lets_in(who, channel, signed(who.socket_id, channel))

    def heard(self, who: ServerConnection, event: str, channel: str = ROOM, **members: Any) -> list[dict[str, Any]]:
        """Give what others hear of a client event."""
        answers = self.say(who, event, channel=channel, data={"n": 1}, **members)
        return [frame for to, frame in answers if to is not who]


def signed(socket_id: str, channel: str, data: str | None = None) -> str:
    """Sign as a healthy backend does."""
    return channel_auth(APP.key, APP.secret, socket_id, channel, data)


@pytest.mark.parametrize("defect", ["", *DEFECTS])
def test_what_is_right_stays_right(defect: str) -> None:
    """Whoever has a signature of their own is let in, and members hear each other."""
    scene = Scene(defect)
    scene.joined(scene.bob, scene.eve)

    assert [frame["event"] for frame in scene.heard(scene.bob, "client-typing")] == ["client-typing"]


FORGED = {
    "AZ-23": ("private-room", signed("1.1", "private-room"), None),
    "AZ-24": ("private-other", signed("2.2", "private-room"), None),
    "AZ-25": ("private-room", signed("2.2", "private-room")[:-1], None),
    "AZ-25:unchecked": ("private-room", "demo-key:no", None),
    "AZ-26": ("private-room", "no-key:" + signed("2.2", "private-room").partition(":")[2], None),
    "AZ-27": (f"{COMPANY}:{BOB}", signed("2.2", COMPANY, BOB), None),
    "AZ-29": (COMPANY, signed("2.2", COMPANY), EVE),
    "AZ-31": (COMPANY, signed("2.2", COMPANY), None),
}


@pytest.mark.parametrize("forgery", FORGED)
@pytest.mark.parametrize("defect", ["", *FORGED])
def test_a_forgery_is_let_in_by_its_own_defect(defect: str, forgery: str) -> None:
    """Every other defect refuses it, but those that include it."""
    scene = Scene(defect, PUSHER)
    scene.joined(scene.bob)
    scene.joined(scene.eve)
    scene.say(scene.eve, "pusher:unsubscribe", data={"channel": ROOM})
    wider = {"AZ-25:unchecked": set(FORGED) - {"AZ-27", "AZ-31"}, "AZ-27": {"AZ-27", "AZ-31"}}

    let_in = scene.lets_in(scene.eve, *FORGED[forgery])

    assert let_in == (forgery in wider.get(defect, {defect}))


@pytest.mark.parametrize("defect", ["", "AZ-32", "AZ-33", "AZ-35"])
def test_a_client_event_is_wrong_in_one_way(defect: str) -> None:
    """From an outsider, in another name, of another's event: only what the defect says comes through."""
    scene = Scene(defect)
    scene.joined(scene.bob)
    from_outside = scene.heard(scene.eve, "client-typing")
    scene.joined(scene.eve)
    named = scene.heard(scene.bob, "client-typing", user_id="6")
    as_server = scene.heard(scene.bob, "pusher_internal:member_removed")

    assert bool(from_outside) == (defect == "AZ-32")
    assert ("user_id" in named[0]) == (defect == "AZ-33")
    assert bool(as_server) == (defect == "AZ-35")


@pytest.mark.parametrize("defect", ["", "AZ-34"])
def test_public_channels_may_be_open(defect: str) -> None:
    """Where they are not by dialect, a defect makes them so."""
    scene = Scene(defect, PUSHER)
    for who in (scene.bob, scene.eve):
        scene.say(who, "pusher:subscribe", data={"channel": "news"})

    assert bool(scene.heard(scene.bob, "client-typing", "news")) == (defect == "AZ-34")


def test_two_defects_at_once() -> None:
    """Those that take different places are both there."""
    both = hub(APP, PUSHER, Terms(30, 60), ["AZ-26", "AZ-23"])

    assert not both.dialect.checks_key_part


def test_nobody_knows_a_defect_of_another_name() -> None:
    """The configuration is refused with the list of those that exist."""
    with pytest.raises(UsageError, match="no defect 'AZ-99'; known are AZ-23"):
        read_settings({"app_id": "1", "key": "k", "secret": "s", "defects": ["AZ-99"]})
