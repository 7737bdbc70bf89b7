"""
Faults behind a healthy backend, switched while it runs: a database that answers late, a broadcaster out of reach.

    parent ── {"faults": {"database_delay": 0.2, "broadcaster_unreachable": true}} ──▶ stdin (`lifetime`)

What is not named is well; `{"faults": {}}` ends them all.
"""

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


class FaultSwitch:
    """Takes what the parent says; it works from the moment at which there are services."""

    def __init__(self) -> None:
        self.services: Services | None = None

    def take(self, message: dict[str, Any]) -> None:
        """Do what a message says; raises `UsageError` for one that cannot be understood, or comes too early."""
        if self.services is None:
            raise UsageError("the backend is not ready yet")
        try:
            faults = msgspec.convert(message, _Told).faults
        except msgspec.ValidationError as error:
            raise UsageError(f"the message is wrong: {error}") from None
        self.services.store.slowness.seconds = faults.database_delay
        self.services.publisher.is_cut_off = faults.broadcaster_unreachable
        announce({"faults": msgspec.to_builtins(faults)})
