"""
The states of a connection and of a subscription, on both sides, as data.

Law: whatever decides which move is legal stands in `TRANSITIONS`; code, tests and the diagrams of ARCHITECTURE.md all
read it. A move that is not in it does not exist. What a move means on the wire is for `client` and `server` to say.

A connection lives once: nothing leads out of `closed`. A subscription is `absent` before, between and after.
"""

from collections.abc import Mapping
from typing import Final

TRANSITIONS: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "client connection": {
        "opening": {"establish": "established", "refuse": "refused", "lose": "closed"},
        # An error came where the handshake was due; some servers keep the connection and may still establish it.
        "refused": {"establish": "established", "refuse": "refused", "lose": "closed"},
        "established": {"lose": "closed"},
        "closed": {"lose": "closed"},
    },
    "client subscription": {
        "absent": {"subscribe": "pending", "unsubscribe": "absent"},
        "pending": {"subscribe": "pending", "succeed": "subscribed", "fail": "absent", "unsubscribe": "absent"},
        "subscribed": {"subscribe": "renewing", "succeed": "subscribed", "fail": "subscribed", "unsubscribe": "absent"},
        # Asked for again while it is held: a refusal leaves the first one alive (PROTOCOL.md 13).
        "renewing": {"subscribe": "renewing", "succeed": "subscribed", "fail": "subscribed", "unsubscribe": "absent"},
    },
    "server connection": {
        "opening": {"establish": "established", "close": "closed"},
        # A client that sends connection_established is told its own id again (PROTOCOL.md 13).
        "established": {"establish": "established", "close": "closed"},
        "closed": {"close": "closed"},
    },
    "server subscription": {
        # Leaving what was never joined, and joining twice, are silent or answered, never errors (PROTOCOL.md 13).
        "absent": {"subscribe": "subscribed", "unsubscribe": "absent"},
        "subscribed": {"subscribe": "subscribed", "unsubscribe": "absent"},
    },
}
"""Role, then state, then event, gives the next state; the first state of a role is the one it begins in."""


def advance(role: str, state: str, event: str) -> str:
    """
    Give the state that an event leads to.

    Raises `ValueError` when the table has no such move: the caller is wrong, never the peer, whose moves it must check
    against `TRANSITIONS[role][state]` first.
    """
    try:
        return TRANSITIONS[role][state][event]
    except KeyError as error:
        raise ValueError(f"a {role} that is {state!r} cannot {event!r}; see TRANSITIONS[{role!r}]") from error


def diagram(role: str) -> str:
    """Draw the states of a role as a Mermaid state diagram."""
    states = TRANSITIONS[role]
    moves = [
        f"    {state} --> {target}: {event}" for state, events in states.items() for event, target in events.items()
    ]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {next(iter(states))}", *moves])
