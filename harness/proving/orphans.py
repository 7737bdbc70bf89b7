"""
What a test started and left running ends with the examination that it was in.

Whatever stays in the group of the examination is ended with it. On Linux also what left that group: it becomes a child
of whoever adopted it, which is told apart from the children that were there before.
"""

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Final

_SET_CHILD_SUBREAPER: Final = 36  # <linux/prctl.h>


def adopt() -> None:
    """Let what children of this process leave behind become children of its own, where the system can."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def stand_alone() -> None:
    """Give this process, and whatever it starts, a group of its own."""
    os.setpgid(0, 0)


def children() -> frozenset[int]:
    """List the children of this process; none where the system does not say."""
    found: set[int] = set()
    for file in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):  # the thread has ended
            found.update(map(int, file.read_text().split()))
    return frozenset(found)


def end_group(leader: int) -> None:
    """End whatever is left of the group of a process that stood alone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def end_all_but(before: frozenset[int]) -> None:
    """End every child that was not there before, and what those leave behind in turn."""
    while new := children() - before:
        for one in new:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(one, 0)
