"""A call of the HTTP API and its answer, as values; and what a caller is refused with."""

import msgspec

from harness.protocol.connections import Action


class Request(msgspec.Struct, frozen=True):
    """
    One request, its path as it was sent and its query decoded.

    One that asks to upgrade keeps its `head` byte for byte, and what came `early`, behind it.
    """

    method: str
    path: str
    params: dict[str, str]
    body: bytes = b""
    head: bytes | None = None
    early: bytes = b""


class Answer(msgspec.Struct, frozen=True):
    """What to answer, and what to do before it is sent; without a `content_type` the body is a bare sentence."""

    status: int
    body: str
    content_type: str | None = None
    actions: tuple[Action, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


class Refusal(Exception):
    """The request ends here, with this status, for this reason."""

    def __init__(self, status: int, sentence: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = headers
