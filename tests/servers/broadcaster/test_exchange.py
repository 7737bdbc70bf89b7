"""Exchange: requests out of bytes however they are cut, and answers that end or keep a connection."""

import pytest

from harness.servers.broadcaster.answers import Answer, Request
from harness.servers.broadcaster.exchange import BAD_REQUEST, TOO_LARGE, Exchange

GET = b"GET /up?a=1&b=%2F&c= HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /apps/1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
CHUNKED = b"POST /e HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
UPGRADE = b"GET /app/key HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"


def exchange(*, limit: int = 1000, keep_alive: bool = False) -> Exchange:
    """Give an exchange at the beginning of a connection."""
    return Exchange(max_request_size=limit, keep_alive=keep_alive, powered_by="Laravel Reverb")


def test_a_request_is_read_whole_or_in_single_bytes() -> None:
    """Nothing is given before the end of the request, whatever the pieces are."""
    whole = exchange()
    whole.feed(GET)
    expected = Request("GET", "/up", {"a": "1", "b": "/", "c": ""})
    assert whole.next_arrival() == expected

    cut = exchange()
    for byte in GET[:-1]:
        cut.feed(bytes([byte]))
        assert cut.next_arrival() is None
    cut.feed(GET[-1:])
    assert cut.next_arrival() == expected


@pytest.mark.parametrize("sent", [POST + b"{}{}", CHUNKED])
def test_a_body_is_collected(sent: bytes) -> None:
    """By its length or in chunks."""
    one = exchange()
    for byte in sent[:-1]:
        one.feed(bytes([byte]))
        assert one.next_arrival() is None
    one.feed(sent[-1:])

    arrival = one.next_arrival()

    assert isinstance(arrival, Request)
    assert arrival.body.startswith(b"{}")
    assert arrival.head is None


def test_a_request_to_upgrade_keeps_its_bytes() -> None:
    """Whoever takes the connection over can read all of it again, early frames included."""
    one = exchange()
    one.feed(UPGRADE + b"early")

    arrival = one.next_arrival()

    assert isinstance(arrival, Request)
    assert (arrival.head, arrival.early) == (UPGRADE, b"early")


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x00\xf4\r\n\r\n", b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nbad\r\n\r\n"]
)
def test_garbage_is_a_bad_request(sent: bytes) -> None:
    """A TLS hello, a line that is none, a header that is none: 400, and the answer can be written."""
    one = exchange()
    one.feed(sent)

    assert one.next_arrival() == BAD_REQUEST
    text, is_last = one.render(BAD_REQUEST)
    assert text.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert text.endswith(b"Bad request.")
    assert is_last


@pytest.mark.parametrize("sent", [b"GET /" + b"x" * 1000, POST.replace(b": 4", b": 1000") + b"{" * 1000])
def test_header_and_body_count_towards_the_limit(sent: bytes) -> None:
    """A request is refused as soon as it is too large, whole or not."""
    one = exchange()
    one.feed(sent)

    assert one.next_arrival() == TOO_LARGE
    text, is_last = one.render(TOO_LARGE)
    assert text.startswith(b"HTTP/1.1 413 ")
    assert is_last


def test_an_answer_is_spelled_with_its_headers() -> None:
    """JSON has its type, a bare sentence none, and the connection ends."""
    one = exchange()
    one.feed(GET)
    one.next_arrival()

    text, is_last = one.render(Answer(200, "{}", "application/json"))

    assert text == (
        b"HTTP/1.1 200 OK\r\nX-Powered-By: Laravel Reverb\r\nContent-Length: 2\r\n"
        b"Content-Type: application/json\r\nConnection: close\r\n\r\n{}"
    )
    assert is_last


def test_a_kept_connection_carries_the_next_request() -> None:
    """Also one whose beginning arrived with the first; each is measured by itself."""
    one = exchange(limit=len(POST) + 10, keep_alive=True)
    one.feed(GET)
    assert isinstance(one.next_arrival(), Request)
    one.feed(POST[:20])

    text, is_last = one.render(Answer(200, "{}"))
    assert b"close" not in text
    assert not is_last

    assert one.next_arrival() is None
    one.feed(POST[20:] + b"1234")
    assert one.next_arrival() == Request("POST", "/apps/1/events", {}, b"1234")


def test_a_client_that_asks_to_close_is_closed() -> None:
    """Keep-alive is an offer, not a duty."""
    one = exchange(keep_alive=True)
    one.feed(GET.replace(b"Host: x", b"Host: x\r\nConnection: close"))
    one.next_arrival()

    assert one.render(Answer(200, ""))[1]


def test_no_header_is_made_up_for_a_dialect_without_one() -> None:
    """Hosted Pusher does not say what it is powered by."""
    one = Exchange(max_request_size=1000, keep_alive=True, powered_by=None)
    one.feed(GET)
    one.next_arrival()

    assert b"Powered" not in one.render(Answer(200, ""))[0]


def test_whoever_asks_for_the_head_is_sent_no_body() -> None:
    """But told how long it would be."""
    one = exchange()
    one.feed(GET.replace(b"GET", b"HEAD"))
    assert isinstance(one.next_arrival(), Request)

    text, is_last = one.render(Answer(200, "{}"))

    assert text.endswith(b"\r\n\r\n")
    assert b"Content-Length: 2\r\n" in text
    assert is_last


def test_many_requests_in_one_go_are_each_measured_by_itself() -> None:
    """Together they are larger than any may be."""
    one = exchange(keep_alive=True)
    one.feed(GET * 500 + UPGRADE + b"early" * 2000)

    for _ in range(500):
        assert isinstance(one.next_arrival(), Request)
        assert not one.render(Answer(200, ""))[1]
    last = one.next_arrival()

    assert isinstance(last, Request)
    assert (last.head, last.early) == (UPGRADE, b"early" * 2000)
