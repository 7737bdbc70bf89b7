"""Servers that are disturbed on purpose: what makes sense when, whatever they run in (`Control` in deployment.py)."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from harness.errors import EnvironmentFault, HarnessError, NotExercised, UsageError
from harness.topology.deployment import Figures, Verb


class Tended(ABC):
    """One server: what it is in, and what was done to it; whoever runs it says how each is done."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_paused = False
        self.is_down = False
        self.lost = ""
        """Why it did not come back."""

    @abstractmethod
    def pause(self) -> None:
        """Let it stand still."""

    @abstractmethod
    def resume(self) -> None:
        """Let it go on, if it stands still."""

    @abstractmethod
    def end(self, how: str) -> None:
        """End it, by `stop` or by `kill`, and wait until it has; it does not stand still."""

    @abstractmethod
    def begin(self, deadline: float) -> None:
        """Start it again and wait until it is ready; raises `HarnessError` when it is not (monotonic seconds)."""

    @abstractmethod
    def tell(self, message: dict[str, Any]) -> None:
        """Say something to what runs in it."""

    @abstractmethod
    def look(self) -> None:
        """Raise `EnvironmentFault` when it has ended."""

    def disturb(self, verb: Verb, settings: dict[str, Any]) -> None:
        """Do what a verb means beside these, where it can be done at all; raises `NotExercised` where not."""
        del settings
        raise NotExercised(f"the {self.name} cannot be made to {verb}: it runs in no container")

    def figures(self) -> Figures:
        """Look at what it costs; raises `NotExercised` where nobody can."""
        raise NotExercised(f"the {self.name} is no process of this one, so nobody can look at what it costs")

    def check(self) -> None:
        """Raise `EnvironmentFault` when it died by itself, or did not come back."""
        if self.lost:
            raise EnvironmentFault(self.lost)
        if not self.is_down:
            self.look()

    def start(self, deadline: float) -> None:
        """Bring back what is down; raises `EnvironmentFault`, once and at each look, when that fails."""
        try:
            self.begin(deadline)
        except HarnessError as error:  # it was right before, so something around it is not
            self.lost = f"the {self.name} could not be started again: {error}"
            self.check()
        finally:
            self.is_down = False

    def do(self, verb: Verb, settings: dict[str, Any], deadline: float) -> None:
        """Do something to it, as `Control` says."""
        if verb in ("start", "resume"):
            if verb == "start" and self.is_down:
                self.start(deadline)
            self.resume()
            self.is_paused = False
        elif self.is_down:
            raise UsageError(f"the {self.name} is down already: it cannot be made to {verb}")
        elif verb == "pause":
            self._pause()
        elif verb == "tell":
            self.tell(settings)
        elif verb in ("stop", "kill"):
            self.resume()
            self.is_down, self.is_paused = True, False
            self.end(verb)
        else:
            self.disturb(verb, settings)

    def _pause(self) -> None:
        if self.is_paused:
            raise UsageError(f"the {self.name} is paused already")
        self.is_paused = True  # before it does: nobody may take it for somebody else's doing
        try:
            self.pause()
        except BaseException:
            self.is_paused = False
            raise


class Tending:
    """The servers of a stack, under their names; one after the other is disturbed."""

    def __init__(self, servers: Mapping[str, Tended], *, ready_within: float) -> None:
        self._servers = dict(servers)
        self._ready_within = ready_within
        self._lock = threading.Lock()

    @property
    def servers(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self._servers)

    def do(self, verb: Verb, server: str, **settings: Any) -> None:
        """Do something to a server, as `Control` says."""
        tended = self._named(server)
        with self._lock:
            tended.do(verb, settings, time.monotonic() + self._ready_within)

    def figures(self, server: str) -> Figures:
        """Look at what a server costs, as `Control` says."""
        return self._named(server).figures()

    def _named(self, server: str) -> Tended:
        tended = self._servers.get(server)
        if tended is None:
            raise UsageError(f"there is no server {server!r}; there are {', '.join(self._servers) or 'none any more'}")
        return tended

    def check(self) -> None:
        """Raise `EnvironmentFault` for the first server that has died by itself."""
        for tended in tuple(self._servers.values()):
            tended.check()

    def release(self) -> None:
        """Disturb none of them any more: whoever is at it is waited for."""
        with self._lock:
            self._servers = {}
