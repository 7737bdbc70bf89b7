"""Every word of the vocabulary, and frames that have none."""

import json

import pytest

from harness.conformance.answers import frame_of, in_words, joined

FRAMES = {
    "established": ("pusher:connection_established", '{"socket_id":"1.2"}'),
    "succeeded": ("pusher_internal:subscription_succeeded", "{}"),
    "succeeded count 2": ("pusher_internal:subscription_succeeded", '{"presence":{"count":2}}'),
    "error 4200": ("pusher:error", '{"code":4200,"message":"x"}'),
    "error 4009": ("pusher:error", {"code": 4009}),
    "error null": ("pusher:error", {"message": "x"}),
    "subscription_error 401": ("pusher:subscription_error", {"status": 401}),
    "subscription_error null": ("pusher_internal:subscription_error", "{}"),
    "pong": ("pusher:pong", "{}"),
    "ping": ("pusher:ping", None),
    "cache_miss": ("pusher:cache_miss", None),
    "member_added 2": ("pusher_internal:member_added", '{"user_id":"2"}'),
    "member_removed 2": ("pusher_internal:member_removed", '{"user_id":2}'),
    "subscription_count 3": ("pusher_internal:subscription_count", '{"subscription_count":3}'),
    "signin_success": ("pusher:signin_success", {}),
    "watchlist online 1,2": (
        "pusher_internal:watchlist_events",
        {"events": [{"name": "online", "user_ids": ["1", "2"]}]},
    ),
    "watchlist ": ("pusher_internal:watchlist_events", {"events": 5}),
    "event client-typing": ("client-typing", [1]),
}


@pytest.mark.parametrize(("words", "said"), FRAMES.items(), ids=FRAMES)
def test_a_frame_has_its_words(words: str, said: tuple[str, object]) -> None:
    """Data are read as an object and as a string."""
    event, data = said

    assert in_words(json.dumps({"event": event, "data": data})) == words


@pytest.mark.parametrize("text", ["", "5", "[]", '"x"', "{", "[" * 9_999])
def test_what_is_no_frame_is_said_to_be_none(text: str) -> None:
    """Whatever a server sends is put into words."""
    assert in_words(text) == "no JSON"
    assert frame_of(text) is None


def test_several_parts_are_one_behaviour() -> None:
    """In their order; none is `nothing`."""
    assert joined(["error 4001", "closed 1006"]) == "error 4001 then closed 1006"
    assert joined([]) == "nothing"


@pytest.mark.parametrize("event", ["x" * 5_000_000, "pusher:error"])
def test_a_name_without_end_is_cut(event: str) -> None:
    """A report is no place for megabytes."""
    assert len(in_words(json.dumps({"event": event, "data": {"code": "y" * 5_000_000}}))) < 1100


def test_a_watchlist_of_nobody_is_put_into_words() -> None:
    """Whatever stands where people should."""
    events = [{"name": 1, "user_ids": 3}, {"user_ids": {"a": 1}}, 7]

    assert in_words(json.dumps({"event": "pusher_internal:watchlist_events", "data": {"events": events}})) == (
        'watchlist 1 3 and None {"a":1}'
    )
