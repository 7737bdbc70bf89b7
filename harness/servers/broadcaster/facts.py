"""What the nodes of one broadcaster tell each other: values on one ordered log that every node reads whole."""

from typing import Any

import msgspec


class Published(msgspec.Struct, frozen=True, tag=True):
    """An event was published; whoever has one of its channels delivers it, but not to the excluded socket."""

    event: str
    data: Any
    channels: tuple[str, ...]
    except_socket_id: str | None


class Relayed(msgspec.Struct, frozen=True, tag=True):
    """A client event was allowed; `text` is the frame that everybody but its sender is sent."""

    channel: str
    text: str
    sender: str


class Terminated(msgspec.Struct, frozen=True, tag=True):
    """Every connection of a person is to be ended."""

    user_id: str


class Joined(msgspec.Struct, frozen=True, tag=True):
    """A socket of this node listens to a channel; `channel_data` names its person, `None` for nobody."""

    socket_id: str
    channel: str
    channel_data: str | None


class Left(msgspec.Struct, frozen=True, tag=True):
    """A socket of this node no longer listens to a channel."""

    socket_id: str
    channel: str


class Present(msgspec.Struct, frozen=True, tag=True):
    """All that a node has, instead of whatever it was known to have: what it says first, and when it is asked."""

    connections: dict[str, dict[str, str | None]]
    """Socket id → channel → `channel_data`, as in `Joined`."""
    remembered: dict[str, str]
    """Cache channel → the frame that it repeats to newcomers."""


class Asked(msgspec.Struct, frozen=True, tag=True):
    """A node wants every other to say what it has."""


class Alive(msgspec.Struct, frozen=True, tag=True):
    """A beat: the node lives, and has read the log up to here when it reads this itself."""


class Gone(msgspec.Struct, frozen=True, tag=True):
    """The node stops, and its connections end with it."""


Fact = Published | Relayed | Terminated | Joined | Left | Present | Asked | Alive | Gone


class Envelope(msgspec.Struct, frozen=True):
    """
    A fact on the log, and who told it.

    `session` grows whenever a node attaches to the log anew, also under a new process: a fact of an earlier session
    says nothing about who listens now.
    """

    node: str
    session: int
    fact: Fact
