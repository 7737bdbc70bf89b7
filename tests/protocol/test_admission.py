"""Admission: the one decision who may join, for every kind of channel and every way of not being allowed to."""

import json
from typing import Any

import pytest

from harness.protocol.admission import Gate
from harness.protocol.channels import ChannelKind
from harness.protocol.dialects import PUSHER, REVERB, SOKETI
from harness.protocol.occupancy import Channel, Member
from harness.protocol.people import Person
from harness.protocol.refusals import PeerError
from harness.protocol.signatures import channel_auth

KEY, SECRET, SOCKET = "demo-key", "demo-secret", "4711.9001"
ASHA = '{"user_id":"42","user_info":{"name":"Asha"}}'

reverb, pusher, soketi = (Gate(KEY, SECRET, one) for one in (REVERB, PUSHER, SOKETI))


def signed(channel: str, data: str | None = None, *, secret: str = SECRET, socket: str = SOCKET) -> str:
    """Sign as a backend would."""
    return channel_auth(KEY, secret, socket, channel, data)


@pytest.mark.parametrize("gate", [reverb, pusher])
def test_anybody_may_join_a_public_channel(gate: Gate) -> None:
    """No signature is asked for, and a wrong one does not matter."""
    assert gate.admit(SOCKET, "room", None, None) is None
    assert gate.admit(SOCKET, "room", "nonsense", None) is None


@pytest.mark.parametrize("gate", [reverb, pusher])
def test_a_signature_opens_a_private_channel(gate: Gate) -> None:
    """The published form key:signature is enough, channel_data or not."""
    assert gate.admit(SOCKET, "private-x", signed("private-x"), None) is None
    assert gate.admit(SOCKET, "private-x", signed("private-x", ASHA), ASHA) is None


@pytest.mark.parametrize("gate", [reverb, pusher])
def test_a_signature_brings_a_member_into_a_presence_channel(gate: Gate) -> None:
    """The person is the one that was signed for."""
    member = gate.admit(SOCKET, "presence-room", signed("presence-room", ASHA), ASHA)

    assert member is not None
    assert member.user_id == "42"


WRONG = [
    ("none", None, None, "Auth info required to subscribe to presence-x", "no auth was sent"),
    ("empty", "", None, "Auth info required to subscribe to presence-x", "no auth was sent"),
    (
        "another key",
        "other:" + signed("presence-x").partition(":")[2],
        None,
        "Invalid key in subscription auth data: 'other'",
        "auth names another key",
    ),
    (
        "no colon",
        "garbage",
        None,
        "Auth value for subscription to presence-x is invalid: should be of format 'key:signature'",
        "auth has no key part",
    ),
    (
        "tampered data",
        f"{KEY}:00",
        ASHA,
        f"Invalid signature: Expected HMAC SHA256 hex digest of {SOCKET}:presence-x:{ASHA}, but got 00",
        "the signature is not for this socket, channel, data and secret",
    ),
]


@pytest.mark.parametrize(("auth", "data", "text", "reason"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_pusher_says_why_it_refuses(auth: str | None, data: str | None, text: str, reason: str) -> None:
    """Code null, and the texts that were reported of hosted Pusher; the log line repeats no signature."""
    with pytest.raises(PeerError) as refused:
        pusher.admit(SOCKET, "presence-x", auth, data)

    assert (refused.value.code, refused.value.message) == (None, text)
    assert refused.value.reason == str(refused.value) == reason


@pytest.mark.parametrize(
    "auth",
    [
        None,
        "",
        "garbage",
        signed("private-x")[:-1],
        signed("private-x").upper(),
        signed("private-y"),
        signed("private-x", socket="4711.9002"),
        signed("private-x", secret="another"),
    ],
)
def test_reverb_refuses_without_a_reason(auth: str | None) -> None:
    """Whatever is wrong with the signature, the answer is the same 4009."""
    with pytest.raises(PeerError) as refused:
        reverb.admit(SOCKET, "private-x", auth, None)

    assert (refused.value.code, refused.value.message) == (4009, "Connection is unauthorized")


def test_reverb_does_not_look_at_the_key_part() -> None:
    """A bare signature and one behind another key are as good (PROTOCOL.md 13)."""
    signature = signed("private-x").partition(":")[2]

    assert reverb.admit(SOCKET, "private-x", signature, None) is None
    assert reverb.admit(SOCKET, "private-x", f"otherkey:{signature}", None) is None


def test_presence_without_channel_data_listens_unseen_or_is_refused() -> None:
    """Reverb lets a signed connection listen without being a member; Pusher wants to know who it is."""
    auth = signed("presence-room")

    assert reverb.admit(SOCKET, "presence-room", auth, None) is None
    assert reverb.admit(SOCKET, "presence-room", auth, "") is None
    with pytest.raises(PeerError, match="nobody was named"):
        pusher.admit(SOCKET, "presence-room", auth, None)


@pytest.mark.parametrize("gate", [reverb, pusher])
def test_signed_nonsense_is_a_malformed_message(gate: Gate) -> None:
    """A signature over what is no JSON object proves who wrote it, not that it can be read."""
    with pytest.raises(PeerError) as refused:
        gate.admit(SOCKET, "presence-room", signed("presence-room", "nonsense"), "nonsense")

    assert (refused.value.code, refused.value.message) == (4200, "Invalid message format")


def test_names_that_are_not_portable_are_refused_where_they_are_checked() -> None:
    """Pusher takes the documented alphabet only, Reverb any name."""
    with pytest.raises(PeerError, match="not portable"):
        pusher.admit(SOCKET, "with space", None, None)
    assert reverb.admit(SOCKET, "with space", None, None) is None


def test_a_prefix_without_its_dash_guards_on_reverb_only() -> None:
    """Privatex is private on Reverb and public on Pusher (PROTOCOL.md 13)."""
    assert reverb.kind_of("privatex") is ChannelKind.PRIVATE
    assert pusher.kind_of("privatex") is ChannelKind.PUBLIC


def refusal(gate: Gate, channel: str, data: Any = None, auth: str | None = None, **more: Any) -> tuple[int | None, str]:
    """Give code and message with which a rightly signed subscription is refused."""
    text = None if data is None else json.dumps(data)
    with pytest.raises(PeerError) as refused:
        gate.admit(SOCKET, channel, auth or signed(channel, text), text, **more)
    return refused.value.code, refused.value.message.partition(":")[0]


@pytest.mark.parametrize(("gate", "longest"), [(pusher, 164), (soketi, 200)])
def test_names_have_a_longest(gate: Gate, longest: int) -> None:
    """One character more is refused, before the signature is looked at; Reverb knows no limit."""
    assert gate.admit(SOCKET, "x" * longest, None, None) is None
    assert refusal(gate, "private-" + "x" * longest, auth="nonsense")[0] in {None, 4009}
    assert reverb.admit(SOCKET, "x" * 9_000, None, None) is None


def test_soketi_looks_at_the_name_behind_the_signature() -> None:
    """A bad name is a matter of its own only for whoever may join (PROTOCOL.md 3)."""
    assert refusal(soketi, "private-a b", auth="nonsense") == (401, "The connection is unauthorized.")
    assert refusal(soketi, "private-a b")[0] == 4009
    assert refusal(pusher, "private-a b", auth="nonsense") == (None, "Invalid channel name")


def test_soketi_does_not_sign_data_of_a_private_channel() -> None:
    """What is sent along is ignored, while the others take it for signed (PROTOCOL.md 2.2)."""
    assert soketi.admit(SOCKET, "private-x", signed("private-x"), ASHA) is None
    assert refusal(soketi, "private-x", {"user_id": "1"})[0] == 401
    with pytest.raises(PeerError, match="the signature is not"):
        pusher.admit(SOCKET, "private-x", signed("private-x"), ASHA)


def test_soketi_reads_the_member_before_the_signature() -> None:
    """It stumbles over what it cannot read, signed or not."""
    stumbled = (4302, "A server error has occured.")

    assert refusal(soketi, "presence-x", auth="nonsense") == stumbled
    assert refusal(soketi, "presence-x", [], auth="nonsense") == stumbled
    assert refusal(soketi, "presence-x", {"user_id": "1"}, auth="nonsense")[0] == 401
    assert soketi.admit(SOCKET, "presence-x", signed("presence-x", ASHA), ASHA) is not None


def test_who_signed_in_need_not_be_named_again() -> None:
    """A presence channel is joined as the user, whose info goes along (PROTOCOL.md 2.1, at the end)."""
    auth = signed("presence-room")

    member = pusher.admit(SOCKET, "presence-room", auth, None, user=Person("42", {"name": "Asha"}))

    assert member is not None
    assert member.data == json.loads(ASHA)


def test_a_channel_of_a_user_is_theirs_alone() -> None:
    """Pusher lets nobody else in, Reverb and soketi everybody (PROTOCOL.md 2.6)."""
    name = "#server-to-user-42"

    assert pusher.admit(SOCKET, name, "", None, user=Person("42")) is None
    for user in (None, Person("43"), Person("4")):
        assert refusal(pusher, name, user=user) == (None, f"{name} is for the user whom it names, when signed in")
    assert reverb.admit(SOCKET, name, None, None) is None
    assert soketi.admit(SOCKET, name, None, None) is None
    assert refusal(pusher, "#another")[1] == "Invalid channel name"


def test_members_have_limits() -> None:
    """A kilobyte of user_info and 128 characters of user_id on Pusher, two kilobytes on soketi (PROTOCOL.md 6)."""
    for gate, largest in ((pusher, 1_024), (soketi, 2_048)):
        fits = {"user_id": "1", "user_info": "x" * (largest - 2)}
        text = json.dumps(fits)
        assert gate.admit(SOCKET, "presence-x", signed("presence-x", text), text) is not None
    assert refusal(soketi, "presence-x", {"user_id": "1", "user_info": "x" * 2_047}) == (
        4301,
        "The maximum size for a channel member is 2 KB.",
    )
    assert "more than 1024 bytes" in refusal(pusher, "presence-x", {"user_id": "1", "user_info": "x" * 1_023})[1]
    assert "more than 128 characters" in refusal(pusher, "presence-x", {"user_id": "x" * 129})[1]


def test_a_presence_channel_can_be_full() -> None:
    """Of people, so that a second device fits in, but on soketi; Reverb knows no limit (PROTOCOL.md 2.2)."""
    room = Channel[str]("presence-x", ChannelKind.PRESENCE)
    for number in range(100):
        room.join(str(number), Member(str(number), {}))
    known, new = '{"user_id":"1","user_info":{}}', '{"user_id":"100","user_info":{}}'
    admitted = [
        (gate, text, many)
        for gate in (pusher, soketi, reverb)
        for text in (known, new)
        for many in (None, 101, 5)
        if is_admitted(gate, text, room, many)
    ]

    assert [(text, many) for gate, text, many in admitted if gate is pusher] == [
        (known, None),
        (known, 101),
        (known, 5),
        (new, 101),
    ]
    assert [(text, many) for gate, text, many in admitted if gate is soketi] == [(known, 101), (new, 101)]
    assert len([gate for gate, _, _ in admitted if gate is reverb]) == 6


def is_admitted(gate: Gate, text: str, room: Channel[str], max_members: int | None) -> bool:
    """Tell whether somebody is let into a channel that holds so many."""
    try:
        gate.admit(SOCKET, "presence-x", signed("presence-x", text), text, room=room, max_members=max_members)
    except PeerError:
        return False
    return True
