"""A command of the project that makes the cast and prints who plays whom; it runs here, in the folder of the file."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import Final

import msgspec

from harness.config import Person, child_environment
from harness.errors import EnvironmentFault

WITHIN: Final = 120.0
"""Seconds for the command."""

NONCE: Final = "REALTIME_NONCE"
"""The variable that tells the command what no other run's people are called."""

_SHOWN: Final = 200


class Seeded(msgspec.Struct, frozen=True):
    """What a command printed: people, and the conversation that they share if it made one."""

    people: tuple[Person, ...]
    conversation: int | str | None = None


def seeded(command: tuple[str, ...], folder: Path, nonce: str, *, within: float = WITHIN) -> Seeded:
    """
    Run the command and read what it printed: a JSON list of people, or an object with `people` and `conversation`.

    Raise `EnvironmentFault`, in one sentence, when it cannot be run, fails, takes too long or prints something else.
    """
    shown = f"seed {' '.join(command)}"
    printed = _printed(command, folder, nonce, shown, within)
    try:
        read = msgspec.json.decode(printed)
        return msgspec.convert({"people": read} if isinstance(read, list) else read, Seeded)
    except msgspec.ValidationError as error:
        due = 'a list of people such as {"name": "alice", "email": "…", "password": "…"} is due'
        raise EnvironmentFault(f"{shown}: printed JSON that is no cast ({error}); {due}") from None
    except msgspec.DecodeError:
        start = printed.decode("utf-8", "replace").strip().partition("\n")[0][:_SHOWN]
        raise EnvironmentFault(f"{shown}: printed {start!r}, which is no JSON; a list of people is due") from None


def _printed(command: tuple[str, ...], folder: Path, nonce: str, shown: str, within: float) -> bytes:
    environment = {**child_environment(), NONCE: nonce}
    try:
        # In a group of its own, so that whatever it started ends with it.
        process = subprocess.Popen(  # noqa: S603 - the project's own command, from its own file
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise EnvironmentFault(f"{shown}: cannot be run in {folder}: {error.strerror}") from None
    with process:
        try:
            printed, complained = process.communicate(timeout=within)
        except subprocess.TimeoutExpired:
            raise EnvironmentFault(f"{shown}: took longer than {within:g} s and was ended") from None
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        last = complained.decode("utf-8", "replace").strip().rpartition("\n")[2][:_SHOWN]
        raise EnvironmentFault(f"{shown}: ended with {process.returncode}: {last or 'it said nothing'}")
    return printed
