"""Publications: what a publish must hold, and Laravel's sentences for what it lacks (PROTOCOL.md 7.2, 13)."""

from typing import Any

import pytest

from harness.servers.broadcaster.publications import InvalidPublication, Publication, read_batch, read_event

EVENT = {"name": "e", "channel": "room", "data": "{}"}


def test_an_event_for_one_channel_or_several() -> None:
    """Channels win over channel when both are there."""
    assert read_event(EVENT) == Publication("e", "{}", ("room",), None, None)
    assert read_event({**EVENT, "channels": ["a", "b"]}).channels == ("a", "b")
    assert read_event({"name": "e", "data": "{}", "channels": ["a"]}).channels == ("a",)


def test_what_is_optional_is_kept() -> None:
    """The excluded socket and the wish for information travel along."""
    publication = read_event({**EVENT, "socket_id": "1.2", "info": "user_count"})

    assert (publication.socket_id, publication.info) == ("1.2", "user_count")


def test_no_channels_at_all_beside_a_channel_publish_to_nobody() -> None:
    """An empty list is a list: it wins, as it does in Laravel."""
    assert read_event({**EVENT, "channels": []}).channels == ()


NOBODY = {
    "channels": ["The channels field is required when channel is not present."],
    "channel": ["The channel field is required when channels is not present."],
}


@pytest.mark.parametrize(
    ("payload", "errors"),
    [
        ({"channel": "room", "data": "{}"}, {"name": ["The name field is required."]}),
        ({**EVENT, "name": 5}, {"name": ["The name field must be a string."]}),
        ({**EVENT, "data": " "}, {"data": ["The data field is required."]}),
        ({**EVENT, "data": {}}, {"data": ["The data field is required."]}),
        ({**EVENT, "data": {"n": 1}}, {"data": ["The data field must be a string."]}),
        ({"name": "e", "data": "{}"}, NOBODY),
        ({"name": "e", "data": "{}", "channels": []}, NOBODY),
        ({"name": "e", "data": "{}", "channels": "room"}, {"channels": ["The channels field must be an array."]}),
        ({**EVENT, "channels": ["a", 5]}, {"channels.1": ["The channels.1 field must be a string."]}),
        ({**EVENT, "channel": 5}, {"channel": ["The channel field must be a string."]}),
        ({**EVENT, "socket_id": 5}, {"socket_id": ["The socket id field must be a string."]}),
        ({**EVENT, "info": None}, {"info": ["The info field must be a string."]}),
    ],
)
def test_a_bad_event_is_refused_field_by_field(payload: dict[str, Any], errors: dict[str, list[str]]) -> None:
    """Each field that is wrong has its sentence, and only those."""
    with pytest.raises(InvalidPublication) as refused:
        read_event(payload)

    assert refused.value.errors == errors
    assert str(refused.value) == "; ".join(sentence for sentences in errors.values() for sentence in sentences)


def test_a_batch_is_a_list_of_events() -> None:
    """Each has one channel, and its own exclusion."""
    batch = read_batch({"batch": [EVENT, {**EVENT, "name": "f", "socket_id": "1.2"}]})

    assert batch == [
        Publication("e", "{}", ("room",), None, None),
        Publication("f", "{}", ("room",), "1.2", None),
    ]


@pytest.mark.parametrize(
    ("payload", "errors"),
    [
        ({}, {"batch": ["The batch field is required."]}),
        ({"batch": []}, {"batch": ["The batch field is required."]}),
        ({"batch": "x"}, {"batch": ["The batch field must be an array."]}),
        ({"batch": [EVENT, {**EVENT, "data": 5}]}, {"batch.1.data": ["The batch.1.data field must be a string."]}),
        (
            {"batch": [5]},
            {
                "batch.0.name": ["The batch.0.name field is required."],
                "batch.0.data": ["The batch.0.data field is required."],
                "batch.0.channel": ["The batch.0.channel field is required."],
            },
        ),
    ],
)
def test_a_bad_batch_is_refused_item_by_item(payload: dict[str, Any], errors: dict[str, list[str]]) -> None:
    """The sentences say which item is meant."""
    with pytest.raises(InvalidPublication) as refused:
        read_batch(payload)

    assert refused.value.errors == errors
