"""Signals that end a run: SIGTERM ends it as Ctrl-C does, and neither disturbs the writing of its report."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_ENDS = (signal.SIGINT, signal.SIGTERM)


def end_in_order() -> None:
    """
    Let SIGTERM, by which a CI system cancels, end the run as Ctrl-C does: with a report.

    A handler of somebody else's stays, and so does everything outside the main thread.
    """
    if _is_main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _as_ctrl_c)


def ignore_the_next() -> None:
    """Let the second Ctrl-C of an impatient person pass while the first one takes effect; a third is heard."""
    if _is_main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _pass_once)


def end_at_once() -> None:
    """Give both signals their own meaning back."""
    if not _is_main_thread():
        return
    if signal.getsignal(signal.SIGTERM) is _as_ctrl_c:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is _pass_once:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hear no second Ctrl-C while the report of a run that was interrupted, or not, is written."""
    if not _is_main_thread():
        yield
        return
    before: dict[signal.Signals, Any] = {number: signal.signal(number, signal.SIG_IGN) for number in _ENDS}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:  # one that was not set from Python cannot be set again
                signal.signal(number, handler)


def _as_ctrl_c(number: int, frame: FrameType | None) -> None:
    # Whoever listens for Ctrl-C now, an event loop above all, ends what it does in order.
    del number, frame
    signal.raise_signal(signal.SIGINT)


def _pass_once(number: int, frame: FrameType | None) -> None:
    del frame
    signal.signal(number, signal.default_int_handler)


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
