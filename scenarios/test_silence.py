"""Whoever goes silent is given up, neither never nor before they had to speak; whoever only listens is not silent."""

import pytest

from harness import expect
from harness.users.silence import keep_silent

pytestmark = [pytest.mark.needs("write"), pytest.mark.tier("pr")]


async def test_a_client_that_answers_nothing_is_given_up_in_time(alice, bob, mallory, conversation):
    """Mallory's phone goes into a tunnel: its connection is ended; Bob, who only listens, hears on all the while."""
    await bob.join(conversation)

    await keep_silent(mallory)

    await expect(bob).to_receive(await alice.send(conversation, "are you still there?"))
