"""A message reaches the people of its conversation, and nobody else."""

import asyncio

import pytest

from harness import Refused, SendRefused, expect

pytestmark = pytest.mark.needs("write")

TEXTS = {
    "Arabic": "السلام عليكم، كيف حالُكِ؟",
    "emoji": "👩‍👩‍👧‍👦 🇸🇩 👍🏽 ❤️‍🔥",
    "combining": "e\u0301 is not \u00e9, and Z\u0335\u0321a\u0324\u0306l\u0334g\u0321o\u0302 is both",
    "right to left": "Hebrew שלום, Urdu سلام, and \u200fa mark\u200e between",
    "syntax": r"""\"quotes\" \\ \/ \u0041 </script> {{ x }} %s ' ; -- &amp;""",
    "one letter": "م",
    "lines": "one\ntwo\r\nthree\tfour",
    "long": "All human beings are born free and equal in dignity and rights. " * 60 + "End.",
    "long Arabic": "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. " * 20 + "انتهى",
}


async def test_the_other_participant_hears_it(alice, bob, eve, conversation):
    """Bob hears Alice's message within the budget; Eve, a colleague outside the conversation, does not."""
    await bob.join(conversation)

    message = await alice.send(conversation, "مرحبا، Hello from User A")

    delivery = await expect(bob).to_receive(message)
    assert delivery.latency < 0.250
    await expect(eve).not_to_receive(message)


async def test_both_hear_each_other(alice, bob, conversation):
    """Alice's question reaches Bob, and Bob's answer reaches Alice."""
    await alice.join(conversation)
    await bob.join(conversation)

    question = await alice.send(conversation, "Are you there?")
    await expect(bob).to_receive(question)

    answer = await bob.send(conversation, "I am.")
    await expect(alice).to_receive(answer)


async def test_every_participant_hears_it(alice, bob, carol, conversation):
    """One message reaches Bob and Carol alike."""
    await bob.join(conversation)
    await carol.join(conversation)

    message = await alice.send(conversation, "to all of you")

    await expect(bob).to_receive(message)
    await expect(carol).to_receive(message)


async def test_every_device_of_a_person_hears_it(alice, bob, conversation):
    """Bob's phone and Bob's laptop each hear the message."""
    laptop = await bob.another_device()
    await bob.join(conversation)
    await laptop.join(conversation)

    message = await alice.send(conversation, "wherever you are")

    await expect(bob).to_receive(message)
    await expect(laptop).to_receive(message)


async def test_the_sending_socket_hears_no_echo_and_the_senders_other_device_does(alice, bob, conversation):
    """Alice's laptop sends: it does not hear itself, her phone does, and so does Bob."""
    phone = await alice.another_device()
    for device in (alice, phone, bob):
        await device.join(conversation)

    message = await alice.send(conversation, "from my laptop")

    await expect(phone).to_receive(message)
    await expect(bob).to_receive(message)
    await expect(alice).not_to_receive(message)


async def test_messages_are_heard_in_the_order_in_which_they_were_sent(alice, bob, conversation):
    """Of twenty messages in a row, each arrives behind the one before."""
    await bob.join(conversation)

    messages = [await alice.send(conversation, f"message {number}") for number in range(20)]

    before = None
    for message in messages:
        before = await expect(bob).to_receive(message, after=before)


async def test_each_message_is_heard_exactly_once(alice, bob, carol, conversation):
    """Bob, who left and joined again, hears each message as often as Carol, who stayed: once."""
    await carol.join(conversation)
    await bob.join(conversation)
    await bob.leave(conversation)
    await bob.join(conversation)

    for text in ("once", "and once"):
        message = await alice.send(conversation, text)
        for listener in (carol, bob):
            first = await expect(listener).to_receive(message)
            await expect(listener).not_to_receive(message, after=first)


async def test_whoever_leaves_hears_nothing_more(alice, bob, carol, conversation):
    """Bob hears the message before he leaves and not the one after, which Carol hears."""
    await bob.join(conversation)
    await carol.join(conversation)
    await expect(bob).to_receive(await alice.send(conversation, "before"))

    await bob.leave(conversation)
    message = await alice.send(conversation, "after")

    await expect(carol).to_receive(message)
    await expect(bob).not_to_receive(message)


@pytest.mark.needs("create")
async def test_conversations_do_not_mix(alice, bob, carol, conversation):
    """Carol is in two conversations; Bob, in one of them, hears nothing of the other."""
    other = await alice.world.new_conversation(alice, carol)
    await bob.join(conversation)
    await carol.join(conversation)
    await carol.join(other)

    shared = await alice.send(conversation, "for Bob and Carol")
    private = await alice.send(other, "for Carol")

    assert (await expect(carol).to_receive(shared)).channel == conversation.channel
    assert (await expect(carol).to_receive(private)).channel == other.channel
    await expect(bob).to_receive(shared)
    await expect(bob).not_to_receive(private)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_text_arrives_as_it_was_written(alice, bob, conversation, text):
    """Every character arrives, in its place, neither normalized nor escaped nor cut."""
    await bob.join(conversation)

    message = await alice.send(conversation, text)

    assert (await expect(bob).to_receive(message)).text == text


async def test_whoever_was_offline_catches_up_over_http(alice, bob, conversation):
    """Bob's phone was off for three messages: reading gives exactly those, and the next one is heard live again."""
    await bob.join(conversation)
    last_heard = await alice.send(conversation, "you heard this")
    await expect(bob).to_receive(last_heard)

    await bob.disconnect()
    missed = [await alice.send(conversation, f"missed {number}") for number in range(3)]
    await bob.join(conversation)

    stored = await bob.read(conversation, after=last_heard)
    assert [(one.id, one.text) for one in stored] == [(one.id, one.text) for one in missed]
    live = await alice.send(conversation, "back again")
    await expect(bob).to_receive(live)


async def test_a_long_absence_is_caught_up_with_while_others_go_on(alice, bob, carol, conversation):
    """Bob was away for 23 messages and reads while Carol writes: what he does not read he hears, and nothing twice."""
    last_heard = await alice.send(conversation, "before you left")
    missed = [await alice.send(conversation, f"meanwhile {number}") for number in range(23)]
    await bob.join(conversation)

    async with asyncio.TaskGroup() as tasks:
        writing = [tasks.create_task(carol.send(conversation, f"right now {number}")) for number in range(3)]
        stored = await bob.read(conversation, after=last_heard)

    ids = [one.id for one in stored]
    assert ids[: len(missed)] == [one.id for one in missed]
    assert len(set(ids)) == len(ids)
    for one in writing:
        await expect(bob).to_receive(one.result())


async def test_what_is_heard_is_stored_already(alice, bob, conversation):
    """Bob opens the conversation at the moment that he hears of a message, its sender still waiting: it is there."""
    his = await bob.join(conversation)

    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(alice.send(conversation, "look for me"))
        await expect(his).to_receive(bob.contract.event.names[0])
        stored = await bob.read(conversation)

    assert [(one.id, one.text) for one in stored] == [(sending.result().id, "look for me")]


async def test_nobody_outside_writes_into_it(alice, bob, eve, conversation):
    """Eve's message is refused, heard by nobody, and not among the stored ones; Alice's, behind it, is."""
    await bob.join(conversation)
    with pytest.raises(SendRefused) as refused:
        await eve.send(conversation, "let me in")
    assert refused.value.status in (403, 404)

    message = await alice.send(conversation, "still ours")

    await expect(bob).to_receive(message)
    texts = [stored.text for stored in await bob.read(conversation)]
    assert "still ours" in texts
    assert "let me in" not in texts


async def test_whoever_joins_later_hears_the_very_next_message(alice, bob, carol, conversation):
    """Bob and Alice talk already when Carol joins: the first thing that is said then reaches her too."""
    await bob.join(conversation)
    await alice.send(conversation, "good morning")
    await expect(bob).to_receive(await alice.send(conversation, "is Carol coming?"))

    await carol.join(conversation)
    message = await alice.send(conversation, "there she is")

    await expect(bob).to_receive(message)
    await expect(carol).to_receive(message)


async def test_nobody_outside_reads_it(alice, eve, conversation):
    """Alice reads what she wrote; Eve, a colleague outside the conversation, is refused."""
    await alice.send(conversation, "for the three of us")
    await alice.read(conversation)

    with pytest.raises(Refused) as refused:
        await eve.read(conversation)

    assert refused.value.status in (403, 404)


async def test_nobody_writes_in_another_name(alice, bob, carol, conversation):
    """Alice claims in the request that Bob wrote it: whatever becomes of it, nobody is shown Bob as its author."""
    await carol.join(conversation)
    his = await bob.backend_id()

    message = await alice.send(conversation, "signed, Alice", claims={"sender_id": his, "user_id": his, "sender": his})

    await expect(carol).to_receive(message)
