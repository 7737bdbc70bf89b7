"""
A message is stored, accepted and delivered, or none of the three: also near the limit of the broadcaster.

The ladder counts in bytes of UTF-8, which is what limits are made of; Arabic and emoji travel as escapes of six and
twelve characters where a backend writes JSON as PHP does, so that their limit comes much earlier.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import SendRefused, expect
from harness.strategies import message_texts

pytestmark = pytest.mark.needs("write")

RUNGS = (1, 100, 1_000, 2_500, 4_900, 5_100, 9_000, 9_900, 10_001, 10_241, 20_000)
"""Bytes of UTF-8 on the way up: past what backends allow, and past 10,000 (Reverb) and 10,240 (Pusher)."""
ALPHABETS = {"ascii": "a", "arabic": "\u0633", "emoji": "\N{GRINNING FACE}", "quotes": '"', "backslashes": "\\"}


@pytest.mark.parametrize("letters", ALPHABETS.values(), ids=ALPHABETS)
async def test_what_is_accepted_is_stored_and_delivered_and_nothing_else(alice, bob, conversation, letters):
    """Bob hears every text that Alice's backend took and none that it refused, and reads exactly the same."""
    await bob.join(conversation)
    accepted = []

    for size in RUNGS:
        text = sized(letters, size)
        try:
            accepted.append(await alice.send(conversation, text))
        except SendRefused:
            continue
        await expect(bob).to_receive(accepted[-1])

    assert accepted, "not even a text of one byte was accepted"
    assert [stored.id for stored in await bob.read(conversation)] == [message.id for message in accepted]


@pytest.mark.needs("create", "load")
@given(texts=st.lists(message_texts(), min_size=1, max_size=5))
async def test_what_people_write_arrives_as_they_wrote_it(target, texts):
    """Letters of any script, marks that nobody sees, and what a program in between might take for code."""
    async with target.world() as world:
        alice, bob = await world.user("alice"), await world.user("bob")
        conversation = await world.new_conversation(alice, bob)
        await bob.join(conversation)

        sent = [await alice.send(conversation, f"{number} {text}") for number, text in enumerate(texts)]

        for message in sent:
            await expect(bob).to_receive(message)
        assert [stored.text for stored in await bob.read(conversation)] == [message.text for message in sent]


def sized(letters: str, size: int) -> str:
    """Write about `size` bytes of UTF-8, with the size in front so that no two texts are the same."""
    head = f"{size}"
    return head + letters * ((size - len(head)) // len(letters.encode()))
