"""What our chat promises to the people who use it."""

import pytest

from harness import AuthorizationDenied, expect


async def test_a_message_reaches_the_other_and_nobody_else(alice, bob, eve, conversation):
    """Bob hears Alice; Eve, a colleague outside the conversation, does not."""
    await bob.join(conversation)

    message = await alice.send(conversation, "مرحبا، Hello from User A")

    await expect(bob).to_receive(message)
    await expect(eve).not_to_receive(message)


async def test_an_outsider_is_not_let_in(eve, conversation):
    """The authorization endpoint says 403, and signs nothing."""
    with pytest.raises(AuthorizationDenied) as denied:
        await eve.join(conversation)

    assert denied.value.status == 403


async def test_a_phone_in_a_tunnel_misses_nothing_for_good(alice, bob, conversation, network):
    """What was sent while Bob's network was gone is there when he is back."""
    await bob.join(conversation)
    async with bob.reconnecting(conversation), network.cut(bob):
        message = await alice.send(conversation, "are you there?")

    assert message.text in [one.text for one in await bob.read(conversation)]
