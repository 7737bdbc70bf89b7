"""Reading a frame: what a history keeps of it, whatever it is."""

import hashlib
import json
from typing import Any

import pytest

from harness.config import EventShape
from harness.history.redaction import LIMIT, Redactor
from harness.users.reading import Reader, as_text, at_path

SHAPE = EventShape(name="MessageSent", text="message.body", id="message.id", sender="message.by")


@pytest.fixture
def reader() -> Reader:
    """Give a reader for messages that stand one level down."""
    return Reader(SHAPE, Redactor(["a-secret-of-twenty-ch"]))


def payload(event: str, data: Any, **members: Any) -> bytes:
    """Write a frame."""
    return json.dumps({"event": event, "data": data, **members}).encode()


@pytest.mark.parametrize("as_string", [True, False])
def test_a_message_is_known_by_the_contracts_event(reader: Reader, as_string: Any) -> None:
    """Id and text come from the paths of the contract, whether data is a JSON string or an object."""
    data = {"message": {"id": 7, "body": "hello"}}
    read = reader.read(payload("MessageSent", json.dumps(data) if as_string else data, channel="private-x"))
    assert read.facts["is_message"]
    assert (read.facts["message"], read.facts["text"], read.facts["channel"]) == ("7", "hello", "private-x")
    assert read.facts["data_was_string"] is as_string


@pytest.mark.parametrize(
    ("path", "author"),
    [("message.by", "7"), ("message.by.id", ""), ("", "")],
)
def test_the_author_of_a_message_is_who_the_contract_says(path: str, author: str) -> None:
    """As text; empty where the event does not say, and where the contract has no place for it."""
    reader = Reader(EventShape(text="message.body", id="message.id", sender=path), Redactor())
    assert reader.read(payload("MessageSent", {"message": {"by": 7}})).facts["author"] == author
    assert reader.read(payload("MessageSent", "no object")).facts["author"] == ""


def test_a_reading_says_what_must_not_stand_in_the_frame() -> None:
    """Looked for before it is taken out, also in what is no frame."""
    reader = Reader(SHAPE, Redactor(["a-secret-of-twenty-ch"]))
    for bytes_ in (payload("OrderShipped", {"key": "a-secret-of-twenty-ch"}), b"a-secret-of-twenty-ch"):
        read = reader.read(bytes_)
        assert [one.what for one in read.exposures] == ["a secret"]
        assert "secret-of" not in str(read.facts)
    assert reader.read(payload("OrderShipped", {})).exposures == ()


def test_another_event_is_no_message(reader: Reader) -> None:
    """Its data is not looked into, and a missing channel is empty text."""
    read = reader.read(payload("OrderShipped", '{"message":{"id":1}}'))
    assert read.frame is not None
    assert read.facts["event"] == "OrderShipped"
    assert read.facts["channel"] == ""
    assert "is_message" not in read.facts
    assert "problem" not in read.facts


@pytest.mark.parametrize("data", [None, "no json", "[]", '{"message":3}', '{"message":{"id":[],"body":{}}}'])
def test_a_message_without_what_the_contract_names_is_an_empty_one(reader: Reader, data: Any) -> None:
    """Whatever stands in its data, it is a message, whose id and text are empty."""
    facts = reader.read(payload("MessageSent", data)).facts
    assert (facts["is_message"], facts["message"], facts["text"]) == (True, "", "")


@pytest.mark.parametrize(
    ("data", "id_type", "text_type"),
    [
        ({"id": 7, "body": "x"}, "integer", "string"),
        ({"id": "7", "body": 7}, "string", "integer"),
        ({"id": 7.5, "body": True}, "number", "boolean"),
        ({"id": [], "body": {}}, "array", "object"),
        ({"id": None}, "", "absent"),
    ],
)
def test_the_types_of_id_and_text_are_kept(reader: Reader, data: Any, id_type: str, text_type: str) -> None:
    """What is not there has none; for a text that is a fact."""
    facts = reader.read(payload("MessageSent", {"message": data})).facts
    assert (facts["id_type"], facts["text_type"]) == (id_type, text_type)


def test_an_event_without_a_place_for_the_text_has_no_type_of_it() -> None:
    """So that nobody misses it there."""
    reader = Reader(EventShape(text=""), Redactor())
    assert reader.read(payload("MessageSent", {"id": 7})).facts["text_type"] == ""


@pytest.mark.parametrize(
    ("data", "is_double"),
    [
        (json.dumps(json.dumps({"message": {"id": 7}, "user_id": "2"})), True),
        (json.dumps({"message": {"id": 7}, "user_id": "2"}), False),
        (json.dumps("text"), False),
        (json.dumps("[1]"), False),
        ("text", False),
        (None, False),
    ],
)
@pytest.mark.parametrize(("event", "id_"), [("MessageSent", "7"), ("pusher_internal:member_added", "2")])
def test_a_second_encoding_is_seen_and_seen_through(
    reader: Reader, event: str, id_: str, data: Any, is_double: Any
) -> None:
    """Only where an object is expected and text holds one; the id that is below it is known all the same."""
    facts = reader.read(payload(event, data)).facts
    assert facts["is_double_encoded"] is is_double
    assert facts["message" if event == "MessageSent" else "member"] == (id_ if data and "user_id" in data else "")


@pytest.mark.parametrize(("user_id", "member", "id_type"), [("2", "2", "string"), (2, "2", "integer"), (None, "", "")])
@pytest.mark.parametrize("event", ["pusher_internal:member_added", "pusher_internal:member_removed"])
def test_a_frame_about_a_member_names_them(reader: Reader, event: str, user_id: Any, member: str, id_type: str) -> None:
    """As text, with the type that the id had."""
    facts = reader.read(payload(event, json.dumps({"user_id": user_id}), channel="presence-x")).facts
    assert (facts["member"], facts["id_type"], "is_message" in facts) == (member, id_type, False)


@pytest.mark.parametrize(
    "broken",
    [b"", b"not json", b"[]", b"3", b"{}", b'{"event":3}', b'{"event":"x"', b'{"event":"\xff"}', b"[" * 100_000],
)
def test_what_is_no_frame_has_a_problem(reader: Reader, broken: bytes) -> None:
    """The reason is kept in words, beside size and sum of the bytes; nothing is raised."""
    read = reader.read(broken)
    assert read.frame is None
    assert read.facts["event"] == ""
    assert read.facts["problem"]
    assert "\n" not in read.facts["problem"]
    assert (read.facts["size"], read.facts["sha256"]) == (len(broken), hashlib.sha256(broken).hexdigest())


def test_a_refused_message_keeps_its_reason(reader: Reader) -> None:
    """What is no text at all is kept as far as it can be shown."""
    read = reader.refuse(b"\x00\xff", "a binary message")
    assert (read.frame, read.facts["problem"], read.facts["raw"]) == (None, "a binary message", "\x00\ufffd")


def test_the_raw_text_is_cut_and_without_secrets(reader: Reader) -> None:
    """A secret does not show because it stands where the text is cut."""
    body = "x" * (LIMIT - 40) + "a-secret-of-twenty-ch" * 3
    raw = reader.read(payload("OrderShipped", body)).facts["raw"]
    assert len(raw) <= LIMIT
    assert "secret" not in raw


def test_the_same_bytes_are_parsed_once(reader: Reader) -> None:
    """A fan-out brings them to many sockets."""
    assert reader.read(payload("A", "1")) is reader.read(payload("A", "1"))
    assert reader.read(payload("B", "1")) is not reader.read(payload("A", "1"))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", {"a": [{"b": 1}]}),
        ("a.0.b", 1),
        ("a.1", None),
        ("a.-1", None),
        ("a.²", None),
        ("a.0.b.c", None),
        ("z", None),
    ],
)
def test_a_dotted_path_leads_into_objects_and_lists(path: str, found: Any) -> None:
    """It gives None where it leads nowhere."""
    assert at_path({"a": [{"b": 1}]}, path) == found


@pytest.mark.parametrize(("value", "text"), [("x", "x"), (7, "7"), (True, ""), (1.5, ""), (None, ""), ([], "")])
def test_ids_and_texts_are_strings_or_integers(value: Any, text: str) -> None:
    """Anything else is no id."""
    assert as_text(value) == text
