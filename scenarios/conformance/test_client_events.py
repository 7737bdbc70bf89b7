"""Section 7: what clients say to each other."""

import json
from typing import Any

from harness.conformance.bench import Bench
from harness.conformance.case import Known, Row, case, cases, seen
from harness.conformance.peer import Peer

NEEDS = ("client_events", "secret")
OUTSIDE = ("error null", "error 4009", "error 4301")
NO_MEMBER = seen(reverb="error 4009") | seen("5", soketi="nothing", pusher_fake="nothing", sockudo="error 4301")
UNHEARD = {one: Known(f"{known.behaviour}, the other nothing", known.source) for one, known in NO_MEMBER.items()}
DROPPED = seen(reverb="nothing") | seen("2.2", soketi="nothing", pusher_fake="nothing", sockudo="nothing")


async def _two(bench: Bench, kind: str = "private") -> tuple[Peer, Peer, str]:
    """Put two clients on a channel: on a presence channel, persons 1 and 2."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel(kind)
    for one, user_id in ((alice, "1"), (bob, "2")):
        is_presence = kind.startswith("presence")
        await bench.join(one, channel, f'{{"user_id":"{user_id}","user_info":{{}}}}' if is_presence else None)
    await alice.heard()
    return alice, bob, channel


async def _both(alice: Peer, bob: Peer) -> str:
    """Say what the sender heard, and what the other did."""
    return f"{await alice.heard()}, the other {await bob.heard()}"


@cases(
    Row("7.1.1", "A client says something on a private channel.", "private"),
    Row("7.1.2", "A client says something on a presence channel.", "presence"),
    Row("7.1.3", "A client says something on a private cache channel.", "private-cache"),
    expects="nothing, the other event client-typing",
    needs=NEEDS,
)
async def test_the_others_hear_it(bench: Bench, kind: str) -> str:
    """A client event reaches the others on the channel, and not its sender."""
    alice, bob, channel = await _two(bench, kind)
    await alice.send("client-typing", {"on": True}, channel)
    return await _both(alice, bob)


@case("7.1.4", known=seen("5", reverb="event client-typing", soketi="event client-typing"), needs=NEEDS)
async def test_on_an_encrypted_channel(bench: Bench) -> str:
    """A client says something on an encrypted channel."""
    alice, bob, channel = await _two(bench, "encrypted")
    await alice.send("client-typing", {"on": True}, channel)
    return await bob.heard()


@case(
    "7.1.5",
    expects=("error ????, the other nothing", "nothing, the other nothing"),
    known=seen(reverb="nothing, the other event client-typing")
    | seen("5", soketi="nothing, the other event client-typing", sockudo="error 4301, the other nothing"),
    needs=NEEDS,
)
async def test_on_a_public_channel(bench: Bench) -> str:
    """A client says something on a public channel that both listen to."""
    alice, bob, channel = await _two(bench, "public")
    await alice.send("client-typing", {"on": True}, channel)
    return await _both(alice, bob)


@case("7.1.6", expects="event client-typing", needs=NEEDS)
async def test_on_another_device_of_the_same_person(bench: Bench) -> str:
    """A member says something, and hears it on another connection of its own."""
    alice, _, channel = await _two(bench, "presence")
    await bench.join(phone := await bench.open(), channel, '{"user_id":"1","user_info":{}}')
    await alice.send("client-typing", {"on": True}, channel)
    await alice.heard()
    return await phone.heard()


@case("7.1.7", expects="in order", needs=NEEDS)
async def test_in_the_order_in_which_it_was_said(bench: Bench) -> str:
    """A client says five things without waiting."""
    alice, bob, channel = await _two(bench)
    for number in range(5):
        await alice.send(f"client-{number}", {}, channel)
    await alice.heard()
    heard = await bob.heard()
    return "in order" if heard == " then ".join(f"event client-{number}" for number in range(5)) else heard


@cases(
    Row("7.2.1", "A client that is not on the channel says something there.", "beside"),
    Row("7.2.2", "A client says something on a channel that it left.", "left"),
    Row("7.2.3", "A client says something on a channel that nobody is on.", "vacant"),
    Row("7.2.4", "A client says something on a channel that it was refused.", "refused"),
    expects=tuple(f"{one}, the other nothing" for one in (*OUTSIDE, "nothing")),
    known=UNHEARD,
    needs=NEEDS,
)
async def test_from_outside(bench: Bench, how: str) -> str:
    """Somebody who is not on a channel says something there, and nobody hears it."""
    _, bob, channel = await _two(bench)
    alice = await bench.open()
    if how == "left":
        await bench.join(alice, channel)
        await alice.send("pusher:unsubscribe", {"channel": channel})
    if how == "refused":
        await alice.subscribe(channel, bench.sign(alice, channel, secret="other"))
    await alice.send("client-typing", {"on": True}, bench.channel("private") if how == "vacant" else channel)
    return await _both(alice, bob)


@case("7.2.5", expects=OUTSIDE, tolerates="nothing", known=NO_MEMBER, needs=NEEDS)
async def test_on_a_public_channel_from_outside(bench: Bench) -> str:
    """A client says something on a public channel that it is not on."""
    alice, channel = await bench.open(), bench.channel()
    await alice.send("client-typing", {"on": True}, channel)
    return await alice.heard()


@cases(
    Row("7.3.1", "An event has the prefix without its dash.", "clienttyping"),
    Row("7.3.2", "An event has the prefix in capitals.", "Client-typing"),
    Row("7.3.3", "An event has an underscore in place of the dash.", "client_typing"),
    Row(
        "7.3.4",
        "An event has the prefix behind a space.",
        " client-typing",
        known=DROPPED | seen("3", soketi="event  client-typing"),
    ),
    Row(
        "7.3.5",
        "An event has the prefix in its middle.",
        "x-client-typing",
        known=seen("3", reverb="nothing", soketi="event x-client-typing"),
    ),
    Row("7.3.6", "An event is internal to the protocol.", "pusher_internal:subscription_succeeded"),
    expects="nothing",
    known=DROPPED,
    needs=NEEDS,
)
async def test_without_the_prefix(bench: Bench, event: str) -> str:
    """A client sends an event whose name does not begin as it should: the other hears nothing."""
    alice, bob, channel = await _two(bench)
    await alice.send(event, {"on": True}, channel)
    await alice.heard()
    return await bob.heard()


@case("7.3.7", known=seen(reverb="event client-", soketi="event client-"), needs=NEEDS)
async def test_a_prefix_and_nothing_else(bench: Bench) -> str:
    """A client sends an event whose name is the prefix."""
    alice, bob, channel = await _two(bench)
    await alice.send("client-", {"on": True}, channel)
    await alice.heard()
    return await bob.heard()


@cases(
    Row("7.3.8", "The name of an event has two hundred characters.", f"client-{'x' * 193}", expects="event *"),
    Row("7.3.9", "The name of an event has 201 characters.", f"client-{'x' * 194}"),
    Row(
        "7.3.10",
        "The name of an event has spaces and pictures.",
        "client-a b 😀",
        known=seen("5", reverb="event client-a b 😀"),
    ),
    known=seen("5", reverb="event client-x*"),
    needs=NEEDS,
)
async def test_the_name_of_an_event(bench: Bench, event: str) -> str:
    """A client sends an event of this name."""
    alice, bob, channel = await _two(bench)
    await alice.send(event, {"on": True}, channel)
    await alice.heard()
    return await bob.heard()


@cases(
    Row("7.4.1", "The data are an object.", {"t": 1}, expects='{"t": 1}'),
    Row(
        "7.4.2",
        "The data are an object as text.",
        '{"t": 1}',
        expects=('"{\\"t\\": 1}"', '{"t": 1}'),
        known=seen(reverb='{"t": 1}'),
    ),
    Row("7.4.3", "The data are a list.", [1, 2], expects="[1, 2]", known={}),
    Row("7.4.4", "The data are an empty object.", {}, expects="{}", known=seen(reverb="[[]]")),
    Row("7.4.5", "The data are nested.", {"a": {"b": [{"c": None}]}}, expects='{"a": {"b": [{"c": null}]}}', known={}),
    Row("7.4.6", "The data are of another script.", {"a": "ż😀/"}, expects='{"a": "\\u017c\\ud83d\\ude00/"}', known={}),
    needs=NEEDS,
)
async def test_the_data_of_an_event(bench: Bench, data: Any) -> str:
    """A client sends an event with these data, and the other hears them."""
    alice, bob, channel = await _two(bench)
    await alice.send("client-typing", data, channel)
    heard = await bob.next(lambda given: given["event"] == "client-typing")
    return json.dumps(heard.get("data", "none"))


@cases(
    Row(
        "7.4.7",
        "The data are null.",
        '"data":null',
        expects="event client-typing with null",
        known=seen(reverb="event client-typing with null"),
    ),
    Row("7.4.8", "There are no data.", '"x":1', known=seen("5", reverb="event client-typing with null")),
    Row(
        "7.4.9",
        "The data are a word.",
        '"data":"abc"',
        expects='event client-typing with "abc"',
        known=seen(reverb="error 4200"),
    ),
    Row(
        "7.4.10",
        "The data are a number.",
        '"data":5',
        expects="event client-typing with 5",
        known=seen("5", reverb="error 4200"),
    ),
    Row("7.4.11", "The data are a boolean.", '"data":true', known=seen("5", reverb="error 4200")),
    tolerates=("error *", "event client-typing*"),
    needs=NEEDS,
)
async def test_odd_data(bench: Bench, member: str) -> str:
    """A client sends an event whose data are no object."""
    alice, bob, channel = await _two(bench)
    await alice.send_text(f'{{"event":"client-typing","channel":"{channel}",{member}}}')
    if (hers := await alice.heard()) != "nothing":
        return hers
    frames = await bob.frames()
    return (
        f"event client-typing with {json.dumps(frames[0]['data']) if 'data' in frames[0] else 'none'}"
        if frames
        else "nothing"
    )


@cases(
    Row("7.5.1", "A member says that it is somebody else.", ("presence", {"user_id": "2"}), expects="1"),
    Row(
        "7.5.2",
        "A member says that it is nobody.",
        ("presence", {"user_id": None}),
        expects=("1", "error *", "nothing"),
    ),
    Row("7.5.3", "A member says nothing of itself.", ("presence", {}), expects="1"),
    Row("7.5.4", "On a private channel, a client says who it is.", ("private", {"user_id": "2"}), expects="nobody"),
    known=seen("5", pusher_fake="nobody", sockudo="nobody"),
    needs=NEEDS,
)
async def test_who_said_it(bench: Bench, given: tuple[str, dict[str, Any]]) -> str:
    """The others hear who said something from the server, whatever the client says."""
    kind, forged = given
    alice, bob, channel = await _two(bench, kind)
    await alice.send("client-typing", {"on": True}, channel, **forged)
    if (hers := await alice.heard()) != "nothing":
        return hers
    return " and ".join(str(heard.get("user_id", "nobody")) for heard in await bob.frames()) or "nothing"


@case("7.5.5", expects="event, channel, data", known=seen(reverb="event, channel, data"), needs=NEEDS)
async def test_nothing_else_is_passed_on(bench: Bench) -> str:
    """A client adds members of its own to an event, and the other hears none of them."""
    alice, bob, channel = await _two(bench)
    await alice.send("client-typing", {"on": True}, channel, extra=1, socket_id="1.2", name="x")
    heard = await bob.next(lambda frame: frame["event"] == "client-typing")
    order = ("event", "channel", "data")
    return ", ".join([*(name for name in order if name in heard), *sorted(set(heard) - set(order))])


@cases(
    Row("7.6.1", "An event names no channel.", '"x":1'),
    Row("7.6.2", "An event names null for its channel.", '"channel":null'),
    Row("7.6.3", "An event names a list for its channel.", '"channel":["a"]'),
    Row("7.6.4", "An event names a number for its channel.", '"channel":5'),
    Row("7.6.5", "An event names an empty channel.", '"channel":""', known={}),
    expects=("error *", "nothing"),
    known=seen(reverb="error 4200"),
    needs=("client_events",),
    hostile=True,
)
async def test_nowhere(bench: Bench, member: str) -> str:
    """A client says something without saying where."""
    alice = await bench.open()
    await alice.send_text(f'{{"event":"client-typing","data":{{}},{member}}}')
    return await alice.heard()


@case("7.6.6", expects=("event client-typing", "error 4301"), tolerates="closed *", needs=NEEDS)
async def test_eight_thousand_bytes(bench: Bench) -> str:
    """A client says eight thousand bytes."""
    alice, bob, channel = await _two(bench)
    await alice.send("client-typing", {"text": "x" * 8_000}, channel)
    hers = await alice.heard()
    return await bob.heard() if hers == "nothing" else hers


@case(
    "7.6.7",
    expects=("error 4301", "closed 1009"),
    tolerates="error *",
    known=seen(reverb="closed 1009") | seen("5", soketi="event client-typing"),
    needs=NEEDS,
)
async def test_twelve_thousand_bytes(bench: Bench) -> str:
    """A client says more than ten kilobytes."""
    alice, bob, channel = await _two(bench)
    await alice.send("client-typing", {"text": "x" * 12_000}, channel)
    hers = await alice.heard()
    return await bob.heard() if hers == "nothing" else hers


@case(
    "7.7.1",
    expects="* then error 4301*",
    tolerates="nothing",
    known=seen("5", reverb="nothing", soketi="nothing", pusher_fake="nothing", sockudo="nothing"),
    needs=NEEDS,
)
async def test_more_than_ten_in_a_second(bench: Bench) -> str:
    """A client says thirty things at once."""
    alice, _, channel = await _two(bench)
    for _ in range(30):
        await alice.send("client-typing", {"on": True}, channel)
    heard = await alice.heard()
    return f"some then {heard.partition(' then ')[0]}" if heard.startswith("error") else heard


@case(
    "7.7.2",
    expects=("error 4301", "error null"),
    known=seen(reverb="error 4301", soketi="error 4301"),
    needs=("app:quiet", "secret"),
)
async def test_where_clients_may_not_speak(bench: Bench) -> str:
    """A client says something in an app whose clients may not."""
    alice, channel = await bench.open("quiet"), bench.channel("private")
    await bench.join(alice, channel)
    await alice.send("client-typing", {"on": True}, channel)
    return await alice.heard()


@case(
    "7.7.3",
    expects="error 4301*",
    known=seen(reverb="error 4301*") | seen("5", soketi="error 4301*"),
    needs=("app:rated", "secret"),
)
async def test_more_than_an_app_allows(bench: Bench) -> str:
    """A client keeps talking to others in an app that limits how much."""
    alice, channel = await bench.open("rated"), bench.channel("private")
    await bench.join(alice, channel)
    for _ in range(100):
        await alice.send("client-typing", {"on": True}, channel)
    return await alice.until("error *")
