"""Section 6: who is there, who comes, and who goes."""

import json
from typing import Any

from harness.conformance.bench import Bench
from harness.conformance.case import Known, Row, case, cases, seen
from harness.conformance.peer import Peer
from harness.protocol.messages import decode_data

SECRET = ("secret",)
MANY = 101
"""One more than hosted Pusher has on a presence channel (PROTOCOL.md 6)."""
NO_INFO = seen("2.2", reverb="error 4200", soketi="succeeded count 1", pusher_fake="succeeded count 1")


def _member(user_id: Any = "1", user_info: Any = None) -> str:
    return json.dumps({"user_id": user_id, "user_info": {"name": "Asha"} if user_info is None else user_info})


async def _two(bench: Bench) -> tuple[Peer, Peer, str]:
    """Put persons 1 and 2 on a presence channel."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel("presence")
    await bench.join(alice, channel, _member("1"))
    await bench.join(bob, channel, _member("2"))
    await alice.heard()
    return alice, bob, channel


@case("6.1.1", expects="succeeded count 1", needs=SECRET)
async def test_the_first_member(bench: Bench) -> str:
    """Somebody joins an empty presence channel."""
    return await bench.join(await bench.open(), bench.channel("presence"), _member())


@case(
    "6.1.2",
    expects="ids ['1'], hash {'1': {'name': 'Asha'}}, count 1",
    known=seen("6", pusher_fake="ids None, hash {'1': {'name': 'Asha'}}, count 1"),
    needs=SECRET,
)
async def test_what_a_roster_holds(bench: Bench) -> str:
    """The first member hears of itself, with its id and what is known of it."""
    alice, channel = await bench.open(), bench.channel("presence")
    await alice.send("pusher:subscribe", _joining(bench, alice, channel, _member()))
    roster = _roster(await alice.frames())
    return f"ids {roster.get('ids')}, hash {roster.get('hash')}, count {roster.get('count')}"


@case("6.1.3", expects="ids 1 and 2, count 2", known=seen("6", pusher_fake="ids , count 2"), needs=SECRET)
async def test_the_roster_of_who_comes_later(bench: Bench) -> str:
    """The second member hears of both."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel("presence")
    await bench.join(alice, channel, _member("1"))
    await bob.send("pusher:subscribe", _joining(bench, bob, channel, _member("2")))
    roster = _roster(await bob.frames())
    return f"ids {' and '.join(sorted(roster.get('ids') or ()))}, count {roster.get('count')}"


@case("6.2.1", expects="member_added 2", needs=SECRET)
async def test_others_hear_who_comes(bench: Bench) -> str:
    """Somebody joins a presence channel that somebody else is on."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel("presence")
    await bench.join(alice, channel, _member("1"))
    await bench.join(bob, channel, _member("2"))
    return await alice.heard()


@case("6.2.2", expects='{"user_id": "2", "user_info": {"name": "Bo"}}', needs=SECRET)
async def test_what_is_said_of_who_comes(bench: Bench) -> str:
    """Others hear the id of who comes, and what is known of it."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel("presence")
    await bench.join(alice, channel, _member("1"))
    await bench.join(bob, channel, _member("2", {"name": "Bo"}))
    return _data(await alice.frames(), "member_added")


@case("6.2.3", expects="member_removed 2", needs=SECRET)
async def test_others_hear_who_unsubscribes(bench: Bench) -> str:
    """One of two members unsubscribes."""
    alice, bob, channel = await _two(bench)
    await bob.send("pusher:unsubscribe", {"channel": channel})
    await bob.heard()
    return await alice.heard()


@case("6.2.4", expects="member_removed 2", needs=SECRET)
async def test_others_hear_who_closes(bench: Bench) -> str:
    """One of two members closes its connection."""
    alice, bob, _ = await _two(bench)
    await bob.leave()
    return await alice.until("member_removed *")


@case("6.2.5", expects="member_removed 2", needs=SECRET)
async def test_others_hear_whose_connection_breaks(bench: Bench) -> str:
    """The connection of one of two members is cut."""
    alice, bob, _ = await _two(bench)
    bob.wire.abort()
    return await alice.until("member_removed *")


@case(
    "6.2.6",
    expects='{"user_id": "2"}',
    known=seen("6", pusher_fake='{"user_id": "2", "user_info": {"name": "Asha"}}'),
    needs=SECRET,
)
async def test_what_is_said_of_who_goes(bench: Bench) -> str:
    """Others hear the id of who goes."""
    alice, bob, channel = await _two(bench)
    await bob.send("pusher:unsubscribe", {"channel": channel})
    await bob.heard()
    return _data(await alice.frames(), "member_removed")


@case("6.2.7", expects="nothing", needs=SECRET)
async def test_nobody_hears_of_another_channel(bench: Bench) -> str:
    """Somebody joins another presence channel."""
    alice, bob = await bench.open(), await bench.open()
    await bench.join(alice, bench.channel("presence"), _member("1"))
    await bench.join(bob, bench.channel("presence"), _member("2"))
    return await alice.heard()


@case("6.3.1", expects="nothing", known=seen("6", pusher_fake="member_added 2"), needs=SECRET)
async def test_a_second_device_is_not_announced(bench: Bench) -> str:
    """A member joins on a second connection."""
    alice, _, channel = await _two(bench)
    await bench.join(await bench.open(), channel, _member("2"))
    return await alice.heard()


@case("6.3.2", expects="succeeded count 2", known=seen("6", pusher_fake="succeeded count 3"), needs=SECRET)
async def test_a_second_device_is_not_counted(bench: Bench) -> str:
    """A member that joins on a second connection hears how many people there are."""
    _, _, channel = await _two(bench)
    return await bench.join(await bench.open(), channel, _member("2"))


@case("6.3.3", expects="nothing", known=seen("6", pusher_fake="member_removed 2"), needs=SECRET)
async def test_one_device_of_two_leaves(bench: Bench) -> str:
    """A member leaves on one of its two connections."""
    alice, bob, channel = await _two(bench)
    await bench.join(await bench.open(), channel, _member("2"))
    await alice.heard()
    await bob.send("pusher:unsubscribe", {"channel": channel})
    await bob.heard()
    return await alice.heard()


@case(
    "6.3.4",
    expects="member_removed 2",
    known=seen("6", pusher_fake="member_removed 2 then member_removed 2"),
    needs=SECRET,
)
async def test_the_last_device_leaves(bench: Bench) -> str:
    """A member leaves on both of its connections."""
    alice, bob, channel = await _two(bench)
    await bench.join(phone := await bench.open(), channel, _member("2"))
    await alice.heard()
    for one in (bob, phone):
        await one.send("pusher:unsubscribe", {"channel": channel})
        await one.heard()
    return await alice.heard()


@case("6.3.5", expects=("nothing", "error null"), known=seen("6", pusher_fake="member_added 2"), needs=SECRET)
async def test_joining_twice_is_not_announced(bench: Bench) -> str:
    """A member joins again on its connection."""
    alice, bob, channel = await _two(bench)
    await bench.join(bob, channel, _member("2"))
    return await alice.heard()


@case("6.3.6", expects="member_added 2", needs=SECRET)
async def test_coming_back_is_announced(bench: Bench) -> str:
    """A member leaves and joins again."""
    alice, bob, channel = await _two(bench)
    await bob.send("pusher:unsubscribe", {"channel": channel})
    await bob.heard()
    await alice.heard()
    await bench.join(bob, channel, _member("2"))
    return await alice.heard()


@case("6.3.7", expects="succeeded count 1", known=seen("6", pusher_fake="succeeded count 2"), needs=SECRET)
async def test_an_id_as_number_and_as_text_is_one_person(bench: Bench) -> str:
    """A member with the id 1 joins where one with the id "1" is."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel("presence")
    await bench.join(alice, channel, _member("1"))
    return await bench.join(bob, channel, _member(1))


@cases(
    Row("6.4.1", "The id is a number.", 10, expects="succeeded count 1", known=seen("2.2", sockudo="error 4300")),
    Row("6.4.2", "The id is of letters.", "fred", expects="succeeded count 1"),
    Row("6.4.3", "The id has 128 characters.", "x" * 128, expects="succeeded count 1"),
    Row("6.4.4", "The id is of another script.", "zażółć", expects="succeeded count 1"),
    Row("6.4.5", "The id is 0.", 0, expects="succeeded count 1"),
    Row("6.4.6", "The id is empty.", ""),
    Row("6.4.7", "The id is null.", None),
    Row("6.4.8", "The id is true.", given=True),
    Row("6.4.9", "The id is a fraction.", 1.5),
    Row("6.4.10", "The id is a list.", ["1"]),
    Row("6.4.11", "The id is an object.", {"a": "1"}),
    Row("6.4.12", "The id has 129 characters.", "x" * 129),
    Row("6.4.13", "The id has four thousand characters.", "x" * 4_000),
    needs=SECRET,
)
async def test_an_id(bench: Bench, user_id: Any) -> str:
    """Somebody joins under an id of this kind."""
    return await bench.join(await bench.open(), bench.channel("presence"), _member(user_id))


@cases(
    Row("6.4.14", "Nothing is known of the member.", {"user_id": "1"}, known=NO_INFO, expects="succeeded count 1"),
    Row(
        "6.4.15",
        "What is known of the member is an empty object.",
        {"user_id": "1", "user_info": {}},
        expects="succeeded *",
    ),
    Row(
        "6.4.16",
        "What is known of the member is nested.",
        {"user_id": "1", "user_info": {"a": {"b": [1]}}},
        expects="succeeded *",
    ),
    Row("6.4.17", "What is known of the member is null.", {"user_id": "1", "user_info": None}),
    Row(
        "6.4.18",
        "What is known of the member is true, as a careless callback has it.",
        {"user_id": "1", "user_info": True},
    ),
    Row("6.4.19", "What is known of the member is a word.", {"user_id": "1", "user_info": "Asha"}),
    Row("6.4.20", "What is known of the member is a list.", {"user_id": "1", "user_info": [1, 2]}),
    Row(
        "6.4.21",
        "What is known of the member takes two thousand bytes.",
        {"user_id": "1", "user_info": {"a": "x" * 2_000}},
    ),
    Row(
        "6.4.22",
        "The member has no id.",
        {"user_info": {"name": "Asha"}},
        expects=("error *", "subscription_error *"),
        tolerates="succeeded count 0",
    ),
    Row(
        "6.4.23",
        "The member is an empty object.",
        {},
        expects=("error *", "subscription_error *"),
        tolerates="succeeded count 0",
    ),
    Row("6.4.24", "The member is a list.", [1], expects=("error *", "subscription_error *")),
    Row("6.4.25", "The member is a word.", "fred", expects=("error *", "subscription_error *")),
    needs=SECRET,
)
async def test_a_member(bench: Bench, member: Any) -> str:
    """Somebody joins as a member of this kind."""
    return await bench.join(await bench.open(), bench.channel("presence"), json.dumps(member))


@cases(
    Row("6.4.26", "The member is no JSON.", "{user_id: 1}", expects=("error *", "subscription_error *")),
    Row("6.4.27", "The member is spelled with spaces and line ends.", '{ "user_id" :\n"1", "user_info": {} }'),
    Row("6.4.28", "The member has escapes in its spelling.", '{"user_id":"\\u0031","user_info":{"a":"\\/"}}'),
    expects="succeeded count 1",
    tolerates="closed *",
    needs=SECRET,
)
async def test_a_spelling_of_a_member(bench: Bench, spelled: str) -> str:
    """Somebody joins as a member spelled so, signed as it is."""
    return await bench.join(await bench.open(), bench.channel("presence"), spelled)


@case(
    "6.5.1",
    expects=("error *", "subscription_error *"),
    known=seen(reverb="succeeded count 0") | seen("2.2", soketi="subscription_error 4302"),
    needs=SECRET,
)
async def test_nobody_joins(bench: Bench) -> str:
    """A presence channel is subscribed to with a signature for it, and without a member."""
    return await bench.join(await bench.open(), bench.channel("presence"))


@case(
    "6.5.4",
    expects="refused",
    known=seen(reverb="ids [], hash [], count 0"),
    needs=SECRET,
)
async def test_what_nobody_hears(bench: Bench) -> str:
    """Who joins without a member, where that is possible, hears an empty roster."""
    alice, channel = await bench.open(), bench.channel("presence")
    await alice.send("pusher:subscribe", {"channel": channel, "auth": bench.sign(alice, channel)})
    roster = _roster(await alice.frames())
    told = f"ids {roster.get('ids')}, hash {roster.get('hash')}, count {roster.get('count')}"
    return told if roster else "refused"


@case("6.5.2", expects="nothing", needs=SECRET)
async def test_who_is_nobody_is_not_announced(bench: Bench) -> str:
    """Somebody subscribes without a member to a channel that a member is on."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel("presence")
    await bench.join(alice, channel, _member("1"))
    await bench.join(bob, channel)
    return await alice.heard()


@case(
    "6.5.3",
    expects=("error *", "subscription_error *"),
    known={"reverb": Known("error 4200", "PROTOCOL.md 13: user_id as JSON int; without user_info, 2.2")},
    tolerates="succeeded count 1",
    needs=SECRET,
)
async def test_a_number_of_whom_nothing_is_known(bench: Bench) -> str:
    """Somebody joins under a number, and nothing is known of them."""
    return await bench.join(await bench.open(), bench.channel("presence"), '{"user_id":1}')


@case(
    "6.6.1",
    expects=("error *", "subscription_error *"),
    known=seen("6", reverb="succeeded count 101", pusher_fake="succeeded count 101", soketi="subscription_error 4100"),
    needs=("secret", "presence_limits"),
)
async def test_one_member_too_many(bench: Bench) -> str:
    """A hundred and one people join one presence channel."""
    channel, heard = bench.channel("presence"), ""
    for number in range(MANY):
        heard = await bench.join(await bench.open(), channel, _member(f"u{number}", {}))
    return heard


@case("6.7.1", expects="event MessageSent", needs=("secret", "api"))
async def test_the_other_device_of_who_is_left_out(bench: Bench) -> str:
    """An event is published to everybody but one connection of a member, who has another."""
    alice, phone, channel = await bench.open(), await bench.open(), bench.channel("presence")
    for one in (alice, phone):
        await bench.join(one, channel, _member("1"))
    await bench.publish(channel, socket_id=alice.socket_id)
    return await phone.heard()


def _joining(bench: Bench, peer: Peer, channel: str, member: str) -> dict[str, str]:
    return {"channel": channel, "channel_data": member, "auth": bench.sign(peer, channel, member)}


def _roster(frames: list[dict[str, Any]]) -> dict[str, Any]:
    data = decode_data(frames[-1].get("data")) if frames else None
    presence = data.get("presence") if isinstance(data, dict) else None
    return presence if isinstance(presence, dict) else {}


def _data(frames: list[dict[str, Any]], event: str) -> str:
    found = [decode_data(given.get("data")) for given in frames if str(given.get("event")).endswith(event)]
    return json.dumps(found[0]) if len(found) == 1 else f"{len(found)} of them"
