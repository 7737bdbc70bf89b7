"""Section 2: pings, pongs, closing in order, and what becomes of the silent."""

import json
from typing import Any

from harness.conformance.answers import joined
from harness.conformance.bench import Bench
from harness.conformance.case import Known, Row, case, cases, seen
from harness.conformance.peer import Peer
from harness.conformance.wire import Opcode, close_frame, frame

PING = '{"event":"pusher:ping","data":{}}'
SHAPES = seen(reverb="no data") | seen("1.3", soketi="{}", pusher_fake='"{}"', sockudo="no data")
PRUNED = "ping then error 4201 then closed 1006"
ENDED = seen("1.4", soketi="closed 4201")
TIMERS = ("short_timers",)


@cases(
    Row("2.1.1", "A client pings with an empty object.", PING),
    Row("2.1.2", "A client pings without data.", '{"event":"pusher:ping"}'),
    Row("2.1.3", "A client pings with an empty object as text.", '{"event":"pusher:ping","data":"{}"}'),
    Row("2.1.4", "A client pings with data that are null.", '{"event":"pusher:ping","data":null}'),
    Row("2.1.5", "A client pings with members that nobody asked for.", '{"event":"pusher:ping","data":{"a":1},"b":2}'),
    Row("2.1.6", "A client pings with spaces and line ends between.", ' {\n"event" :\t"pusher:ping" , "data" : { } } '),
    expects="pong",
)
async def test_a_ping_is_answered(bench: Bench, ping: str) -> str:
    """A client pings as clients do."""
    alice = await bench.open()
    await alice.send_text(ping)
    return await alice.heard()


@cases(
    Row("2.1.7", "A client pings with a word.", '{"event":"pusher:ping","data":"abc"}'),
    Row("2.1.8", "A client pings with a number.", '{"event":"pusher:ping","data":5}'),
    Row("2.1.9", "A client pings with true.", '{"event":"pusher:ping","data":true}', known={}),
    expects="pong",
    tolerates=("error *", "nothing"),
    known=seen(reverb="error 4200"),
)
async def test_a_ping_with_odd_data(bench: Bench, ping: str) -> str:
    """A client pings with data of another kind than an object."""
    alice = await bench.open()
    await alice.send_text(ping)
    return await alice.heard()


@case("2.1.10", known=seen(reverb="pong"))
async def test_a_ping_in_a_binary_message(bench: Bench) -> str:
    """A client pings in a binary message."""
    alice = await bench.open()
    await alice.send_raw(frame(PING, Opcode.BINARY))
    return await alice.heard()


@case("2.1.11", expects="pong")
async def test_a_ping_in_fragments(bench: Bench) -> str:
    """A client pings in three fragments."""
    alice = await bench.open()
    parts = (PING[:5].encode(), PING[5:9].encode(), PING[9:].encode())
    await alice.send_raw(frame(parts[0], fin=False) + frame(parts[1], 0, fin=False) + frame(parts[2], 0))
    return await alice.heard(by_channel=True)


@case("2.1.12", expects="a hundred pongs")
async def test_many_pings_at_once(bench: Bench) -> str:
    """A client sends a hundred pings without waiting."""
    alice = await bench.open()
    await alice.send_raw(frame(PING) * 100)
    heard = (await alice.heard()).split(" then ")
    return "a hundred pongs" if heard == ["pong"] * 100 else f"{len(heard)} answers"


@case("2.1.13", known=SHAPES)
async def test_what_a_pong_holds(bench: Bench) -> str:
    """The answer to a ping has data, or none."""
    alice = await bench.open()
    await alice.send("pusher:ping")
    (pong,) = await alice.frames()
    return json.dumps(pong["data"]) if "data" in pong else "no data"


@cases(
    Row("2.2.1", "A client sends a pong that nobody asked for.", {"data": {}}),
    Row("2.2.2", "A client sends a pong without data.", {}),
    expects="nothing",
    known=seen(reverb="nothing"),
)
async def test_a_pong_is_not_answered(bench: Bench, members: dict[str, Any]) -> str:
    """A client sends a pong."""
    alice = await bench.open()
    await alice.send_text(json.dumps({"event": "pusher:pong", **members}))
    return await alice.heard()


@cases(
    Row("2.3.1", "A client sends a control ping.", b"abc"),
    Row("2.3.2", "A client sends an empty control ping.", b""),
    Row("2.3.3", "A client sends a control ping of 125 bytes.", b"x" * 125),
    expects="the same bytes",
    known=seen(reverb="the same bytes"),
)
async def test_a_control_ping_is_echoed(bench: Bench, payload: bytes) -> str:
    """A client pings by a control frame."""
    alice = await bench.open()
    await alice.send_raw(frame(payload, Opcode.PING))
    heard = await alice.until("control pong")
    return "the same bytes" if heard == "control pong" and alice.last_payload == payload else heard


@case("2.3.4", expects="nothing")
async def test_a_control_pong_is_not_answered(bench: Bench) -> str:
    """A client sends a control pong that nobody asked for."""
    alice = await bench.open()
    await alice.send_raw(frame(b"abc", Opcode.PONG))
    return await alice.heard()


@case("2.3.5", expects="both pongs")
async def test_a_control_ping_between_fragments(bench: Bench) -> str:
    """A client sends a control ping between the fragments of a message: both are answered, in either order."""
    alice = await bench.open()
    first, second = PING[:9].encode(), PING[9:].encode()
    await alice.send_raw(frame(first, fin=False) + frame(b"p", Opcode.PING) + frame(second, 0))
    heard = await alice.heard(by_channel=True)
    if "control pong" not in heard:
        heard += f" then {await alice.until('control pong')}"
    return "both pongs" if sorted(heard.split(" then ")) == ["control pong", "pong"] else heard


@cases(
    Row("2.4.1", "A client closes with 1000.", close_frame(1000), expects="closed 1000"),
    Row("2.4.2", "A client closes with a code of its own and a reason.", close_frame(4321, "so long")),
    Row("2.4.3", "A client closes without a code.", close_frame(None), expects=("closed 1005", "closed 1000")),
    Row("2.4.4", "A client closes as one that goes away.", close_frame(1001), expects="closed 1001"),
    expects="closed 4321",
    tolerates="closed *",
)
async def test_closing_is_answered(bench: Bench, closing: bytes) -> str:
    """A client closes in order."""
    alice = await bench.open()
    await alice.send_raw(closing)
    return await alice.closed()


@cases(
    Row("2.4.5", "A client closes with the code that stands for none.", close_frame(1005)),
    Row("2.4.6", "A client closes with a code below those that there are.", close_frame(999)),
    Row("2.4.7", "A client closes with half a code.", frame(b"\x03", Opcode.CLOSE)),
    Row("2.4.8", "A client closes with a reason that is no UTF-8.", frame(b"\x03\xe8\xff", Opcode.CLOSE)),
    expects=("closed 1002", "closed 1007"),
    tolerates="closed *",
    hostile=True,
)
async def test_closing_wrongly(bench: Bench, closing: bytes) -> str:
    """A client closes with a frame that is none."""
    alice = await bench.open()
    await alice.send_raw(closing)
    return await alice.closed()


@case("2.4.9", expects="closed 1000")
async def test_what_comes_behind_the_close_is_not_read(bench: Bench) -> str:
    """A client pings behind its own close frame."""
    alice = await bench.open()
    await alice.send_raw(close_frame(1000) + frame(PING))
    return await alice.closed()


@case("2.4.10", expects="nothing", needs=("api",))
async def test_who_closed_is_no_listener(bench: Bench) -> str:
    """Two clients listen and one closes: a publish says nothing to it, and everything to the other."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel()
    for one in (alice, bob):
        await one.subscribe(channel)
    await bob.send_raw(close_frame(1000))
    if (closed := await bob.closed()) != "closed 1000":
        return closed
    await bench.publish(channel)
    heard = await alice.heard()
    return await bob.closed() if heard == "event MessageSent" else f"the other heard {heard}"


@case("2.5.1", expects="*ping", known=seen(reverb="ping") | ENDED, needs=TIMERS, waits=True)
async def test_a_silent_client_is_pinged(bench: Bench) -> str:
    """A client that listens to a channel says nothing for longer than the server waits."""
    alice = await _listening(bench)
    return await alice.until("*ping")


@case("2.5.2", expects="*closed 4201", known=seen(reverb=PRUNED), needs=TIMERS, waits=True)
async def test_a_client_that_answers_no_ping(bench: Bench) -> str:
    """A client that listens to a channel answers no ping."""
    alice = await _listening(bench)
    return await alice.closed()


@case("2.5.3", expects="it stays", known=ENDED, needs=TIMERS, waits=True)
async def test_a_client_that_answers_pings(bench: Bench) -> str:
    """A silent client answers two pings, each of its kind."""
    alice = await _listening(bench)
    for _ in range(2):
        heard = await alice.until("*ping")
        if heard == "control ping":
            await alice.send_raw(frame(alice.last_payload, Opcode.PONG))
        elif heard == "ping":
            await alice.send("pusher:pong")
        else:
            return heard
    return "it stays" if await alice.heard() == "nothing" else "it does not stay"


@case("2.5.4", expects="nothing", known=ENDED, needs=TIMERS, waits=True)
async def test_a_client_that_is_busy(bench: Bench) -> str:
    """A client that keeps talking for twice the time is not asked whether it lives."""
    alice = await _listening(bench)
    for _ in range(7):
        await alice.send("pusher:pong")
        if (heard := await alice.until("*", within=0.08)) != "nothing":
            return heard
    return await alice.heard()


@case(
    "2.5.5",
    expects="*closed 4201",
    known={"reverb": Known("nothing", "PROTOCOL.md 13: a connection with no subscription is never pinged nor pruned")},
    needs=TIMERS,
    waits=True,
)
async def test_a_silent_client_without_a_channel(bench: Bench) -> str:
    """A client that listens to nothing answers no ping."""
    alice = await bench.open(answers_pings=False)
    return await alice.closed(within=1.0)


@case(
    "2.5.6",
    expects="control ping",
    known=seen(reverb="control ping") | ENDED,
    tolerates="ping",
    needs=TIMERS,
    waits=True,
)
async def test_a_silent_client_that_speaks_in_control_frames(bench: Bench) -> str:
    """A client that sent a control frame once is silent then."""
    alice = await _listening(bench)
    await alice.send_raw(frame(b"", Opcode.PING))
    await alice.until("control pong")
    return await alice.until("*ping")


@case("2.5.7", expects="member_removed 1", needs=("short_timers", "secret"), waits=True)
async def test_others_hear_of_a_client_that_is_given_up(bench: Bench) -> str:
    """Of two members of a presence channel, one answers no ping."""
    alice, bob, channel = await bench.open(answers_pings=False), await bench.open(), bench.channel("presence")
    for one, user_id in ((alice, "1"), (bob, "2")):
        await bench.join(one, channel, f'{{"user_id":"{user_id}","user_info":{{}}}}')
    heard = await bob.until("member_removed *")
    return joined(word for word in heard.split(" then ") if word != "ping")


async def _listening(bench: Bench) -> Peer:
    alice = await bench.open(answers_pings=False)
    await alice.subscribe(bench.channel())
    return alice
