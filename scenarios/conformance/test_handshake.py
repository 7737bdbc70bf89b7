"""Section 1: the address of a server, the request to upgrade, and the first frame."""

import base64
import hashlib

from harness.conformance.bench import QUERY, Bench
from harness.conformance.case import Row, case, cases, seen
from harness.conformance.wire import Head
from harness.protocol.messages import decode_data
from harness.protocol.signatures import is_socket_id

GREETED = seen(reverb="established") | seen("1.1", soketi="established", pusher_fake="established")
NO_SUCH_KEY = seen(reverb="error 4001 then closed 1006") | seen("1.1", pusher_fake="established")
NO_SUCH_PATH = seen(reverb="http 404") | seen("1.1", soketi="http 404", pusher_fake="established")
WENT_ON = seen(reverb="http 400 then established")
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@case("1.1.1", expects="established")
async def test_a_client_is_greeted(bench: Bench) -> str:
    """A client asks for the app by its key, as SDKs do."""
    return (await bench.open()).greeting


@cases(
    Row("1.1.2", "A client asks for an app by a key that is nobody's.", "nobodys-key"),
    Row("1.1.3", "A client asks for an app by a key of four thousand characters.", "k" * 4_000),
    Row("1.1.4", "A client asks for an app by a key that is no key, but a path.", "../app"),
    expects="error 4001 then closed 4001",
    tolerates=("closed 4001", "http 4??"),
    known=NO_SUCH_KEY,
)
async def test_a_key_that_nobody_has(bench: Bench, key: str) -> str:
    """A client asks for an app by a key that is nobody's."""
    return (await bench.open(key=key)).greeting


@case("1.1.5", expects="text, an id of two numbers, a timeout in seconds")
async def test_what_the_greeting_holds(bench: Bench) -> str:
    """The data of the first frame are JSON text with a socket id and an activity timeout."""
    alice = await bench.open()
    await alice.send("pusher:subscribe", {"channel": bench.channel()})
    first = alice.first.get("data")
    data = decode_data(first)
    timeout = data.get("activity_timeout")
    parts = [
        "text" if isinstance(first, str) else "an object",
        "an id of two numbers" if is_socket_id(alice.socket_id) else f"the id {alice.socket_id}",
        "a timeout in seconds" if isinstance(timeout, int | float) and timeout > 0 else f"the timeout {timeout}",
    ]
    return ", ".join(parts)


@case("1.1.6", expects="ten ids")
async def test_ids_are_not_given_twice(bench: Bench) -> str:
    """Ten clients are greeted with ten socket ids."""
    ids = {(await bench.open()).socket_id for _ in range(10)}
    return "ten ids" if len(ids) == 10 else f"{len(ids)} ids"


@case("1.1.7", expects="nothing")
async def test_nothing_follows_the_greeting(bench: Bench) -> str:
    """A client that asks for nothing hears nothing behind the greeting."""
    return await (await bench.open()).heard()


@case("1.1.8", expects="error 4001 then closed 4001", tolerates=("closed 4001", "http 4??"), known=NO_SUCH_KEY)
async def test_a_key_that_only_begins_well(bench: Bench) -> str:
    """A client asks for the app by its key with one more letter behind it."""
    return (await bench.open(key=f"{bench.server.app('main').key}x")).greeting


@case("1.1.9")
async def test_a_client_that_cannot_wait(bench: Bench) -> str:
    """A client sends a ping together with its request to upgrade."""
    alice = await bench.open(handshake=False)
    await alice.shake_hands(bench.request() + bytes.fromhex("818600000000") + b"{}    ")
    return alice.greeting


@cases(
    Row("1.2.1", "A client asks for the root of the server.", "/", known=NO_SUCH_PATH | seen("7.1", soketi="http 200")),
    Row("1.2.2", "A client asks for a path that is no app's.", "/foo"),
    Row("1.2.3", "A client asks for an app without a key.", "/app/"),
    Row("1.2.4", "A client asks for something below an app.", "/app/{key}/extra"),
    Row("1.2.5", "A client asks for an app in capitals.", "/APP/{key}", known={}),
    Row("1.2.6", "A client asks for what is the path of the HTTP API.", "/apps/{key}", known={}),
    expects=("http 404", "error 4005 then closed 4005"),
    tolerates=("http 4??", "error 4001 then closed 4001"),
    known=NO_SUCH_PATH,
)
async def test_a_path_that_is_no_apps(bench: Bench, path: str) -> str:
    """A client asks for something else than an app."""
    return (await bench.open(path=path.replace("{key}", bench.server.app("main").key))).greeting


@case("1.2.7", expects="http 4??", known=seen(reverb="http 405"))
async def test_posting_to_an_app(bench: Bench) -> str:
    """A client posts to the address of the app."""
    return (await bench.http("POST", f"/app/{bench.server.app('main').key}")).words


@case("1.2.8", expects="http 4??", known=seen(reverb="http 500"))
async def test_getting_an_app(bench: Bench) -> str:
    """A client gets the address of the app without asking to upgrade."""
    return (await bench.http("GET", f"/app/{bench.server.app('main').key}")).words


@case("1.2.9", expects="http 4??", tolerates=("closed *", "http 5??"), known=seen(reverb="http 413"), hostile=True)
async def test_a_long_header(bench: Bench) -> str:
    """A client asks to upgrade with a header of twenty thousand bytes."""
    return (await bench.open(headers=[("X-Long", "x" * 20_000)])).greeting


@case("1.2.10", known=seen(reverb="http 200"))
async def test_asking_how_the_server_is(bench: Bench) -> str:
    """Somebody gets /up, as load balancers do."""
    return (await bench.http("GET", "/up")).words


@cases(
    Row("1.3.1", "A client names no version, nor anything else.", "", expects=("established", "error 4008*")),
    Row("1.3.2", "A client names the version and nothing else.", "protocol=7", known={}),
    Row("1.3.3", "A client names version 6.", "protocol=6"),
    Row("1.3.4", "A client names version 5.", "protocol=5", known={}),
    Row("1.3.5", "A client names what pusher-js does.", "protocol=7&client=js&version=8.4.0&flash=false", known={}),
    Row("1.3.6", "A client names parameters that nobody knows.", "protocol=7&a=1&b[]=2&c", known={}),
    Row("1.3.7", "A client names a long parameter.", f"protocol=7&version={'1' * 1_500}", known={}),
    expects="established",
    known=GREETED,
)
async def test_a_query_that_is_good(bench: Bench, query: str) -> str:
    """A client is let in with this query."""
    return (await bench.open(query=query)).greeting


@cases(
    Row("1.3.8", "A client names version 99.", "protocol=99", expects="error 4007 then closed 4007"),
    Row("1.3.9", "A client names a version that is no number.", "protocol=abc", expects="error 4006 then closed 4006"),
    Row("1.3.10", "A client names an empty version.", "protocol=", expects=("error 4008*", "error 4006*"), known={}),
    Row("1.3.11", "A client names a version below zero.", "protocol=-1", expects=("error 400[67]*",), known={}),
    tolerates=("established", "closed 400?", "error 4*"),
    known=GREETED,
)
async def test_a_version_that_there_is_not(bench: Bench, query: str) -> str:
    """A client asks for a version that there is not."""
    return (await bench.open(query=query)).greeting


@case("1.3.12", expects=("established", "http 400"))
async def test_a_query_that_cannot_be_decoded(bench: Bench) -> str:
    """A client names a parameter whose percent signs mean nothing."""
    return (await bench.open(query=f"{QUERY}&x=%zz%ff%")).greeting


@cases(
    Row("1.4.1", "A page of anybody's asks.", [("Origin", "https://evil.example")], known=GREETED),
    Row("1.4.2", "A page without an origin asks.", [("Origin", "null")]),
    Row("1.4.3", "A client asks in small letters.", [("upgrade", "WebSocket"), ("connection", "upgrade")]),
    Row("1.4.4", "A client would keep the connection alive too.", [("Connection", "keep-alive, Upgrade")]),
    Row(
        "1.4.5", "A client brings cookies and a token.", [("Cookie", "a=" + "b" * 2_000), ("Authorization", "Bearer x")]
    ),
    Row("1.4.6", "A client asks under the name of another host.", [("Host", "elsewhere.example")]),
    expects="established",
)
async def test_headers_that_do_no_harm(bench: Bench, headers: list[tuple[str, str]]) -> str:
    """A client is let in with these headers."""
    return (await bench.open(headers=headers)).greeting


@cases(
    Row("1.4.7", "A client gives no key of the handshake.", [("Sec-WebSocket-Key", "")], known=WENT_ON),
    Row("1.4.8", "A client gives a key that is too short.", [("Sec-WebSocket-Key", "abc")]),
    Row("1.4.9", "A client gives two keys.", [("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")] * 2),
    Row("1.4.10", "A client gives no version.", [("Sec-WebSocket-Version", "")]),
    Row(
        "1.4.11",
        "A client gives version 12.",
        [("Sec-WebSocket-Version", "12")],
        known=seen(reverb="http 426 then established"),
    ),
    Row("1.4.12", "A client gives a version that is no number.", [("Sec-WebSocket-Version", "abc")]),
    Row("1.4.13", "A client does not say that it would upgrade.", [("Connection", "close")]),
    Row("1.4.14", "A client would upgrade to something else.", [("Upgrade", "h2c")]),
    expects=("http 400", "http 426"),
    tolerates=("established", "http 4??", "http 501", "http 4?? then established"),
)
async def test_a_handshake_that_is_wrong(bench: Bench, headers: list[tuple[str, str]]) -> str:
    """A client breaks the rules of the WebSocket handshake."""
    return (await bench.open(headers=headers)).greeting


@cases(
    Row("1.4.15", "A client asks in HTTP/1.0.", ("GET", "HTTP/1.0")),
    Row("1.4.16", "A client posts its request to upgrade.", ("POST", "HTTP/1.1")),
    Row("1.4.17", "A client asks in a version of HTTP that there is not.", ("GET", "HTTP/9.9")),
    expects=("http 4??", "http 505"),
    tolerates=("established", "closed 1006", "http 4?? then established"),
)
async def test_a_request_line_that_is_wrong(bench: Bench, line: tuple[str, str]) -> str:
    """A client asks with another method, or another version."""
    return (await bench.open(line=line)).greeting


@case("1.4.18", expects="http 400", tolerates="established")
async def test_no_host(bench: Bench) -> str:
    """A client does not say which host it asks."""
    return (await bench.open(headers=[("Host", "")])).greeting


@case("1.4.19", expects="proven")
async def test_the_accept_value_is_that_of_the_key(bench: Bench) -> str:
    """The answer proves that the key of the handshake was read."""
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    head = (await bench.open(headers=[("Sec-WebSocket-Key", key)])).head
    due = base64.b64encode(hashlib.sha1(f"{key}{GUID}".encode(), usedforsecurity=False).digest()).decode()
    return "proven" if head.headers.get("sec-websocket-accept") == due else "another value"


@cases(
    Row("1.4.20", "A client offers a subprotocol.", ("Sec-WebSocket-Protocol", "pusher"), expects="none"),
    Row(
        "1.4.21", "A client offers an extension that nobody knows.", ("Sec-WebSocket-Extensions", "x-a"), expects="none"
    ),
    Row("1.4.22", "A client offers compression.", ("Sec-WebSocket-Extensions", "permessage-deflate")),
    expects=("none", "permessage-deflate*"),
    known=seen(reverb="none"),
)
async def test_what_is_offered(bench: Bench, offer: tuple[str, str]) -> str:
    """A client offers something that the server need not take."""
    return _header((await bench.open(headers=[offer])).head, offer[0])


@case("1.4.23", known=seen(reverb="Laravel Reverb"))
async def test_what_the_server_says_that_it_is(bench: Bench) -> str:
    """The answer to the request to upgrade names what it is powered by, or not."""
    return _header((await bench.open()).head, "X-Powered-By")


@case("1.4.24", expects="established")
async def test_a_request_that_comes_in_pieces(bench: Bench) -> str:
    """A client sends its request to upgrade in pieces of twenty bytes."""
    alice = await bench.open(handshake=False)
    request = bench.request()
    for start in range(0, len(request), 20):
        await alice.send_raw(request[start : start + 20])
    await alice.shake_hands(b"")
    return alice.greeting


@cases(
    Row("1.5.1", "Somebody sends what is no HTTP.", b"garbage\r\n\r\n", known=seen(reverb="http 400")),
    Row("1.5.2", "Somebody begins HTTP/2.", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Row("1.5.3", "Somebody begins TLS.", bytes.fromhex("16030100050100000100") + b"\r\n\r\n"),
    Row("1.5.4", "Somebody sends a header that is none.", b"GET / HTTP/1.1\r\nno header\r\n\r\n"),
    expects=("http 4??", "http 505"),
    tolerates=("closed 1006", "http 5??"),
    hostile=True,
)
async def test_what_is_no_request(bench: Bench, said: bytes) -> str:
    """Somebody sends something else than a request."""
    alice = await bench.open(handshake=False)
    await alice.shake_hands(said)
    return alice.greeting


def _header(head: Head, name: str) -> str:
    return head.headers.get(name.lower(), "none") if head.status else "no answer"
