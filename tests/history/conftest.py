"""A clock on which waiting costs nothing."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from harness.history.recorder import Header, Recorder


class VirtualTime:
    """Runs coroutines on time that passes only when everybody waits; `recorder` lives on it, and begins at 100 s."""

    def __init__(self) -> None:
        self.now = 100.0
        self.recorder = Recorder(Header(monotonic_origin=100_000_000_000), clock=lambda: round(self.now * 1e9))

    def run(self, act: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Run to the end."""

        def new_loop() -> asyncio.AbstractEventLoop:
            loop = asyncio.SelectorEventLoop(JumpingSelector(self))
            loop.time = lambda: self.now  # type: ignore[method-assign]
            return loop

        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(act())


class JumpingSelector(selectors.DefaultSelector):
    """Lets an event loop jump to its next timer when nothing else is to be done."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__()
        self._time = time

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Give what is ready; otherwise let the time pass without waiting for it."""
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everybody waits, and nothing will ever happen"
            self._time.now += timeout
        return ready


@pytest.fixture
def virtual() -> VirtualTime:
    """Give a time that passes only when everybody waits."""
    return VirtualTime()
