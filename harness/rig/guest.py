"""The client under test as a process of ours, where it is one that can be started by a command."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence
from typing import Final, Protocol

from harness.errors import EnvironmentFault

_LEAVES_WITHIN: Final = 1.0


class Guest(Protocol):
    """A client that the rig can start by itself, as often as one is needed."""

    @property
    def ended(self) -> int | None:
        """Give the status with which it ended by itself, `None` while it runs or before it was started."""

    async def start(self, host: str, port: int) -> None:
        """Start it anew, with the rig at that address; raises `EnvironmentFault` when that fails."""

    async def stop(self) -> None:
        """End it, if there is one."""


class Command:
    """
    A process of a command, `{port}` and `{url}` in its words being the rig's; what it prints is shown to nobody.

    It ends with its standard input, or is ended.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, host: str, port: int) -> None:
        """End the process that there may be, and start another; raises `EnvironmentFault` when that fails."""
        await self.stop()
        url = f"ws://{host}:{port}"
        words = [one.replace("{port}", str(port)).replace("{url}", url) for one in self._command]
        try:
            self._process = await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise EnvironmentFault(f"the client {words[0]!r} cannot be started: {error.strerror}") from None

    @property
    def ended(self) -> int | None:
        """Give the status with which the process ended by itself, `None` while it runs or before it was started."""
        return None if self._process is None else self._process.returncode

    async def stop(self) -> None:
        """End the process and whatever it started, by word first, then whatever is left."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LEAVES_WITHIN):
                    await process.wait()
