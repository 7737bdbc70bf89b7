"""
How a server that runs is given other defects: by whoever started it, over its standard input, and by nobody else.

A server that was not started for it has no switch.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from harness.errors import UsageError
from harness.lifetime import announce

Become = Callable[[tuple[str, ...]], None]
"""Lets a server have these defects, and no others, from now on; raises `UsageError` for one that it does not know."""


class _Told(msgspec.Struct, forbid_unknown_fields=True):
    defects: tuple[str, ...]


class Switch:
    """Takes what shall be wrong; without `connect` it refuses."""

    def __init__(self) -> None:
        self._become: Become | None = None

    def connect(self, become: Become) -> None:
        """Let this be done from now on."""
        self._become = become

    def take(self, message: dict[str, Any]) -> None:
        """Do what the parent says, and answer; raises `UsageError` for what cannot be done."""
        if self._become is None:
            raise UsageError("this server was started without a switch, so its defects stay as they are")
        try:
            defects = msgspec.convert(message, _Told).defects
        except msgspec.ValidationError as error:
            raise UsageError(f'the switch takes {{"defects": [...]}}: {error}') from None
        self._become(defects)
        announce({"defects": list(defects)})
