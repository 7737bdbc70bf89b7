"""A signature opens one channel to one socket as one person, to the letter, and for as long as that socket lives."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import Authorization, AuthorizationDenied, expect
from harness.strategies import malformed_socket_ids, near_misses
from harness.users.forgeries import Forgery, attempt, forgeries

pytestmark = pytest.mark.needs("write")

NO_SOCKETS = {
    "empty": "",
    "one number": "1",
    "no fraction": "1.",
    "words": "one.two",
    "a blank": "1.1 ",
    "a line break": "1.1\n",
    "a channel behind it": "1.1:private-x",
    "negative": "-1.1",
    "long": "1" * 300,
}


async def test_no_forgery_opens_a_conversation(alice, bob, carol, conversation):
    """Carol might join; with her signature cut, altered or under another key she may not, and with it she may."""
    await bob.join(conversation)
    granted = await carol.authorize(conversation.channel)

    for forgery in forgeries(granted):
        await attempt(carol, conversation.channel, forgery)
    message = await alice.send(conversation, "for whoever has a signature")

    await expect(bob).to_receive(message)
    await carol.subscribe(conversation.channel, auth=granted.auth)
    await expect(carol).to_receive(await alice.send(conversation, "welcome, Carol"))


@pytest.mark.needs("presence")
async def test_no_forgery_opens_a_presence_channel(alice, bob, target):
    """Bob's signature covers who he is: with other channel_data, or none, he is refused; as himself he is seen."""
    company = target.channel("company", company=alice.person.company)
    hers = await alice.subscribe(company)
    granted = await bob.authorize(company)

    for forgery in forgeries(granted):
        await attempt(bob, company, forgery)
    await bob.subscribe(company, auth=granted.auth, channel_data=granted.channel_data)

    await expect(hers).to_have_members("alice", "bob")


async def test_a_signature_of_another_socket_channel_or_kind_opens_nothing(alice, bob, carol, conversation):
    """Bob's signature on Carol's socket, hers for her own channel, and one that reads alike in other parts."""
    overheard = await bob.authorize(conversation.channel)
    hers = await carol.authorize(conversation.channel)
    twin = conversation.channel.replace("private-", "presence-", 1)
    whole = Forgery(words="made for another socket", weakness="AZ-23", auth=overheard.auth)
    elsewhere = Forgery(words="made for another channel", weakness="AZ-24", auth=hers.auth)

    await attempt(carol, conversation.channel, whole)
    await attempt(carol, twin, elsewhere)
    await attempt(carol, f"{conversation.channel}.", elsewhere)

    await carol.subscribe(conversation.channel, auth=hers.auth)
    await expect(carol).to_receive(await alice.send(conversation, "the signature itself is good"))


@pytest.mark.needs("presence")
async def test_the_data_of_a_signature_cannot_move_into_the_name(alice, bob, target):
    """What is signed is socket, channel and data with colons between: nobody signs a name that holds the data."""
    company = target.channel("company", company=alice.person.company)
    granted = await bob.authorize(company)

    await expect(bob).to_be_denied(f"{company}:{granted.channel_data}")


@pytest.mark.needs("presence")
async def test_a_name_that_holds_the_data_of_a_signature_is_none(alice, bob, target):
    """What was signed for a channel and its data would open a channel whose name is both; servers are known to."""
    company = target.channel("company", company=alice.person.company)
    granted = await bob.authorize(company)
    name = f"{company}:{granted.channel_data}"

    await attempt(bob, name, Forgery(words="made for what is now in the name", weakness="AZ-27", auth=granted.auth))


@pytest.mark.parametrize("socket_id", NO_SOCKETS.values(), ids=NO_SOCKETS)
async def test_nothing_is_signed_for_what_is_no_socket(alice, conversation, socket_id):
    """Alice is granted for her socket; for a socket id that is none she gets no signature, whatever else comes."""
    await alice.authorize(conversation.channel)

    with contextlib.suppress(AuthorizationDenied):
        granted = await alice.authorize(conversation.channel, socket_id=socket_id)
        pytest.fail(f"hop 3, authorize: {socket_id!a} was signed: {granted.signature}")


@pytest.mark.needs("create", "membership", "registration")
async def test_an_old_signature_opens_nothing_after_a_removal(alice, bob, new_user):
    """Somebody is removed and comes back on a new connection: the signature of before is worth nothing there."""
    person = await new_user()
    conversation = await alice.world.new_conversation(alice, bob, person)
    old = await person.authorize(conversation.channel)

    await conversation.remove(person)
    await person.disconnect()
    await person.connect()

    await attempt(person, conversation.channel, Forgery(words="of before the removal", weakness="AZ-23", auth=old.auth))
    await expect(person).to_be_denied(conversation.channel, 403)


@pytest.mark.needs("create", "load")
@given(data=st.data(), is_presence=st.booleans())
async def test_a_signature_opens_one_channel_to_one_socket_as_one_person(target, data, is_presence):
    """P4: altered, on another socket or for another name, what Alice was granted is refused; as it is, not."""
    async with target.world() as world:
        alice, eve = await world.user("alice"), await world.user("eve")
        conversation = await world.new_conversation(alice)
        has_presence = is_presence and not target.why_not("presence")
        channel = target.channel("company", company=alice.person.company) if has_presence else conversation.channel
        granted = await alice.authorize(channel)

        for forgery in data.draw(st.lists(altered(granted), max_size=5), label="altered"):
            await attempt(alice, channel, forgery)
        for name in data.draw(st.lists(guarded_names_near(channel), max_size=5), label="for another name"):
            await attempt(alice, name, as_it_is(granted, "AZ-24", "made for another channel"))
        await attempt(eve, channel, as_it_is(granted, "AZ-23", "made for another socket"))

        await alice.subscribe(channel, auth=granted.auth, channel_data=granted.channel_data)


@pytest.mark.needs("create", "load")
@given(data=st.data())
async def test_no_malformed_socket_id_is_signed(target, data):
    """P4, P5: whatever is no socket id gets no signature, and breaks nothing."""
    async with target.world() as world:
        alice = await world.user("alice")
        conversation = await world.new_conversation(alice)

        for socket_id in data.draw(st.lists(malformed_socket_ids(), min_size=1, max_size=10), label="socket ids"):
            with contextlib.suppress(AuthorizationDenied):
                await alice.authorize(conversation.channel, socket_id=socket_id)

        await alice.authorize(conversation.channel)


def guarded_names_near(channel: str) -> st.SearchStrategy[str]:
    """Draw names that need a signature, short enough for a frame of any server."""
    names = near_misses(channel).map(lambda name: name[:200])
    return names.filter(lambda name: name.startswith(("private-", "presence-")))


def altered(granted: Authorization) -> st.SearchStrategy[Forgery]:
    """Draw ways to send a grant that is not what was granted: any of those that are known, or any text instead."""
    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=80).filter(lambda text: text != granted.auth)
    key, _, digits = granted.auth.rpartition(":")
    anything = texts.map(lambda text: Forgery(words="that is any text", weakness="AZ-25", auth=f"{key}:{text}"))
    cut = st.integers(0, len(digits) - 1).map(
        lambda size: Forgery(words=f"cut to {size} digits", weakness="AZ-25", auth=f"{key}:{digits[:size]}")
    )
    return st.sampled_from(forgeries(granted)) | cut | anything


def as_it_is(granted: Authorization, weakness: str, words: str) -> Forgery:
    """Send exactly what was granted, where it is not good."""
    return Forgery(words=words, weakness=weakness, auth=granted.auth, channel_data=granted.channel_data)
