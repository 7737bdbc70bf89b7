"""Presence: what a list says becomes facts, and settling waits until rosters agree, or the time for it is over."""

import asyncio
from typing import Any

import pytest

from harness.history.attendance import ADDED
from harness.history.events import FrameIn, SubscribeAnswered, SubscribeAsked, Unsubscribed
from harness.protocol.content import members
from harness.protocol.messages import Frame
from harness.users.context import Context
from harness.users.presence import agree, roster_facts, user_id_of

ROOM = "presence-company.6"


def facts(presence: Any) -> dict[str, Any]:
    """Read an acknowledgement with this in it, as the core does."""
    frame = Frame("pusher_internal:subscription_succeeded", {"presence": presence}, ROOM)
    return roster_facts(frame, members(frame, ROOM))


@pytest.mark.parametrize(
    ("presence", "listed", "types"),
    [
        ({"count": 2, "ids": ["1", 2], "hash": {"1": {}, "2": None}}, ("1", "2"), ("string", "integer")),
        ({"hash": {"1": {}}}, ("1",), ("",)),
        ({"count": "1", "ids": "1", "hash": {"1": {}}}, ("1",), ("",)),
        ({"count": True, "ids": {"0": "1", "2": "3"}, "hash": {"1": {}, "3": {}}}, ("1", "3"), ("string", "string")),
        ({"count": 2, "ids": [0, 1], "hash": [{}, {}]}, ("0", "1"), ("integer", "integer")),
        ({"count": 0, "ids": [], "hash": []}, (), ()),
    ],
)
def test_a_list_becomes_members_and_their_types(presence: Any, listed: Any, types: Any) -> None:
    """Whatever PHP makes of it, and whatever a server leaves out; none of this contradicts itself."""
    assert facts(presence) == {"members": listed, "member_types": types, "members_problem": ""}


@pytest.mark.parametrize(
    ("presence", "problem"),
    [
        ({"count": 3, "ids": ["1", "2"], "hash": {"1": {}, "2": {}}}, "count 3, ids 2, hash 2"),
        ({"count": 2, "hash": {"1": {}}}, "count 2, hash 1"),
        ({"ids": ["1", "1"], "hash": {"1": {}}}, "ids 2, hash 1"),
        ({"count": 1, "ids": ["2"], "hash": {"1": {}}}, "ids and hash name different people"),
    ],
)
def test_a_list_that_contradicts_itself_says_how(presence: Any, problem: str) -> None:
    """By sizes first, by names where the sizes agree."""
    assert facts(presence)["members_problem"] == problem


def test_an_acknowledgement_without_a_list_has_no_such_facts() -> None:
    """A private channel lists nobody; a list that the core found and that is gone is no error."""
    assert roster_facts(Frame("pusher_internal:subscription_succeeded", "{}", "private-x"), None) == {}
    assert roster_facts(Frame("pusher_internal:subscription_succeeded", "{}", ROOM), {"1": {}})["members"] == ("1",)


@pytest.mark.parametrize(
    ("data", "me"),
    [('{"user_id":"7"}', "7"), ('{"user_id":7}', "7"), ('{"user_id":true}', ""), ("[]", ""), ("x", ""), (None, "")],
)
def test_one_comes_as_whom_the_signature_is_for(data: Any, me: str) -> None:
    """Anything else is somebody unseen."""
    assert user_id_of(data) == me


def attend(context: Context, socket: str, me: str, *listed: str) -> None:
    """Let a socket be acknowledged."""
    record, act = context.recorder.record, context.recorder.new_act()
    record(SubscribeAsked, socket=socket, act=act, channel=ROOM, channel_kind="presence", signature="valid")
    record(SubscribeAnswered, socket=socket, act=act, channel=ROOM, outcome="ok", me=me, members=listed)


@pytest.mark.asyncio
async def test_rosters_that_agree_are_not_waited_for(context: Context) -> None:
    """Nor is a world without any."""
    context.patience = 1_000
    await agree(context, lambda: context.recorder.events)
    attend(context, "alice#1", "1", "1")
    await agree(context, lambda: context.recorder.events)


@pytest.mark.asyncio
async def test_who_is_missing_is_waited_for_and_no_longer(context: Context) -> None:
    """Until the frame that tells of them."""
    context.patience = 1_000
    attend(context, "alice#1", "1", "1")
    attend(context, "bob#1", "2", "1", "2")
    waiting = asyncio.ensure_future(agree(context, lambda: context.recorder.events))
    await asyncio.sleep(0)
    assert not waiting.done()
    times = {"arrived": 0, "earliest": 0}
    context.recorder.record(FrameIn, socket="alice#1", event=ADDED, channel=ROOM, member="2", **times)
    async with asyncio.timeout(30):
        await waiting


@pytest.mark.asyncio
async def test_a_ghost_is_waited_for_until_the_deadline(context: Context) -> None:
    """Counted from when they left."""
    context.patience = 0.05
    attend(context, "alice#1", "1", "1")
    attend(context, "bob#1", "2", "1", "2")
    times = {"arrived": 0, "earliest": 0}
    context.recorder.record(FrameIn, socket="alice#1", event=ADDED, channel=ROOM, member="2", **times)
    left = context.recorder.record(Unsubscribed, socket="bob#1", channel=ROOM)
    await agree(context, lambda: context.recorder.events)
    assert context.recorder.now() >= left.at + 0.05 * 2e9
