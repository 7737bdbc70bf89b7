"""The probe: one message gets through, and nobody else may listen. All that a production system is asked to do."""

import pytest

from harness import AuthorizationDenied, expect


@pytest.mark.needs("write")
async def test_a_message_gets_through(alice, bob, conversation):
    """Bob joins, Alice writes, Bob hears it."""
    await bob.join(conversation)

    message = await alice.send(conversation, "a word to see that this gets through")

    await expect(bob).to_receive(message)


async def test_the_channel_is_shut_to_a_colleague(alice, eve, conversation):
    """Whoever is not in the conversation is denied its channel, which is open to Alice at the same time."""
    await alice.authorize(conversation.channel)

    with pytest.raises(AuthorizationDenied) as denied:
        await eve.join(conversation)

    assert denied.value.status == 403
