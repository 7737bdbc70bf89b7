"""Why a name was taken for another: the way in which it differs tells which reading is too lenient."""

from typing import Any

import pytest

from harness.checkers.findings import finding
from harness.diagnosis.clues import Clues
from harness.diagnosis.spelling import READINGS, WEIGHERS, reading
from harness.history.events import HttpAnswered

CHAT = "private-chat.6.conversation.123"
GRANTED, ALIAS = "authorization.granted-to-outsider", "authorization.alias-granted"


@pytest.mark.parametrize(
    ("name", "defect"),
    [
        (CHAT, ""),
        (f"{CHAT}abc", "AZ-11"),
        (f"{CHAT};x", "AZ-11"),
        (f"{CHAT}-4", "AZ-11"),
        ("private-chat.6abc.conversation.123", "AZ-11"),
        ("private-chat.6.conversation.0123", "AZ-12"),
        ("private-chat.6.conversation.+123", "AZ-12"),
        ("private-chat.6.conversation. 123", "AZ-12"),
        ("private-chat.6.conversation.1.23e2", ""),
        ("private-chat.6.conversation.0x7b", "AZ-12"),
        ("private-chat.006.conversation.0123", "AZ-12"),
        ("private-chat.6e0.conversation.123", "AZ-12"),
        (f"{CHAT}\n", "AZ-12"),
        (f"{CHAT}%00", "AZ-12"),
        (f"{CHAT}.0", "AZ-12"),
        (f"{CHAT}e0", "AZ-12"),
        (f"{CHAT}4", "AZ-11"),
        ("private-chat.6.conversation.abc", "AZ-13"),
        ("private-chat.6.conversation.", "AZ-13"),
        ("private-chat.6.conversation.124", ""),
        ("private-chat.6.conversation.0xzz", ""),
        ("private-chat.6.conversation.1234", "AZ-11"),
        ("private-chat.6.conversation.0x" + "f" * 300, ""),
        ("private-chat.6.conversation.\u0661\u0662\u0663", "AZ-14"),
        ("private-chat\uff0e6.conversation.123", "AZ-14"),
        (f"{CHAT}.x", "AZ-16"),
        (f"{CHAT}.", "AZ-16"),
        ("private-customer.chat.6.conversation.123", "AZ-17"),
        ("private-chatx6xconversationx123", "AZ-18"),
        ("private-private-chat.6.conversation.123", "AZ-19"),
        ("presence-chat.6.conversation.123", "AZ-19"),
        ("private-chat.private-6.conversation.123", "AZ-19"),
        ("Private-CHAT.6.conversation.123", "AZ-20"),
        ("private-orders.1", ""),
        ("private-room.6.conversation.123", ""),
        ("private-chat.x6.conversation.0123", ""),
    ],
    ids=ascii,
)
def test_a_name_reads_like_another_in_one_way(name: str, defect: str) -> None:
    """Each class of spellings belongs to the defect that takes it; what is nothing alike belongs to none."""
    assert reading(name, CHAT) == defect


def weights(story: Any, found: Any, id_: str) -> dict[str, tuple[str, str]]:
    """Weigh every reading of the first finding of this id."""
    weighed = {one: WEIGHERS[one](found(id_), Clues(story.events)) for one in READINGS}
    return {one: (weight.likelihood, weight.because) for one, weight in weighed.items() if weight}


def test_where_a_name_was_followed_to_tells_how_it_was_read(story: Any, found: Any) -> None:
    """One reading is likely, and none of the others."""
    story.follow("bob", "private-chat.6.conversation.0123")

    said = weights(story, found, ALIAS)
    own = f"“{CHAT}”"
    because = f"“private-chat.6.conversation.0123” reads like {own}: it writes the same number in another way"
    assert said.pop("AZ-12") == ("likely", because)
    assert set(said.values()) == {("unlikely", f"“private-chat.6.conversation.0123” differs otherwise from {own}")}


def test_a_name_that_nobody_followed_is_read_beside_the_conversations(story: Any, found: Any) -> None:
    """Eve is granted a name that goes on behind the conversation's."""
    story.authorize("eve", channel=f"{CHAT}.x", rule="", entitled="no")

    assert weights(story, found, GRANTED)["AZ-16"][0] == "likely"


@pytest.mark.parametrize(
    ("channel", "because"),
    [
        (CHAT, f"“{CHAT}” is the channel's own name"),
        ("private-orders.1", "“private-orders.1” reads like no channel of this test"),
        ("private-\xe9", "“private-\\xe9” reads like no channel of this test"),
    ],
)
def test_what_is_no_other_name_was_not_misread(story: Any, found: Any, channel: str, because: str) -> None:
    """Its own name, and one that nothing is called like, foreign characters or not, speak against every reading."""
    story.authorize("eve", channel=channel, entitled="no")

    assert set(weights(story, found, GRANTED).values()) == {("unlikely", because)}


@pytest.mark.parametrize(
    ("encoding", "likelihood"), [("duplicated", "likely"), ("array", "likely"), ("form", "unlikely"), ("", "")]
)
def test_two_names_in_one_request_may_be_mixed_up(story: Any, weigh: Any, encoding: str, likelihood: str) -> None:
    """AZ-22; of old histories nobody knows how somebody asked."""
    story.authorize("eve", encoding=encoding)

    weight = weigh(GRANTED, "AZ-22")
    assert (weight.likelihood if weight else "") == likelihood


@pytest.mark.parametrize("suspect", sorted(WEIGHERS))
def test_nothing_is_said_without_an_answer(story: Any, weigh_bare: Any, suspect: str) -> None:
    """No name was signed."""
    story.record(HttpAnswered, who="bob", act="9", purpose="get", status=200, outcome="ok")

    assert weigh_bare(suspect) is None
    assert WEIGHERS[suspect](finding(GRANTED, "granted", about=[]), Clues([])) is None
