"""Whatever a channel's name is made to look like, its signature is for the people of the conversation alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import Conversation, User
from harness.strategies.channel_names import ALIASES, EDGES, NAME_FORMS, NearMiss, bare, near_misses


@pytest.mark.parametrize("placeholder", ["company", "conversation"])
@pytest.mark.needs("load")
async def test_an_id_written_otherwise_opens_nothing_and_breaks_nothing(alice, conversation, target, placeholder):
    """Not to Alice herself, whose number a loose cast would take it for; what is signed all the same is followed up."""
    await alice.authorize(conversation.channel)

    for spelling in (*ALIASES, *EDGES):
        name = NearMiss(placeholder, spelling).write(
            target.pattern("conversation"), company=alice.person.company, conversation=conversation.id
        )
        await alice.world.probe(alice, name, conversation)


@pytest.mark.needs("load")
async def test_a_name_written_otherwise_opens_nothing_and_breaks_nothing(alice, eve, conversation):
    """Capitals, another separator, something before or behind it: to Alice, who may join, and to Eve, who may not."""
    await alice.authorize(conversation.channel)

    for spelling in NAME_FORMS:
        for person in (alice, eve):
            await person.world.probe(person, spelling.of(conversation.channel), conversation)


@pytest.mark.needs("create", "load")
@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(miss=near_misses("conversation", "company"), who=st.sampled_from(["alice", "eve", "mallory"]))
async def test_only_a_channels_own_name_is_signed_and_only_for_its_people(target, miss, who):
    """Alice's channel, misspelled, is no other name of it to her, to Eve next door or to Mallory; hers is granted."""
    async with target.world() as world:
        alice, eve = await world.user("alice"), await world.user("eve", "logged-in")
        neighbour = await world.new_conversation(eve)
        conversation = await world.new_conversation(alice)
        name = miss.write(target.pattern("conversation"), company=alice.person.company, conversation=conversation.id)
        person = await world.user(who, "logged-in")

        if not (is_of(name, conversation, person) or is_of(name, neighbour, person)):
            await world.probe(person, name, conversation)
        await alice.authorize(conversation.channel)


def is_of(name: str, conversation: Conversation, person: User) -> bool:
    """Tell whether this names a conversation of the person's; in Laravel one rule decides for it under every guard."""
    return person.name in conversation.participants and bare(name) == bare(conversation.channel)
