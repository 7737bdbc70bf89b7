"""Section 11, routes: what the HTTP API does, and what it tells."""

import json
from typing import Any

from harness.conformance.api import ApiAnswer
from harness.conformance.api_words import ROUTES, SEEN, listener, member, part, said, told, whole
from harness.conformance.bench import Bench
from harness.conformance.case import Known, Row, case, cases

OK = {"soketi": Known('http 200 {"ok":true}', ROUTES)}
NEEDS = ("api",)
UNICODE = 'مرحبا 👋🏽 \\ / " \u2028 é'


@case("11.1.1", expects="http 200 {}", known=OK, needs=NEEDS)
async def test_publishing_is_answered(bench: Bench) -> str:
    """An event is published on a channel that nobody listens to."""
    return whole(await bench.publish(bench.channel()))


@case("11.1.2", expects="event MessageSent", needs=NEEDS)
async def test_a_published_event_is_delivered(bench: Bench) -> str:
    """An event is published on a channel that somebody listens to."""
    peer = await listener(bench, channel := bench.channel())
    await bench.publish(channel)
    return await peer.heard()


async def _delivered(bench: Bench, data: Any) -> str:
    peer = await listener(bench, channel := bench.channel())
    answer = await bench.publish(channel, data=data)
    frames = [one for one in await peer.frames() if one.get("event") == "MessageSent"]
    if not frames:
        return f"{said(answer)} then nothing"
    found = frames[0].get("data")
    return "as it was" if found == data and type(found) is type(data) else f"as {type(found).__name__}"


@cases(
    Row("11.1.3", "The data of an event are JSON as text.", json.dumps({"id": 21, "body": "hi"})),
    Row("11.1.4", "The data of an event are text that is no JSON.", "just words"),
    Row("11.1.5", "The data of an event are text of several scripts, with escapes and separators.", UNICODE),
    Row("11.1.6", "The data of an event are JSON with spaces and doubled escapes.", ' {"a" :  "\\u00e9\\/" } '),
    Row("11.1.7", "The data of an event are a number as text.", "1"),
    expects="as it was",
    known={"pusher-fake": Known("as *", "PROTOCOL.md 1.3")},
    needs=NEEDS,
)
async def test_data_arrive_as_they_were_published(bench: Bench, data: Any) -> str:
    """Data of an event are delivered byte for byte."""
    return await _delivered(bench, data)


@case("11.1.8", expects="event MessageSent", needs=NEEDS)
async def test_one_channel_by_its_own_name(bench: Bench) -> str:
    """An event is published with `channel` instead of `channels`."""
    peer = await listener(bench, channel := bench.channel())
    await bench.api("POST", "/events", {"name": "MessageSent", "channel": channel, "data": "{}"})
    return await peer.heard()


@case("11.1.9", expects="event MessageSent then event MessageSent", needs=NEEDS)
async def test_several_channels_at_once(bench: Bench) -> str:
    """An event is published on two channels of one listener."""
    peer = await listener(bench, first := bench.channel())
    await bench.join(peer, second := bench.channel())
    await bench.api("POST", "/events", {"name": "MessageSent", "channels": [first, second], "data": "{}"})
    return await peer.heard()


@case("11.1.10", needs=NEEDS, known={"reverb": Known("event MessageSent*", "as built")})
async def test_one_channel_twice_in_one_event(bench: Bench) -> str:
    """An event is published on a channel that is named twice."""
    peer = await listener(bench, channel := bench.channel())
    await bench.api("POST", "/events", {"name": "MessageSent", "channels": [channel, channel], "data": "{}"})
    return await peer.heard()


@case("11.1.11", expects="others only", needs=NEEDS)
async def test_the_sender_is_left_out(bench: Bench) -> str:
    """An event is published with the socket id of one of two listeners."""
    sender = await listener(bench, channel := bench.channel())
    other = await listener(bench, channel)
    await bench.publish(channel, socket_id=sender.socket_id)
    heard = {"sender": await sender.heard(), "other": await other.heard()}
    return "others only" if heard == {"sender": "nothing", "other": "event MessageSent"} else json.dumps(heard)


@case("11.1.12", expects="event MessageSent", needs=NEEDS)
async def test_the_socket_id_of_nobody_leaves_nobody_out(bench: Bench) -> str:
    """An event is published with a socket id that nobody has."""
    peer = await listener(bench, channel := bench.channel())
    await bench.publish(channel, socket_id="1.1")
    return await peer.heard()


async def _informed(bench: Bench, kind: str, info: str) -> str:
    await listener(bench, channel := bench.channel(kind))
    body = {"name": "MessageSent", "channels": [channel], "data": "{}", "info": info}
    return told(part(await bench.api("POST", "/events", body), "channels", channel, info))


NOT_TOLD = {"soketi": Known("not told", ROUTES), "pusher-fake": Known("not told", ROUTES)}


@case("11.1.13", expects="1", known=NOT_TOLD, needs=NEEDS)
async def test_publishing_tells_the_members(bench: Bench) -> str:
    """An event on a presence channel is published with a question for its user count."""
    return await _informed(bench, "presence", "user_count")


@case("11.1.14", expects="1", known=NOT_TOLD, needs=NEEDS)
async def test_publishing_tells_the_subscriptions(bench: Bench) -> str:
    """An event on a public channel is published with a question for its subscription count."""
    return await _informed(bench, "public", "subscription_count")


@case("11.1.15", expects="event first then event second", needs=NEEDS)
async def test_a_batch_is_delivered_in_order(bench: Bench) -> str:
    """Two events are published in one batch."""
    peer = await listener(bench, channel := bench.channel())
    batch = [{"name": name, "channel": channel, "data": "{}"} for name in ("first", "second")]
    await bench.api("POST", "/batch_events", {"batch": batch})
    return await peer.heard()


@case(
    "11.1.16",
    expects="http 200 {}",
    known={**OK, "reverb": Known('http 200 {"batch":{}}', ROUTES)},
    needs=NEEDS,
)
async def test_a_batch_is_answered(bench: Bench) -> str:
    """A batch without a question is published."""
    item = {"name": "MessageSent", "channel": bench.channel(), "data": "{}"}
    return whole(await bench.api("POST", "/batch_events", {"batch": [item]}))


@case("11.1.17", expects="1", known=NOT_TOLD, needs=NEEDS)
async def test_a_batch_tells_what_was_asked(bench: Bench) -> str:
    """A batch is published whose event asks for a subscription count."""
    await listener(bench, channel := bench.channel())
    item = {"name": "MessageSent", "channel": channel, "data": "{}", "info": "subscription_count"}
    answered = part(await bench.api("POST", "/batch_events", {"batch": [item]}), "batch")
    return told(answered[0].get("subscription_count") if isinstance(answered, list) and answered else None)


@case("11.1.18", expects="others only", needs=NEEDS)
async def test_a_batch_leaves_the_sender_out(bench: Bench) -> str:
    """A batch is published whose event names the socket id of a listener."""
    sender = await listener(bench, channel := bench.channel())
    other = await listener(bench, channel)
    item = {"name": "MessageSent", "channel": channel, "data": "{}", "socket_id": sender.socket_id}
    await bench.api("POST", "/batch_events", {"batch": [item]})
    heard = {"sender": await sender.heard(), "other": await other.heard()}
    return "others only" if heard == {"sender": "nothing", "other": "event MessageSent"} else json.dumps(heard)


@case("11.1.19", expects="event second", needs=NEEDS)
async def test_an_event_of_a_batch_that_nobody_hears(bench: Bench) -> str:
    """A batch is published whose first event goes to a channel that nobody listens to."""
    peer = await listener(bench, channel := bench.channel())
    goes = {"first": bench.channel(), "second": channel}
    batch = [{"name": name, "channel": to, "data": "{}"} for name, to in goes.items()]
    await bench.api("POST", "/batch_events", {"batch": batch})
    return await peer.heard()


@case("11.1.20", expects="listed", needs=NEEDS)
async def test_occupied_channels_are_listed(bench: Bench) -> str:
    """The channels are asked for while one has a subscriber."""
    await listener(bench, channel := bench.channel())
    answer = await bench.api("GET", "/channels")
    return "listed" if isinstance(part(answer, "channels", channel), dict) else whole(answer)[:80]


@case("11.1.21", expects="not listed", needs=NEEDS)
async def test_a_channel_that_everybody_left_is_not_listed(bench: Bench) -> str:
    """The channels are asked for after the last subscriber has left one."""
    peer = await listener(bench, channel := bench.channel())
    await peer.send("pusher:unsubscribe", {"channel": channel})
    await peer.heard()
    return "not listed" if part(await bench.api("GET", "/channels"), "channels", channel) is None else "listed"


@case("11.1.22", expects="of the prefix only", needs=NEEDS)
async def test_channels_are_filtered_by_prefix(bench: Bench) -> str:
    """The channels are asked for by a prefix, while one of another is occupied too."""
    peer = await listener(bench, presence := bench.channel("presence"))
    await bench.join(peer, bench.channel())
    answer = await bench.api("GET", "/channels", params={"filter_by_prefix": "presence-"})
    names = list(part(answer, "channels") or ())
    is_so = presence in names and all(name.startswith("presence-") for name in names)
    return "of the prefix only" if is_so else whole(answer)[:80]


@case("11.1.23", expects="1", known={"soketi": Known("not told", ROUTES)}, needs=NEEDS)
async def test_channels_tell_their_members(bench: Bench) -> str:
    """The presence channels are asked for with their user counts."""
    await listener(bench, channel := bench.channel("presence"))
    params = {"filter_by_prefix": "presence-", "info": "user_count"}
    return told(part(await bench.api("GET", "/channels", params=params), "channels", channel, "user_count"))


@case(
    "11.1.24",
    expects="http 400",
    known={"reverb": Known("http 200", ROUTES), "soketi": Known("http 200", ROUTES)},
    needs=NEEDS,
)
async def test_members_of_channels_that_have_none(bench: Bench) -> str:
    """User counts of all channels are asked for, which only presence channels have."""
    return said(await bench.api("GET", "/channels", params={"info": "user_count"}))


@case("11.1.25", expects="true", needs=NEEDS)
async def test_an_occupied_channel(bench: Bench) -> str:
    """One channel is asked for that has a subscriber."""
    await listener(bench, channel := bench.channel())
    return told(part(await bench.api("GET", f"/channels/{channel}"), "occupied"))


@case("11.1.26", expects="false", needs=NEEDS)
async def test_a_vacant_channel(bench: Bench) -> str:
    """One channel is asked for that has no subscriber."""
    return told(part(await bench.api("GET", f"/channels/{bench.channel()}"), "occupied"))


@case("11.1.27", expects="2", known={"pusher-fake": Known("not told", ROUTES)}, needs=NEEDS)
async def test_a_channel_tells_its_subscriptions(bench: Bench) -> str:
    """One channel is asked for with its subscription count, while two are subscribed."""
    channel = bench.channel()
    for _ in range(2):
        await listener(bench, channel)
    answer = await bench.api("GET", f"/channels/{channel}", params={"info": "subscription_count"})
    return told(part(answer, "subscription_count"))


@case("11.1.28", expects="1", known={"pusher-fake": Known("2", "PROTOCOL.md 6")}, needs=NEEDS)
async def test_a_channel_counts_people_not_devices(bench: Bench) -> str:
    """A presence channel is asked for with its user count, while somebody is on it with two devices."""
    channel = bench.channel("presence")
    for _ in range(2):
        await listener(bench, channel)
    return told(part(await bench.api("GET", f"/channels/{channel}", params={"info": "user_count"}), "user_count"))


@case("11.1.29", expects="true", needs=NEEDS)
async def test_a_channel_whose_name_is_escaped(bench: Bench) -> str:
    """One channel is asked for whose name holds every mark that a name may have."""
    name = f"{bench.channel()}_=@,.;-"
    await listener(bench, name)
    return told(part(await bench.api("GET", f"/channels/{name}"), "occupied"))


@case("11.1.30", expects="users 1", known={"pusher-fake": Known("users *.*", ROUTES)}, needs=NEEDS)
async def test_the_users_of_a_presence_channel(bench: Bench) -> str:
    """The users of a presence channel are asked for."""
    await listener(bench, channel := bench.channel("presence"))
    return _users(await bench.api("GET", f"/channels/{channel}/users"))


@case(
    "11.1.31",
    expects="http 400",
    known={"soketi": Known("http 200 error 400", SEEN), "pusher-fake": Known("http 200", ROUTES)},
    needs=NEEDS,
)
async def test_the_users_of_a_public_channel(bench: Bench) -> str:
    """The users of a channel are asked for that is no presence channel."""
    await listener(bench, channel := bench.channel())
    return said(await bench.api("GET", f"/channels/{channel}/users"))


@case("11.1.32", expects='http 200 {"users":[]}', known={"reverb": Known("http 404 {}", ROUTES)}, needs=NEEDS)
async def test_the_users_of_a_vacant_channel(bench: Bench) -> str:
    """The users of a presence channel are asked for on which nobody is."""
    return whole(await bench.api("GET", f"/channels/{bench.channel('presence')}/users"))


@case("11.1.33", expects="users 1, 2", known={"pusher-fake": Known("users *.*, *.*", ROUTES)}, needs=NEEDS)
async def test_the_users_are_people_not_devices(bench: Bench) -> str:
    """The users of a presence channel are asked for while two people are there with three devices."""
    channel = bench.channel("presence")
    for user in ("1", "1", "2"):
        await bench.join(await bench.open(), channel, member(user))
    return _users(await bench.api("GET", f"/channels/{channel}/users"))


def _users(answer: ApiAnswer) -> str:
    users = part(answer, "users")
    return (
        f"users {', '.join(sorted(str(one.get('id')) for one in users))}" if isinstance(users, list) else said(answer)
    )


@case("11.1.34", known={"reverb": Known("connections", ROUTES), "soketi": Known("http 404", ROUTES)}, needs=NEEDS)
async def test_the_connections_are_counted(bench: Bench) -> str:
    """The number of connections is asked for."""
    await listener(bench, bench.channel())
    answer = await bench.api("GET", "/connections")
    return "connections" if isinstance(part(answer, "connections"), int) else said(answer)


@case(
    "11.1.35",
    expects="http 200 {}",
    known={**OK, "pusher-fake": Known("http 400 *", ROUTES)},
    needs=NEEDS,
)
async def test_nobodys_connections_are_ended(bench: Bench) -> str:
    """The connections of somebody are to be ended who has none."""
    return whole(await bench.api("POST", "/users/nobody-here/terminate_connections", "{}"))


@case("11.1.36", expects="*closed 4009", needs=("api", "signin"))
async def test_the_connections_of_a_signed_in_user_are_ended(bench: Bench) -> str:
    """The connections of a user are ended who has signed in."""
    peer = await bench.open()
    data = json.dumps({"id": (user := bench.channel())})
    await peer.send("pusher:signin", {"auth": bench.sign_user(peer, data), "user_data": data})
    await peer.heard()
    await bench.api("POST", f"/users/{user}/terminate_connections", "{}")
    return await peer.closed()


@case(
    "11.1.37",
    expects="nothing",
    known={"reverb": Known("closed 1006", "PROTOCOL.md 7.2, transcripts")},
    needs=NEEDS,
)
async def test_the_connections_of_a_member_are_not_those_of_a_user(bench: Bench) -> str:
    """The connections of a user are ended who is on a presence channel, and has not signed in."""
    peer, user = await bench.open(), bench.channel()
    await bench.join(peer, bench.channel("presence"), member(user))
    await bench.api("POST", f"/users/{user}/terminate_connections", "{}")
    return await peer.heard()
