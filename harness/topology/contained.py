"""A server in a container, disturbed on purpose: frozen, ended, started again, cut off, with packets lost."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from harness.errors import HarnessError, NotExercised
from harness.topology import losses
from harness.topology.container import ServiceContainer
from harness.topology.deployment import Verb
from harness.topology.tending import Tended

_ANSWERS_WITHIN: Final = 10.0

Ready = Callable[[float], object]
"""Waits until what runs in a container is ready; raises `HarnessError` when it is not by then (monotonic seconds)."""


class Contained(Tended):
    """
    One container of a stack.

    `ready` waits for it as the start of the stack did; a server of ours is told `configuration` when it starts again.
    """

    def __init__(self, server: ServiceContainer, ready: Ready, configuration: Mapping[str, Any] | None = None) -> None:
        super().__init__(server.name)
        self.server = server
        self._ready = ready
        self._configuration = None if configuration is None else dict(configuration)

    def pause(self) -> None:
        """Freeze it."""
        self.server.pause()

    def resume(self) -> None:
        """Let it go on."""
        self.server.resume()

    def end(self, how: str) -> None:
        """End what runs in it."""
        self.server.end(how)

    def begin(self, deadline: float) -> None:
        """Start it again; after an error nothing runs in it."""
        self.server.begin()
        try:
            if self._configuration is not None:
                self.server.configure(self._configuration)
            self._ready(deadline)
        except HarnessError:
            self.server.end("kill")
            raise

    def tell(self, message: dict[str, Any]) -> None:
        """
        Say something to a server of ours, and its defects also to what is started in its place.

        Raises `NotExercised` for one that is somebody's own.
        """
        if self._configuration is None:
            raise NotExercised(f"the {self.name} is not ours: it cannot be told what is wrong behind it")
        self.server.tell(message, time.monotonic() + _ANSWERS_WITHIN)
        if "defects" in message:
            self._configuration["defects"] = message["defects"]

    def look(self) -> None:
        """Raise `EnvironmentFault` when it has ended."""
        self.server.check()

    def disturb(self, verb: Verb, settings: dict[str, Any]) -> None:
        """Cut it off, or let packets be lost, and undo that."""
        match verb:
            case "disconnect":
                self.server.leave()
            case "connect":
                self.server.come_back()
            case "lose":
                losses.begin(self.server.process, share=float(settings["share"]))
            case "heal":
                losses.end(self.server.process)
            case _:
                super().disturb(verb, settings)
