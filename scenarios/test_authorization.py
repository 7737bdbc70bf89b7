"""The channel authorization endpoint signs for participants and for nobody else."""

import pytest

from harness import expect
from harness.history.events import HttpAnswered


@pytest.mark.needs("secret")
async def test_a_participant_gets_a_signature_that_verifies(alice, conversation):
    """What the backend signs for Alice is what the broadcaster will compute for her socket and this channel."""
    granted = await alice.authorize(conversation.channel)

    assert granted.signature == "valid"


@pytest.mark.parametrize("bearer", [None, "garbage", "null", f"1|{'0' * 48}"], ids=["none", "word", "null", "made up"])
async def test_without_a_living_token_nobody_gets_in(alice, conversation, bearer):
    """Alice is granted with her token and gets 401 with none, and with one that nobody issued."""
    await alice.authorize(conversation.channel)

    await expect(alice).to_be_denied(conversation.channel, 401, bearer=bearer)


@pytest.mark.needs("registration", "create")
async def test_an_expired_token_opens_nothing(new_user):
    """A person is granted until the token expires, and gets 401 from then on."""
    person = await new_user()
    own = await person.world.new_conversation(person)
    await person.authorize(own.channel)

    await person.log_in(expires_in=0)

    await expect(person).to_be_denied(own.channel, 401)


@pytest.mark.needs("registration", "create")
async def test_a_revoked_token_opens_nothing(new_user):
    """A person is granted until logging out, and gets 401 with the same token from then on."""
    person = await new_user()
    own = await person.world.new_conversation(person)
    await person.authorize(own.channel)

    await person.log_out()

    await expect(person).to_be_denied(own.channel, 401)


async def test_a_colleague_who_is_no_participant_is_denied(alice, eve, conversation):
    """Alice is granted; Eve, of the same company, gets 403."""
    await alice.authorize(conversation.channel)

    await expect(eve).to_be_denied(conversation.channel, 403)


async def test_somebody_from_another_company_is_denied(alice, mallory, conversation):
    """Alice is granted; Mallory, of another company, gets 403."""
    await alice.authorize(conversation.channel)

    await expect(mallory).to_be_denied(conversation.channel, 403)


async def test_a_conversation_that_does_not_exist_is_denied(alice, conversation, target):
    """Alice is granted hers, and gets 403 for a number that no conversation has."""
    await alice.authorize(conversation.channel)

    nowhere = target.channel("conversation", company=alice.person.company, conversation=2_000_000_000)

    await expect(alice).to_be_denied(nowhere, 403)


@pytest.mark.needs("create")
async def test_a_conversation_of_another_company_is_denied(alice, mallory, conversation, target):
    """Mallory is granted hers; Alice gets 403 for it, under the number of either company."""
    theirs = await mallory.world.new_conversation(mallory)
    await mallory.authorize(theirs.channel)
    await alice.authorize(conversation.channel)

    await expect(alice).to_be_denied(theirs.channel, 403)
    await expect(alice).to_be_denied(
        target.channel("conversation", company=alice.person.company, conversation=theirs.id), 403
    )


async def test_a_conversation_under_the_number_of_another_company_is_denied(alice, mallory, conversation, target):
    """Alice is granted her channel; the same conversation under Mallory's company is neither hers nor Mallory's."""
    await alice.authorize(conversation.channel)

    twisted = target.channel("conversation", company=mallory.person.company, conversation=conversation.id)

    await expect(alice).to_be_denied(twisted, 403)
    await expect(mallory).to_be_denied(twisted, 403)


@pytest.mark.parametrize("encoding", ["form", "json"])
async def test_form_and_json_bodies_decide_alike(alice, eve, conversation, encoding):
    """Flutter posts a form, others JSON: Alice is granted and Eve denied in both."""
    await alice.authorize(conversation.channel, encoding=encoding)

    await expect(eve).to_be_denied(conversation.channel, 403, encoding=encoding)


async def test_a_denial_carries_no_signature(alice, eve, conversation, history):
    """Alice's grant holds a signature; nothing shaped like one stands in what Eve is told."""
    await alice.authorize(conversation.channel)
    granted = history.last(HttpAnswered)

    denied = await expect(eve).to_be_denied(conversation.channel, 403)

    assert granted.signature in {"valid", "unverifiable"}
    assert history.last(HttpAnswered).signature == "absent"
    assert not denied.carried_signature
