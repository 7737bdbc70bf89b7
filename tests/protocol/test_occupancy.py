"""Occupancy: who is in a channel, counted as connections and as people (PROTOCOL.md 6)."""

from typing import Any

import pytest

from harness.protocol.channels import ChannelKind
from harness.protocol.occupancy import Channel, Member, read_member


def person(user_id: str | int, **info: Any) -> Member:
    """Give a member as its signed channel_data would name it."""
    return Member(user_id, {"user_id": user_id, "user_info": info})


@pytest.fixture
def room() -> Channel[str]:
    """Give an empty presence channel whose listeners are plain names."""
    return Channel("presence-room.7", ChannelKind.PRESENCE)


def test_channel_data_names_a_member_with_all_it_says() -> None:
    """The id keeps its type, and what is beyond the protocol is kept for member_added."""
    member = read_member('{"user_id":42,"user_info":{"name":"Asha"},"extra":true}')

    assert member == Member(42, {"user_id": 42, "user_info": {"name": "Asha"}, "extra": True})


@pytest.mark.parametrize("text", ['{"user_info":{}}', '{"user_id":null}'])
def test_channel_data_without_an_id_names_nobody(text: str) -> None:
    """Signed data that identifies no one gives an unseen listener, not a mistake."""
    assert read_member(text) is None


@pytest.mark.parametrize("text", ["", "[]", "5", "{", '{"user_id":true}', '{"user_id":1.5}', '{"user_id":["1"]}'])
def test_unreadable_channel_data_is_refused(text: str) -> None:
    """Only a JSON object with a text or integer id can name a member."""
    with pytest.raises(ValueError, match=r".+"):
        read_member(text)


def test_a_person_is_new_once_whatever_the_number_of_devices(room: Channel[str]) -> None:
    """The second connection of one person, even with the id as a number, is no news."""
    assert room.join("phone", person("42"))
    assert not room.join("laptop", person(42))
    assert len(room) == 2
    assert [member.user_id for member in room.members()] == ["42"]


def test_a_person_is_gone_with_the_last_device(room: Channel[str]) -> None:
    """Only the last connection's leaving takes the person with it."""
    room.join("phone", person("42"))
    room.join("laptop", person("42"))

    assert room.leave("phone") is None
    assert room.leave("laptop") == person("42")
    assert len(room) == 0


def test_an_unseen_listener_comes_and_goes_without_news(room: Channel[str]) -> None:
    """Who was not named neither joins nor leaves for the others, nor does who was never there."""
    room.join("a", person("1"))

    assert not room.join("spy")
    assert room.member("spy") is None
    assert room.members() == [person("1")]
    assert room.leave("spy") is None
    assert room.leave("stranger") is None


def test_joining_again_renews_what_is_known(room: Channel[str]) -> None:
    """A second subscription of one connection replaces its data and keeps its place."""
    room.join("a", person("1"))
    room.join("b", person("2"))
    room.join("a", person("1", name="Asha"))

    assert room.member("a") == person("1", name="Asha")
    assert room.listeners() == ("a", "b")


def test_listeners_can_leave_one_out(room: Channel[str]) -> None:
    """A broadcast may spare one connection; naming one that is not here spares nobody."""
    room.join("a")
    room.join("b")

    assert room.listeners(but="a") == ("b",)
    assert room.listeners(but="c") == ("a", "b")
    assert "a" in room


def test_listeners_of_a_person_are_found_by_the_id_as_text(room: Channel[str]) -> None:
    """Terminating somebody reaches every device of theirs and nobody else's."""
    room.join("phone", person(42))
    room.join("laptop", person("42"))
    room.join("other", person("4"))
    room.join("spy")

    assert room.listeners_of("42") == ["phone", "laptop"]


def test_the_roster_lists_each_person_once(room: Channel[str]) -> None:
    """Count, ids in their own type, and a hash by the id as text."""
    room.join("a", person("1", name="Asha"))
    room.join("b", person(2))
    room.join("c", person("2"))

    assert room.roster(demands_user_info=True) == {
        "count": 2,
        "ids": ["1", 2],
        "hash": {"1": {"name": "Asha"}, "2": {}},
    }


def test_the_roster_is_empty_while_somebody_listens_unseen(room: Channel[str]) -> None:
    """One listener without channel_data hides everybody, as Reverb does (PROTOCOL.md 2.2)."""
    room.join("a", person("1"))
    room.join("spy")

    assert room.roster(demands_user_info=True) == {"count": 0, "ids": [], "hash": {}}


def test_a_member_without_user_info_is_null_or_a_mistake(room: Channel[str]) -> None:
    """Hosted Pusher allows it, Reverb stumbles over it (PROTOCOL.md 2.2)."""
    room.join("a", Member("1", {"user_id": "1"}))

    assert room.roster(demands_user_info=False)["hash"] == {"1": None}
    with pytest.raises(ValueError, match="no user_info"):
        room.roster(demands_user_info=True)


@pytest.mark.parametrize("levels", [508, 5000])
def test_channel_data_is_no_deeper_than_the_frames_that_tell_of_it(levels: int) -> None:
    """Signed or not: it would break the roster of everybody who comes later."""
    with pytest.raises(ValueError, match="nested deeper"):
        read_member('{"user_id":"1","user_info":' + "[" * levels + "]" * levels + "}")
