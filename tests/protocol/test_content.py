"""Content of a server's frames: what every broadcaster really sends, and what none should."""

import pytest

from harness.protocol import content
from harness.protocol.messages import Frame

ACKNOWLEDGED = "pusher_internal:subscription_succeeded"


@pytest.mark.parametrize(
    ("data", "meaning"),
    [('{"a":1}', {"a": 1}), ({"a": 1}, {"a": 1}), ("{}", {}), ("[]", {}), ("text", {}), (5, {}), (None, {}), ([1], {})],
    ids=ascii,
)
def test_a_mapping_is_an_object_or_nothing(data: object, meaning: dict[str, object]) -> None:
    """Objects come as they are or as JSON text; everything else is as good as an empty one."""
    assert meaning == content.mapping(Frame("e", data))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(30, 30.0), (0.5, 0.5), (86_400, 86_400.0)]
    + [(absurd, None) for absurd in (0, -1, -0.5, 86_401, 1e300, 10**400, True, False, None, "30", [30], {})],
    ids=lambda case: ascii(case)[:12],
)
def test_seconds_are_fit_for_a_timer(value: object, seconds: float | None) -> None:
    """Only a positive number of at most a day can be waited for."""
    assert seconds == content.seconds(value)


@pytest.mark.parametrize(
    ("member", "user_id"),
    [({"user_id": "42"}, "42"), ({"user_id": 42}, "42"), ({"user_id": ""}, "")]
    + [({"user_id": absurd}, None) for absurd in (None, True, 4.2, [], {})]
    + [({}, None)],
    ids=ascii,
)
def test_user_ids_are_text(member: dict[str, object], user_id: str | None) -> None:
    """Integers are compared as text, as every broadcaster does; other types are nobody."""
    assert user_id == content.user_id(member)


@pytest.mark.parametrize(
    ("channel", "data", "members"),
    [
        ("room", "{}", None),
        ("private-x", None, None),
        ("presencex", '{"presence":{"count":1,"ids":["1"],"hash":{"1":{"id":1}}}}', {"1": {"id": 1}}),
        ("presence-x", '{"presence":{"count":1,"ids":[1],"hash":{"1":null}}}', {"1": None}),
        ("presence-x", '{"presence":{"hash":{"42":true}}}', {"42": True}),
        ("presence-x", '{"presence":{"count":0,"ids":[],"hash":[]}}', {}),
        (
            "presence-x",
            {"presence": {"hash": [{"name": "A"}, {"name": "B"}]}},
            {"0": {"name": "A"}, "1": {"name": "B"}},
        ),
        ("room", '{"presence":{"count":1}}', None),
        ("room", '{"presence":5}', None),
    ],
    ids=ascii,
)
def test_members_are_listed_by_id(channel: str, data: object, members: dict[str, object] | None) -> None:
    """A map that PHP wrote as a list is a map again; a channel without a list has none."""
    assert members == content.members(Frame(ACKNOWLEDGED, data, channel), channel)


@pytest.mark.parametrize(
    "data",
    ["{}", "[]", None, '{"presence":null}', '{"presence":[]}', '{"presence":{}}', '{"presence":{"hash":5}}'],
    ids=ascii,
)
def test_a_presence_channel_must_list_its_members(data: object) -> None:
    """An acknowledgement without a readable list leaves a client without members, which no other data can mean."""
    with pytest.raises(ValueError, match=r"on a presence channel without presence\.hash"):
        content.members(Frame(ACKNOWLEDGED, data, "presence-x"), "presence-x")


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        (r'{"code":4009,"message":"Connection is unauthorized"}', 4009, "Connection is unauthorized"),
        ({"code": None, "message": "Existing subscription to channel x"}, None, "Existing subscription to channel x"),
        (
            {"type": "AuthError", "error": "The connection is unauthorized.", "status": 401},
            401,
            "The connection is unauthorized.",
        ),
        ({"code": "4009", "message": 5}, None, ""),
        ({"code": True, "status": 4009.0, "error": []}, None, ""),
        ({}, None, ""),
        ("over capacity", None, "over capacity"),
        ([4009], None, ""),
        (None, None, ""),
    ],
    ids=ascii,
)
def test_errors_have_a_code_and_a_message(data: object, code: int | None, message: str) -> None:
    """Both spellings of an error are read, and whatever is neither has neither."""
    assert (code, message) == content.error(Frame("pusher:error", data))
