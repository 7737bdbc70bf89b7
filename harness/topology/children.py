"""The servers of an embedded stack: child processes that can be disturbed on purpose, and come back as they were."""

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from harness.errors import EnvironmentFault, HarnessError, UsageError
from harness.topology.deployment import Verb
from harness.topology.process import ServerProcess

_ANSWERS_WITHIN: Final = 10.0

Proof = Callable[[float], None]
"""Lets a server show that it works; raises `EnvironmentFault` when it has not by then (monotonic seconds)."""


class Child:
    """One server: its process, which may be another after a restart, and what makes it the same again."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.process = ServerProcess(name, f"harness.servers.{name}", folder)
        self.is_paused = False
        self.is_down = False
        self.lost = ""
        """Why it did not come back."""
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

    def tell(self, message: dict[str, Any]) -> None:
        """Say something to the process, and its defects to whatever takes its place too."""
        self.process.tell(message, time.monotonic() + _ANSWERS_WITHIN)
        self._again |= {name: said for name, said in message.items() if name in self._configuration}

    def start(self, deadline: float) -> None:
        """Start a process in the place of one that is down; raises `EnvironmentFault` when it does not get ready."""
        self.process = ServerProcess(self.name, f"harness.servers.{self.name}", self._folder, again=True)
        try:
            self.process.configure(self._configuration | self._again)
            self.process.announced(deadline)
            if self.prove is not None:
                self.prove(deadline)
        except HarnessError as error:
            self.process.end("kill")
            self.lost = f"the {self.name} could not be started again: {error}"
            self.check()
        finally:
            self.is_down = False

    def check(self) -> None:
        """Raise `EnvironmentFault` when it died by itself, or did not come back."""
        if self.lost:
            raise EnvironmentFault(self.lost)
        if not self.is_down:
            self.process.check()


class Children:
    """The servers of a stack, which end with `stop`."""

    def __init__(self, children: Iterable[Child], *, ready_within: float) -> None:
        self._children = {child.name: child for child in children}
        self._ready_within = ready_within
        self._lock = threading.Lock()

    @property
    def servers(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self._children)

    def do(self, verb: Verb, server: str, **settings: Any) -> None:
        """Do something to a server, as `Control` says."""
        child = self._children.get(server)
        if child is None:
            raise UsageError(f"there is no server {server!r}; there are {', '.join(self._children) or 'none any more'}")
        with self._lock:
            self._done(verb, child, settings)

    def _done(self, verb: Verb, child: Child, settings: dict[str, Any]) -> None:
        if verb in ("start", "resume"):
            if verb == "start" and child.is_down:
                child.start(time.monotonic() + self._ready_within)
            child.process.resume()
            child.is_paused = False
        elif child.is_down:
            raise UsageError(f"the {child.name} is down already: it cannot be made to {verb}")
        elif verb == "pause":
            if child.is_paused:
                raise UsageError(f"the {child.name} is paused already")
            child.process.pause()
            child.is_paused = True
        elif verb == "tell":
            child.tell(settings)
        else:
            child.is_down, child.is_paused = True, False
            child.process.end(verb)

    def check(self) -> None:
        """Raise `EnvironmentFault` for the first server that has died by itself."""
        for child in tuple(self._children.values()):
            child.check()

    def logs(self) -> dict[str, str]:
        """Give the last log lines of each server by its name."""
        return {name: child.process.last_lines() for name, child in self._children.items()}

    def pids(self) -> dict[str, int]:
        """Give the process id of each server by its name."""
        return {name: child.process.pid for name, child in self._children.items()}

    def stop(self) -> None:
        """End them all and wait until they are gone; a second call does nothing."""
        with self._lock:
            children, self._children = self._children, {}
        end(children.values())


def end(children: Iterable[Child]) -> None:
    """End servers, all at once, and wait until they are gone."""
    ending = tuple(children)
    for child in ending:
        child.process.release()
    for child in ending:
        child.process.reap()
