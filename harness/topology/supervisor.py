"""
The owner of a stack of containers that several test processes share: `python -m harness.topology.supervisor`.

    first worker ── plan on stdin ──▶ supervisor ── where to connect, on stdout ──▶ first worker
    every worker ── one connection, held open ──▶ supervisor ── what runs, or why nothing does ──▶ every worker

It is told what to start in one JSON line, and ends, with all that it started, when nobody is connected any more: also
after `kill -9` of whoever was. Whoever leaves in order is told when everything is gone. Docker's client lives here
alone, so that a test process has no part in its threads and sockets.
"""

import asyncio
import contextlib
import hmac
import json
import logging
import os
import secrets
import signal
import sys
import threading
from pathlib import Path
from typing import Any, Final

import msgspec

from harness.errors import EnvironmentFault, HarnessError, NotExercised, UsageError
from harness.topology.containers import BYE, Asked, ContainersStack, Plan, start

GRACE: Final = 2.0
"""Seconds after the last connection in which another worker may still come."""

_LOOK_SECONDS: Final = 0.1
_FIRST_SECONDS: Final = 5.0
"""A stack that is ready by then is not talked about."""
_LONGEST_SECONDS: Final = 40.0
_IN_USE: Final = "another run uses the containers that were kept: wait for it, or leave --realtime-reuse out"
_LOOKS_AN_ENGINE: Final = 5
"""Looks at what is known here for one at what the engine knows, which costs it and us some milliseconds."""
_log = logging.getLogger(__name__)


class Supervisor:
    """Starts one stack, tells everybody who connects what became of it, and ends it when nobody is left."""

    def __init__(self, plan: Plan, *, grace: float = GRACE) -> None:
        self._plan = plan
        self._grace = plan.keep or grace
        self._run = ""
        self._is_used = False
        self._is_dead = False
        self._token = secrets.token_hex(16)
        self._writers: set[asyncio.StreamWriter] = set()
        self._last: asyncio.StreamWriter | None = None
        self._answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._stack: ContainersStack | None = None
        self._is_left = asyncio.Event()
        self._given_up = threading.Event()
        self._waiting: dict[str, str] = {}
        self._leaving: asyncio.TimerHandle | None = None
        self._turns = asyncio.Lock()

    async def run(self) -> None:
        """Serve until everybody has left."""
        server = await asyncio.start_server(self._served, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        _say({"port": port, "token": self._token, "process": os.getpid()})
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._is_left.set)
        self._expect_somebody()
        starting = asyncio.create_task(self._started())
        watching = asyncio.create_task(self._watched())
        await self._is_left.wait()
        self._given_up.set()
        await starting
        watching.cancel()  # not before: it waits for the same answer, which would be cancelled with it
        server.close()
        await asyncio.to_thread(self._end)
        for writer in (*self._writers, self._last):
            if writer is not None:
                writer.close()

    async def _started(self) -> None:
        try:
            self._stack = await asyncio.to_thread(start, self._plan, self._given_up, self._waiting)
        except HarnessError as error:
            self._answer.set_result({"error": str(error), "kind": _kind(error)})
        except Exception as error:  # noqa: BLE001 - whoever waits for an answer gets one, and the log the rest
            _log.exception("the stack could not be started")
            self._answer.set_result({"error": f"{type(error).__name__}: {error}", "kind": "environment"})
        else:
            what = {"running": msgspec.to_builtins(self._stack.running), "servers": self._stack.control.servers}
            self._answer.set_result(what)

    def _end(self) -> None:
        if self._plan.address:
            Path(self._plan.address).unlink(missing_ok=True)
        if self._stack is not None:
            self._stack.stop()

    async def _watched(self) -> None:
        """
        Tell everybody what is waited for while the stack starts, now and then.

        Then, when a container has died, or somebody else paused it; once is enough.
        """
        pause = _FIRST_SECONDS
        while not (await asyncio.wait((self._answer,), timeout=pause))[0]:
            pause = min(2 * pause, _LONGEST_SECONDS)
            self._tell({"waiting": dict(self._waiting)})
        looks = 0
        while self._stack is not None:
            await asyncio.sleep(_LOOK_SECONDS)
            looks += 1
            try:
                self._stack.check()
                if looks % _LOOKS_AN_ENGINE == 0:
                    await asyncio.to_thread(self._stack.check_engine)
            except EnvironmentFault as error:
                self._tell({"died": str(error)})
                self._is_dead = True
                if not self._writers:
                    self._is_left.set()
                return

    def _tell(self, message: dict[str, Any]) -> None:
        for writer in self._writers:
            writer.write(_line(message))

    async def _served(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one worker, from its token to its end."""
        says_so = False
        with contextlib.suppress(ConnectionError, ValueError):
            asked, _, run = (await reader.readline()).decode().strip().partition(" ")
            if not hmac.compare_digest(asked, self._token):
                writer.close()
                return
            if not self._is_let_in(run):
                writer.write(_line({"error": _IN_USE, "kind": "usage"}))
                writer.close()
                return
            self._come(writer)
            writer.write(_line(await self._ready()))
            while not says_so and (line := await reader.readline()):
                says_so = line.strip() == BYE
                if not says_so:
                    writer.write(_line(await self._disturbed(line)))
        self._leave(writer, says_so=says_so)

    def _is_let_in(self, run: str) -> bool:
        """Let a run have this stack, but not while another one uses it, for which it would be put back."""
        if self._writers and run != self._run:
            return False
        self._is_used = self._is_used or self._run not in ("", run)
        self._run = run
        return True

    async def _ready(self) -> dict[str, Any]:
        """Give the answer, and put a stack that an earlier run used back before anybody hears it."""
        async with self._turns:
            answer = await self._answer
            is_used, self._is_used = self._is_used, False
            if self._stack is not None and is_used:
                try:
                    await asyncio.to_thread(self._stack.begin_anew)
                except HarnessError as error:
                    self._is_dead = True
                    return {"error": str(error), "kind": _kind(error)}
            return answer

    async def _disturbed(self, line: bytes) -> dict[str, Any]:
        """Do to a server what a worker asks for, and say that it is done, or why it is not."""
        try:
            asked = msgspec.json.decode(line, type=Asked)
            stack = self._stack
            if stack is not None:
                await asyncio.to_thread(stack.control.do, asked.verb, asked.server, **asked.settings)
        except HarnessError as error:
            return {"error": str(error), "kind": _kind(error)}
        except Exception as error:  # noqa: BLE001 - whoever waits for an answer gets one, and the log the rest
            _log.exception("a server could not be disturbed")
            return {"error": f"{type(error).__name__}: {error}", "kind": "environment"}
        return {"done": True}

    def _come(self, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None

    def _leave(self, writer: asyncio.StreamWriter, *, says_so: bool) -> None:
        """See somebody off; the last one who says so waits until everything is gone, and sees it by the end of file."""
        self._writers.discard(writer)
        is_kept = bool(self._plan.keep) and self._stack is not None and not self._is_dead
        if self._writers or not says_so or is_kept:
            writer.close()
            if not self._writers:
                self._expect_somebody()
            return
        self._last = writer
        self._is_left.set()

    def _expect_somebody(self) -> None:
        self._leaving = asyncio.get_running_loop().call_later(self._grace, self._is_left.set)


def _kind(error: HarnessError) -> str:
    if isinstance(error, NotExercised):
        return "not exercised"
    return "usage" if isinstance(error, UsageError) else "environment"


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


def _say(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(_line(message))
    sys.stdout.flush()


def main() -> int:
    """Read the plan, serve, and give the exit code."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    plan = msgspec.json.decode(sys.stdin.buffer.readline(), type=Plan)

    async def serve() -> None:
        await Supervisor(plan).run()

    asyncio.run(serve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
