"""What goes wrong once in a while only: three hundred messages in a row, each owed to everybody who listens."""

import pytest

pytestmark = [pytest.mark.needs("write", "load"), pytest.mark.tier("pr")]

MESSAGES = 300
"""Enough that what happens to one in twenty is missed in less than one run in a million."""

LATER = 10
"""How many messages have been sent when another listener comes, whose first message is nobody else's."""


async def test_none_of_many_messages_is_lost_doubled_late_or_out_of_order(alice, bob, carol, conversation):
    """Bob, and Carol from when she joins, hear whatever Alice sends: once, in time, in her order."""
    await bob.join(conversation)

    for number in range(MESSAGES):
        if number == LATER:
            await carol.join(conversation)
        await alice.send(conversation, f"one of many, {number}")
