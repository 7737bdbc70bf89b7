"""
What a hub with a defect makes of those who stood still, went and came back: it forgets, or remembers, too much.

Each class stands before a hub of either kind; what it does not say it leaves as it is.
"""

from pathlib import Path
from typing import Any

import msgspec

from harness.protocol.connections import Action, Send, ServerConnection
from harness.protocol.messages import decode
from harness.protocol.occupancy import Channel
from harness.protocol.server import Hub


class Skipping(Hub):
    """DE-03:silent: whoever has not answered the ping behind one event yet is not sent the next."""

    def publish(self, *arguments: Any, **named: Any) -> list[Action]:
        """Ping whoever is sent an event, and pass over those who were pinged and kept silent."""
        actions: list[Action] = []
        for action in super().publish(*arguments, **named):
            if isinstance(action, Send):
                awake = tuple(one for one in action.recipients if not one.is_pinged)
                actions += [Send(awake, action.text)] if awake else []
                actions += map(self._ping, awake)
            else:
                actions.append(action)
        return actions


class Reusing(Hub):
    """CO-07:reused: whoever comes next is given the id of whoever went last."""

    _free = ""

    def connect(self, key: str, socket_id: str, **named: Any) -> tuple[ServerConnection, list[Action]]:
        """Take the old one where there is one."""
        socket_id, self._free = self._free or socket_id, ""
        return super().connect(key, socket_id, **named)

    def disconnect(self, connection: ServerConnection) -> list[Action]:
        """Keep its id for the next."""
        if connection.socket_id in self.connections:
            self._free = connection.socket_id
        return super().disconnect(connection)


class Haunted(Hub):
    """
    PR-04: whoever was there when a server was killed is listed by the one that takes its place.

    They are written down beside the log of the process, which works in a folder of its own.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._book = Path(f"presence-{self.app.id}.json")
        self._ghosts: dict[str, dict[str, Any]] = {}
        if self._book.exists():
            self._ghosts = msgspec.json.decode(self._book.read_bytes(), type=dict[str, dict[str, Any]])

    def _welcome(self, channel: Channel[ServerConnection], connection: ServerConnection) -> list[Action]:
        welcome = super()._welcome(channel, connection)
        if not channel.members():
            return welcome
        for member in channel.members():
            self._ghosts.setdefault(channel.name, {})[str(member.user_id)] = member.data.get("user_info")
        self._book.write_bytes(msgspec.json.encode(self._ghosts))
        return [self._with_ghosts(channel, one) for one in welcome]

    def _with_ghosts(self, channel: Channel[ServerConnection], action: Action) -> Action:
        if not isinstance(action, Send) or decode(action.text).event != "pusher_internal:subscription_succeeded":
            return action
        people = self._ghosts[channel.name]
        roster = {"count": len(people), "ids": list(people), "hash": people}
        return Send(action.recipients, self.wording.succeeded(channel.name, roster))

    def _leave(self, connection: ServerConnection, name: str) -> list[Action]:
        told = super()._leave(connection, name)
        channel = self.channels.get(name)
        there = {str(one.user_id) for one in channel.members()} if channel is not None else set()
        self._ghosts[name] = {id_: info for id_, info in self._ghosts.get(name, {}).items() if id_ in there}
        self._book.write_bytes(msgspec.json.encode(self._ghosts))
        return told
