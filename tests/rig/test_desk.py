"""What a client's frames are answered with, and what is known of the signatures in them."""

import json
from typing import Any

import pytest

from harness.protocol.dialects import PUSHER, REVERB
from harness.protocol.signatures import channel_auth, user_auth
from harness.rig.authorization import MEMBER
from harness.rig.desk import Desk
from harness.rig.manners import Manners
from harness.rig.terms import Terms

SECRET = "a-secret-of-the-desk"
ROOM = "private-room"


def desk(**terms: Any) -> Desk:
    """Make a desk that knows two connections."""
    made = Desk(Terms(secret=SECRET, key="k", **terms))
    made.established("1.1", None)
    made.established("2.2", 0.5)
    return made


def frame(event: str, **data: Any) -> str:
    """Write a client's frame."""
    return json.dumps({"event": event, "data": data})


@pytest.mark.parametrize(
    ("channel", "auth", "signature"),
    [
        (ROOM, channel_auth("k", SECRET, "2.2", ROOM), "valid"),
        (ROOM, channel_auth("k", SECRET, "1.1", ROOM), "stale"),
        (ROOM, channel_auth("k", SECRET, "3.3", ROOM), "invalid"),
        (ROOM, channel_auth("k", SECRET, "2.2", "private-other"), "invalid"),
        (ROOM, "", "absent"),
        (ROOM, 7, "invalid"),
        ("room", "", "none needed"),
    ],
)
def test_a_signature_is_known_for_what_it_is(channel: str, auth: object, signature: str) -> None:
    """Right for this connection, for an earlier one, or for none; only what is right is acknowledged."""
    reading = desk().read(frame("pusher:subscribe", channel=channel, auth=auth), "2.2", Manners())

    assert reading.facts["signature"] == signature
    is_granted = signature in ("valid", "none needed")
    assert [json.loads(one)["event"] for one in reading.answers] == [
        "pusher_internal:subscription_succeeded" if is_granted else "pusher:error"
    ]
    assert (reading.joined is not None) is is_granted


def test_a_presence_channel_is_acknowledged_with_its_one_member() -> None:
    """Whoever the endpoint said it is; data of the client's own making is not stumbled over."""
    auth = channel_auth("k", SECRET, "2.2", "presence-a", MEMBER)
    text = frame("pusher:subscribe", channel="presence-a", auth=auth, channel_data=MEMBER)
    (answer,) = desk().read(text, "2.2", Manners()).answers

    assert json.loads(json.loads(answer)["data"])["presence"]["ids"] == ["1"]
    assert "presence" in desk().succeeded("presence-a", "no JSON")


def test_pings_and_subscribes_are_answered_unless_the_manners_forbid_it() -> None:
    """What was held back can be acknowledged later."""
    ours = desk()
    subscribe = frame("pusher:subscribe", channel="room")

    assert len(ours.read(frame("pusher:ping"), "2.2", Manners()).answers) == 1
    assert ours.read(frame("pusher:ping"), "2.2", Manners(answers_pings=False)).answers == []
    held = ours.read(subscribe, "2.2", Manners(answers_subscribes=False))
    assert (held.answers, held.joined) == ([], ("room", ""))
    assert ours.read(frame("pusher:unsubscribe", channel="room"), "2.2", Manners()).left == "room"


def test_a_sign_in_is_checked() -> None:
    """It is for one connection too."""
    data = '{"id":"1"}'
    auth = user_auth("k", SECRET, "2.2", data)
    right, wrong = (
        desk().read(frame("pusher:signin", auth=auth, user_data=data), id_, Manners()) for id_ in ("2.2", "1.1")
    )

    assert (right.facts["signature"], wrong.facts["signature"]) == ("valid", "invalid")
    assert json.loads(right.answers[0])["event"] == "pusher:signin_success"


@pytest.mark.parametrize("text", ["no JSON", "[]", b"\xff", '{"event":7}', "", "[" * 5000])
def test_no_message_of_a_client_raises(text: str | bytes) -> None:
    """What cannot be read is noted and answered as the dialect does."""
    for dialect in (REVERB, PUSHER):
        reading = desk(dialect=dialect).read(text, "2.2", Manners())

        assert reading.facts["problem"].startswith("no frame")
        assert json.loads(reading.answers[0])["event"] == "pusher:error"


def test_the_timeout_is_the_dialects_unless_another_is_said() -> None:
    """In seconds."""
    ours = Desk(Terms(secret=SECRET, dialect=PUSHER))

    assert json.loads(json.loads(ours.established("1.1", None))["data"])["activity_timeout"] == 120
    assert json.loads(json.loads(ours.established("1.1", 0.2))["data"])["activity_timeout"] == 0.2
