"""
What a hub does otherwise that breaks the protocol and no guarantee of a chat: for the conformance suite to find.

Each class stands before a hub of either kind; what it does not say it leaves as it is.
"""

from typing import Any

from harness.protocol.connections import Action, Close, ServerConnection
from harness.protocol.messages import decode
from harness.protocol.server import Hub


class AnyKey(Hub):
    """PT-17: whatever key is asked for is the app's."""

    def connect(self, key: str, *arguments: Any, **times: Any) -> tuple[ServerConnection, list[Action]]:
        """Ask for the right one."""
        del key
        return super().connect(self.app.key, *arguments, **times)


class Contagious(Hub):
    """PT-18: what is no frame ends the connections of everybody else."""

    def receive_text(self, connection: ServerConnection, text: str | bytes, *, now: float) -> list[Action]:
        """Answer as ever, and look whether it was one."""
        actions = super().receive_text(connection, text, now=now)
        try:
            decode(text)
        except ValueError:
            others = [one for one in self.connections.values() if one is not connection]
            actions += [action for one in others for action in (*self.disconnect(one), Close(one, None))]
        return actions
