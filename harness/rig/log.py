"""
Everything that passed between the rig and the client, in its order: what scripts wait on, and rules read.

Secrets are taken out before an entry is made; what rules need to know of them is decided then, and kept as a fact.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

from harness.history.redaction import Redactor

What = Literal["upgrade", "refused", "established", "in", "out", "closed", "asked", "answered", "tls", "step"]
"""
`upgrade`: a client asked for a WebSocket; `refused`: and was not let in. `in`, `out`: a frame of the client, of ours.
`asked`, `answered`: a request of an authorization endpoint. `tls`: somebody began TLS. `step`: the script moved on.
"""
Signature = Literal["", "none needed", "valid", "stale", "invalid", "absent"]
"""What a subscribe was signed with; `stale` is right for another connection of this run."""

LIMIT: Final = 2_000
"""Characters of a frame that are kept; the largest are our own."""

MOST: Final = 20_000
"""Entries that are kept: a client that floods, or storms, says no more in the rest."""

_NAME: Final = 500  # characters of a fact, which may be a name that the client made up


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happened; `at` counts seconds since the rig began, `who` is `socket 3`, `request 7` or `rig`."""

    at: float
    who: str
    what: What
    text: str = ""
    event: str = ""
    channel: str = ""
    code: int | None = None
    by: Literal["", "rig", "client"] = ""
    socket_id: str = ""
    signature: Signature = ""
    problem: str = ""
    """What is wrong with a frame or a request, in words."""


class Log:
    """Entries, appended by the server and the scripts of one run."""

    def __init__(self, redactor: Redactor | None = None) -> None:
        self.entries: list[Entry] = []
        self.redactor = redactor or Redactor()
        self._began = time.monotonic()
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def is_full(self) -> bool:
        """Tell whether what happens from now on is lost."""
        return len(self.entries) >= MOST

    def now(self) -> float:
        """Give the seconds since this log began."""
        return time.monotonic() - self._began

    def add(self, who: str, what: What, text: str = "", **facts: Any) -> Entry:
        """Append an entry, its text without secrets."""
        shown = self.redactor.hide(text, limit=LIMIT)
        if len(text) > LIMIT:
            shown += f"… ({len(text)} characters)"
        cut: dict[str, Any] = {
            name: value[:_NAME] if isinstance(value, str) else value for name, value in facts.items()
        }
        entry = Entry(at=round(self.now(), 6), who=who, what=what, text=shown, **cut)
        if not self.is_full:
            self.entries.append(entry)
        self._changed.set()
        return entry

    async def until(self, done: Callable[[], bool], within: float) -> bool:
        """Wait until something is so, which is looked at after every entry; tell whether it came about in time."""
        deadline = time.monotonic() + within
        while not done():
            self._changed.clear()
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    await self._changed.wait()
            except TimeoutError:
                return done()
        return True
