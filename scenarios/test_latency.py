"""Delivery stays within the budget that the target agreed to, percentile by percentile."""

import pytest


@pytest.mark.needs("write", "load", "stamps")
async def test_delivery_meets_the_agreed_budget(alice, bob, conversation, sample):
    """
    Alice sends one message after another; how long each took to Bob's socket is the kernel's word, not ours.

    As many as the percentiles of the target's `budgets.delivery` need: 459 for p99, more while it is undecided.
    """
    await bob.join(conversation)
    async for number in sample:
        await alice.send(conversation, f"sample {number}")
