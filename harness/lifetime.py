"""
How a process of ours begins and ends: configured and owned through the pipes of the process that started it.

    parent ── one JSON line ───▶ stdin     read_configuration()
    parent ◀─ one JSON line ──── stdout    announce({"ready": true, …})
    parent ── further lines ───▶ stdin     watch_parent(take): what to be from now on, each answered by `announce`
    parent ── end of file ─────▶ stdin     watch_parent(): the child is gone within half a second

The parent keeps stdin open for as long as it wants the server to live, so no end of the parent leaves an orphan
(SPIKES.md 2).
"""

import json
import os
import select
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from harness.errors import UsageError

PORT_TAKEN = 3
"""Exit status of a server whose port somebody else has."""

_BACKLOG = 1024  # connections that may wait at once: a fan-out test opens hundreds in one burst


def read_configuration(descriptor: int = 0) -> dict[str, Any]:
    """
    Wait for the one JSON line that says what to be; read from the descriptor, so that no buffer holds more of it.

    Raises `UsageError` when the line is no JSON object, or when the other end closes before it was complete.
    """
    line = bytearray()
    while not line.endswith(b"\n"):
        read = os.read(descriptor, 1)  # no further than the line: what is behind it belongs to watch_parent
        if not read:
            raise UsageError("standard input ended before a configuration; write one JSON object and a line feed")
        line += read
    try:
        configuration = json.loads(line)
    except ValueError as error:
        raise UsageError("the configuration on standard input is no JSON; write one JSON object on one line") from error
    if not isinstance(configuration, dict):
        raise UsageError("the configuration on standard input is no JSON object; write one on one line")
    return configuration


Take = Callable[[dict[str, Any]], None]
"""Takes what the parent says later on, in the thread that watches; it answers by `announce`, once."""


def watch_parent(descriptor: int = 0, take: Take | None = None) -> None:
    """
    End this process, whatever it is doing, soon after its parent ended or closed the pipe.

    Whatever JSON objects the parent writes meanwhile, a line each, are given to `take`; without one they are dropped.
    A thread watches, not the event loop: a loop that hangs must die too.
    """
    threading.Thread(target=_watch, args=(descriptor, os.getppid(), take), daemon=True).start()


def announce(message: dict[str, Any]) -> None:
    """Tell the parent, in one JSON line."""
    sys.stdout.write(json.dumps(message, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def listen(host: str, port: int) -> socket.socket:
    """
    Open a listening socket on a loopback address; port 0 lets the system choose.

    Announces the error and exits with `PORT_TAKEN` when somebody has that port. Raises `UsageError` for any other
    address: the reference servers are for this machine only. In an image of ours (`REALTIME_CONTAINER`) every address
    is the container's own, and what of it can be reached is up to whoever publishes the port.
    """
    if host != "localhost" and not host.startswith("127.") and not os.environ.get("REALTIME_CONTAINER"):
        raise UsageError(f"host is {host!r}, but the reference servers listen on loopback only; use 127.0.0.1")
    # With protocol 0, which is what create_server() gives, asyncio leaves Nagle's algorithm on (SPIKES.md 7).
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        announce({"error": f"port {port} on {host} is taken; choose another, or 0 for one that is free"})
        raise SystemExit(PORT_TAKEN) from error
    return listener


def _watch(descriptor: int, parent: int, take: Take | None) -> None:
    pending = b""
    while os.getppid() == parent:
        if not select.select([descriptor], [], [], 0.5)[0]:
            continue
        read = os.read(descriptor, 4096)
        if not read:
            break
        *lines, pending = (pending + read).split(b"\n")
        if take is not None:
            for line in lines:
                _hand(line, take)
    os._exit(0)


def _hand(line: bytes, take: Take) -> None:
    """Let a line be taken; what is wrong with it is the answer, and nothing that it holds ends the process."""
    try:
        message = json.loads(line)
        if isinstance(message, dict):
            take(message)
        else:
            announce({"error": "a later line on standard input is no JSON object"})
    except UsageError as error:
        announce({"error": str(error)})
    except Exception as error:  # noqa: BLE001 - the parent waits for an answer
        announce({"error": f"{type(error).__name__}: {error}"})
