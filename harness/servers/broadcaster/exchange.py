"""HTTP/1.1 as bytes: requests out of what one TCP connection sends, answers into what it is sent. No sockets here."""

from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

import h11
import msgspec

from harness.servers.broadcaster.answers import Answer, Request

BAD_REQUEST: Final = Answer(HTTPStatus.BAD_REQUEST, "Bad request.")
TOO_LARGE: Final = Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Payload too large.")

_PIECE: Final = 4096
"""Bytes that are looked at together: each of many requests in one go costs no more than this, however many they are."""


class Exchange:
    """
    The HTTP side of one TCP connection.

    Feed it what arrives, then take arrivals until there are none: a whole request, or the answer that a broken or too
    large one deserves, after which nothing more is read. Answer each request with `render` before the next is taken.
    """

    def __init__(self, *, max_request_size: int, keep_alive: bool, powered_by: str | None) -> None:
        self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=max_request_size + 1)
        self._max_request_size = max_request_size
        self._keep_alive = keep_alive
        self._headers = [("X-Powered-By", powered_by)] if powered_by else []
        self._waiting = bytearray()
        self._raw = bytearray()
        self._head: h11.Request | None = None
        self._body = bytearray()

    def feed(self, data: bytes) -> None:
        """Take bytes from the network, at least one."""
        self._waiting += data

    def next_arrival(self) -> Request | Answer | None:
        """Give the next request, an answer that refuses it, or `None` while it is incomplete."""
        while (arrival := self._read_on()) is None and self._waiting:
            piece = bytes(self._waiting[:_PIECE])
            del self._waiting[:_PIECE]
            self._raw += piece
            self._connection.receive_data(piece)
        return arrival

    def _read_on(self) -> Request | Answer | None:
        arrival = self._parsed()
        early = len(self._connection.trailing_data[0]) if isinstance(arrival, Request) else 0
        return TOO_LARGE if len(self._raw) - early > self._max_request_size else arrival

    def _parsed(self) -> Request | Answer | None:
        try:
            while not isinstance(event := self._connection.next_event(), h11.EndOfMessage):
                if isinstance(event, h11.Request):
                    self._head = event
                elif isinstance(event, h11.Data):
                    self._body += event.data
                else:
                    return None
        except h11.RemoteProtocolError:
            return BAD_REQUEST
        return self._request()

    def render(self, answer: Answer) -> tuple[bytes, bool]:
        """Give the bytes of an answer, and whether the connection ends with it."""
        body = answer.body.encode()
        is_bare = self._head is not None and self._head.method == b"HEAD"  # told the length of what it is not sent
        headers = [*self._headers, *answer.headers, ("Content-Length", str(len(body)))]
        if answer.content_type is not None:
            headers.append(("Content-Type", answer.content_type))
        if not self._keep_alive:
            headers.append(("Connection", "close"))
        status = HTTPStatus(answer.status)
        send = self._connection.send
        parts = (
            send(h11.Response(status_code=status.value, reason=status.phrase, headers=headers)),
            send(h11.Data(b"" if is_bare else body)),
            send(h11.EndOfMessage()),
        )
        is_last = self._connection.our_state is not h11.DONE or self._connection.their_state is not h11.DONE
        if not is_last:
            self._start_next_request()
        return b"".join(part or b"" for part in parts), is_last

    def _request(self) -> Request:
        head = self._head
        assert head is not None  # noqa: S101 - h11 gives a message's end only behind its head
        path, _, query = head.target.decode("ascii").partition("?")
        params = dict(parse_qsl(query, keep_blank_values=True))
        request = Request(head.method.decode("ascii"), path, params, bytes(self._body))
        if not any(name == b"upgrade" for name, _ in head.headers):
            return request
        early, _ = self._connection.trailing_data
        raw = bytes(self._raw)
        return msgspec.structs.replace(request, head=raw[: len(raw) - len(early)], early=early + bytes(self._waiting))

    def _start_next_request(self) -> None:
        self._connection.start_next_cycle()
        self._raw = bytearray(self._connection.trailing_data[0])
        self._body.clear()
        self._head = None
