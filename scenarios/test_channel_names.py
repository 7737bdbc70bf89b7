"""Whatever a channel's name is made to look like, its signature is for the people of the conversation alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import Conversation, User, expect
from harness.strategies.channel_names import ALIASES, EDGES, NearMiss, bare, near_misses


@pytest.mark.parametrize("placeholder", ["company", "conversation"])
@pytest.mark.needs("load")
async def test_an_id_written_otherwise_opens_nothing_and_breaks_nothing(alice, conversation, target, placeholder):
    """Not to Alice herself, whose number a loose cast would take it for; a server error is no denial."""
    await alice.authorize(conversation.channel)

    for spelling in (*ALIASES, *EDGES):
        name = NearMiss(placeholder, spelling).write(
            target.pattern("conversation"), company=alice.person.company, conversation=conversation.id
        )
        await expect(alice).to_be_denied(name)


@pytest.mark.needs("create", "load")
@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(miss=near_misses("conversation", "company"), who=st.sampled_from(["alice", "eve", "mallory"]))
async def test_only_a_channels_own_name_is_signed_and_only_for_its_people(target, miss, who):
    """Alice's channel, misspelled, is denied with a 4xx to her, to Eve next door and to Mallory; hers is granted."""
    async with target.world() as world:
        alice, eve = await world.user("alice"), await world.user("eve", "logged-in")
        neighbour = await world.new_conversation(eve)
        conversation = await world.new_conversation(alice)
        name = miss.write(target.pattern("conversation"), company=alice.person.company, conversation=conversation.id)
        person = await world.user(who)

        if not (is_of(name, conversation, person) or is_of(name, neighbour, person)):
            await expect(person).to_be_denied(name)
        await alice.authorize(conversation.channel)


def is_of(name: str, conversation: Conversation, person: User) -> bool:
    """Tell whether this names a conversation of the person's; in Laravel one rule decides for it under every guard."""
    return person.name in conversation.participants and bare(name) == bare(conversation.channel)
