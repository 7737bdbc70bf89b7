"""The client under test as something that the rig can start by itself, as often as one is needed."""

import asyncio
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from harness.errors import EnvironmentFault

_KEEPER: Final = Path(__file__).with_name("keeper.py")
_ENDS_WITHIN: Final = 5.0
"""Seconds that the keeper has to end the command; it takes one of them where the command does not leave."""


class Guest(Protocol):
    """A client that the rig can start by itself."""

    @property
    def ended(self) -> int | None:
        """Give the status with which it ended by itself, `None` while it runs or before it was started."""

    async def start(self, host: str, port: int) -> None:
        """Start it anew, with the rig at that address; raises `EnvironmentFault` when that fails."""

    async def stop(self) -> None:
        """End it, if there is one."""


class Command:
    """
    A process of a command, `{port}` and `{url}` in its words being the rig's; what it prints goes to the file `output`.

    It has a keeper (`keeper`), which ends it with the rig, however that ends.
    """

    def __init__(self, command: Sequence[str], output: Path | None = None) -> None:
        self._command = command
        self._output = output
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, host: str, port: int) -> None:
        """End the process that there may be, and start another; raises `EnvironmentFault` when that fails."""
        await self.stop()
        url = f"ws://{host}:{port}"
        words = [one.replace("{port}", str(port)).replace("{url}", url) for one in self._command]
        if shutil.which(words[0]) is None:
            raise EnvironmentFault(f"the client cannot be started: there is no program {words[0]!r}")
        try:
            with (self._output or Path(os.devnull)).open("ab") as output:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-I", str(_KEEPER), *words),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
        except OSError as error:
            raise EnvironmentFault(f"the client cannot be started: {error}") from None

    @property
    def ended(self) -> int | None:
        """Give the status with which the process ended by itself, `None` while it runs or before it was started."""
        return None if self._process is None else self._process.returncode

    async def stop(self) -> None:
        """End the process and whatever it started."""
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        try:
            async with asyncio.timeout(_ENDS_WITHIN):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
