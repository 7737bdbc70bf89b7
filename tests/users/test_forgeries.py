"""Forgeries differ from what was granted, each in its own way."""

import msgspec

from harness.users.authorization import Authorization
from harness.users.forgeries import forgeries

DIGITS = "0123456789abcdef" * 4


def granted(channel_data: str | None = None, digits: str = DIGITS) -> Authorization:
    """Make a grant."""
    return Authorization(auth=f"key:{digits}", channel_data=channel_data, signature="valid", status=200)


def test_no_forgery_is_what_was_granted() -> None:
    """All differ from the grant and from each other, and none shows a signature."""
    made = forgeries(granted())

    sent = [(one.auth, one.channel_data) for one in made]
    assert len(set(sent)) == len(made) == 13
    assert (granted().auth, None) not in sent
    assert all(DIGITS not in repr(one) for one in made)
    assert {one.weakness for one in made} == {"AZ-25", "AZ-26"}


def test_capitals_differ_where_there_is_no_letter() -> None:
    """A signature of nothing but figures has no other capitals."""
    capitals = next(one for one in forgeries(granted(digits="1" * 64)) if one.words == "in capital letters")

    assert capitals.auth == "key:A" + "1" * 63


def test_channel_data_is_altered_too() -> None:
    """Longer, left out, of somebody else, with another name."""
    data = '{"user_id":"7","user_info":{"name":"Bob"}}'

    altered = [one for one in forgeries(granted(data)) if one.weakness == "AZ-29"]

    assert [one.channel_data is None for one in altered] == [False, True, False, False]
    assert msgspec.json.decode(altered[2].channel_data or "")["user_id"] != "7"
    assert all(one.auth == granted().auth for one in altered)


def test_channel_data_that_is_no_json_is_altered_as_text() -> None:
    """What a target calls channel_data may be anything."""
    altered = [one for one in forgeries(granted("no json")) if one.weakness == "AZ-29"]

    assert [one.channel_data for one in altered] == ["no json ", None]
