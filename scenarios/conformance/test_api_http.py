"""Section 11, HTTP: methods, paths, and requests that are cut, chunked, doubled or no HTTP."""

from typing import Any
from urllib.parse import urlsplit

from harness.conformance.api import Signing, target_of
from harness.conformance.api_words import ERRORS, SEEN, said
from harness.conformance.bench import Bench
from harness.conformance.case import Known, Row, case, cases
from harness.conformance.peer import Peer

NEEDS = ("api",)
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
NOT_THERE = {"soketi": Known("http 404", SEEN), "pusher-fake": Known("http 400", ERRORS)}


@cases(
    Row("11.4.1", "A route of the API does not exist.", ("GET", "/nonsense"), expects="http 404"),
    Row("11.4.2", "A route has a slash behind it.", ("GET", "/channels/"), expects="http 4??"),
    Row("11.4.3", "Events are asked for, which can be published only.", ("GET", "/events")),
    Row("11.4.4", "Channels are published, which can be asked for only.", ("POST", "/channels")),
    Row("11.4.5", "Channels are deleted.", ("DELETE", "/channels")),
    Row("11.4.6", "Events are put.", ("PUT", "/events")),
    Row("11.4.7", "A method is used that nobody knows.", ("BREW", "/events"), expects="http 4??"),
    Row("11.4.8", "Ending connections is asked for.", ("GET", "/users/1/terminate_connections")),
    expects="http 405",
    tolerates="http 404",
    known=NOT_THERE,
    needs=NEEDS,
)
async def test_routes_that_are_not_there(bench: Bench, given: Any) -> str:
    """A route is asked for that does not exist, or not by this method."""
    return said(await bench.api(*given))


@cases(
    Row("11.4.10", "A path leads upwards.", "/apps/../app/x"),
    Row("11.4.11", "A path is empty.", "/apps//channels"),
    Row("11.4.12", "A path holds a byte that is zero, escaped.", "/apps/%00/channels"),
    Row("11.4.13", "A path is escaped wrongly.", "/apps/%zz/channels"),
    Row("11.4.14", "A path has eight thousand characters.", f"/apps/{'x' * 8_000}/channels"),
    expects="http 4??",
    known={"soketi": Known("http 200 error 40[14]", SEEN)},
    hostile=True,
)
async def test_paths_that_are_odd(bench: Bench, path: Any) -> str:
    """A path is asked for that no server has."""
    return said(await bench.http("GET", path))


async def _raw(bench: Bench, *, head: str, body: bytes = b"", times: int = 1) -> str:
    """Send a request byte for byte on one connection, so many times, and give the statuses of the answers."""
    peer = await bench.open(handshake=False)
    said_here = []
    for _ in range(times):
        peer.wire.send(head.encode("latin-1") + body)
        said_here.append(await _status(peer))
    return " then ".join(said_here)


async def _status(peer: Peer) -> str:
    head = await peer.wire.head()
    await peer.wire.body(head)
    return f"http {head.status}" if head.status else "closed 1006"


def _request(bench: Bench, body: bytes, *lines: str, version: str = "1.1") -> str:
    """Write the head of a signed publication."""
    account = bench.server.app("main")
    path = f"/apps/{account.id}/events"
    target = target_of(path, Signing().params(account, "POST", path, body, {}))
    host = urlsplit(bench.server.api_url).netloc
    return "\r\n".join((f"POST {target} HTTP/{version}", f"Host: {host}", *lines, "", ""))


def _body(bench: Bench) -> bytes:
    return f'{{"name":"e","channels":["{bench.channel()}"],"data":"{{}}"}}'.encode()


@case(
    "11.4.20",
    expects="http 200 then http 200",
    known={"reverb": Known("http 200 then closed 1006", ERRORS)},
    needs=NEEDS,
)
async def test_two_requests_on_one_connection(bench: Bench) -> str:
    """Two events are published one after the other on one connection."""
    body = _body(bench)
    head = _request(bench, body, f"Content-Length: {len(body)}", "Content-Type: application/json")
    return await _raw(bench, head=head, body=body, times=2)


@case("11.4.21", expects="http 200", known={"reverb": Known("*", "PROTOCOL.md 12, unsure")}, needs=NEEDS)
async def test_a_body_in_chunks(bench: Bench) -> str:
    """An event is published with a body that comes in two chunks."""
    body = _body(bench)
    halves = (body[:10], body[10:], b"")
    chunked = b"".join(f"{len(half):x}\r\n".encode() + half + b"\r\n" for half in halves)
    return await _raw(bench, head=_request(bench, body, "Transfer-Encoding: chunked"), body=chunked)


@case("11.4.22", expects="http 200", needs=NEEDS)
async def test_a_request_byte_by_byte(bench: Bench) -> str:
    """A request comes byte by byte."""
    body = _body(bench)
    peer = await bench.open(handshake=False)
    for byte in _request(bench, body, f"Content-Length: {len(body)}", "Connection: close").encode() + body:
        peer.wire.send(bytes((byte,)))
        await peer.wire.drain()
    return await _status(peer)


@case("11.4.23", expects="http 200", needs=NEEDS)
async def test_an_older_version_of_http(bench: Bench) -> str:
    """An event is published over HTTP/1.0."""
    body = _body(bench)
    return await _raw(bench, head=_request(bench, body, f"Content-Length: {len(body)}", version="1.0"), body=body)


@cases(
    Row("11.4.30", "A request gives its length twice, differently.", ("Content-Length: 5", "Content-Length: 6")),
    Row("11.4.31", "A request has a length that is negative.", ("Content-Length: -1",)),
    Row("11.4.32", "A request has a length that is no number.", ("Content-Length: five",)),
    Row("11.4.33", "A request has a length and comes in chunks.", ("Content-Length: 5", "Transfer-Encoding: chunked")),
    Row("11.4.34", "A request comes in chunks that are none.", ("Transfer-Encoding: chunked",)),
    Row("11.4.35", "A request has a header of twenty thousand bytes.", ("X-Long: " + "x" * 20_000,)),
    Row("11.4.36", "A request has a header without a name.", (": nothing",)),
    expects=("http 4??", "closed 1006"),
    known={"reverb": Known("http [45]??", "PROTOCOL.md 13"), "soketi": Known("http 200", "soketi 1.6.1 as it runs")},
    needs=NEEDS,
    hostile=True,
)
async def test_requests_that_no_two_servers_read_alike(bench: Bench, lines: Any) -> str:
    """A request is ambiguous, which must never reach what stands behind a proxy."""
    return await _raw(bench, head=_request(bench, b"", *lines, "Connection: close"), body=b"hello world\r\n\r\n")


@cases(
    Row("11.4.40", "What comes is no HTTP.", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
    Row("11.4.41", "A request has no version.", b"GET /\r\n\r\n"),
    Row("11.4.42", "A request is an empty line.", b"\r\n\r\n\r\n"),
    Row("11.4.43", "A request is of a version to come.", b"GET / HTTP/9.9\r\nHost: x\r\nConnection: close\r\n\r\n"),
    expects=("http 4??", "http 5??", "closed 1006"),
    known={"soketi": Known("http 200", SEEN)},
    hostile=True,
)
async def test_what_is_no_request(bench: Bench, data: Any) -> str:
    """A client sends what is no request, and ends."""
    peer = await bench.open(handshake=False)
    peer.wire.send(data)
    peer.wire.half_close()
    return await _status(peer)


@cases(
    Row("11.4.50", "A client leaves in the middle of a header.", b"POST /apps/1/events HTTP/1.1\r\nHo"),
    Row(
        "11.4.51",
        "A client leaves in the middle of a body.",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{",
    ),
    Row(
        "11.4.52",
        "A client leaves in the middle of a chunk.",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ),
    expects="unharmed",
    hostile=True,
)
async def test_clients_that_leave(bench: Bench, data: Any) -> str:
    """A client leaves in the middle of a request, and the server goes on."""
    peer = await bench.open(handshake=False)
    peer.wire.send(data)
    await peer.wire.drain()
    peer.wire.abort()
    return "unharmed" if (await bench.open()).greeting == "established" else "harmed"
