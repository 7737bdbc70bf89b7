"""What is said in a conversation is heard on its own channel, and nowhere else."""

import pytest

from harness import expect
from harness.strategies.spellings import bare

pytestmark = pytest.mark.needs("write")


async def test_nobody_hears_a_message_on_the_public_twin_of_its_channel(alice, bob, mallory, conversation):
    """Mallory listens where anybody may, under the same name without its guard: Bob hears the message, she does not."""
    await bob.join(conversation)
    await mallory.subscribe(bare(conversation.channel))

    message = await alice.send(conversation, "for the three of us")

    await expect(bob).to_receive(message)
    await expect(mallory).not_to_receive(message)
