"""What somebody is to a channel, and the channel's shape in their eyes: every rule, every relation, and no rule."""

import contextlib
from typing import Any

import msgspec
import pytest

from harness.config import ChannelRule, Person
from harness.errors import Refused
from harness.history.recorder import Recorder
from harness.users.context import Context
from harness.users.conversation import Conversation
from harness.users.personas import VISITOR, is_stranger, persona_of, shape_of
from harness.users.world import World

pytestmark = pytest.mark.asyncio

RULES = (
    ChannelRule(name="conversation", pattern="private-chat.{company}.conversation.{conversation}", join="participants"),
    ChannelRule(name="twin", pattern="presence-chat.{company}.conversation.{conversation}", join="participants"),
    ChannelRule(name="room", pattern="private-room.{conversation}", join="participants"),
    ChannelRule(name="company", pattern="presence-company.{company}", join="company"),
    ChannelRule(name="user", pattern="private-App.Models.User.{user}", join="self"),
    ChannelRule(name="order", pattern="private-order.{order}", join="signed-in"),
    ChannelRule(name="also", pattern="private-order.9", join="nobody"),
)
CHAT = "private-chat.{}.conversation.{}"
USER = "private-App.Models.User.{}"


@pytest.fixture
def known(declaration: Any) -> Context:
    """Give a target where alice, bob and carol are of company 6, and eve of 7; conversation 42 is alice's and bob's."""
    cast = [msgspec.structs.replace(one, company=7 if one.name == "eve" else 6) for one in declaration.cast]
    context = Context(msgspec.structs.replace(declaration, channels=RULES, cast=tuple(cast)), Recorder())
    Conversation(context).declare("42", 6, ("alice", "bob"))
    return context


def somebody(context: Context, name: str, **changes: Any) -> Person:
    """Give somebody of the cast, otherwise if need be; the visitor is of no company."""
    person = context.people.get(name) or Person(name=name, email="", password="")
    return msgspec.structs.replace(person, **changes)


@pytest.mark.parametrize(
    ("name", "channel", "shape", "persona"),
    [
        ("alice", CHAT.format(6, 42), "private-chat.{own company}.conversation.{own}", "participant"),
        ("carol", CHAT.format(6, 42), "private-chat.{own company}.conversation.{another}", "colleague"),
        ("eve", CHAT.format(6, 42), "private-chat.{other company}.conversation.{another}", "other company"),
        ("eve", CHAT.format(7, 42), "private-chat.{own company}.conversation.{another}", "other company"),
        ("alice", CHAT.format(7, 42), "private-chat.{other company}.conversation.{own}", "participant"),
        (VISITOR, CHAT.format(6, 42), "private-chat.{other company}.conversation.{another}", "visitor"),
        ("alice", CHAT.format(6, 43), "private-chat.{own company}.conversation.{unknown}", "colleague"),
        ("alice", CHAT.format(7, 43), "private-chat.{other company}.conversation.{unknown}", "other company"),
        ("alice", CHAT.format("06", "042"), "private-chat.{other company}.conversation.{unknown}", "other company"),
        ("alice", "presence-chat.6.conversation.42", "presence-chat.{own company}.conversation.{own}", "participant"),
        ("eve", "private-room.42", "private-room.{another}", "other company"),
        ("eve", "private-room.43", "private-room.{unknown}", ""),
        ("alice", "presence-company.6", "presence-company.{own company}", "colleague"),
        ("alice", "presence-company.7", "presence-company.{other company}", "other company"),
        (VISITOR, "presence-company.7", "presence-company.{other company}", "visitor"),
        ("alice", USER.format(1), "private-App.Models.User.{self}", "self"),
        ("alice", USER.format(2), "private-App.Models.User.{another user}", "colleague"),
        ("eve", USER.format(2), "private-App.Models.User.{another user}", "other company"),
        ("alice", USER.format(99), "private-App.Models.User.{unknown}", ""),
        (VISITOR, USER.format(99), "private-App.Models.User.{unknown}", "visitor"),
        ("alice", "private-order.7", "private-order.{order}", ""),
        ("alice", "private-order.9", "private-order.{order}", ""),
        ("alice", "private-nothing", "no rule", ""),
        (VISITOR, "presence-nothing\n", "no rule", "visitor"),
        ("alice", "chat.6.conversation.42", "public", ""),
    ],
)
async def test_a_channel_has_a_shape_and_a_person_is_something_to_it(
    known: Context, name: str, channel: str, shape: str, persona: str
) -> None:
    """By the rule that it follows, as far as anybody can know; a public name has none."""
    person = somebody(known, name)
    assert (shape_of(known, person, channel), persona_of(known, person, channel)) == (shape, persona)


async def test_what_nobody_said_is_not_made_up(known: Context) -> None:
    """Neither the company of a person, nor whether an id is theirs, is guessed."""
    unsure = somebody(known, "dave")
    for channel, shape in (
        (CHAT.format(6, 42), "private-chat.{company}.conversation.{another}"),
        ("presence-company.6", "presence-company.{company}"),
        (USER.format(99), "private-App.Models.User.{user}"),
        (USER.format(1), "private-App.Models.User.{another user}"),
    ):
        assert (shape_of(known, unsure, channel), persona_of(known, unsure, channel)) == (shape, "")


async def test_who_was_removed_is_a_former_participant(known: Context) -> None:
    """Of a conversation that was deleted everybody is; who never was in it stays what they were."""
    conversation = known.conversations["42"]
    conversation.declare("42", 6, ("alice",))
    bob, carol, channel = somebody(known, "bob"), somebody(known, "carol"), conversation.channel
    assert persona_of(known, bob, channel) == "former participant"
    assert shape_of(known, bob, channel) == "private-chat.{own company}.conversation.{another}"
    assert persona_of(known, carol, channel) == "colleague"
    assert [is_stranger(one, conversation) for one in (somebody(known, "alice"), bob, carol)] == [False, False, True]


async def test_a_new_person_is_known_by_their_registration(known: Context) -> None:
    """Whose channel it is, is a question of all people of this worker; of an id without a person nobody knows."""
    known.people["new"] = somebody(known, "new", company=7)
    known.ids |= {"new": "55", "gone": "56"}
    alice = somebody(known, "alice")
    personas = [persona_of(known, alice, USER.format(id_)) for id_ in (55, 56)]
    assert personas == ["other company", ""]
    assert shape_of(known, alice, USER.format(56)) == "private-App.Models.User.{another user}"


@pytest.mark.parametrize(("status", "is_out"), [(403, True), (500, False), (201, False)])
async def test_who_may_have_been_added_is_no_stranger(
    world: World, backend: Any, broadcaster: Any, status: int, *, is_out: bool
) -> None:
    """Only a refusal says that they never were in it; somebody who was before stays who they are."""
    del broadcaster
    backend.answers("POST /api/conversations/42/participants", (status, {}))
    alice, bob, eve = [world.person(name) for name in ("alice", "bob", "eve")]
    conversation = await world.new_conversation(alice, bob)
    for person in (bob, eve):
        with contextlib.suppress(Refused):
            await conversation.add(person)
    assert [is_stranger(one.person, conversation) for one in (bob, eve)] == [False, is_out]
    await world.close()
