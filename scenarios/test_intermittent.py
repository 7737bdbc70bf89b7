"""What goes wrong once in a while only: three hundred messages in a row, each owed to everybody who listens."""

import pytest

pytestmark = [pytest.mark.needs("write", "load"), pytest.mark.tier("pr")]

MESSAGES = 300
"""Enough that what happens to one in twenty is missed in less than one run in a million."""


async def test_none_of_many_messages_is_lost_doubled_late_or_out_of_order(alice, bob, carol, conversation):
    """Alice sends one message behind the other, and Bob and Carol hear all of them, once, in time and in her order."""
    await bob.join(conversation)
    await carol.join(conversation)

    for number in range(MESSAGES):
        await alice.send(conversation, f"one of many, {number}")
