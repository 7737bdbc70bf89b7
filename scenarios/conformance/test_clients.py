"""Section 14: our own client, when whoever it talks to keeps to no rule: it neither hangs nor crashes."""

from collections.abc import Awaitable, Callable
from typing import Any

from harness.conformance.bench import Bench
from harness.conformance.case import Row, cases
from harness.conformance.hostile import BINARY, CLOSE, CONTINUED, PING, PONG, TEXT, Stage, established, framed
from harness.conformance.our_client import about_our_client, survived

MANY = 1_000
DEEP = 10_000
MEBIBYTE = 1 << 20
LIVES = "established then lives"
OUTLIVES = "established then malformed then lives"


def _answering(answer: bytes) -> Callable[[Stage], Awaitable[object]]:
    async def script(stage: Stage) -> object:
        await stage.asked()
        await stage.write(answer)
        await stage.end()
        return None

    return script


def _agreeing(**changed: str | None) -> Callable[[Stage], Awaitable[object]]:
    async def script(stage: Stage) -> object:
        await stage.asked()
        await stage.write(stage.agreement(**changed))
        return None

    return script


async def _leaves_at_once(stage: Stage) -> None:
    stage.reset()


async def _leaves_in_the_header(stage: Stage) -> None:
    await stage.asked()
    await stage.write(stage.agreement()[:40])
    await stage.end()


def _status(status: str, *more: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", "Content-Length: 0", *more, "", "")).encode()


@cases(
    Row("14.1.1", "The upgrade is refused with 404.", _answering(_status("404 Not Found")), "refused 404"),
    Row(
        "14.1.2",
        "The upgrade is sent elsewhere.",
        _answering(_status("302 Found", "Location: ws://127.0.0.1:9/")),
        "refused 302",
    ),
    Row("14.1.3", "The upgrade is answered with 200.", _answering(_status("200 OK")), "refused 200"),
    Row("14.1.4", "The upgrade is refused with 503.", _answering(_status("503 No", "Retry-After: x")), "refused 503"),
    Row("14.1.5", "The answer to the upgrade lacks its proof.", _agreeing(Sec_WebSocket_Accept=None)),
    Row("14.1.6", "The answer to the upgrade has the proof of another key.", _agreeing(Sec_WebSocket_Accept="AAAA")),
    Row("14.1.7", "The answer to the upgrade upgrades to nothing.", _agreeing(Upgrade=None)),
    Row("14.1.8", "The answer to the upgrade upgrades to another protocol.", _agreeing(Upgrade="h2c")),
    Row("14.1.9", "The server takes an extension that nobody offered.", _agreeing(Sec_WebSocket_Extensions="x-zip")),
    Row("14.1.10", "The server chooses a subprotocol that nobody offered.", _agreeing(Sec_WebSocket_Protocol="mqtt")),
    Row("14.1.11", "The upgrade is answered with what is no HTTP.", _answering(b"\x00\xff SSH-2.0-x\r\n\r\n")),
    Row("14.1.12", "The answer to the upgrade has a status that is no number.", _answering(_status("OK OK"))),
    Row(
        "14.1.13",
        "The answer to the upgrade has ten thousand lines.",
        _answering(b"HTTP/1.1 101 X\r\n" + b"a: b\r\n" * DEEP),
    ),
    Row(
        "14.1.14", "The answer to the upgrade has a line of a megabyte.", _answering(b"HTTP/1.1 101 " + b"x" * MEBIBYTE)
    ),
    Row("14.1.15", "The server resets the connection instead of an answer.", _leaves_at_once),
    Row("14.1.16", "The server leaves in the middle of its answer.", _leaves_in_the_header),
    expects="fault",
)
async def test_an_upgrade_that_is_none(bench: Bench, script: Any) -> str:
    """A server answers a request to upgrade with something else."""
    about_our_client(bench)
    return await survived(script)


async def _says_nothing(stage: Stage) -> None:
    await stage.asked()
    await stage.heard()


@cases(Row("14.1.17", "The server never answers the request to upgrade.", _says_nothing), expects="fault")
async def test_an_upgrade_without_an_answer(bench: Bench, script: Any) -> str:
    """A server accepts a connection, and says nothing on it."""
    about_our_client(bench)
    return await survived(script, opens_within=0.1)


def _writing(data: bytes) -> Callable[[Stage], Awaitable[object]]:
    async def script(stage: Stage) -> object:
        await stage.upgraded()
        await stage.write(data)
        return await stage.lives()

    return script


async def _byte_by_byte(stage: Stage) -> object:
    await stage.asked()
    for byte in stage.agreement() + framed(TEXT, established()):
        await stage.write(bytes((byte,)))
    return await stage.lives()


async def _stops_in_a_frame(stage: Stage) -> None:
    await stage.upgraded()
    await stage.write(framed(TEXT, "x" * 100)[:50])
    await stage.end()


async def _resets_in_a_frame(stage: Stage) -> None:
    await stage.upgraded()
    await stage.lives()
    await stage.write(framed(TEXT, "x" * 100)[:50])
    stage.reset()


async def _closes_before_the_greeting(stage: Stage) -> None:
    await stage.upgraded(establishes=False)
    await stage.write(framed(CLOSE, b"\x0f\xa1no"))
    await stage.end()


ENDS = "established then closed 1002 by us"
FIRST = framed(TEXT, "half", is_last=False)


@cases(
    Row("14.2.1", "A frame of the server is masked.", framed(TEXT, "{}", masked=True)),
    Row("14.2.2", "A frame has a bit set that is reserved.", framed(TEXT, "{}", reserved=4)),
    Row("14.2.3", "A frame has an opcode that is reserved.", framed(0x3, "{}")),
    Row("14.2.4", "A control frame has an opcode that is reserved.", framed(0xB, "")),
    Row("14.2.5", "A control frame is in pieces.", framed(PING, "x", is_last=False)),
    Row("14.2.6", "A control frame is longer than control frames may be.", framed(PING, "x" * 126)),
    Row("14.2.7", "A piece goes on with what never began.", framed(CONTINUED, "x")),
    Row("14.2.8", "A message begins in the middle of another.", FIRST + framed(TEXT, "{}")),
    Row("14.2.9", "A close frame holds half a code.", framed(CLOSE, b"\x03")),
    Row("14.2.10", "A close frame has a code that nobody may send.", framed(CLOSE, b"\x03\xed")),
    Row("14.2.11", "A close frame has a code that does not exist.", framed(CLOSE, b"\x00\x01")),
    Row(
        "14.2.12",
        "A close frame gives a reason that is no UTF-8.",
        framed(CLOSE, b"\x03\xe8\xff\xff"),
        "established then closed 1007 by us",
    ),
    Row("14.2.13", "A close frame has no code.", framed(CLOSE, b""), "established then closed 1005 by them"),
    Row(
        "14.2.14",
        "A close frame says that the app does not exist.",
        framed(CLOSE, b"\x0f\xa1gone"),
        "established then closed 4001 by them",
    ),
    Row(
        "14.2.15",
        "Two close frames come, and text behind them.",
        framed(CLOSE, b"\x03\xe8") * 2 + framed(TEXT, "{}"),
        "established then closed 1000 by them",
    ),
    Row(
        "14.2.16",
        "A frame announces more bytes than there are in the world.",
        b"\x81\x7f\x7f" + b"\xff" * 7,
        "established then closed 1009 by us",
    ),
    Row(
        "14.2.17",
        "A frame announces a length with its highest bit set.",
        b"\x81\x7f" + b"\xff" * 8,
        ("established then closed 1009 by us", ENDS),
    ),
    Row(
        "14.2.18",
        "A message is one byte too long.",
        framed(TEXT, "x" * (MEBIBYTE + 1)),
        "established then closed 1009 by us",
    ),
    Row(
        "14.2.19",
        "The pieces of a message are small, and too many.",
        FIRST + framed(CONTINUED, "x" * 65_536, is_last=False) * 17,
        "established then closed 1009 by us",
    ),
    expects=ENDS,
)
async def test_frames_that_break_the_framing(bench: Bench, data: Any) -> str:
    """A server sends what is no WebSocket."""
    about_our_client(bench)
    return await survived(_writing(data))


@cases(
    Row("14.2.20", "A text message is no UTF-8.", framed(TEXT, b'{"event":"\xff\xfe"}'), OUTLIVES),
    Row(
        "14.2.21",
        "A character is cut in two by the pieces of a message.",
        framed(TEXT, b'{"event":"foo\xc3', is_last=False) + framed(CONTINUED, b'\xa9","channel":"c"}'),
        "established then event then lives",
    ),
    Row("14.2.22", "A message comes in binary.", framed(BINARY, b"\x00\x01"), "established then binary then lives"),
    Row("14.2.23", "A text message is empty.", framed(TEXT, b""), OUTLIVES),
    Row("14.2.24", "A message of a mebibyte comes, which is the most.", framed(TEXT, "x" * MEBIBYTE), OUTLIVES),
    Row("14.2.25", "A thousand control pings come at once.", framed(PING, b"x" * 125) * MANY),
    Row("14.2.26", "A control pong comes that nobody asked for.", framed(PONG, b"what?")),
    Row(
        "14.2.27",
        "A control frame comes between the pieces of a message.",
        framed(TEXT, b'{"event":', is_last=False) + framed(PING, b"") + framed(CONTINUED, b'"foo","channel":"c"}'),
        "established then event then lives",
    ),
    Row("14.2.28", "A length is written longer than it is.", b"\x81\x7e\x00\x02{}", OUTLIVES),
    Row(
        "14.2.29",
        "A message comes in a thousand pieces, most of them empty.",
        framed(TEXT, b"{", is_last=False) + framed(CONTINUED, b"", is_last=False) * MANY + framed(CONTINUED, b"}"),
        OUTLIVES,
    ),
    expects=LIVES,
)
async def test_frames_that_are_odd(bench: Bench, data: Any) -> str:
    """A server sends what is WebSocket, and unusual."""
    about_our_client(bench)
    return await survived(_writing(data))


@cases(
    Row("14.2.30", "The answer and the first frame come byte by byte.", _byte_by_byte, LIVES),
    Row(
        "14.2.31",
        "The server leaves in the middle of a frame.",
        _stops_in_a_frame,
        "established then closed 1006 by them",
    ),
    Row(
        "14.2.32",
        "The server crashes in the middle of a frame.",
        _resets_in_a_frame,
        "established then closed 1006 by them",
    ),
    Row("14.2.33", "The server closes before it greets.", _closes_before_the_greeting, "closed 4001 by them"),
)
async def test_ends_and_beginnings(bench: Bench, script: Any) -> str:
    """A server begins or ends where nobody would."""
    about_our_client(bench)
    return await survived(script)
