"""
Runs a command and ends it, with whatever it started, when our standard input ends: also when the rig was killed.

A process of its own, of the standard library alone: `python -I keeper.py COMMAND…`. Its status is the command's.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading

_LEAVES_WITHIN = 1.0
"""Seconds that the command has to leave by itself, once its standard input has ended and it was told."""


def main(words: list[str]) -> int:
    """Run the command until it ends, or until we are to end it."""
    process = subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - that is what it is for
    threading.Thread(target=_watch, args=(process,), daemon=True).start()
    status = process.wait()
    _tell(process, signal.SIGKILL)
    return status if status >= 0 else 128 - status


def _watch(process: subprocess.Popen[bytes]) -> None:
    while os.read(0, 4096):
        pass
    if process.stdin is not None:
        process.stdin.close()
    _tell(process, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_LEAVES_WITHIN)
    _tell(process, signal.SIGKILL)


def _tell(process: subprocess.Popen[bytes], number: int) -> None:
    """Send a signal to the command and to all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
