"""Admission: the one decision who may join, for every kind of channel and every way of not being allowed to."""

import pytest

from harness.protocol.admission import Gate, PeerError
from harness.protocol.channels import ChannelKind
from harness.protocol.dialects import PUSHER, REVERB
from harness.protocol.signatures import channel_auth

KEY, SECRET, SOCKET = "demo-key", "demo-secret", "4711.9001"
ASHA = '{"user_id":"42","user_info":{"name":"Asha"}}'

reverb, pusher = Gate(KEY, SECRET, REVERB), Gate(KEY, SECRET, PUSHER)


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
    with pytest.raises(ValueError, match=r".+"):
        gate.admit(SOCKET, "presence-room", signed("presence-room", "nonsense"), "nonsense")


def test_names_that_are_not_portable_are_refused_where_they_are_checked() -> None:
    """Pusher takes the documented alphabet only, Reverb any name."""
    with pytest.raises(PeerError, match="not portable"):
        pusher.admit(SOCKET, "with space", None, None)
    assert reverb.admit(SOCKET, "with space", None, None) is None


def test_a_prefix_without_its_dash_guards_on_reverb_only() -> None:
    """Privatex is private on Reverb and public on Pusher (PROTOCOL.md 13)."""
    assert reverb.kind_of("privatex") is ChannelKind.PRIVATE
    assert pusher.kind_of("privatex") is ChannelKind.PUBLIC
