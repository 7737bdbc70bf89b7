"""The servers of an embedded stack: child processes that can be disturbed on purpose, and come back as they were."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from harness.errors import HarnessError
from harness.topology.deployment import Figures
from harness.topology.process import ServerProcess
from harness.topology.tending import Tended, Tending

_ANSWERS_WITHIN: Final = 10.0

Proof = Callable[[float], None]
"""Lets a server show that it works; raises `EnvironmentFault` when it has not by then (monotonic seconds)."""


class Child(Tended):
    """One server: its process, which may be another after a restart, and what makes it the same again."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(name)
        self.process = ServerProcess(name, f"harness.servers.{name}", folder)
        self.prove: Proof | None = None
        """How it shows that it works, once that is known."""
        self._folder = folder
        self._configuration: dict[str, Any] = {}
        self._again: dict[str, Any] = {}

    def configure(self, configuration: dict[str, Any], **again: Any) -> None:
        """Tell the process what to be; `again` is what is told otherwise to one that takes its place."""
        self._configuration, self._again = configuration, again
        self.process.configure(configuration)

    def announced(self, deadline: float) -> dict[str, Any]:
        """Wait for the ready line; the same address is asked for from then on. Raises as `ServerProcess` does."""
        ready = self.process.announced(deadline)
        self._again["port"] = urlsplit(ready["url"]).port
        return ready

    def pause(self) -> None:
        """Stop the process where it stands."""
        self.process.pause()

    def resume(self) -> None:
        """Let it go on."""
        self.process.resume()

    def end(self, how: str) -> None:
        """End the process."""
        self.process.end(how)

    def begin(self, deadline: float) -> None:
        """Start a process in the place of the one before; after an error none runs."""
        self.process = ServerProcess(self.name, f"harness.servers.{self.name}", self._folder, again=True)
        try:
            self.process.configure(self._configuration | self._again)
            self.process.announced(deadline)
            if self.prove is not None:
                self.prove(deadline)
        except HarnessError:
            self.process.end("kill")
            raise

    def tell(self, message: dict[str, Any]) -> None:
        """Say something to the process, and its defects to whatever takes its place too."""
        self.process.tell(message, time.monotonic() + _ANSWERS_WITHIN)
        self._again |= {name: said for name, said in message.items() if name in self._configuration}

    def figures(self) -> Figures:
        """Look at the process; raises `NotExercised` where the system does not say."""
        return self.process.figures()

    def look(self) -> None:
        """Raise `EnvironmentFault` when the process has died."""
        self.process.check()


class Children(Tending):
    """The servers of a stack, which end with `stop`."""

    def __init__(self, children: Iterable[Child], *, ready_within: float) -> None:
        self._children = {child.name: child for child in children}
        super().__init__(self._children, ready_within=ready_within)

    def logs(self) -> dict[str, str]:
        """Give the last log lines of each server by its name."""
        return {name: child.process.last_lines() for name, child in self._children.items()}

    def pids(self) -> dict[str, int]:
        """Give the process id of each server by its name."""
        return {name: child.process.pid for name, child in self._children.items()}

    def go_on(self) -> None:
        """Let all of them go on, whoever paused them."""
        for child in self._children.values():
            child.process.go_on()

    def stop(self) -> None:
        """End them all and wait until they are gone; a second call does nothing."""
        self.release()
        children, self._children = self._children, {}
        end(children.values())


def end(children: Iterable[Child]) -> None:
    """End servers, all at once, and wait until they are gone."""
    ending = tuple(children)
    for child in ending:
        child.process.release()
    for child in ending:
        child.process.reap()
