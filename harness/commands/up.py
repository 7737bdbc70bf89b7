"""`realtime up`: the embedded stack for hand use, until somebody ends it."""

import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

import click

from harness.commands.sheet import as_json, as_text
from harness.commands.target_file import check_writable, write
from harness.config import cache_folder, own_target
from harness.topology import Deployment
from harness.topology.embedded import start

_LOOKS_EVERY_SECONDS = 0.25
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, a service manager, and a terminal that is closed."""
_PORT = click.IntRange(0, 65535)


@click.command(short_help="Serve the embedded stack for hand use.")
@click.option("--port", type=_PORT, default=0, help="The backend's port; by default one that is free.")
@click.option("--broadcaster-port", type=_PORT, default=0, help="The broadcaster's port; by default one that is free.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Which world is seeded.")
@click.option("--json", "wants_json", is_flag=True, help="Print one JSON object with addresses, secret and passwords.")
@click.option("--target-file", type=click.Path(path_type=Path), help="Write a realtime.toml that declares the stack.")
def up(*, port: int, broadcaster_port: int, seed: int, wants_json: bool, target_file: Path | None) -> None:
    """Start the embedded stack, say how it is reached, and serve until Ctrl-C."""
    for number in _ENDS:
        signal.signal(number, _leave)
    try:
        if target_file:
            check_writable(target_file)
        with tempfile.TemporaryDirectory(prefix="realtime-up-") as folder:
            declaration = own_target("embedded", "embedded")
            ports = (port, broadcaster_port)
            stack = start(declaration, seed=seed, folder=Path(folder), cache=cache_folder(), ports=ports)
            try:
                if target_file:
                    write(target_file, stack.target)
                is_shown = sys.stdout.isatty()
                click.echo(as_json(stack.target) if wants_json else as_text(stack.target, passwords=is_shown))
                _serve(stack)
            finally:
                stack.stop()
    except KeyboardInterrupt:
        return


def _serve(stack: Deployment) -> None:
    """Look at the servers until a signal ends this; a server that dies is an `EnvironmentFault`."""
    while True:
        stack.check()
        time.sleep(_LOOKS_EVERY_SECONDS)


def _leave(number: int, frame: FrameType | None) -> None:
    """Leave in order at the first signal; the end itself is not interrupted by a second."""
    del number, frame
    for ours in _ENDS:
        signal.signal(ours, signal.SIG_IGN)
    raise KeyboardInterrupt
