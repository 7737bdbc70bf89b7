"""One direction of a WebSocket as bytes: cut into frames, each with the bytes that it came as."""

from collections.abc import Generator
from typing import Final, NamedTuple

from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.frames import Frame, Opcode

LARGEST: Final = 2**20
"""Bytes of a frame that is held until it is whole; a larger one passes as it comes."""


class Piece(NamedTuple):
    """Bytes of a whole frame, and the text of the message where that is all of one."""

    raw: bytes
    text: str | None


class Splitter:
    """
    Cuts what one side sends into frames; `masked` says that this side is a client.

    What breaks the rules of RFC 6455 is not ours to judge: from there on bytes pass as they come. A message in several
    frames passes frame by frame, unread.
    """

    def __init__(self, *, masked: bool) -> None:
        self._masked = masked
        self._raw = bytearray()
        self._position = 0
        self._parser = self._new_parser()
        self._is_opaque = False

    def feed(self, data: bytes) -> list[Piece]:
        """Take bytes, and give what is complete of them, in order."""
        self._raw += data
        pieces: list[Piece] = []
        while self._raw and not self._is_opaque:
            try:
                next(self._parser)
            except StopIteration as whole:
                pieces.append(self._cut(whole.value))
                self._parser = self._new_parser()
            except (ProtocolError, PayloadTooBig):
                self._is_opaque = True
            else:
                return pieces
        return [*pieces, *self.rest()]

    def rest(self) -> list[Piece]:
        """Give what will never be complete, as it is; the list is empty where nothing waits."""
        raw = bytes(self._raw)
        self._raw.clear()
        return [Piece(raw, None)] if raw else []

    def _new_parser(self) -> Generator[None, None, Frame]:
        return Frame.parse(self._read_exact, mask=self._masked, max_size=LARGEST)

    def _read_exact(self, size: int) -> Generator[None, None, bytes]:
        while len(self._raw) - self._position < size:
            yield
        start, self._position = self._position, self._position + size
        return bytes(self._raw[start : self._position])

    def _cut(self, frame: Frame) -> Piece:
        raw = bytes(self._raw[: self._position])
        del self._raw[: self._position]
        self._position = 0
        is_whole = frame.fin and frame.opcode is Opcode.TEXT
        try:
            return Piece(raw, bytes(frame.data).decode() if is_whole else None)
        except UnicodeDecodeError:
            return Piece(raw, None)


def framed(text: str, *, masked: bool) -> bytes:
    """Write a text message as one frame."""
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=masked)
