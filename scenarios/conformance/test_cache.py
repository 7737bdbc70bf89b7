"""Section 8: channels that remember their last event, and channels whose events the server cannot read."""

import json

from harness.conformance.bench import Bench
from harness.conformance.case import Row, case, cases, seen

NEEDS = ("cache", "api")
MISSED = "succeeded then cache_miss"
FORGETS = seen("2.3", reverb=MISSED) | seen("2.3", pusher_fake=MISSED)
CIPHER = json.dumps(
    {"nonce": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", "ciphertext": "R+GdbEa/eqpw9tnDR1nqvt9qWdZJ8CHex2Wrhjc="}
)
KINDS = (
    Row("8.1.1", "A public cache channel.", "cache"),
    Row("8.1.2", "A private cache channel.", "private-cache"),
    Row("8.1.3", "A presence cache channel.", "presence-cache", expects="succeeded count 1 then cache_miss", known={}),
    Row("8.1.4", "An encrypted cache channel.", "encrypted-cache", known=seen("2.3", reverb="succeeded")),
)
REPLAYED = (
    Row("8.2.1", "A public cache channel.", "cache"),
    Row("8.2.2", "A private cache channel.", "private-cache", known=seen("2.3", pusher_fake=MISSED)),
    Row("8.2.3", "A presence cache channel.", "presence-cache", expects="succeeded count 1 then event Second"),
    Row("8.2.4", "An encrypted cache channel.", "encrypted-cache", known=seen("2.3", reverb="succeeded")),
)
MEMBER = '{"user_id":"1","user_info":{}}'


def _member(kind: str) -> str | None:
    return MEMBER if kind.startswith("presence") else None


@cases(*KINDS, expects=MISSED, known=seen(reverb=MISSED), needs=("cache", "secret"))
async def test_nothing_to_remember(bench: Bench, kind: str) -> str:
    """The first subscriber of a cache channel hears that nothing is remembered."""
    return await bench.join(await bench.open(), bench.channel(kind), _member(kind))


@cases(*REPLAYED, expects="succeeded then event Second", needs=NEEDS)
async def test_the_last_event_is_remembered(bench: Bench, kind: str) -> str:
    """Two events are published on a cache channel: whoever comes then hears the second."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel(kind)
    await bench.join(alice, channel, _member(kind))
    for event in ("First", "Second"):
        await bench.publish(channel, event)
    return await bench.join(bob, channel, _member(kind))


@case("8.2.5", expects="as published", needs=NEEDS)
async def test_what_is_remembered_is_what_was_published(bench: Bench) -> str:
    """Whoever comes later hears the event with its channel and its data."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel("cache")
    await alice.subscribe(channel)
    await bench.publish(channel, "News", '{"a":"ż/"}')
    await bob.send("pusher:subscribe", {"channel": channel})
    frames = [given for given in await bob.frames() if given["event"] == "News"]
    due = [{"event": "News", "channel": channel, "data": '{"a":"ż/"}'}]
    return "as published" if frames == due else json.dumps(frames)


@case("8.2.6", expects="event News", needs=NEEDS)
async def test_who_is_there_hears_it_once(bench: Bench) -> str:
    """Who is on a cache channel hears an event when it is published, and not again when somebody comes."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel("cache")
    await alice.subscribe(channel)
    await bench.publish(channel, "News")
    await bob.subscribe(channel)
    return await alice.heard()


@case("8.3.1", expects="succeeded then event News", known=FORGETS, needs=NEEDS)
async def test_it_is_remembered_when_all_have_left(bench: Bench) -> str:
    """An event is published on a cache channel, everybody leaves, and somebody comes."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel("cache")
    await alice.subscribe(channel)
    await bench.publish(channel, "News")
    await alice.send("pusher:unsubscribe", {"channel": channel})
    await alice.heard()
    return await bob.subscribe(channel)


@case("8.3.2", expects="succeeded then event News", known=FORGETS, needs=NEEDS)
async def test_it_is_remembered_when_nobody_was_there(bench: Bench) -> str:
    """An event is published on a cache channel that nobody is on, and somebody comes."""
    alice, channel = await bench.open(), bench.channel("cache")
    await bench.publish(channel, "News")
    return await alice.subscribe(channel)


@case(
    "8.3.3",
    expects="succeeded then event News",
    known=seen("2.3", reverb="succeeded then event client-x", pusher_fake=MISSED),
    needs=("cache", "api", "client_events"),
)
async def test_what_clients_say_is_not_remembered(bench: Bench) -> str:
    """An event is published on a private cache channel, then a client says something, and somebody comes."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel("private-cache")
    await bench.join(alice, channel)
    await bench.publish(channel, "News")
    await alice.send("client-x", {"a": 1}, channel)
    await alice.heard()
    return await bench.join(bob, channel)


@case("8.3.4", expects="succeeded then event News", needs=NEEDS)
async def test_who_was_left_out_hears_it_later(bench: Bench) -> str:
    """An event is published to everybody but one, who leaves the cache channel, where others stay, and comes back."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel("cache")
    for one in (alice, bob):
        await one.subscribe(channel)
    await bench.publish(channel, "News", socket_id=bob.socket_id)
    await bob.send("pusher:unsubscribe", {"channel": channel})
    await bob.heard()
    return await bob.subscribe(channel)


@case("8.3.5", expects="succeeded", known=seen("2.3", soketi="succeeded then event News"), needs=NEEDS)
async def test_other_channels_remember_nothing(bench: Bench) -> str:
    """An event is published on a channel that has the prefix of cache channels in its middle, and somebody comes."""
    alice, bob, channel = await bench.open(), await bench.open(), f"my-cache-{bench.channel()}"
    await alice.subscribe(channel)
    await bench.publish(channel, "News")
    return await bob.subscribe(channel)


@case("8.4.1", expects="succeeded", needs=("secret",))
async def test_an_encrypted_channel(bench: Bench) -> str:
    """An encrypted channel is subscribed to as a private one is."""
    return await bench.join(await bench.open(), bench.channel("encrypted"))


@case(
    "8.4.2",
    expects=("error null", "error 4009"),
    tolerates=("error *", "subscription_error *"),
    known=seen(reverb="error 4009"),
    needs=("secret",),
)
async def test_an_encrypted_channel_of_another_secret(bench: Bench) -> str:
    """An encrypted channel is subscribed to with a signature of another secret."""
    alice, channel = await bench.open(), bench.channel("encrypted")
    return await alice.subscribe(channel, bench.sign(alice, channel, secret="other"))


@case("8.4.3", expects="untouched", needs=("api",))
async def test_what_is_encrypted_passes_untouched(bench: Bench) -> str:
    """An event is published on an encrypted channel, and comes as it was published."""
    alice, channel = await bench.open(), bench.channel("encrypted")
    await bench.join(alice, channel)
    await bench.publish(channel, "Secret", CIPHER)
    frames = await alice.frames()
    return "untouched" if [one.get("data") for one in frames] == [CIPHER] else json.dumps(frames)
