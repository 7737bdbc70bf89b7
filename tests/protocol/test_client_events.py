"""Client events: who may send them, and what of them the others get to hear (PROTOCOL.md 5, 13)."""

import json
from typing import Any

import msgspec
import pytest

from harness.protocol.channels import kind_of
from harness.protocol.client_events import ClientEvents, said, unsupported
from harness.protocol.connections import Occurred, ServerConnection
from harness.protocol.dialects import PUSHER, REVERB, SOKETI
from harness.protocol.messages import decode
from harness.protocol.occupancy import Channel, Member
from harness.protocol.refusals import PeerError

SENDER = ServerConnection("4711.9001", now=0.0)
TYPING = {"event": "client-typing", "channel": "private-x"}

reverb, pusher, soketi = (ClientEvents(one, "members") for one in (REVERB, PUSHER, SOKETI))


def heard(policy: ClientEvents, frame: dict[str, Any], *, subscribed: bool = True, user_id: str | None = None) -> Any:
    """Give what the others hear of a frame, as a value; `None` for nothing."""
    channel = Channel[ServerConnection](frame["channel"], kind_of(frame["channel"]))
    if subscribed:
        channel.join(SENDER, None if user_id is None else Member(user_id, {}))
    text = json.dumps(frame)
    relayed = policy.compose(decode(text), text, channel, SENDER)
    return None if relayed is None else json.loads(relayed)


@pytest.mark.parametrize("channel", ["private-x", "room"])
@pytest.mark.parametrize("data", [{"on": True}, '{"on":true}'])
def test_reverb_relays_decoded_data_and_nothing_else(channel: str, data: Any) -> None:
    """What the sender added is dropped; public channels are served too."""
    frame = {"event": "client-typing", "channel": channel, "data": data, "user_id": "99", "extra": 1}

    assert heard(reverb, frame) == {"event": "client-typing", "channel": channel, "data": {"on": True}}


@pytest.mark.parametrize(("data", "relayed"), [({}, []), (None, None), ([1], [1]), ("null", None)])
def test_reverb_gives_back_what_php_makes_of_data(data: Any, relayed: Any) -> None:
    """An empty object is an empty list there, and nothing is null."""
    assert heard(reverb, {**TYPING, "data": data}) == {**TYPING, "data": relayed}
    assert heard(reverb, TYPING) == {**TYPING, "data": None}


def test_pusher_relays_data_as_it_came() -> None:
    """Text stays text, and what is absent stays absent."""
    assert heard(pusher, {**TYPING, "data": '{"on":true}'}) == {**TYPING, "data": '{"on":true}'}
    assert heard(pusher, TYPING) == TYPING


@pytest.mark.parametrize("policy", [reverb, pusher])
def test_the_sender_is_named_from_what_was_signed(policy: ClientEvents) -> None:
    """A forged user id is replaced by the real one."""
    frame = {"event": "client-typing", "channel": "presence-x", "data": [1], "user_id": "99"}

    assert heard(policy, frame, user_id="1") == {**frame, "user_id": "1"}


@pytest.mark.parametrize("data", ["text", 5, True])
def test_reverb_takes_no_scalars(data: Any) -> None:
    """Data that is neither object nor list is a malformed message."""
    with pytest.raises(ValueError, match="data of 'client-typing' is no object"):
        heard(reverb, {**TYPING, "data": data})


@pytest.mark.parametrize("frame", ['{"event":"client-x"}', '{"event":"client-x","channel":""}', '{"event":"nonsense"}'])
def test_an_event_without_a_channel_is_malformed(frame: str) -> None:
    """Even one that would have been dropped."""
    with pytest.raises(ValueError, match="names no channel"):
        reverb.compose(decode(frame), frame, None, SENDER)


def test_other_events_are_dropped_or_unsupported() -> None:
    """Reverb is silent about what has the form of an event, Pusher is not."""
    frame = {"event": "pusher_internal:member_removed", "channel": "private-x", "data": {"user_id": "1"}}

    assert heard(reverb, frame) is None
    with pytest.raises(PeerError, match="unsupported event 'pusher_internal:member_removed'") as refused:
        heard(pusher, frame)
    assert (refused.value.code, refused.value.message) == (None, "Unsupported event received on socket")
    assert unsupported(REVERB, "nonsense").code == 4200


REFUSALS = [
    (reverb, "private-x", 4009, "The client is not a member of the specified channel."),
    (pusher, "private-x", None, "Cannot broadcast client event (connection not subscribed to channel private-x)"),
    (pusher, "room", 4301, "Client events are allowed on private and presence channels only"),
    (ClientEvents(REVERB, "none"), "room", 4301, "The app does not have client messaging enabled."),
    (
        ClientEvents(PUSHER, "none"),
        "private-x",
        None,
        "To send client events, you must enable this feature in the Settings page of your dashboard.",
    ),
    (soketi, "room", None, ""),
]


@pytest.mark.parametrize(("policy", "channel", "code", "message"), REFUSALS)
def test_who_may_not_send_is_told_so(policy: ClientEvents, channel: str, code: int | None, message: str) -> None:
    """Somebody outside, somebody on a public channel where that is not allowed, and everybody when it is off."""
    frame = {"event": "client-typing", "channel": channel, "data": {}}

    with pytest.raises(PeerError) as refused:
        heard(policy, frame, subscribed=False)
    assert (refused.value.code, refused.value.message) == (code, message)


def test_a_channel_without_subscribers_has_no_members() -> None:
    """It is refused like one that the sender is not on."""
    text = json.dumps(TYPING)

    with pytest.raises(PeerError, match="not subscribed to"):
        reverb.compose(decode(text), text, None, SENDER)


def test_everybody_may_mean_everything() -> None:
    """Relayed verbatim from whoever sends it, forged user id and all: what a careless setting does."""
    everybody = ClientEvents(REVERB, "all")
    forged = {**TYPING, "data": '{"on":true}', "user_id": "99", "extra": 1}

    assert heard(everybody, forged, subscribed=False) == {**forged, "data": {"on": True}}
    assert heard(everybody, TYPING, subscribed=False) == TYPING


@pytest.mark.parametrize(("policy", "largest"), [(pusher, 10_240), (soketi, 102_400)])
def test_client_events_have_a_size(policy: ClientEvents, largest: int) -> None:
    """A name of 200 characters and a largest data pass, one more of either does not (PROTOCOL.md 5)."""
    named = {**TYPING, "event": "client-" + "x" * 193}
    sized = {**TYPING, "data": "x" * (largest - 2)}

    assert heard(policy, named) == named
    assert heard(policy, sized) == sized
    for frame in ({**TYPING, "event": "client-" + "x" * 194}, {**TYPING, "data": "x" * (largest - 1)}):
        with pytest.raises(PeerError) as refused:
            heard(policy, frame)
        assert (refused.value.code, refused.value.channel) == (4301, "private-x")


def test_soketi_finds_the_prefix_anywhere() -> None:
    """An event that has it in the middle is a client event there, and unknown elsewhere (PROTOCOL.md 3)."""
    frame = {**TYPING, "event": "x-client-y"}

    assert heard(soketi, frame) == frame
    assert heard(reverb, frame) is None


def test_webhooks_can_tell_of_what_is_relayed() -> None:
    """The person is the one that was signed for, nobody where there is none, and never whom the sender names."""
    room = Channel[ServerConnection]("presence-x", kind_of("presence-x"))
    frame = decode('{"event":"client-x","channel":"presence-x","data":{"on":true},"user_id":"99"}')
    whole = Occurred("client_event", "presence-x", "7", "client-x", {"on": True}, SENDER.socket_id)
    room.join(SENDER)
    assert said(SENDER, room, frame) == msgspec.structs.replace(whole, user_id=None)

    room.join(SENDER, Member(7, {}))
    assert said(SENDER, room, frame) == whole
