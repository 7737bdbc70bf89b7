"""
How a frame gets into the outputs of those whom it is for: at once into each, or, with a defect, otherwise.

Nothing but this stands between what the hub decides and what sessions write.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Sequence
from typing import Final, Protocol

from harness.servers.broadcaster.session import MAX_BACKLOG

_LOOKS_AGAIN: Final = 0.002
"""Seconds between two looks at a reader that is behind, and between two frames once others have waited for it."""


class Reader(Protocol):
    """A connection, as an outlet sees it."""

    @property
    def backlog(self) -> int:
        """How many bytes wait for its peer to read on."""

    def write(self, frame: bytes) -> None:
        """Append one whole frame to what its peer is sent."""


class Outlet:
    """Writes to everybody at once: nobody waits for anybody."""

    max_backlog: int = MAX_BACKLOG
    """Bytes that may wait for a reader before it is cut off."""

    def put(self, readers: Sequence[Reader], frame: bytes) -> None:
        """Let all of them have it."""
        for reader in readers:
            reader.write(frame)


class Hoarding(Outlet):
    """CO-20: a reader that is behind is never cut off, however much waits for it."""

    max_backlog = sys.maxsize


class InTurn(Outlet):
    """CO-19: one output serves everybody, and a reader that is behind holds it up."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Sequence[Reader], bytes]] = deque()
        self._served: Sequence[Reader] = ()
        self._is_held_up = False

    def put(self, readers: Sequence[Reader], frame: bytes) -> None:
        """Let them have it when everybody before them has read theirs; what is for one alone does not wait."""
        if len(readers) == 1:
            super().put(readers, frame)
            return
        self._waiting.append((readers, frame))
        if not self._is_held_up:
            self._go_on()

    def _go_on(self) -> None:
        if not any(reader.backlog for reader in self._served):
            self._served, frame = self._waiting.popleft()
            super().put(self._served, frame)
        self._is_held_up = bool(self._waiting)
        if self._is_held_up:
            asyncio.get_running_loop().call_later(_LOOKS_AGAIN, self._go_on)
