"""
What a defect of the interceptor does: hooks on everything that passes, each of which lets it pass by default.

A behaviour lives from one switch to the next and sees every connection. It decides by the random numbers that it is
given and no others, so that a seed and the same traffic give the same faults.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, NamedTuple, Protocol, Self
from urllib.parse import parse_qsl, urlsplit

import msgspec

from harness.protocol.messages import Frame, decode, decode_data


class Headers(tuple[tuple[bytes, bytes], ...]):
    """Headers in their order, names as they were written."""

    __slots__ = ()

    def get(self, name: str) -> str:
        """Give the value of a header, "" where there is none."""
        wanted = name.lower().encode()
        return next((value.decode("latin-1") for key, value in self if key.lower() == wanted), "")

    def having(self, name: str, value: str | None) -> "Headers":
        """Give these with another value for a header, or without it."""
        kept = [(key, text) for key, text in self if key.lower() != name.lower().encode()]
        return Headers(kept if value is None else [*kept, (name.encode(), value.encode("latin-1"))])


@dataclass(frozen=True)
class Request:
    """A whole request; `origin` is scheme, host and port of whom it is for, `target` the path with its query."""

    method: str
    origin: str
    target: str
    headers: Headers
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path alone."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the address."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def fields(self) -> dict[str, Any]:
        """What a backend reads from it: parameters of the address, a form, or JSON."""
        kind = self.headers.get("Content-Type")
        if "json" in kind:
            data = decoded(self.body)
            return {**self.query, **(data if isinstance(data, dict) else {})}
        if "form" in kind:
            return {**self.query, **dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))}
        return dict(self.query)

    def having(self, name: str, value: str | None) -> Self:
        """Give it with another value for a header, or without it."""
        return replace(self, headers=self.headers.having(name, value))


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    status: int
    reason: str
    headers: Headers
    body: bytes = b""

    def saying(self, status: int, content: Any) -> Self:
        """Give another status and JSON instead; the other headers stay."""
        body = content if isinstance(content, bytes) else msgspec.json.encode(content)
        headers = self.headers.having("Transfer-Encoding", None).having("Content-Length", str(len(body)))
        return replace(
            self, status=status, reason="", headers=headers.having("Content-Type", "application/json"), body=body
        )


Ask = Callable[[Request], Awaitable[Answer]]
"""Asks the target something more, beside what passes."""


class Link(Protocol):
    """One WebSocket, as a behaviour may use it."""

    @property
    def socket_id(self) -> str:
        """The id that the broadcaster gave it; "" before."""

    @property
    def channels(self) -> Collection[str]:
        """What it is subscribed to, as the broadcaster acknowledged."""

    @property
    def members(self) -> Mapping[str, str]:
        """The `channel_data` that it joined each presence channel with, JSON text."""

    def say(self, text: str) -> None:
        """Send its client a frame, behind what is under way."""

    def hold(self, seconds: float) -> None:
        """Let nothing more out to its client for so long; the order stays."""

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something then, unless it has ended."""

    def cut(self, code: int, reason: str) -> None:
        """End it towards its client, as the broadcaster would."""


class Passing(NamedTuple):
    """A text frame under way: the text, what it says, and on which connection."""

    text: str
    frame: Frame
    link: Link

    @classmethod
    def of(cls, text: str, before: "Passing") -> "Passing":
        """Give the frame that a text is, on the connection of one that it came from."""
        return before if text is before.text else cls(text, decode(text), before.link)

    @property
    def channel(self) -> str:
        """The channel that it names, "" for none."""
        return self.frame.channel if isinstance(self.frame.channel, str) else ""

    @property
    def data(self) -> Any:
        """What its data means."""
        return decode_data(self.frame.data)

    def having(self, **members: Any) -> str:
        """Write it with other members."""
        return msgspec.json.encode(msgspec.structs.replace(self.frame, **members)).decode()


@dataclass(frozen=True)
class Contract:
    """What of the target's contract a behaviour must know: its routes, and the event of a message."""

    authorize: str = "/api/broadcasting/auth"
    socket_id: str = "socket_id"
    channel_name: str = "channel_name"
    send: str = "/api/conversations/{conversation}/messages"
    send_text: str = "body"
    read: str = "/api/conversations/{conversation}/messages"
    event: str = "MessageSent"
    text: str = "body"
    id: str = "id"
    sender: str = "sender.id"


@dataclass(frozen=True)
class Given:
    """What a behaviour is given: the app, the contract, random numbers, and every connection there is."""

    key: str
    secret: str = field(repr=False)
    contract: Contract
    random: Random
    links: Callable[[], Iterable[Link]]


class Behaviour:
    """Lets everything pass; a defect overrides what it spoils."""

    def __init__(self, given: Given) -> None:
        self.given = given

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Give the frames that a client gets instead of one from the broadcaster."""
        yield passing.text

    def from_client(self, passing: Passing) -> Iterable[str]:
        """Give the frames that the broadcaster gets instead of one from a client."""
        yield passing.text

    def ended(self, link: Link) -> None:
        """Learn that a connection is over."""

    def request(self, request: Request) -> Request:
        """Give what the target is asked instead."""
        return request

    async def answer(self, request: Request, answer: Answer, ask: Ask) -> Answer:
        """Give what the client is answered instead; `request` is as the client made it."""
        del request, ask
        return answer

    def is_message(self, passing: Passing) -> bool:
        """Tell whether a frame brings somebody's message."""
        return passing.frame.event == self.given.contract.event and bool(passing.channel)

    def others(self, link: Link) -> Iterator[Link]:
        """List the other connections that a broadcaster knows."""
        return (other for other in self.given.links() if other is not link and other.socket_id)


def decoded(text: bytes | str) -> Any:
    """Read JSON, whatever it is; None for what is none."""
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None
