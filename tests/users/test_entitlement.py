"""Who may join a channel by the declared rules: every audience, and what a guard before a name makes of it."""

from typing import Any

import msgspec
import pytest

from harness.config import ChannelRule, Person
from harness.history.recorder import Recorder
from harness.users.context import Context
from harness.users.conversation import Conversation
from harness.users.entitlement import decision

pytestmark = pytest.mark.asyncio

RULES = (
    ChannelRule(name="conversation", pattern="private-chat.{company}.conversation.{conversation}", join="participants"),
    ChannelRule(name="company", pattern="presence-company.{company}", join="company"),
    ChannelRule(name="own", pattern="private-user.{user}", join="self"),
    ChannelRule(name="lobby", pattern="private-lobby", join="signed-in"),
    ChannelRule(name="news", pattern="private-news", join="anyone"),
    ChannelRule(name="vault", pattern="private-vault", join="nobody"),
    ChannelRule(name="room", pattern="private-room.{conversation}", join="participants"),
    ChannelRule(name="one", pattern="private-both.{x}", join="signed-in"),
    ChannelRule(name="two", pattern="private-both.y", join="nobody"),
    ChannelRule(name="square", pattern="square", join="nobody"),
)


@pytest.fixture
def known(declaration: Any) -> Context:
    """Give a target with these rules."""
    return Context(msgspec.structs.replace(declaration, channels=RULES), Recorder())


def person(context: Context, **changes: Any) -> Person:
    """Give alice, whose id is 1 and whose company is 6, otherwise if need be."""
    return msgspec.structs.replace(context.target.cast[0], **changes)


@pytest.mark.parametrize(
    ("channel", "rule", "entitled"),
    [
        ("private-chat.6.conversation.42", "conversation", "roster"),
        ("presence-company.6", "company", "yes"),
        ("presence-company.7", "company", "no"),
        ("presence-company.06", "company", "no"),
        ("private-user.1", "own", "yes"),
        ("private-user.2", "own", "no"),
        ("private-lobby", "lobby", "yes"),
        ("private-news", "news", "anyone"),
        ("private-vault", "vault", "no"),
        ("private-both.x", "one", "yes"),
        ("private-both.y", "one, two", ""),
        ("private-orders.1", "", "no"),
        ("private-private-lobby", "", "no"),
        ("square", "square", "moot"),
        ("lobby", "", "moot"),
        ("Private-lobby", "", "moot"),
    ],
)
async def test_exactly_one_rule_decides(known: Context, channel: str, rule: str, entitled: str) -> None:
    """None means nobody, several mean that nobody knows, and a public name takes no signature."""
    assert decision(known, person(known), channel)[:2] == (rule, entitled)


@pytest.mark.parametrize(
    ("channel", "entitled"),
    [
        ("presence-lobby", ""),
        ("private-encrypted-lobby", ""),
        ("presence-chat.6.conversation.42", ""),
        ("private-company.6", ""),
        ("private-company.7", "no"),
        ("presence-vault", "no"),
        ("private-encrypted-orders.1", "no"),
    ],
)
async def test_a_name_under_another_guard_is_nobodys_unless_it_is_theirs(
    known: Context, channel: str, entitled: str
) -> None:
    """Laravel's rules know no guards, so it grants these to whom it grants the others; they lead nowhere."""
    assert decision(known, person(known), channel)[:2] == ("", entitled)


async def test_what_nobody_said_is_not_known(known: Context) -> None:
    """A person without a company, or whose id nobody told yet."""
    assert decision(known, person(known, company=None), "presence-company.6").entitled == ""
    assert decision(known, person(known, name="dave"), "private-user.1").entitled == ""
    known.ids["dave"] = "1"
    assert decision(known, person(known, name="dave"), "private-user.1").entitled == "yes"
    assert decision(known, person(known, company="6"), "presence-company.6").entitled == "yes"


@pytest.mark.parametrize(
    ("company", "channel", "entitled"),
    [
        (6, "private-chat.6.conversation.42", "roster"),
        (7, "private-chat.6.conversation.42", "roster"),
        (6, "private-chat.7.conversation.42", "no"),
        (7, "private-chat.7.conversation.42", "roster"),
        (None, "private-chat.7.conversation.42", "roster"),
        (6, "private-chat.7.conversation.43", "roster"),
        (6, "private-room.42", "roster"),
    ],
)
async def test_a_conversation_under_a_company_that_is_nobodys_is_closed(
    known: Context, company: Any, channel: str, entitled: str
) -> None:
    """Where the person is of that company, or the number is not ours, they may be in another of the same number."""
    Conversation(known).declare("42", 6, ("alice",))

    assert decision(known, person(known, company=company), channel).entitled == entitled


@pytest.mark.parametrize(
    ("name", "company", "channel", "entitled"),
    [
        ("alice", 6, "private-room.42", "roster"),
        ("bob", 6, "private-room.42", "roster"),
        ("eve", 6, "private-room.42", "no"),
        ("eve", 7, "private-chat.6.conversation.42", "roster"),
        ("eve", None, "private-room.42", "no"),
        ("eve", 6, "private-room.43", "roster"),
    ],
)
async def test_a_further_channel_of_a_conversation_is_closed_to_who_never_was_in_it(
    known: Context, name: str, company: Any, channel: str, entitled: str
) -> None:
    """The history knows the people of a conversation by one channel, so what is known of others is decided here."""
    conversation = Conversation(known)
    conversation.declare("42", 6, ("alice", "bob"))
    conversation.declare("42", 6, ("alice",))

    assert decision(known, person(known, name=name, company=company), channel).entitled == entitled


@pytest.mark.parametrize(
    ("channel", "rule", "entitled", "shape", "persona"),
    [
        ("presence-chat.6.conversation.42", "conversation-presence", "roster", "{own company}", "participant"),
        ("presence-chat.6.conversation.43", "conversation-presence", "roster", "{own company}", "colleague"),
        ("presence-chat.7.conversation.42", "conversation-presence", "no", "{other company}", "participant"),
        ("private-App.Models.User.1", "user", "yes", "{self}", "self"),
        ("private-App.Models.User.2", "user", "no", "{another user}", "colleague"),
        ("presence-App.Models.User.1", "", "", "no rule", ""),
        ("private-encrypted-chat.6.conversation.42", "", "", "no rule", ""),
        ("private-chat.6.conversation.42.7", "", "no", "no rule", ""),
    ],
)
async def test_a_decision_says_whose_a_channel_is(
    context: Context, channel: str, rule: str, entitled: str, shape: str, persona: str
) -> None:
    """By the rules of the reference stack."""
    Conversation(context).declare("42", 6, ("alice",))
    said = decision(context, person(context), channel)
    assert (said.rule, said.entitled, said.persona) == (rule, entitled, persona)
    assert shape in said.shape
