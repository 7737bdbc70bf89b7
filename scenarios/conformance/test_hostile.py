"""Section 10: what no client of good will sends, and whether anybody else notices."""

import json
from collections.abc import Callable
from typing import Any

from harness.conformance.bench import Bench
from harness.conformance.case import Row, case, cases, seen
from harness.conformance.wire import Opcode, close_frame, frame

PING = '{"event":"pusher:ping","data":{}}'
NO_FRAME = seen(reverb="error 4200") | seen("2.2", soketi="nothing", sockudo="error 4000")
TOO_LARGE = seen(reverb="closed 1009")
UNLIMITED = TOO_LARGE | seen("2.2", soketi="succeeded", pusher_fake="succeeded")
FIFTY_MEGABYTES = 50 * 2**20
PROTOCOL_ERROR = "closed 1002"
HALF = frame(PING)[:12]


def _nested(levels: int) -> str:
    return f'{{"event":"pusher:ping","data":{"[" * levels}{"]" * levels}}}'


@cases(
    Row("10.1.1", "A client sends text that is no JSON.", "{"),
    Row("10.1.2", "A client sends an empty message.", ""),
    Row("10.1.3", "A client sends null.", "null"),
    Row("10.1.4", "A client sends a number.", "5"),
    Row("10.1.5", "A client sends true.", "true"),
    Row("10.1.6", "A client sends a word.", '"pusher:ping"'),
    Row("10.1.7", "A client sends an empty list.", "[]"),
    Row("10.1.8", "A client sends an empty object.", "{}"),
    Row("10.1.9", "A client sends a list of frames.", f"[{PING}]", known={}),
    Row("10.1.10", "A client sends two frames in one message.", PING + PING, known={}),
    Row("10.1.11", "A client sends a frame with a comma too many.", PING.replace("}}", "},}"), known={}),
    Row("10.1.12", "A client sends a frame in single quotes.", PING.replace('"', "'"), known={}),
    Row("10.1.13", "A client sends a frame behind a byte order mark.", f"\ufeff{PING}"),
    Row("10.1.14", "A client sends a page.", "<html><body>hi</body></html>", known={}),
    Row("10.1.15", "A client sends spaces.", "   ", known={}),
    Row("10.1.16", "A client sends a NUL.", "\0", known={}),
    Row("10.2.1", "A frame has an event that is null.", '{"event":null,"data":{}}'),
    Row("10.2.2", "A frame has an event that is a number.", '{"event":5,"data":{}}'),
    Row("10.2.3", "A frame has an empty event.", '{"event":"","data":{}}'),
    Row("10.2.4", "A frame has an event that is a list.", '{"event":["pusher:ping"],"data":{}}'),
    Row("10.2.5", "A frame has an event that is an object.", '{"event":{"a":1},"data":{}}', known={}),
    Row("10.2.6", "A frame has no event.", '{"data":{}}', known={}),
    Row("10.2.7", "A frame is nested 513 levels deep.", _nested(513)),
    Row("10.2.8", "A frame is nested four thousand levels deep.", _nested(4_000)),
    Row("10.2.9", "A frame holds a number that is none.", '{"event":"pusher:ping","data":{"a":NaN}}', known={}),
    expects=("error *", "nothing"),
    tolerates="closed *",
    known=NO_FRAME,
    hostile=True,
)
async def test_what_is_no_frame(bench: Bench, text: str) -> str:
    """A client sends a text message that is no frame, and may say something else afterwards."""
    alice = await bench.open()
    await alice.send_text(text)
    return await alice.heard(by_channel=True)


@cases(
    Row(
        "10.2.10",
        "A frame names a channel with half a character.",
        '{"event":"pusher:subscribe","data":{"channel":"\\ud800"}}',
    ),
    Row("10.2.11", "A frame has a member twice.", '{"event":"pusher:ping","event":"pusher:pong","data":{}}'),
    Row(
        "10.2.12",
        "A frame holds a number of a thousand digits.",
        f'{{"event":"pusher:ping","data":{{"a":{"9" * 1_000}}}}}',
    ),
    Row("10.2.13", "A frame holds a fraction with a huge exponent.", '{"event":"pusher:ping","data":{"a":1e999999}}'),
    Row("10.2.14", "A frame holds a member without a name.", '{"event":"pusher:ping","data":{"":1}}'),
    Row("10.2.15", "A frame holds a member called __proto__.", '{"event":"pusher:ping","data":{"__proto__":{"a":1}}}'),
    Row("10.2.16", "A frame is nested ten thousand levels deep.", _nested(10_000), known=TOO_LARGE),
    Row(
        "10.2.17",
        "A frame has a thousand members.",
        json.dumps({"event": "pusher:ping", **{f"m{n}": n for n in range(700)}}),
    ),
    expects=("pong", "succeeded", "nothing", "error *", "closed 1009"),
    tolerates="closed *",
    hostile=True,
)
async def test_an_odd_frame(bench: Bench, text: str) -> str:
    """A client sends a frame that may be understood or not."""
    alice = await bench.open()
    await alice.send_text(text)
    return await alice.heard(by_channel=True)


@cases(
    Row("10.3.1", "Text is no UTF-8.", frame(b'{"event":"\xff"}')),
    Row("10.3.2", "Text ends within a character.", frame(PING.encode() + b"\xc3")),
    Row("10.3.3", "Text holds half a pair.", frame(b'{"event":"\xed\xa0\x80"}')),
    Row("10.3.4", "Text holds an overlong character.", frame(b'{"event":"\xc0\xaf"}')),
    expects="closed 1007",
    tolerates=("closed *", "error *"),
    hostile=True,
)
async def test_text_that_is_no_utf8(bench: Bench, sent: bytes) -> str:
    """A client sends a text message that is no UTF-8."""
    alice = await bench.open()
    await alice.send_raw(sent)
    return await alice.heard()


@case("10.3.5", expects="succeeded", hostile=True)
async def test_a_character_in_two_fragments(bench: Bench) -> str:
    """A client sends a message whose fragments part within a character."""
    alice = await bench.open()
    text = json.dumps({"event": "pusher:subscribe", "data": {"channel": bench.channel()}, "x": "ż"}, ensure_ascii=False)
    place = text.encode().index("ż".encode()) + 1
    await alice.send_raw(frame(text.encode()[:place], fin=False) + frame(text.encode()[place:], 0))
    return await alice.heard()


@case("10.3.6", known=seen(reverb="error 4200"), hostile=True)
async def test_a_binary_message_that_is_no_text(bench: Bench) -> str:
    """A client sends a binary message of every byte that there is."""
    alice = await bench.open()
    await alice.send_raw(frame(bytes(range(256)), Opcode.BINARY))
    return await alice.heard()


@cases(
    Row("10.4.1", "The first reserved bit is set.", frame(PING, reserved=4)),
    Row("10.4.2", "The second reserved bit is set.", frame(PING, reserved=2)),
    Row("10.4.3", "The third reserved bit is set.", frame(PING, reserved=1)),
    Row("10.4.4", "A message is of a kind that there is not.", frame(PING, 3)),
    Row("10.4.5", "A control frame is of a kind that there is not.", frame(b"", 11)),
    Row("10.4.6", "A message is not masked.", frame(PING, masked=False)),
    Row("10.4.7", "A control frame holds 126 bytes.", frame(b"x" * 126, Opcode.PING)),
    Row("10.4.8", "A control frame is a fragment.", frame(b"x", Opcode.PING, fin=False)),
    Row("10.4.9", "A fragment goes on with what was never begun.", frame(PING, Opcode.CONTINUATION)),
    Row("10.4.10", "A message begins within another.", frame(PING, fin=False) + frame(PING)),
    Row("10.4.11", "A close frame holds 126 bytes.", frame(b"\x03\xe8" + b"x" * 124, Opcode.CLOSE)),
    Row("10.4.12", "A request follows the handshake.", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    expects=PROTOCOL_ERROR,
    tolerates=("closed *", "*closed *"),
    hostile=True,
)
async def test_what_is_no_websocket(bench: Bench, sent: bytes) -> str:
    """A client breaks the rules of WebSocket framing, which ends its connection."""
    alice = await bench.open()
    await alice.send_raw(sent)
    return await alice.closed()


@cases(
    Row(
        "10.5.1",
        "A message takes as many bytes as are allowed.",
        0,
        expects="succeeded",
        known=seen(reverb="succeeded"),
    ),
    Row("10.5.2", "A message takes ten thousand and one bytes.", 10_001),
    Row("10.5.3", "A message takes a hundred thousand bytes.", 100_000),
    Row(
        "10.5.4",
        "A message takes a megabyte.",
        2**20,
        expects=("closed 1009", "error *"),
        known=UNLIMITED,
        tolerates="closed *",
    ),
    Row(
        "10.5.5",
        "A message takes fifty megabytes.",
        FIFTY_MEGABYTES,
        expects=("closed 1009", "error *"),
        known=UNLIMITED,
        tolerates="closed *",
    ),
    tolerates=("closed *", "succeeded"),
    known=TOO_LARGE,
    hostile=True,
)
async def test_the_size_of_a_message(bench: Bench, size: int) -> str:
    """A client subscribes with a message of this size."""
    alice = await bench.open()
    await alice.send_raw(frame(_padded(bench.channel(), size or 10_000)))
    return await alice.heard()


@cases(
    Row(
        "10.5.6",
        "Characters of several bytes are counted in bytes.",
        ("ż", 6_000),
        expects="closed 1009",
        tolerates="succeeded",
    ),
    Row("10.5.7", "Characters of several bytes are allowed below the limit.", ("ż", 4_000), expects="succeeded"),
    known=seen("9", reverb="closed 1009"),
    hostile=True,
)
async def test_sizes_are_in_bytes(bench: Bench, given: tuple[str, int]) -> str:
    """A client sends a message whose characters are fewer than its bytes."""
    alice, (character, times) = await bench.open(), given
    data = {"channel": bench.channel()}
    text = json.dumps({"event": "pusher:subscribe", "data": data, "x": character * times}, ensure_ascii=False)
    await alice.send_text(text)
    return await alice.heard()


@case("10.5.11", expects=("error *", "nothing"), tolerates="closed *", known=NO_FRAME, hostile=True)
async def test_ten_thousand_bytes_that_are_no_frame(bench: Bench) -> str:
    """A client sends as many bytes as are allowed, which are no JSON."""
    alice = await bench.open()
    await alice.send_text("x" * 10_000)
    return await alice.heard()


@case("10.5.8", expects="closed 1009", tolerates=("closed *", "error *"), known=TOO_LARGE, hostile=True)
async def test_a_message_that_grows_too_large(bench: Bench) -> str:
    """A client sends fragments of a megabyte in all, each of which is small."""
    alice = await bench.open()
    await alice.send_raw(frame(b" " * 1_000, fin=False) + frame(b" " * 1_000, 0, fin=False) * 1_000)
    return await alice.heard()


@cases(
    Row("10.5.9", "A message claims more bytes than any server has.", 2**62),
    Row("10.5.10", "A message claims more bytes than there are numbers.", 2**63 + 5),
    expects=("closed 1009", "closed 1002"),
    tolerates="closed *",
    hostile=True,
)
async def test_a_message_that_claims_to_be_large(bench: Bench, claimed: int) -> str:
    """A client sends the head of a message that will never be sent."""
    alice = await bench.open()
    await alice.send_raw(frame(b"x", claimed=claimed))
    return await alice.closed()


@cases(
    Row("10.6.1", "A client hangs up before it says anything.", lambda _: b""),
    Row("10.6.2", "A client hangs up within its request.", lambda bench: bench.request()[:40]),
    Row("10.6.3", "A client hangs up behind its request.", lambda bench: bench.request()),
    Row("10.6.4", "A client hangs up within the head of a frame.", lambda bench: bench.request() + HALF[:1]),
    Row("10.6.5", "A client hangs up within a frame.", lambda bench: bench.request() + HALF),
    Row("10.6.6", "A client hangs up within a message.", lambda bench: bench.request() + frame("{", fin=False)),
    Row("10.6.7", "A client hangs up behind a ping.", lambda bench: bench.request() + frame(PING)),
    Row("10.6.8", "A client hangs up behind its close.", lambda bench: bench.request() + close_frame()),
    Row("10.6.9", "A client hangs up behind a thousand pings.", lambda bench: bench.request() + frame(PING) * 1_000),
    expects="others are served",
    hostile=True,
)
async def test_hanging_up(bench: Bench, said: Callable[[Bench], bytes]) -> str:
    """Three clients hang up at one step, by a reset and in order, and others are served."""
    for is_orderly in (True, False, True):
        alice = await bench.open(handshake=False)
        await alice.send_raw(said(bench))
        if is_orderly:
            alice.wire.half_close()
        else:
            alice.wire.abort()
    bob = await bench.open()
    return "others are served" if await bob.heard() == "nothing" else "others are not served"


@case("10.6.10", expects="member_removed 1", needs=("secret",), hostile=True)
async def test_hanging_up_within_a_frame_is_noticed(bench: Bench) -> str:
    """A member of a presence channel sends half a frame and hangs up, and the other hears that it went."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel("presence")
    for one, user_id in ((alice, "1"), (bob, "2")):
        await bench.join(one, channel, f'{{"user_id":"{user_id}","user_info":{{}}}}')
    await alice.send_raw(HALF)
    alice.wire.abort()
    return await bob.until("member_removed *")


@case("10.7.1", expects="pong", hostile=True)
async def test_a_frame_byte_by_byte(bench: Bench) -> str:
    """A client sends a ping one byte at a time."""
    alice = await bench.open()
    for byte in frame(PING):
        alice.wire.send(bytes([byte]))
        await alice.wire.drain()
    await alice.send_raw(b"")
    return await alice.heard(by_channel=True)


@case("10.7.2", expects="a thousand pongs", hostile=True)
async def test_a_flood_of_pings(bench: Bench) -> str:
    """A client sends a thousand pings at once."""
    alice = await bench.open()
    await alice.send_raw(frame(PING) * 1_000)
    heard = (await alice.heard()).split(" then ")
    return "a thousand pongs" if heard == ["pong"] * 1_000 else f"{len(heard)} answers"


@case("10.7.3", expects="greeted", hostile=True)
async def test_a_flood_of_connections(bench: Bench) -> str:
    """A hundred connections are opened and cut one after the other."""
    for _ in range(100):
        alice = await bench.open(handshake=False)
        alice.wire.send(bench.request())
        await alice.wire.drain()
        alice.wire.abort()
    return "greeted" if (await bench.open()).greeting == "established" else "not greeted"


@case("10.7.4", expects="five hundred channels", hostile=True)
async def test_a_flood_of_channels(bench: Bench) -> str:
    """A client subscribes to five hundred channels at once."""
    alice = await bench.open()
    names = (json.dumps({"event": "pusher:subscribe", "data": {"channel": bench.channel()}}) for _ in range(500))
    await alice.send_raw(b"".join(map(frame, names)))
    heard = (await alice.heard()).split(" then ")
    return "five hundred channels" if heard == ["succeeded"] * 500 else f"{heard.count('succeeded')} channels"


@case("10.7.5", expects="pong", hostile=True)
async def test_empty_fragments(bench: Bench) -> str:
    """A client sends a hundred empty fragments before what it has to say."""
    alice = await bench.open()
    await alice.send_raw(frame(b"", fin=False) + frame(b"", 0, fin=False) * 99 + frame(PING, 0))
    return await alice.heard(by_channel=True)


def _padded(channel: str, size: int) -> bytes:
    """Give a subscription of so many bytes."""
    body: dict[str, Any] = {"event": "pusher:subscribe", "data": {"channel": channel}, "padding": ""}
    text = json.dumps(body)
    return text.replace('"padding": ""', f'"padding": "{"x" * (size - len(text))}"').encode()
