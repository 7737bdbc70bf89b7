"""The broadcaster lets nobody in without a signature for this very socket and channel, and sends them nothing."""

import pytest

from harness import expect

pytestmark = pytest.mark.needs("write")


async def test_without_a_signature_nothing_is_heard(alice, bob, eve, conversation):
    """Bob joins with his signature; Eve sends none, is refused, and hears nothing."""
    await bob.join(conversation)
    await expect(eve).to_be_refused(conversation.channel, auth=None)

    message = await alice.send(conversation, "not for whoever merely asks")

    await expect(bob).to_receive(message)
    await expect(eve).not_to_receive(message)


async def test_the_signature_of_another_socket_is_worth_nothing(alice, bob, eve, conversation):
    """Eve got hold of the signature that let Bob in; on her socket it is refused, and she hears nothing."""
    overheard = await bob.authorize(conversation.channel)
    await bob.subscribe(conversation.channel, auth=overheard.auth)
    await expect(eve).to_be_refused(conversation.channel, auth=overheard.auth)

    message = await alice.send(conversation, "not for whoever listens at doors")

    await expect(bob).to_receive(message)
    await expect(eve).not_to_receive(message)


@pytest.mark.needs("create")
async def test_the_signature_of_another_channel_is_worth_nothing(alice, bob, eve, conversation):
    """Eve has a signature for a conversation of her own; for Bob's it is refused, and she hears nothing."""
    await bob.join(conversation)
    hers = await eve.world.new_conversation(eve)
    granted = await eve.authorize(hers.channel)
    await eve.subscribe(hers.channel, auth=granted.auth)
    await expect(eve).to_be_refused(conversation.channel, auth=granted.auth)

    message = await alice.send(conversation, "not for the neighbours")

    await expect(bob).to_receive(message)
    await expect(eve).not_to_receive(message)


async def test_a_tampered_signature_is_worth_nothing(alice, bob, carol, conversation):
    """Carol might join, yet a signature with one digit changed is refused, and she hears nothing."""
    await bob.join(conversation)
    auth = (await carol.authorize(conversation.channel)).auth
    tampered = auth[:-1] + ("0" if auth[-1] != "0" else "1")
    await expect(carol).to_be_refused(conversation.channel, auth=tampered)

    message = await alice.send(conversation, "not for forgers")

    await expect(bob).to_receive(message)
    await expect(carol).not_to_receive(message)


async def test_a_refusal_leaves_the_connection_usable(alice, carol, conversation):
    """Carol is refused without a signature, joins with hers, and hears what is said from then on."""
    await expect(carol).to_be_refused(conversation.channel, auth=None)
    await carol.join(conversation)

    message = await alice.send(conversation, "welcome, this time")

    await expect(carol).to_receive(message)


async def test_every_connection_has_an_id_of_its_own(alice, bob, carol):
    """Two people with one socket id would share signatures, and one would miss what the other sends."""
    laptop = await alice.another_device()

    ids = [one.socket_id for one in (alice, bob, carol, laptop)]

    assert len(set(ids)) == len(ids), f"hop 2, connect: the broadcaster gave an id twice: {ids}"
