"""
Faults behind a healthy backend, switched while it runs: a database that answers late, a broadcaster out of reach.

    parent ── {"faults": {"database_delay": 0.2, "broadcaster_unreachable": true}} ──▶ stdin (`lifetime`)

What is not named is well; `{"faults": {}}` ends them all. With `"anew": true` the database is put back to the world
first, for another run on the same servers.
"""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from harness.errors import UsageError
from harness.lifetime import announce
from harness.servers.backend.services import Services


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong around the backend; a delay is in seconds, and each question to the database takes it."""

    database_delay: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.0
    broadcaster_unreachable: bool = False


class _Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    faults: Faults
    anew: bool = False


class FaultSwitch:
    """Takes what the parent says; it works from the moment at which there are services."""

    def __init__(self) -> None:
        self.services: Services | None = None
        self.begin_anew: Callable[[], None] = lambda: None
        """Puts the database back to the world, wherever it must be called."""

    def take(self, message: dict[str, Any]) -> None:
        """Do what a message says; raises `UsageError` for one that cannot be understood, or comes too early."""
        if self.services is None:
            raise UsageError("the backend is not ready yet")
        try:
            told = msgspec.convert(message, _Told)
        except msgspec.ValidationError as error:
            raise UsageError(f"the message is wrong: {error}") from None
        if told.anew:
            self.begin_anew()
        faults = told.faults
        self.services.store.slowness.seconds = faults.database_delay
        self.services.publisher.is_cut_off = faults.broadcaster_unreachable
        announce({"faults": msgspec.to_builtins(faults)})
