"""The server that is examined: where it is, the apps that it serves for us, and what else it is able to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self

from harness.config import TargetDeclaration
from harness.conformance.webhooks import Receiver
from harness.errors import NotExercised
from harness.topology.embedded import Timers

MAIN: Final = "main"

NEEDS: Final[Mapping[str, str]] = {
    "secret": "the secret of its app is not known",
    "api": "its HTTP API cannot be called without the secret of its app",
    "client_events": "its app does not say that clients may send events",
    "presence_limits": "it is not known to limit presence channels",
    "signin": "its app does not say that users may sign in",
    "watchlist": "its app does not say that it has watchlists",
    "webhooks": "its app has no webhook that comes to us",
    "cache": "it is not known to have cache channels",
    "short_timers": "its timers are not ours to compress, and nobody waits for minutes",
}
"""What a case may need, and the reason why it is not exercised without."""


@dataclass(frozen=True)
class Account:
    """The credentials of one app; an unknown secret is empty."""

    id: str
    key: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Server:
    """One server as we may use it."""

    name: str
    url: str
    """`ws://host:port`, a prefix behind it where paths have one."""
    api_url: str
    dialect: str
    apps: Mapping[str, Account]
    """By the role that they play in cases; `main` is always there."""
    serves: frozenset[str] = frozenset()
    is_ours: bool = False
    """Whether it has to do what its dialect is known for where the specification is silent."""
    timers: Timers | None = None
    hurried: Self | None = None
    """The same with compressed timers, for cases that wait."""
    receiver: Receiver | None = None
    """Where the webhooks of its app `hooked` come to."""

    def why_not(self, need: str) -> str:
        """Say why a need cannot be served, "" when it can."""
        if need.startswith("app:"):
            role = need.removeprefix("app:")
            return "" if role in self.apps else f"it has no app that is {role!r}"
        is_served = need in self.serves or (need == "short_timers" and self.hurried is not None)
        return "" if is_served else NEEDS[need]

    def missing(self, needs: Iterable[str]) -> str:
        """Give the reason of the first need that cannot be served, "" when all can."""
        return next(filter(None, map(self.why_not, needs)), "")

    def app(self, role: str) -> Account:
        """Give the credentials of an app; raises `NotExercised` when there is none of that role."""
        if role not in self.apps:
            raise NotExercised(self.why_not(f"app:{role}"))
        return self.apps[role]


def server_of(declaration: TargetDeclaration) -> Server:
    """Describe the broadcaster that a target declares, with the one app that is declared of it."""
    theirs = declaration.broadcaster
    serves = {"cache"} | ({"secret", "api"} if theirs.secret else set())
    if theirs.dialect in _LETS_CLIENTS_SPEAK:
        serves.add("client_events")
    return Server(
        declaration.name,
        theirs.url,
        theirs.api_url,
        theirs.dialect,
        {MAIN: Account(theirs.app_id or "", theirs.key, theirs.secret or "")},
        frozenset(serves),
    )


def hurrying(server: Server, hurried: Server) -> Server:
    """Give a server with its twin that has compressed timers."""
    return replace(server, hurried=hurried)


_LETS_CLIENTS_SPEAK: Final = frozenset({"reverb", "pusher-fake"})
"""Products that take client events unless they are told otherwise (PROTOCOL.md 5)."""
