"""Payload: encodings, types and characters are compared; what has no text, or no one type, is not judged."""

from typing import Any

import pytest

from harness.checkers import payload
from harness.history.attendance import ADDED, REMOVED
from harness.history.digest import digest
from harness.history.events import TestFinished
from harness.history.ledger import read

CHAT = "private-chat.6.conversation.123"


def check(events: list[Any]) -> list[Any]:
    """Judge events."""
    return payload.check(events, read(events), TestFinished(n=1, at=0))[0]


def ids(story: Any) -> list[str]:
    """List the observations of a story."""
    return [one.id for one in check(story.events)]


@pytest.mark.parametrize(
    ("name", "summary", "last"),
    [
        (
            "payload.not-a-string",
            "“MessageSent” came once with data that is no JSON string",
            f'+0.009 s  bob#1 heard “Hello” on {CHAT}: “{{"event":"MessageSent","data":{{"id":1,"body":"Hello"}}}}”',
        ),
        (
            "payload.encoded-twice",
            "“MessageSent” came once with data that was encoded twice",
            "+0.009 s  bob#1 heard “Hello” on private-chat.6.conversation.123: “”",
        ),
        (
            "payload.type-changed",
            "the id of a message is of JSON type integer in the backend's answer and string in its event, once",
            "+0.009 s  bob#1 heard “Hello” on private-chat.6.conversation.123",
        ),
        (
            "payload.type-changed--of-a-text",
            "the text of a message is of JSON type string when sent and integer in its event, once",
            "+0.009 s  bob#1 heard “42” on private-chat.6.conversation.123",
        ),
        (
            "payload.stored-altered",
            "bob read a message of alice back with another text than was sent",
            f"+0.010 s  bob read a text whose SHA-256 is {digest('Hell')}",
        ),
    ],
)
def test_each_way_of_failing_is_told(history: Any, name: str, summary: str, last: str) -> None:
    """The finding names the event or the message and shows the frame, or the read."""
    (found,) = check(history(name))

    assert (found.id, found.summary, found.evidence[-1]) == (name.partition("--")[0], summary, last)
    assert (found.who, found.where) == ("bob", CHAT)
    assert found.expected
    assert found.events


def test_an_altered_text_is_one_finding_however_many_heard_it(history: Any) -> None:
    """It shows who heard what, and where sent and heard part."""
    (found,) = check(history("payload.altered"))

    assert found.summary == "a message of alice was heard 2 times with another text than was sent"
    assert (found.who, found.where, found.kind) == ("bob", CHAT, "delivery")
    who = ("alice sent", "bob#1 heard", "carol#1 heard")
    assert all(words in line for words, line in zip(who, found.evidence[:3], strict=True))
    assert found.evidence[3] == "first difference at character 4"
    assert len(found.events) == 3


def test_two_wrong_texts_of_a_message_are_two_findings(story: Any) -> None:
    """One listener's text is cut, the other's is mangled."""
    story.join("bob#1", "carol#1")
    story.send()
    story.hear("bob#1", "1", "Hell", text_type="string")
    story.hear("carol#1", "1", "Hall", text_type="string")

    assert ids(story) == ["payload.altered"] * 2


@pytest.mark.parametrize(
    ("text", "text_type", "found"),
    [
        ("Hello", "string", []),
        ("Hello", "", []),
        ("", "", []),
        ("", "absent", ["payload.altered"]),
        ("", "string", ["payload.altered"]),
        ("hello", "", ["payload.altered"]),
        ("7", "integer", ["payload.altered"]),
    ],
)
def test_a_text_is_compared_where_the_contract_has_one(story: Any, text: str, text_type: str, found: list[str]) -> None:
    """An event that has no place for it has not altered it."""
    story.join("bob#1")
    story.send()
    story.hear("bob#1", "1", text, text_type=text_type)

    assert ids(story) == found


@pytest.mark.parametrize(
    ("answer", "event", "found"),
    [
        ("integer", "integer", []),
        ("integer", "", []),
        ("", "string", []),
        ("string", "integer", ["payload.type-changed"]),
    ],
)
def test_an_id_has_one_type(story: Any, answer: str, event: str, found: list[str]) -> None:
    """What was not looked at is not compared."""
    story.join("bob#1")
    story.answer(story.ask(), id_type=answer)
    story.hear("bob#1", id_type=event)

    assert ids(story) == found


def test_types_that_change_all_over_a_channel_are_one_finding(story: Any) -> None:
    """With the first of them as evidence."""
    story.join("bob#1")
    for number in ("1", "2"):
        story.answer(story.ask(), id_type="integer")
        story.hear("bob#1", number, id_type="string")

    (found,) = check(story.events)
    assert found.summary.endswith("in its event, 2 times")


def test_an_unanswered_message_has_no_type(story: Any) -> None:
    """It is joined by its text, and says nothing of its id."""
    story.join("bob#1")
    story.ask()
    story.hear("bob#1", "9", id_type="string", text_type="string")

    assert ids(story) == []


@pytest.mark.parametrize(
    ("event", "facts", "is_due"),
    [
        ("MessageSent", {}, True),
        ("client-message", {"is_message": True}, True),
        ("OrderShipped", {"is_message": False}, True),
        (ADDED, {"is_message": False, "channel": "presence-x"}, True),
        (REMOVED, {"is_message": False, "channel": "presence-x"}, True),
        ("pusher_internal:subscription_succeeded", {"is_message": False, "channel": "presence-x"}, True),
        ("pusher_internal:subscription_succeeded", {"is_message": False}, False),
        ("pusher_internal:subscription_count", {"is_message": False}, False),
        ("pusher:cache_miss", {"is_message": False}, False),
        ("client-typing", {"is_message": False}, False),
        ("OrderShipped", {"is_message": False, "channel": ""}, False),
        ("MessageSent", {"problem": "not JSON"}, False),
    ],
)
def test_a_json_string_is_due_where_every_broadcaster_writes_one(
    story: Any, event: str, facts: dict[str, Any], is_due: Any
) -> None:
    """Client events and the protocol's own differ from one to the next, but for those about members."""
    story.join("bob#1")
    story.hear("bob#1", "77", "not ours", event=event, data_was_string=False, **facts)

    assert ids(story) == (["payload.not-a-string"] if is_due else [])


def test_the_same_flaw_of_one_event_on_one_channel_is_one_finding(story: Any) -> None:
    """Another channel, or another event, is another."""
    for event, channel in [("A", "x"), ("A", "x"), ("B", "x"), ("A", "y")]:
        story.hear("bob#1", "", "", event=event, channel=channel, is_message=False, is_double_encoded=True)

    assert [(one.where, one.summary.split(" with ")[0]) for one in check(story.events)] == [
        ("x", "“A” came 2 times"),
        ("x", "“B” came once"),
        ("y", "“A” came once"),
    ]


@pytest.mark.parametrize("read_back", [{"digests": (digest("Hello"),)}, {"digests": ("",)}, {"conversation": "124"}])
def test_a_stored_text_is_compared_by_its_digest(story: Any, read_back: dict[str, Any]) -> None:
    """One without a text, or of another conversation, is not compared; the right one is right."""
    story.send()
    story.read("bob", "1", **({"digests": (digest("other"),)} | read_back))

    assert ids(story) == []


def test_a_right_text_hides_no_wrong_one_behind_it(story: Any) -> None:
    """Every message of every read is looked at."""
    story.send()
    story.send()
    story.read("bob", "1", "77", "2", digests=(digest("Hello"), digest("not ours"), digest("wrong")))

    (found,) = check(story.events)
    assert "id 2" in found.evidence[0]
    assert digest("Hello") in found.expected


def test_what_was_compared_is_counted(history: Any) -> None:
    """Every frame with a message of this run."""
    events = history("accepted--everybody-hears-it")
    assert payload.check(events, read(events), TestFinished(n=1, at=0)) == ([], {"payloads compared": 2})


def test_a_type_that_changed_on_two_channels_is_two_findings(story: Any) -> None:
    """Each names its channel; the same message may be heard on both."""
    story.join("bob#1")
    story.answer(story.ask(), id_type="integer")
    story.hear("bob#1", id_type="string")
    story.hear("bob#1", channel="private-other", id_type="string")

    assert [one.where for one in check(story.events)] == [CHAT, "private-other"]
