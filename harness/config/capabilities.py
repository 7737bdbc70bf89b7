"""The closed list of what a target may be able to do, and which part of it a run may use (DESIGN.md, section 4)."""

from collections.abc import Iterable
from typing import Annotated, Final

import msgspec

from harness.errors import UsageError

CAPABILITIES: Final = (
    "secret",
    "registration",
    "write",
    "create",
    "terminate",
    "wrong_passwords",
    "membership",
    "presence",
    "client_events",
    "faults",
    "restart",
    "load",
    "defects",
    "two_nodes",
    "logs",
    "stamps",
    "containers",
)
"""Every word that `needs`, `--realtime-require`, `may` and "not exercised" know."""

_ADDRESSES: Final = frozenset(
    {
        "secret",
        "registration",
        "write",
        "create",
        "terminate",
        "wrong_passwords",
        "membership",
        "presence",
        "client_events",
        "load",
        "stamps",
    }
)

SERVED: Final = {
    "embedded": _ADDRESSES | {"logs", "faults", "restart", "defects"},
    "containers": _ADDRESSES | {"logs", "containers", "two_nodes", "faults", "restart", "defects"},
    "remote": _ADDRESSES | {"faults", "defects"},  # those that are made on our side of the wire
}
"""What each topology can serve at all, whatever is granted."""


class May(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Which of its capabilities the owner of a target lets us use; one member a word of `CAPABILITIES`.

    `requests_per_second` is how many requests may begin in any second, 0 for any number.
    """

    secret: bool = False
    """Use the app's secret: publish, and ask the HTTP API."""
    registration: bool = False
    """Register people."""
    write: bool = False
    """Send messages."""
    create: bool = False
    """Make conversations."""
    terminate: bool = False
    """Have the broadcaster end somebody's connections."""
    wrong_passwords: bool = False
    """Try wrong passwords until a login is refused."""
    membership: bool = False
    """Add participants to conversations, and remove them."""
    presence: bool = False
    """Join presence channels."""
    client_events: bool = False
    """Send client events."""
    faults: bool = False
    """Break the network, on our side of the wire."""
    restart: bool = False
    """Stop and start its servers."""
    load: bool = False
    """Make many connections and messages."""
    defects: bool = False
    """Give it defects, to see what a suite catches."""
    two_nodes: bool = False
    """Use a broadcaster of several nodes."""
    logs: bool = False
    """Read the logs of its servers."""
    stamps: bool = False
    """Take kernel stamps of when a frame came."""
    containers: bool = False
    """Run its servers in containers."""
    requests_per_second: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """Requests that may begin in any second; 0 for any number; a remote target that says none has 5."""


EVERYTHING: Final = May(**dict.fromkeys(CAPABILITIES, True))
"""The grant of targets that are ours: `embedded` and `containers`."""

WRITE_ONLY: Final = May(write=True, secret=True, stamps=True, requests_per_second=5)
"""
The grant of a remote target that says nothing: messages, and no other act, at five requests a second.

A secret was granted by whoever wrote it into the file; reading kernel stamps touches nothing of the target's.
"""


def checked_words(words: Iterable[str], asked_by: str) -> tuple[str, ...]:
    """Give the words back in order; raise `UsageError` that names `asked_by`, the unknown word and the known ones."""
    asked = tuple(words)
    for word in asked:
        if word not in CAPABILITIES:
            raise UsageError(f"{asked_by}: {word!r} is no capability; known are {', '.join(CAPABILITIES)}")
    return asked
