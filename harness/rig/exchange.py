"""HTTP/1.1 as bytes: requests out of what one TCP connection sends, answers into what it is sent. No sockets here."""

from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

import h11
import msgspec

_MAX_REQUEST: Final = 1_000_000


class Request(msgspec.Struct, frozen=True):
    """One request; one that asks to become a WebSocket keeps its `head` byte for byte, and what came behind it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    """By lower-case name; of several the last."""
    body: bytes = b""
    head: bytes = b""
    early: bytes = b""

    @property
    def is_upgrade(self) -> bool:
        """Tell whether it asks to become a WebSocket."""
        return self.headers.get("upgrade", "").lower() == "websocket"


class Answer(msgspec.Struct, frozen=True):
    """What a request is answered with."""

    status: int
    body: str = ""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


class Exchange:
    """The HTTP side of one TCP connection: feed it, take requests, render each one's answer before the next."""

    def __init__(self) -> None:
        self._connection = h11.Connection(h11.SERVER)
        self._raw = bytearray()
        self._head: h11.Request | None = None
        self._body = bytearray()

    def feed(self, data: bytes) -> None:
        """Take bytes from the network, none for its end."""
        self._raw += data
        self._connection.receive_data(data)

    def next_request(self) -> Request | None:
        """Give the next request, `None` while it is incomplete; raises `ValueError` for what is no HTTP of use."""
        if len(self._raw) > _MAX_REQUEST:
            raise ValueError("the request is too large")
        try:
            while not isinstance(event := self._connection.next_event(), h11.EndOfMessage):
                if isinstance(event, h11.Request):
                    self._head = event
                elif isinstance(event, h11.Data):
                    self._body += event.data
                else:
                    return None
        except h11.RemoteProtocolError as error:
            raise ValueError(f"no HTTP: {error}") from error
        return self._request()

    def render(self, answer: Answer) -> tuple[bytes, bool]:
        """Give the bytes of an answer, and whether the connection ends with it."""
        body = answer.body.encode()
        is_bare = self._head is not None and self._head.method == b"HEAD"  # told the length of what it is not sent
        status = HTTPStatus(answer.status)
        headers = [
            ("Content-Type", answer.content_type),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            *answer.headers,
        ]
        events = (
            h11.Response(status_code=status.value, reason=status.phrase, headers=headers),
            h11.Data(b"" if is_bare else body),
            h11.EndOfMessage(),
        )
        text = b"".join(self._connection.send(event) or b"" for event in events)
        is_last = self._connection.our_state is not h11.DONE or self._connection.their_state is not h11.DONE
        if not is_last:
            self._connection.start_next_cycle()
            self._raw = bytearray(self._connection.trailing_data[0])
            self._body.clear()
        return text, is_last

    def _request(self) -> Request:
        head = self._head
        assert head is not None  # noqa: S101 - h11 gives a message's end only behind its head
        path, _, query = head.target.decode("ascii").partition("?")
        early, _ = self._connection.trailing_data
        raw = bytes(self._raw)
        return Request(
            head.method.decode("ascii"),
            path,
            dict(parse_qsl(query, keep_blank_values=True)),
            {name.decode("ascii").lower(): value.decode("latin-1") for name, value in head.headers},
            bytes(self._body),
            raw[: len(raw) - len(early)],
            early,
        )
