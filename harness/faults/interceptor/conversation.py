"""HTTP/1.1 with one peer over a stream: whole requests and answers, headers as they were written, on h11."""

import asyncio
from typing import Final, cast

import h11

from harness.faults.defects.behaviour import Answer, Headers, Request

_HEAD: Final = 2**20
"""Bytes that a request line and headers may take; what a server allows is the server's to say."""
_READ: Final = 2**16
Role = type[h11.CLIENT] | type[h11.SERVER]
SWITCHING: Final = 101
"""The status that hands a connection over to another protocol."""


class Conversation:
    """
    One side of HTTP over one connection: as a server towards people, as a client towards what they talk to.

    Raises `h11.RemoteProtocolError` for what is no HTTP, and `OSError` for a connection that broke.
    """

    def __init__(self, role: Role, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._h11 = h11.Connection(role, max_incomplete_event_size=_HEAD)

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more can be said over this connection; a new request may be said otherwise."""
        states = {self._h11.our_state, self._h11.their_state}
        return self.reader.at_eof() or bool(states & {h11.CLOSED, h11.ERROR, h11.MUST_CLOSE})

    @property
    def early(self) -> bytes:
        """What came behind the end of HTTP, where the connection is another protocol's from now on."""
        return bytes(self._h11.trailing_data[0])

    async def take_request(self, scheme_and_host: str) -> Request | None:
        """Wait for a whole request, whose address is made whole with `scheme_and_host`; None when no more come."""
        self._begin()
        head, body = None, bytearray()
        while not isinstance(event := await self._next(), h11.EndOfMessage | h11.ConnectionClosed):
            if isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            if self._h11.they_are_waiting_for_100_continue:
                await self._say(h11.InformationalResponse(status_code=100, headers=[]))
        if head is None:
            return None
        return Request(
            method=head.method.decode("ascii"),
            origin=scheme_and_host,
            target=head.target.decode("ascii"),
            headers=Headers(head.headers.raw_items()),
            body=bytes(body),
        )

    async def left(self) -> None:
        """Wait until the other side says nothing more; what it says before that is kept for its turn."""
        while data := await self.reader.read(_READ):
            self._h11.receive_data(data)
        self._h11.receive_data(b"")

    def end(self) -> None:
        """Say nothing more, and leave the other side to say what it still has to."""
        if self.writer.can_write_eof() and not self.writer.is_closing():
            self.writer.write_eof()

    async def give_answer(self, answer: Answer) -> None:
        """Answer the request that was taken last; 101 hands the connection over to another protocol."""
        if answer.status == SWITCHING:
            await self._say(h11.InformationalResponse(status_code=answer.status, headers=list(answer.headers)))
            return
        head = h11.Response(status_code=answer.status, headers=list(answer.headers), reason=answer.reason)
        await self._say(head, h11.Data(data=answer.body), h11.EndOfMessage())

    async def ask(self, request: Request) -> Answer:
        """Send a request and wait for the whole answer, or for 101."""
        self._begin()
        head = h11.Request(method=request.method, target=request.target, headers=list(request.headers))
        await self._say(head, h11.Data(data=request.body), h11.EndOfMessage())
        answer, body = None, bytearray()
        while not isinstance(event := await self._next(), h11.EndOfMessage):
            if isinstance(event, h11.InformationalResponse) and event.status_code == SWITCHING:
                return _answer(event, b"")
            if isinstance(event, h11.Response):
                answer = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.ConnectionClosed):
                raise ConnectionResetError("the connection ended before an answer")
        return _answer(cast("h11.Response", answer), bytes(body))

    def _begin(self) -> None:
        if self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE:
            self._h11.start_next_cycle()

    async def _next(self) -> object:
        while (event := self._h11.next_event()) is h11.NEED_DATA:
            self._h11.receive_data(await self.reader.read(_READ))
        if event is h11.PAUSED:  # behind a request to upgrade, whose end was given already
            raise h11.RemoteProtocolError("a request came behind one that was not answered")
        return event

    async def _say(self, *events: h11.Event) -> None:
        self.writer.write(b"".join(self._h11.send(event) or b"" for event in events))
        await self.writer.drain()


def _answer(event: h11.Response | h11.InformationalResponse, body: bytes) -> Answer:
    return Answer(
        status=event.status_code,
        reason=bytes(event.reason).decode("latin-1"),
        headers=Headers(event.headers.raw_items()),
        body=body,
    )
