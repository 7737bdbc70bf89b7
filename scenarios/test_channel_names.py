"""
Whatever a channel's name is made to look like, its signature is for the people of the conversation alone.

The invariants are P1 to P8 of DEFECTS.md 5.3; P4 (one signature, one use) is a property of `test_signatures`, P6 and P8
(changes of right, order of requests) of `test_decisions`. What is drawn is judged as in every test; how many examples
there are, the tier says.
"""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import Conversation, User, World
from harness.strategies import channel_names, near_misses
from harness.strategies.names import id_places, in_part
from harness.strategies.spellings import ALIASES, EDGES, NAME_FORMS, bare

pytestmark = pytest.mark.needs("load")

MOST = 10
"""Names of one example, asked for side by side."""


async def test_an_id_written_otherwise_opens_nothing_and_breaks_nothing(alice, conversation):
    """Not to Alice herself, whose number a loose cast would take it for; what is signed all the same is followed up."""
    await alice.authorize(conversation.channel)

    for place in id_places(conversation.channel):
        for spelling in (*ALIASES, *EDGES):
            await alice.world.probe(alice, in_part(place, spelling).of(conversation.channel), conversation)


async def test_a_name_written_otherwise_opens_nothing_and_breaks_nothing(alice, eve, conversation):
    """Capitals, another separator, something before or behind it: to Alice, who may join, and to Eve, who may not."""
    await alice.authorize(conversation.channel)

    for spelling in NAME_FORMS:
        for person in (alice, eve):
            await person.world.probe(person, spelling.of(conversation.channel), conversation)


@pytest.mark.needs("create")
@given(data=st.data(), who=st.sampled_from(["alice", "eve", "mallory"]))
async def test_only_a_channels_own_name_is_signed_and_only_for_its_people(target, data, who):
    """P1 to P3, P5: a name that is nearly Alice's channel is no other name of it, to her, to Eve or to Mallory."""
    async with target.world() as world:
        alice, eve = await world.user("alice"), await world.user("eve", "logged-in")
        await world.new_conversation(eve)
        conversation = await world.new_conversation(alice)
        person = await world.user(who, "logged-in")
        misses = near_misses(conversation.channel, world)
        names = data.draw(st.lists(misses, min_size=1, max_size=MOST), label="names")

        await ask(person, names, conversation)

        await alice.authorize(conversation.channel)  # P7: the endpoint still works


@pytest.mark.needs("create")
@given(data=st.data(), who=st.sampled_from(["alice", "eve", "visitor"]))
async def test_a_channel_that_nobody_declared_is_nobodys(target, data, who):
    """P2, P3, P5: a guarded name that follows no rule is signed for nobody, whatever it is made of."""
    async with target.world() as world:
        alice = await world.user("alice")
        conversation = await world.new_conversation(alice)
        person = await world.user(who, "logged-in")
        guarded = channel_names(target.declaration.broadcaster.dialect, guarded=True)
        names = data.draw(st.lists(guarded, min_size=1, max_size=MOST), label="names")

        await ask(person, names, conversation)

        await alice.authorize(conversation.channel)  # P7


async def ask(person: User, names: list[str], conversation: Conversation) -> None:
    """Ask for all that is not theirs anyway, side by side."""
    world = person.world
    others = [name for name in dict.fromkeys(names) if not is_theirs(name, person, world)]
    await asyncio.gather(*(world.probe(person, name, conversation) for name in others))


def is_theirs(name: str, person: User, world: World) -> bool:
    """Tell whether this names a conversation of the person's; in Laravel one rule decides for it under every guard."""
    return any(
        person.name in conversation.participants and bare(name) == bare(conversation.channel)
        for conversation in world.conversations
    )
