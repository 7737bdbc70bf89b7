"""A line on the terminal now and then while a long test runs: that it goes on, and what it has seen."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.topology.target import Target

_FIRST_SECONDS = 10.0
"""A test that is over by then says nothing."""
_LONGEST_SECONDS = 60.0


@contextmanager
def told(item: pytest.Item, target: "Target") -> Iterator[None]:
    """Tell of the test while it runs: after ten seconds first, then ever more rarely, once a minute at last."""
    terminal = item.config.pluginmanager.getplugin("terminalreporter")
    if terminal is None:  # a worker of a distributed run has no terminal
        yield
        return
    over = threading.Event()
    telling = threading.Thread(target=_tell, args=(item, target, terminal, over), name="progress", daemon=True)
    telling.start()
    try:
        yield
    finally:
        over.set()
        telling.join()


def tell(config: pytest.Config, what: str) -> None:
    """Say something in a line of its own, where there is a terminal."""
    terminal = config.pluginmanager.getplugin("terminalreporter")
    if terminal is not None:
        _write(config, terminal, what)


def _write(config: pytest.Config, terminal: pytest.TerminalReporter, what: str) -> None:
    from harness.errors import plain

    capture: Any = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        terminal.ensure_newline()
        terminal.write_line(plain(f"realtime: {what}"))


def _tell(item: pytest.Item, target: "Target", terminal: pytest.TerminalReporter, over: threading.Event) -> None:
    began, before, pause = time.monotonic(), len(target.history.events), _FIRST_SECONDS
    while not over.wait(pause):
        events = target.history.events[before:]  # a copy: the test goes on recording
        _write(item.config, terminal, f"{item.nodeid} goes on: {time.monotonic() - began:.0f} s, {_seen(events)}")
        pause = min(2 * pause, _LONGEST_SECONDS)


def _seen(events: list[Any]) -> str:
    from harness.history.events import FrameIn, MessageAnswered

    sent = sum(isinstance(event, MessageAnswered) for event in events)
    return f"{sent} messages sent, {sum(isinstance(event, FrameIn) for event in events)} frames heard"
