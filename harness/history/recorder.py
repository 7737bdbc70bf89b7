"""
Append events, wait for more, store them as JSON lines and load them again.

One recorder a worker process. Everything that happens goes through `record`, in the order in which our code saw it;
expectations wait on it with `changed`, so nothing that came before an `await` is missed.
"""

import asyncio
import gzip
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from harness.errors import UsageError
from harness.history.events import AnyEvent, Event

SCHEMA = "realtime-history/1"

PART: Final = ".part"
"""How the name of a history ends that is still being written."""

E = TypeVar("E", bound=Event)


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """
    The first line of a stored history: what it takes to read, and to judge, the rest.

    `budgets` are the delivery percentiles of the target (`p95`) in seconds.
    """

    schema: str = SCHEMA
    run: str = ""
    seed: int = 0
    target: str = ""
    topology: str = ""
    dialect: str = ""
    budgets: dict[str, float] = {}
    monotonic_origin: int = 0
    wall_origin: float = 0.0


class _Schema(msgspec.Struct):
    """What every header says, also one of a later version."""

    schema: str


class Recorder:
    """
    The history of one worker while it grows.

    `clock` gives monotonic nanoseconds; times in events are counted from `header.monotonic_origin`.
    """

    def __init__(
        self, header: Header | None = None, *, worker: str = "", clock: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self.header = header or Header(monotonic_origin=clock(), wall_origin=time.time())
        self.worker = worker
        self.test = ""
        self.events: list[Event] = []
        self._clock = clock
        self._acts = 0
        self._waiting: list[asyncio.Future[None]] = []

    def now(self) -> int:
        """Give the time on the history's clock: nanoseconds since its origin."""
        return self._clock() - self.header.monotonic_origin

    def new_act(self) -> str:
        """Name an act, so that what was asked and what was answered can be joined."""
        self._acts += 1
        return f"{self.worker}-{self._acts}" if self.worker else str(self._acts)

    def record(self, kind: type[E], *, at: int | None = None, **fields: object) -> E:
        """Append an event of this kind and wake everybody who waits; `at` defaults to now."""
        event = kind(
            n=len(self.events) + 1,
            at=self.now() if at is None else at,
            worker=self.worker,
            test=self.test,
            **fields,  # type: ignore[arg-type]  # the struct itself checks the names
        )
        self.events.append(event)
        if self._waiting:
            self._wake()
        return event

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def changed(self, seen: int, *, deadline: int) -> bool:
        """
        Wait until there are more than `seen` events; False when `deadline` (on this history's clock) came first.

        What had happened when the deadline passed still counts: the caller looks once more after False.
        """
        if len(self.events) > seen:
            return True
        remaining = (deadline - self.now()) / 1e9
        if remaining <= 0:
            return False
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            # Not wait_for: in 3.11 it swallows a cancellation that comes together with the event.
            async with asyncio.timeout(remaining):
                await future
        except TimeoutError:
            return False
        return True


def store(path: Path, header: Header, events: Iterable[Event]) -> None:
    """Write a history as JSON lines, header first."""
    with path.open("wb") as file:
        file.writelines(encoded(header, events))


def encoded(header: Header | None, events: Iterable[Event]) -> Iterator[bytes]:
    """Give the lines of a stored history, each with its line break; without a header, those of the events alone."""
    encoder = msgspec.json.Encoder()
    if header is not None:
        yield encoder.encode(header) + b"\n"
    for event in events:
        yield _line(encoder, event) + b"\n"


def _line(encoder: msgspec.json.Encoder, event: Event) -> bytes:
    """Encode an event; half a surrogate pair, which no JSON can hold, becomes its escape so that the rest is kept."""
    try:
        return encoder.encode(event)
    except UnicodeEncodeError:
        fields: dict[str, Any] = {
            name: value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
            for name, value in msgspec.structs.asdict(event).items()
        }
        return encoder.encode(type(event)(**fields))


def load(path: Path) -> tuple[Header, list[Event]]:
    """
    Read a stored history, compressed when its name ends in `.gz`.

    A `.part` is a history that somebody was still writing: a last line without its end is left out. Raises `UsageError`
    naming file and line when it is no history of a schema that we know.
    """
    lines = _lines(path)
    first = next(lines, b"")
    if path.suffix == PART and not first:
        return Header(), []
    try:
        schema = msgspec.json.decode(first, type=_Schema).schema
        header = msgspec.json.decode(first, type=Header) if schema == SCHEMA else Header()
    except ValueError as error:  # msgspec's own, or bytes that are no UTF-8
        raise UsageError(f"{path} is no history: its first line should be a {SCHEMA} header ({error})") from None
    if schema != SCHEMA:
        raise UsageError(f"{path} is of schema {schema!r}; this version reads {SCHEMA}")
    decoder = msgspec.json.Decoder(AnyEvent)
    events: list[Event] = []
    for number, line in enumerate(lines, start=2):
        try:
            events.append(decoder.decode(line))
        except ValueError as error:
            raise UsageError(f"{path}, line {number}, is no event of {SCHEMA}: {error}") from None
    return header, events


def _lines(path: Path) -> Iterator[bytes]:
    if path.is_char_device() or path.is_fifo():  # which need not ever end
        raise UsageError(f"{path} cannot be read: it is no regular file")
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield from (line for line in file if path.suffix != PART or line.endswith(b"\n"))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UsageError(f"{path} is cut short or no gzip file: {error}") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None


def merge(parts: Iterable[list[Event]]) -> list[Event]:
    """
    Bring the histories of several workers into one, by monotonic time; within a worker the order stays.

    Frames that were read together share the time at which they were seen, which lies before that of what they caused.
    """
    ordered: list[tuple[int, str, int, Event]] = []
    for part in parts:
        latest = 0
        for event in part:
            latest = max(latest, event.at)
            ordered.append((latest, event.worker, event.n, event))
    return [event for *_, event in sorted(ordered, key=lambda one: one[:3])]
