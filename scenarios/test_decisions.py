"""
The decision matrix: everybody, every channel, every state of a token and every encoding, through the real route.

What each answer should have been is declared by the rules of the target, and the checkers hold every answer against
them; here is only asked. Before that, the endpoint shows that it decides at all: with some broadcast drivers (`log`,
`null`) an application answers everybody with a 200, and a suite of denials is green for nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import product
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import (
    AuthorizationDenied,
    Conversation,
    Inconclusive,
    NotExercised,
    Target,
    User,
    World,
    expect,
)
from harness.history.events import HttpAnswered
from harness.history.view import View

pytestmark = pytest.mark.needs("create", "load")

Shown = dict[str, Any]
"""How somebody asks: what is shown for a token, and the encoding."""

Question = tuple[User, str, Shown]

NOWHERE = 2_000_000_000
"""An id that no conversation and nobody has."""

UNDECLARED = ("private-undeclared.1", "presence-undeclared.1", "private-encrypted-undeclared.1", "undeclared.1")

ENCODINGS = ("form", "json", "query")

TWICE = ("duplicated", "array")
"""A channel that is named twice in one request."""

WITHOUT: dict[str, Shown] = {
    "none": {"bearer": None},
    "empty": {"bearer": ""},
    "garbage": {"bearer": "garbage"},
    "made up": {"bearer": f"1|{'0' * 48}"},
    "basic": {"scheme": "Basic"},
    "token": {"scheme": "Token"},
    "bare": {"scheme": ""},
}
"""What somebody may show who has a right to the channel and no token for it."""

ENDED = ("expired", "logged out", "revoked", "deleted", "limited")
"""How a token may have lost its worth; the last one never had the ability that joining takes."""


async def test_everybody_asks_for_every_channel(alice, conversation, target, history):
    """The whole cast, and a visitor who never logged in, for every kind of channel that a rule or none is about."""
    await proven(alice, conversation)
    people, channels = await everybody(alice.world), await every_channel(alice, conversation, target)

    await all_asked(history, [(person, channel, {}) for person, channel in product(people, channels)])


@pytest.mark.parametrize("shown", WITHOUT.values(), ids=WITHOUT)
async def test_a_participant_without_a_token_asks(alice, conversation, history, shown):
    """Alice, who may join, shows nothing, something else, or her own token under another scheme."""
    await proven(alice, conversation)

    await all_asked(history, [(alice, conversation.channel, shown)])


@pytest.mark.needs("registration")
@pytest.mark.parametrize("how", ENDED)
async def test_a_participant_whose_token_has_ended_asks(alice, new_user, target, history, how):
    """Somebody who may join is granted, loses what their token was worth, and asks once more."""
    person = await new_user()
    conversation = await alice.world.new_conversation(alice, person)
    await proven(person, conversation)

    await end(person, how, target)

    await all_asked(history, [(person, conversation.channel, {})])
    await alice.authorize(conversation.channel)


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_the_rule_is_the_same_in_every_encoding(alice, eve, mallory, conversation, history, encoding):
    """A participant, a colleague and a stranger ask as a form, as JSON and in the query."""
    await proven(alice, conversation)

    await all_asked(history, [(one, conversation.channel, {"encoding": encoding}) for one in (alice, eve, mallory)])


@pytest.mark.parametrize("encoding", TWICE)
async def test_a_channel_that_is_named_twice_is_one_that_the_asker_may_join(
    alice, eve, mallory, conversation, history, encoding
):
    """Mallory and Eve name a conversation of their own before and behind Alice's: neither order opens hers."""
    await proven(alice, conversation)
    questions = []
    for person in (eve, mallory):
        own = await person.world.new_conversation(person)
        questions += named_twice(person, own.channel, conversation.channel, encoding)

    await all_asked(history, questions)


@pytest.mark.tier("pr")
@pytest.mark.needs("registration")
async def test_the_whole_product(alice, conversation, new_user, target, history):
    """Everybody, every channel, every state of a token and every encoding at once."""
    await proven(alice, conversation)
    channels = await every_channel(alice, conversation, target)
    who_and_what: list[tuple[User, Shown]] = [(person, {}) for person in await everybody(alice.world)]
    who_and_what += [(alice, shown) for shown in WITHOUT.values()]
    who_and_what += [(await ended(new_user, how, target), {}) for how in ENDED if served(how, target)]
    questions = []
    for (person, shown), channel in product(who_and_what, channels):
        questions += [(person, channel, {**shown, "encoding": encoding}) for encoding in ENCODINGS]
        for encoding in TWICE:
            pair = named_twice(person, conversation.channel, channel, encoding)
            questions += [(who, name, {**how, **shown}) for who, name, how in pair if channel != conversation.channel]

    await all_asked(history, questions)


@pytest.mark.needs("membership")
@given(changes=st.lists(st.sampled_from(["bob", "carol", "eve"]), min_size=1, max_size=4))
async def test_every_change_of_right_changes_the_decision(target, changes):
    """P6: let in and put out in any order, people are granted while they are in, and denied while they are not."""
    async with target.world() as world:
        alice = await world.user("alice", "logged-in")
        conversation = await world.new_conversation(alice)
        for name in changes:
            person = await world.user(name, "logged-in")
            change = conversation.remove if name in conversation.participants else conversation.add
            await change(person)

            for one in [await world.user(each, "logged-in") for each in sorted({"alice", *changes})]:
                if one.name in conversation.participants:
                    await one.authorize(conversation.channel)
                else:
                    await expect(one).to_be_denied(conversation.channel, 403)


@given(data=st.data(), at_once=st.booleans())
async def test_the_order_of_requests_decides_nothing(target, data, at_once):
    """P8: who asked before, and for what, is nobody else's business: in any order everybody gets what is theirs."""
    async with target.world() as world:
        people = [await world.user(name) for name in ("alice", "eve", "mallory")]
        conversations = [await world.new_conversation(person) for person in people]
        channels = [conversation.channel for conversation in conversations]
        if not target.why_not("presence"):
            channels += [target.channel("company", company=one.person.company) for one in (people[0], people[-1])]
        questions: list[Question] = data.draw(st.permutations([(one, name, {}) for one in people for name in channels]))

        if at_once:
            await asyncio.gather(*(signed(person, channel) for person, channel, _ in questions))
        else:
            for person, channel, _ in questions:
                await signed(person, channel)


async def proven(insider: User, conversation: Conversation) -> None:
    """Let the endpoint show that it decides: a grant is signed, and a channel of nobody's is refused."""
    granted = await insider.authorize(conversation.channel)
    if granted.signature not in ("valid", "unverifiable"):
        raise Inconclusive(
            f"the endpoint answers {insider.name} with 200 and a signature that does not verify, so that no denial "
            "means anything; look whether its broadcast driver is one that signs (reverb, pusher), not log or null"
        )
    if await signed(insider, "private-harness-canary.nobody"):
        raise Inconclusive(
            "the endpoint signs a channel that no rule is about, so that no denial means anything; look whether its "
            "broadcast driver decides at all, or grants everybody"
        )


async def signed(person: User, channel: str, **how: Any) -> bool:
    """Ask, and tell whether a signature came; whether it should have is for the checkers to say."""
    try:
        await person.authorize(channel, **how)
    except AuthorizationDenied:
        return False
    return True


async def all_asked(history: View, questions: list[Question]) -> None:
    """Ask all of it, each person one question after the other, and look that every answer is in the history."""
    before = answers(history)
    by_person: dict[User, list[tuple[str, Shown]]] = {}
    for person, channel, how in questions:
        by_person.setdefault(person, []).append((channel, how))
    await asyncio.gather(*(in_turn(person, asked) for person, asked in by_person.items()))

    assert answers(history) - before == len(questions)


async def in_turn(person: User, questions: list[tuple[str, Shown]]) -> None:
    """Ask one question after the other."""
    for channel, how in questions:
        await signed(person, channel, **how)


def answers(history: View) -> int:
    """Count the answers of the endpoint."""
    return sum(answer.purpose == "authorize" for answer in history.of(HttpAnswered))


def named_twice(person: User, one: str, other: str, encoding: str) -> list[Question]:
    """Make the questions that name two channels at once, in either order."""
    return [
        (person, first, {"encoding": encoding, "instead": second}) for first, second in ((one, other), (other, one))
    ]


async def everybody(world: World) -> list[User]:
    """Bring in the whole cast, and somebody who never logs in."""
    cast = [await world.user(person.name) for person in world.context.target.cast]
    return [*cast, world.person("visitor")]


async def every_channel(alice: User, conversation: Conversation, target: Target) -> list[str]:
    """Name a channel of every rule for each value that is in the world, or in no world, and channels of no rule."""
    world = alice.world
    mallory = await world.user("mallory")
    theirs = await world.new_conversation(mallory)
    values: dict[str, tuple[int | str | None, ...]] = {
        "company": (alice.person.company, mallory.person.company),
        "conversation": (conversation.id, theirs.id, NOWHERE),
        "user": (await alice.backend_id(), await mallory.backend_id(), NOWHERE),
        **{name: (value,) for name, value in target.declaration.world.values.items()},
    }
    channels = []
    for rule in target.declaration.channels:
        names = [name for _, name, _, _ in Formatter().parse(rule.pattern) if name]
        filled = product(*(values[name] for name in names))
        channels += [target.channel(rule.name, **dict(zip(names, one, strict=True))) for one in filled]
    bare = conversation.channel.partition("-")[2]
    return list(dict.fromkeys([*channels, *UNDECLARED, bare, f"private-encrypted-{bare}"]))


async def ended(new_user: Callable[[], Awaitable[User]], how: str, target: Target) -> User:
    """Give somebody whose token has lost its worth."""
    person = await new_user()
    await end(person, how, target)
    return person


async def end(person: User, how: str, target: Target) -> None:
    """Take from a person's token what it was worth."""
    if not served(how, target):
        raise NotExercised(f"the target's contract has no way for a token to be {how}")
    if how == "expired":
        await person.log_in(expires_in=0)
    elif how == "logged out":
        await person.log_out()
    elif how == "revoked":
        await person.revoke()
    elif how == "deleted":
        await person.delete_account()
    else:
        await person.log_in(abilities=["nothing-of-the-kind"])


def served(how: str, target: Target) -> bool:
    """Tell whether the contract has a way for a token to end like this."""
    contract = target.declaration.backend.contract
    fields = contract.login.fields if contract.login else {}
    return {
        "expired": "expires_in" in fields,
        "logged out": contract.logout is not None,
        "revoked": contract.revoke is not None,
        "deleted": contract.delete_account is not None,
        "limited": bool(contract.ability) and "abilities" in fields,
    }[how]
