"""What one rig serves and how long it waits; times are seconds, and a pace below one compresses them."""

from typing import Final

import msgspec

from harness.protocol.dialects import REVERB, Dialect

AUTH_PATHS: Final = ("/broadcasting/auth", "/api/broadcasting/auth", "/pusher/auth")
USER_AUTH_PATHS: Final = ("/broadcasting/user-auth", "/api/broadcasting/user-auth", "/pusher/user-auth")

_ANSWERS_WITHIN: Final = 10.0


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one run; its text form shows no secret."""

    secret: str
    dialect: Dialect = REVERB
    key: str = ""
    """The app's key; empty takes whatever key the client asks for."""
    channel: str = ""
    """The channel that the app will subscribe to; empty takes whatever it subscribes to."""
    auth_paths: tuple[str, ...] = AUTH_PATHS
    user_auth_paths: tuple[str, ...] = USER_AUTH_PATHS
    patience: float = 30.0
    """How long somebody, or an app, may take to come; not compressed."""
    pace: float = 1.0
    """How long a second of the protocol's is: for clients whose own timers are compressed too."""
    slowest: float = 2.0
    """How long a client that works may take for an answer, in real seconds, however short the protocol's are."""
    seed: int = 1
    has_operator: bool = False
    """Whether somebody, or a test driver that reads the status page, does in the app what is asked."""

    def __repr__(self) -> str:
        return f"Terms(dialect={self.dialect.name!r}, key={self.key!r}, channel={self.channel!r}, pace={self.pace!r})"

    def seconds(self, of_protocol: float, *, least: float = 0.0) -> float:
        """Give a time of the protocol's as this run counts it, no less than `least` real seconds."""
        return max(least, of_protocol * self.pace)

    @property
    def answer(self) -> float:
        """How long a client that works may take for an answer."""
        return self.seconds(_ANSWERS_WITHIN, least=self.slowest)
