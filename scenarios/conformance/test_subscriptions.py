"""Section 3: subscribing, hearing, unsubscribing."""

import json
from typing import Any

from harness.conformance.answers import joined, worded
from harness.conformance.bench import Bench
from harness.conformance.case import Row, case, cases, seen

API = ("api",)
REPEATED = seen(reverb="succeeded") | seen("2.2", soketi="succeeded", pusher_fake="succeeded", sockudo="succeeded")
NOT_THERE = seen(reverb="nothing") | seen("2.2", soketi="nothing", pusher_fake="nothing")
MALFORMED = seen(reverb="error 4200") | seen("2.2", sockudo="error 4000")
SUCCEEDED = seen(reverb='text "{}"') | seen("1.3", soketi="no data", pusher_fake='text "{}"', sockudo='text "{}"')
UNKNOWN = seen(reverb="error 4200") | seen("2.2", soketi="nothing", pusher_fake="nothing", sockudo="nothing")
NOBODY = "nothing, to the other nothing"
DROPPED = seen(reverb=NOBODY) | seen("2.2", soketi=NOBODY, pusher_fake=NOBODY, sockudo=NOBODY)
DATA = {
    "3.1.3": ("text with every kind of character", 'é 日本 😀 "quotes" \\ / \u2028 \x7f'),
    "3.1.4": ("an empty object", "{}"),
    "3.1.5": ("what looks like a frame", '{"event":"pusher:error","data":{"code":4009}}'),
    "3.1.6": ("four thousand bytes", "x" * 4_000),
    "3.1.7": ("a number", "5"),
}


@case("3.1.1", expects="succeeded")
async def test_a_public_channel(bench: Bench) -> str:
    """A client subscribes to a public channel."""
    alice = await bench.open()
    return await alice.subscribe(bench.channel())


@case("3.1.2", expects="event MessageSent", needs=API)
async def test_an_event_is_heard(bench: Bench) -> str:
    """An event is published on a public channel that a client is subscribed to."""
    alice, channel = await bench.open(), bench.channel()
    await alice.subscribe(channel)
    await bench.publish(channel)
    return await alice.heard()


@cases(
    *(Row(id_, f"An event is published whose data are {what}.", data) for id_, (what, data) in DATA.items()),
    expects="as published",
    tolerates="as published, as an object",
    needs=API,
)
async def test_an_event_is_heard_as_it_was_published(bench: Bench, data: str) -> str:
    """An event comes with its name, its channel, and the text of its data."""
    alice, channel = await bench.open(), bench.channel()
    await alice.subscribe(channel)
    await bench.publish(channel, "App\\Events\\It", data)
    heard = await alice.next(lambda given: given.get("channel") == channel and "It" in str(given.get("event")))
    if heard["event"] != "App\\Events\\It":
        return f"as {heard['event']}"
    return "as published" if heard.get("data") == data else f"with the data {json.dumps(heard.get('data'))[:80]}"


@case("3.1.8", expects="succeeded")
async def test_an_empty_signature_on_a_public_channel(bench: Bench) -> str:
    """A client subscribes to a public channel with an empty signature, as pusher-js does."""
    return await (await bench.open()).subscribe(bench.channel(), auth="")


@case("3.1.9", expects="succeeded", tolerates="error *")
async def test_a_wrong_signature_on_a_public_channel(bench: Bench) -> str:
    """A client subscribes to a public channel with a signature that is none."""
    return await (await bench.open()).subscribe(bench.channel(), auth="nonsense")


@case("3.1.10", known=SUCCEEDED)
async def test_what_an_acknowledgement_holds(bench: Bench) -> str:
    """The acknowledgement of a public channel has data, or none."""
    alice, channel = await bench.open(), bench.channel()
    await alice.send("pusher:subscribe", {"channel": channel})
    (given,) = await alice.frames()
    if given.get("channel") != channel:
        return f"another channel: {given.get('channel')}"
    if "data" not in given:
        return "no data"
    return f"{'text' if isinstance(given['data'], str) else 'value'} {json.dumps(given['data'])}"


@case("3.1.11", known=seen(reverb="succeeded"))
async def test_data_as_text(bench: Bench) -> str:
    """A client subscribes with data that are JSON text."""
    alice = await bench.open()
    await alice.send("pusher:subscribe", json.dumps({"channel": bench.channel()}))
    return await alice.heard()


@case("3.2.1", expects="nothing", needs=API)
async def test_another_channel_is_not_heard(bench: Bench) -> str:
    """An event is published on a channel whose name begins as that of a client's channel."""
    alice, channel = await bench.open(), bench.channel()
    await alice.subscribe(channel)
    for other in (f"{channel}1", channel[:-1], channel.upper(), f"x{channel}"):
        await bench.publish(other)
    return await alice.heard()


@case("3.2.2", expects="event MessageSent then event MessageSent", needs=API)
async def test_one_event_on_two_channels(bench: Bench) -> str:
    """An event is published on two channels at once, and a client listens to both."""
    alice, channels = await bench.open(), [bench.channel(), bench.channel()]
    for one in channels:
        await alice.subscribe(one)
    await bench.api("POST", "/events", {"name": "MessageSent", "channels": channels, "data": "{}"})
    return await alice.heard()


@case("3.2.3", expects="the other only", needs=API)
async def test_a_connection_is_left_out(bench: Bench) -> str:
    """An event is published to everybody on a channel but one connection."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel()
    for one in (alice, bob):
        await one.subscribe(channel)
    await bench.publish(channel, socket_id=alice.socket_id)
    hers, his = await alice.heard(), await bob.heard()
    return "the other only" if (hers, his) == ("nothing", "event MessageSent") else f"{hers} and {his}"


@case("3.2.4", expects="in order", needs=API)
async def test_events_come_in_order(bench: Bench) -> str:
    """Ten events are published one after the other."""
    alice, channel = await bench.open(), bench.channel()
    await alice.subscribe(channel)
    for number in range(10):
        await bench.publish(channel, f"E{number}")
    heard = await alice.heard()
    return "in order" if heard == " then ".join(f"event E{number}" for number in range(10)) else heard


@case("3.2.5", expects="in order")
async def test_many_channels_without_waiting(bench: Bench) -> str:
    """A client subscribes to thirty channels without waiting, and each is acknowledged in its turn."""
    alice, channels = await bench.open(), [bench.channel() for _ in range(30)]
    for one in channels:
        await alice.send("pusher:subscribe", {"channel": one})
    heard = [given.get("channel") for given in await alice.frames()]
    return "in order" if heard == channels else f"{len(heard)} answers, or in another order"


@case("3.2.6", expects="both", needs=API)
async def test_everybody_on_a_channel_hears(bench: Bench) -> str:
    """Two clients listen to one channel, and an event is published."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel()
    for one in (alice, bob):
        await one.subscribe(channel)
    await bench.publish(channel)
    heard = await alice.heard(), await bob.heard()
    return "both" if heard == ("event MessageSent", "event MessageSent") else " and ".join(heard)


@case("3.2.8", expects="ten", needs=API)
async def test_ten_on_a_channel_hear(bench: Bench) -> str:
    """Ten clients listen to one channel, and an event is published."""
    channel, peers = bench.channel(), [await bench.open() for _ in range(10)]
    for one in peers:
        await one.subscribe(channel)
    await bench.publish(channel)
    heard = [await one.heard() for one in peers]
    return "ten" if heard == ["event MessageSent"] * 10 else f"{heard.count('event MessageSent')} of ten"


@case("3.2.9", expects="whole", needs=API)
async def test_long_events_come_whole(bench: Bench) -> str:
    """Two events of eight and a half thousand bytes are published, and both come whole."""
    alice, channel, data = await bench.open(), bench.channel(), "x" * 8_500
    await alice.subscribe(channel)
    for _ in range(2):
        await bench.publish(channel, data=data)
    heard = [given.get("data") for given in await alice.frames()]
    return "whole" if heard == [data, data] else f"{len(heard)} events, or cut"


@case("3.2.7", expects="nothing", needs=API)
async def test_who_is_not_subscribed_hears_nothing(bench: Bench) -> str:
    """An event is published, and a client is connected that listens to no channel."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel()
    await bob.subscribe(channel)
    await bench.publish(channel)
    return await alice.heard()


@case("3.3.1", expects="error null", tolerates="error *", known=REPEATED)
async def test_a_second_subscription(bench: Bench) -> str:
    """A client subscribes to a channel that it is subscribed to."""
    alice, channel = await bench.open(), bench.channel()
    await alice.subscribe(channel)
    return await alice.subscribe(channel)


@case(
    "3.3.2",
    expects="event MessageSent",
    known=seen("2.2", pusher_fake="event MessageSent then event MessageSent"),
    needs=API,
)
async def test_a_second_subscription_doubles_nothing(bench: Bench) -> str:
    """A client that subscribed twice to a channel hears each event once."""
    alice, channel = await bench.open(), bench.channel()
    await alice.subscribe(channel)
    await alice.subscribe(channel)
    await bench.publish(channel)
    return await alice.heard()


@case("3.3.3", expects="nothing", needs=API)
async def test_one_unsubscription_ends_two_subscriptions(bench: Bench) -> str:
    """A client that subscribed twice to a channel unsubscribes once."""
    alice, channel = await bench.open(), bench.channel()
    await alice.subscribe(channel)
    await alice.subscribe(channel)
    await alice.send("pusher:unsubscribe", {"channel": channel})
    await bench.publish(channel)
    return await alice.heard()


@case(
    "3.3.4",
    expects="error null then event MessageSent",
    tolerates="*error * then event MessageSent",
    known=seen(reverb="error 4009 then event MessageSent"),
    needs=("api", "secret"),
)
async def test_a_second_subscription_that_is_refused(bench: Bench) -> str:
    """A client on a private channel subscribes again with a wrong signature, and still hears what is published."""
    alice, channel = await bench.open(), bench.channel("private")
    await bench.join(alice, channel)
    await alice.send("pusher:subscribe", {"channel": channel, "auth": bench.sign(alice, channel, secret="other")})
    refused = await alice.heard()
    await bench.publish(channel)
    return f"{refused} then {await alice.heard()}"


@case("3.4.1", expects="nothing")
async def test_unsubscribing_is_not_answered(bench: Bench) -> str:
    """A client unsubscribes from its channel."""
    alice, channel = await bench.open(), bench.channel()
    await alice.subscribe(channel)
    await alice.send("pusher:unsubscribe", {"channel": channel})
    return await alice.heard()


@case("3.4.2", expects="nothing", needs=API)
async def test_who_unsubscribed_hears_nothing(bench: Bench) -> str:
    """An event is published on a channel that a client unsubscribed from."""
    alice, channel = await bench.open(), bench.channel()
    await alice.subscribe(channel)
    await alice.send("pusher:unsubscribe", {"channel": channel})
    await alice.heard()
    await bench.publish(channel)
    return await alice.heard()


@cases(
    Row("3.4.3", "A client unsubscribes from a channel that it never subscribed to.", 1),
    Row("3.4.4", "A client unsubscribes from a channel twice.", 2),
    expects="error null",
    tolerates=("nothing", "error *"),
    known=NOT_THERE,
)
async def test_unsubscribing_from_what_is_not_there(bench: Bench, times: int) -> str:
    """A client unsubscribes from a channel that it is not subscribed to."""
    alice, channel = await bench.open(), bench.channel()
    if times > 1:
        await alice.subscribe(channel)
    for _ in range(times):
        await alice.send("pusher:unsubscribe", {"channel": channel})
    return await alice.heard()


@case("3.4.5", expects="succeeded then event MessageSent", needs=API)
async def test_coming_back_to_a_channel(bench: Bench) -> str:
    """A client unsubscribes from a channel, subscribes again, and an event is published."""
    alice, channel = await bench.open(), bench.channel()
    await alice.subscribe(channel)
    await alice.send("pusher:unsubscribe", {"channel": channel})
    succeeded = await alice.subscribe(channel)
    await bench.publish(channel)
    return f"{succeeded} then {await alice.heard()}"


@case("3.4.6", expects="event MessageSent", needs=API)
async def test_unsubscribing_is_for_oneself(bench: Bench) -> str:
    """One of two clients on a channel unsubscribes, and the other hears the next event."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel()
    for one in (alice, bob):
        await one.subscribe(channel)
    await bob.send("pusher:unsubscribe", {"channel": channel})
    await bob.heard()
    await bench.publish(channel)
    return await alice.heard()


@cases(
    Row("3.5.1", "A client subscribes without data.", {"event": "pusher:subscribe"}),
    Row("3.5.2", "A client subscribes with data that are null.", {"event": "pusher:subscribe", "data": None}),
    Row("3.5.3", "A client subscribes with a number.", {"event": "pusher:subscribe", "data": 5}),
    Row("3.5.4", "A client subscribes with a word.", {"event": "pusher:subscribe", "data": "room"}),
    Row("3.5.5", "A client subscribes with a list.", {"event": "pusher:subscribe", "data": ["room"]}),
    Row("3.5.6", "A client subscribes without a channel.", {"event": "pusher:subscribe", "data": {}}),
    Row("3.5.7", "A client subscribes to null.", {"event": "pusher:subscribe", "data": {"channel": None}}),
    Row("3.5.8", "A client subscribes to a list.", {"event": "pusher:subscribe", "data": {"channel": ["room"]}}),
    Row("3.5.9", "A client subscribes to an object.", {"event": "pusher:subscribe", "data": {"channel": {"a": 1}}}),
    Row("3.5.10", "A client unsubscribes without data.", {"event": "pusher:unsubscribe"}),
    Row("3.5.11", "A client unsubscribes without a channel.", {"event": "pusher:unsubscribe", "data": {}}),
    Row("3.5.12", "A client unsubscribes from a list.", {"event": "pusher:unsubscribe", "data": {"channel": []}}),
    expects="error *",
    tolerates=("nothing", "closed *", "subscription_error *"),
    known=MALFORMED,
    hostile=True,
)
async def test_a_subscription_to_nothing(bench: Bench, given: dict[str, Any]) -> str:
    """A client asks for a channel without saying which."""
    alice = await bench.open()
    await alice.send_text(json.dumps(given))
    return await alice.heard()


@cases(
    Row("3.5.13", "A client subscribes to a number.", 5, known=seen(reverb="succeeded as '5'")),
    Row("3.5.14", "A client subscribes to true.", given=True, known=seen(reverb="succeeded as '1'")),
    expects="error *",
    tolerates=("nothing", "succeeded *", "subscription_error *"),
)
async def test_a_channel_that_is_no_text(bench: Bench, channel: Any) -> str:
    """A client subscribes to a channel whose name is no text."""
    alice = await bench.open()
    await alice.send("pusher:subscribe", {"channel": channel})
    words = [f"{worded(given)}{_named(given)}" for given in await alice.frames()]
    return joined(words)


@cases(
    Row("3.6.1", "A client sends an event of the protocol that there is not.", "pusher:nonsense"),
    Row("3.6.2", "A client sends an error to the server.", "pusher:error"),
    Row("3.6.3", "A client sends a cache miss to the server.", "pusher:cache_miss", known=seen(reverb="error 4200")),
    Row("3.6.4", "A client sends an event of the protocol without a name.", "pusher:", known=seen(reverb="error 4200")),
    expects="error null",
    tolerates=("error *", "nothing"),
    known=UNKNOWN,
)
async def test_an_event_that_only_servers_send(bench: Bench, event: str) -> str:
    """A client sends an event of the protocol that is not for clients to send."""
    alice, channel = await bench.open(), bench.channel()
    await alice.subscribe(channel)
    await alice.send(event, {}, channel)
    return await alice.heard()


@cases(
    Row("3.6.5", "A client sends an event of its own on its channel.", "foo"),
    Row("3.6.6", "A client sends an internal event on its channel.", "pusher_internal:member_removed"),
    Row("3.6.7", "A client sends on its channel what the app publishes.", "MessageSent"),
    Row("3.6.8", "A client sends an event whose prefix is in capitals.", "Pusher:ping", known=seen(reverb=NOBODY)),
    expects="error null, to the other nothing",
    tolerates=("error *, to the other nothing", "nothing, to the other nothing"),
    known=DROPPED,
)
async def test_an_event_that_no_client_may_send(bench: Bench, event: str) -> str:
    """A client sends an event without the prefix of client events: another on the channel hears nothing."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel()
    for one in (alice, bob):
        await one.subscribe(channel)
    await alice.send(event, {"user_id": "1"}, channel)
    return f"{await alice.heard()}, to the other {await bob.heard()}"


@case("3.6.9", expects="error null", tolerates=("error *", "nothing"), known=seen(reverb="error 4200"))
async def test_an_event_without_a_channel(bench: Bench) -> str:
    """A client sends an event of its own on no channel."""
    alice = await bench.open()
    await alice.send("foo")
    return await alice.heard()


@case("3.6.10", expects="error null", tolerates=("error *", "nothing"), known=seen(reverb="established"))
async def test_a_client_that_greets(bench: Bench) -> str:
    """A client sends the server's own greeting."""
    alice = await bench.open()
    await alice.send("pusher:connection_established", {"socket_id": "1.2"})
    heard = await alice.frames()
    data = [given.get("data") for given in heard if given["event"] == "pusher:connection_established"]
    if data:
        return "established" if alice.socket_id in str(data[0]) else "established as somebody else"
    await alice.send("pusher:connection_established", {"socket_id": "1.2"})
    return await alice.heard()


def _named(given: dict[str, Any]) -> str:
    return f" as {given['channel']!r}" if "channel" in given else ""
