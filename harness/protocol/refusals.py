"""How a server says no: one word for each reason, and what a dialect makes of it on the wire."""

from typing import Literal

import msgspec

Why = Literal[
    # to what cannot be understood
    "malformed",
    "unsupported",
    # to whoever connects
    "unknown key",
    "disabled",
    "version missing",
    "version malformed",
    "version unsupported",
    "origin",
    "over quota",
    # to whoever subscribes
    "name length",
    "name characters",
    "another's channel",
    "no auth",
    "no key part",
    "another key",
    "bad signature",
    "unreadable data",
    "nobody named",
    "id length",
    "member size",
    "channel full",
    "repeated",
    "not subscribed",
    # to whoever sends client events
    "client events off",
    "public channel",
    "no member",
    "event name length",
    "event size",
    "event rate",
    # to whoever signs in
    "sign-in off",
    "bad sign-in",
    "no user id",
    "watchlist length",
    # to whoever was let in once
    "frame rate",
    "late",
    "no pong",
    "inactive",
    "terminated",
    "farewell",
]
"""Every reason that there is. What a product never says is missing from its dialect, and not looked for there."""


class Refusal(msgspec.Struct, frozen=True):
    """What one product says for one reason; in `message` stand the values of the case, in braces."""

    code: int | None
    """The code of the error, `None` for null; the `status` of a subscription error; the code of the close frame."""
    message: str = ""
    said_as: Literal["error", "subscription error", "nothing"] = "error"
    type: str | None = None
    """`type` of a subscription error, `None` for none (2.2)."""
    closes: bool = False
    """The connection ends behind it, with the code where the dialect has close codes."""


class PeerError(Exception):
    """
    A client asked for what it may not have.

    `code` and `message` are for the client, `reason` is for our log and never holds a signature.
    """

    def __init__(self, refusal: Refusal, reason: str, *, channel: str | None = None, **values: object) -> None:
        super().__init__(reason)
        self.refusal = refusal
        self.code = refusal.code
        self.message = refusal.message.format(channel=channel, **values)
        self.reason = reason
        self.channel = channel
