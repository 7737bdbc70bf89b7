"""
Packets that are lost on their way to a container and back: a rule in its own network, never in that of the machine.

It takes what only a machine of one's own has: an engine on it, root, `nsenter` and `iptables`.
"""

import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Final

from harness.errors import NotExercised, UsageError
from harness.topology import engine

_PATIENCE: Final = 10.0
_MARK: Final = ("-m", "comment", "--comment", "realtime-harness")
_LOOPBACK: Final = {"INPUT": ("!", "-i", "lo"), "OUTPUT": ("!", "-o", "lo")}


def begin(process: int, *, share: float) -> None:
    """
    Lose this share of the packets, 1 for all of them, in the network of a process of the engine's, but its loopback.

    Raises `NotExercised` with the reason where that cannot be done, `UsageError` for a share that is none.
    """
    if not 0 < share <= 1:
        raise UsageError(f"share is {share}; it lies above 0, where nothing is lost, and is 1 at most, for all")
    try:
        for chain in _LOOPBACK:
            _rule(process, "-I", chain, share)
    except NotExercised:
        if not _why_not(process):
            end(process)
        raise


def end(process: int) -> None:
    """Lose nothing any more; where nothing was lost, nothing happens."""
    for chain in _LOOPBACK:
        listed = _ran(process, "iptables", "-S", chain).stdout.splitlines()
        for rule in listed:
            if "realtime-harness" in rule:
                _ran(process, "iptables", "-D", *shlex.split(rule)[1:])


def _rule(process: int, act: str, chain: str, share: float) -> None:
    some = () if share == 1 else ("-m", "statistic", "--mode", "random", "--probability", f"{share:.6f}")
    done = _ran(process, "iptables", act, chain, *_LOOPBACK[chain], *some, *_MARK, "-j", "DROP")
    if done.returncode:
        raise NotExercised(f"packets cannot be lost here: iptables says {done.stderr.strip() or done.returncode}")


def _ran(process: int, *command: str) -> "subprocess.CompletedProcess[str]":
    """Run a command in the network of another process; raises `NotExercised` where there is no way into it."""
    if reason := _why_not(process):
        raise NotExercised(f"packets cannot be lost here: {reason}")
    return subprocess.run(  # noqa: S603 - words of ours, and a number of the engine's
        [str(shutil.which("nsenter")), "--target", str(process), "--net", *command],
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )


def _why_not(process: int) -> str:
    if engine.reached_at() != "127.0.0.1":
        return "the Docker engine is on another machine"
    if shutil.which("nsenter") is None or shutil.which("iptables") is None:
        return "it takes nsenter and iptables, which are not both installed"
    if os.geteuid():
        return "only root may do that to the network of a container"
    try:
        is_ours = _network(process) == _network(os.getpid())
    except OSError:
        return "the engine's processes are not to be seen from here"
    return "that would be the network of this machine" if is_ours else ""


def _network(process: int) -> str:
    return str(Path(f"/proc/{process}/ns/net").readlink())
