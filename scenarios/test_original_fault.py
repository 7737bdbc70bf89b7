"""The fault that this project began with: the app connects, nobody wired the authorization, and nothing arrives."""

import pytest

from harness import GuaranteeBroken, expect

pytestmark = pytest.mark.needs("write")


async def test_a_client_that_never_authorizes_hears_nothing_and_the_run_says_why(alice, bob, carol, conversation):
    """Carol's app is wired and hears the message; Bob's is only connected, and the failure names the missing hop."""
    await carol.join(conversation)

    message = await alice.send(conversation, "did you get this?")

    await expect(carol).to_receive(message)
    await expect(bob).not_to_receive(message)
    with pytest.raises(GuaranteeBroken) as broken:
        await expect(bob).to_receive(message, within=0.01)
    said = str(broken.value)
    assert f"{bob.label} is connected but never authorized nor subscribed" in said
    assert conversation.channel in said
    assert "hop 3, authorize" in said


async def test_the_cure_is_to_authorize_and_subscribe(alice, bob, carol, conversation):
    """The same app, once it joins the channel, hears the next message; what it missed stays missed."""
    await carol.join(conversation)
    missed = await alice.send(conversation, "before the cure")
    await expect(carol).to_receive(missed)

    await bob.join(conversation)
    message = await alice.send(conversation, "after the cure")

    await expect(bob).to_receive(message)
    await expect(bob).not_to_receive(missed)
