"""
One server as a child process: started, configured, told more, watched, ended.

The child's stdin is a lifetime line (SPIKES.md, section 2): it carries one JSON line of configuration, and whatever
it is told later; the child ends itself when it closes, so that nothing survives us however we end. Its stdout carries
one JSON line in answer to each, ready or the reason why not first of all; its stderr is its log.
"""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from harness.config import child_environment
from harness.errors import EnvironmentFault, HarnessError, NotExercised, UsageError
from harness.topology.answers import Answers
from harness.topology.deployment import Figures
from harness.topology.log import Log

_GRACE_SECONDS: Final = 2.0
_EXIT_USAGE: Final = 2


class ServerProcess:
    """
    A child process called `name` that runs `module`; starting returns at once, before the child is ready.

    `again` goes on with the log of the one before.
    """

    def __init__(self, name: str, module: str, folder: Path, *, again: bool = False) -> None:
        self.name = name
        self.log = Log(name, folder / f"{name}.log")
        self._port = 0
        self._owner = os.getpid()
        self._read = b""
        self._answers = Answers(self.log)
        self._guard: subprocess.Popen[bytes] | None = None
        self._empty = folder / name
        self._empty.mkdir(parents=True, exist_ok=True)
        with self.log.path.open("ab" if again else "wb") as log:
            self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-P", "-m", module],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=self._empty,
                env=child_environment(),
                start_new_session=True,  # a terminal's Ctrl-C is for us: tests still being torn down need the servers
            )

    @property
    def pid(self) -> int:
        """The id of the child process."""
        return self._child.pid

    def figures(self) -> Figures:
        """Look at what it costs; raises `NotExercised` where the system does not say."""
        place = Path("/proc", str(self.pid))
        try:
            descriptors = sum(1 for _ in (place / "fd").iterdir())
            pages = int((place / "statm").read_text().split()[1])
        except OSError as error:
            raise NotExercised(f"nobody can look at what the {self.name} costs here: {error}") from None
        return Figures(descriptors, pages * os.sysconf("SC_PAGE_SIZE"))

    def configure(self, configuration: dict[str, Any]) -> None:
        """Write the one line of configuration; a child that has died already is reported when its answer is read."""
        assert self._child.stdin is not None  # noqa: S101 - a pipe, see Popen
        self._port = configuration["port"]
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.write(json.dumps(configuration).encode() + b"\n")

    def announced(self, deadline: float) -> dict[str, Any]:
        """
        Wait for the child's ready line until `deadline` (monotonic seconds) and give it.

        Raise `UsageError` when the child refuses what it was asked for, a port that is taken above all;
        `EnvironmentFault` when what it needs fails, or when it dies or is late.
        """
        answer = self._answers.first(lambda: self._read_line(deadline))
        if "error" in answer:
            raise self._refusal(str(answer["error"]))
        return answer

    def tell(self, message: dict[str, Any], deadline: float) -> dict[str, Any]:
        """
        Say something to the child that runs, and wait for its answer until `deadline` (monotonic seconds).

        Raises `UsageError` for what it refuses, `EnvironmentFault` when it has died or is late.
        """
        assert self._child.stdin is not None  # noqa: S101 - a pipe, see Popen
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.write(json.dumps(message).encode() + b"\n")
        return self._answers.to_what_was_told(lambda: self._read_line(deadline, has_begun=True))

    def check(self) -> None:
        """
        Raise `EnvironmentFault` when the child has died, with how it ended and its last log lines.

        In a fork of ours it is nobody's child: who started it watches it.
        """
        if os.getpid() == self._owner and self._child.poll() is not None:
            raise self.fault(f"died ({_ending(self._child.returncode)})")

    def last_lines(self) -> str:
        """Give the end of the log."""
        return self.log.last_lines()

    def fault(self, what: str) -> EnvironmentFault:
        """Make the error that says `what` happened to the child and quotes the end of its log."""
        return self.log.fault(what)

    def pause(self) -> None:
        """
        Stop the child where it stands, and wait until it does.

        It goes on when it is resumed, and when this process has ended, however it did: it could not notice that itself.
        Raises `EnvironmentFault` when it has died, `NotExercised` where processes cannot be stopped.
        """
        if not hasattr(signal, "SIGSTOP"):
            raise NotExercised("a process cannot be paused on this system")
        self.check()
        self._guard = subprocess.Popen(  # noqa: S603 - nothing of anybody else's in it
            ["/bin/sh", "-c", f"read -r _; kill -CONT {self.pid}"],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._send(signal.SIGSTOP)
        if hasattr(os, "waitid"):
            with contextlib.suppress(ChildProcessError):  # in a fork of ours nobody can wait for it
                os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self) -> None:
        """Let a child that was paused go on; any other is not disturbed."""
        guard, self._guard = self._guard, None
        if guard is not None:
            self._send(signal.SIGCONT)
            guard.communicate()

    def go_on(self) -> None:
        """Let a child go on that a fork of ours may have paused, which is gone and can no more."""
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        """Signal the child, in a fork of ours too: to `subprocess` it has ended there, as it is nobody's child."""
        if os.getpid() == self._owner:
            self._child.send_signal(number)
        else:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def end(self, how: str) -> None:
        """End the child, by `kill`, or by `stop` in its own good time, and wait until it has."""
        self.resume()
        if how == "kill":
            self._child.kill()
        else:
            self._child.terminate()
        self.reap()
        if self._child.stdin is not None:
            self._child.stdin.close()

    def release(self) -> None:
        """Close the lifetime line, which ends the child at once, and ask it as well; does not wait."""
        self.resume()
        if self._child.stdin is not None:
            self._child.stdin.close()
        if self._child.poll() is None:
            self._child.terminate()  # a fork of ours may still hold the line open

    def reap(self) -> None:
        """Wait until the child has ended, kill it when it does not, and close its pipes; may be called again."""
        try:
            self._child.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()
        with contextlib.suppress(OSError):
            self._empty.rmdir()

    def _refusal(self, reason: str) -> HarnessError:
        """A port of the caller's choice is the caller's to change, whatever the child thinks whose fault it is."""
        is_usage = bool(self._port) or self._child.wait(_GRACE_SECONDS) == _EXIT_USAGE
        return (UsageError if is_usage else EnvironmentFault)(f"the {self.name} cannot start: {reason}")

    def _read_line(self, deadline: float, *, has_begun: bool = False) -> bytes:
        assert self._child.stdout is not None  # noqa: S101 - a pipe, see Popen
        with selectors.DefaultSelector() as selector:
            selector.register(self._child.stdout, selectors.EVENT_READ)
            while b"\n" not in self._read:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise self.fault("gave no answer in time" if has_begun else "was not ready in time")
                chunk = os.read(self._child.stdout.fileno(), 65_536)
                if not chunk:
                    raise self.fault(
                        f"died before it {'answered' if has_begun else 'was ready'} ({self._how_it_ended()})"
                    )
                self._read += chunk
        line, _, self._read = self._read.partition(b"\n")
        return line + b"\n"

    def _how_it_ended(self) -> str:
        """Closing stdout precedes the exit by a moment."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return _ending(self._child.wait(_GRACE_SECONDS))
        return "it closed its output and still runs"


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"ended by {signal.Signals(-code).name}"
