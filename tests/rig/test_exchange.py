"""Bytes become requests whole, and a request that becomes a WebSocket keeps every byte."""

import pytest

from harness.rig.exchange import Answer, Exchange

POST = b"POST /broadcasting/auth?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello"


def test_a_request_comes_in_pieces() -> None:
    """It is there with its last byte, and a second one follows on the same connection."""
    exchange = Exchange()
    for byte in POST[:-1]:
        exchange.feed(bytes([byte]))
        assert exchange.next_request() is None
    exchange.feed(POST[-1:])
    request = exchange.next_request()

    assert request is not None
    assert (request.method, request.path, request.query, request.body) == (
        "POST",
        "/broadcasting/auth",
        {"x": "1"},
        b"hello",
    )
    text, is_last = exchange.render(Answer(200, "{}"))
    assert text.startswith(b"HTTP/1.1 200 OK\r\n")
    assert not is_last
    exchange.feed(POST)
    assert exchange.next_request() is not None


def test_an_upgrade_keeps_its_head_and_what_came_early() -> None:
    """The WebSocket's own framing reads both."""
    head = b"GET /app/k HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    exchange = Exchange()
    exchange.feed(head + b"\x81\x00")
    request = exchange.next_request()

    assert request is not None
    assert request.is_upgrade
    assert (request.head, request.early) == (head, b"\x81\x00")


TOO_LARGE = POST[:-5].replace(b": 5", b": 2000000") + b"x" * 1_000_001


@pytest.mark.parametrize("text", [b"\x00\x01\r\n\r\n", b"GET\r\n\r\n", TOO_LARGE])
def test_what_is_no_http_of_use_is_refused(text: bytes) -> None:
    """Garbage, and what is too large."""
    exchange = Exchange()
    exchange.feed(text)

    with pytest.raises(ValueError, match=r"HTTP|too large"):
        exchange.next_request()


def test_whoever_asks_for_the_head_is_sent_no_body() -> None:
    """But told how long it would be."""
    exchange = Exchange()
    exchange.feed(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert exchange.next_request() is not None

    assert exchange.render(Answer(200, "{}"))[0].endswith(b"\r\n\r\n")
