"""What a target is, as values: addresses, who plays whom, who may join which channel, what is granted and agreed."""

import sys
from collections.abc import Callable
from typing import Final, Literal

import msgspec

from harness.config.budgets import Budgets
from harness.config.capabilities import CAPABILITIES, SERVED, May, checked_words
from harness.config.contract import LARAVEL, Contract
from harness.config.services import Service
from harness.config.transport import DIRECT, Transport

Topology = Literal["embedded", "containers", "remote"]
DialectName = Literal["pusher", "reverb", "soketi", "sockudo", "pusher-fake"]
Publishes = Literal["before-answer", "unknown"]
Revokes = Literal["closes", "unknown"]
Database = Literal["sqlite", "postgresql", "mariadb"]
Audience = Literal["participants", "company", "self", "signed-in", "anyone", "nobody"]


class Backend(msgspec.Struct, frozen=True, kw_only=True):
    """
    The HTTP application; `url` is empty until a topology has started it.

    `publishes = "before-answer"` promises that a send is answered only after its event was handed to the broadcaster,
    which spares a fence its canary (DESIGN.md, section 6). `revokes = "closes"` promises that whoever loses a right
    (logged out, expired, removed, conversation deleted) loses the connections that they joined a presence channel on.
    `login_limit` is after how many wrong passwords in a row a login is refused with 429; 0: nobody says.
    `database` is what stands behind the reference backend in containers.
    """

    url: str = ""
    contract: Contract = LARAVEL
    publishes: Publishes = "unknown"
    revokes: Revokes = "unknown"
    login_limit: int = 0
    database: Database = "sqlite"
    transport: Transport = DIRECT
    adapter: str = ""
    """The class of a project that asks in its own way: `module:Class`, or the name of an entry point."""


class Broadcaster(msgspec.Struct, frozen=True, kw_only=True):
    """The WebSocket server: `url` is ws:// or wss://, `api_url` that of its signed HTTP API; the key is public."""

    url: str = ""
    api_url: str = ""
    dialect: DialectName = "reverb"
    app_id: str = ""
    key: str = ""
    secret: str | None = None
    nodes: int = 1
    """How many servers act as one, where the stack is ours."""
    other_urls: tuple[str, ...] = ()
    """The WebSocket addresses of the further nodes; people are spread over all."""
    activity_timeout: float = 0.0
    """Seconds of silence after which a client is to ping, where the stack is ours; 0: as its dialect has it."""
    transport: Transport = DIRECT

    def __repr__(self) -> str:
        return _without_secrets(self, "secret")


class ChannelRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may join the channels that `pattern` matches, and who may publish on them; no rule means nobody."""

    name: str
    """What reports call it."""
    pattern: str
    """Name of the channels, with `{company}`, `{conversation}`, `{user}` and what `world.values` names."""
    join: Audience
    """Who may join."""
    publish: Audience = "nobody"
    """Who may send client events."""

    def __post_init__(self) -> None:
        """Refuse a rule that cannot be decided: its audience needs a placeholder that the pattern lacks."""
        for audience in (self.join, self.publish):
            needed = _NEEDS.get(audience)
            if needed and f"{{{needed}}}" not in self.pattern:
                raise ValueError(f"the pattern {self.pattern!r} lacks {{{needed}}}, which {audience!r} is decided by")


_NEEDS: Final = {"participants": "conversation", "company": "company", "self": "user"}


class Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who plays a role; ids are the backend's own."""

    name: str
    """The role: alice, bob, carol, eve or mallory."""
    email: str
    """What they log in with."""
    password: str
    """Their password, as `${NAME}`."""
    company: int | str | None = None
    """The id of their company."""
    id: int | str | None = None
    """Their id; it is asked for where it is missing."""
    display_name: str = ""
    """What others see."""

    def __repr__(self) -> str:
        return _without_secrets(self, "password")


class World(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What is there already: the fixed `conversation`, or `None` where each test makes its own.

    `values` holds what stands for further placeholders of channel patterns, beside company, conversation and user.
    """

    conversation: int | str | None = None
    """The id of a conversation of alice and bob, where none may be made."""
    values: dict[str, int | str] = {}
    """What stands for further placeholders of channel patterns."""
    companies: tuple[int | str, ...] = ()
    """For a cast that registers: whose alice and her colleagues are, and that of mallory."""


class Secrets(msgspec.Struct, frozen=True):
    """Values that must not be shown; neither does its text form."""

    values: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<{len(self.values)} secrets>"


class TargetDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """The system under test; a topology fills in what only a running stack knows (addresses, cast, secrets)."""

    name: str
    topology: Topology
    backend: Backend
    broadcaster: Broadcaster
    channels: tuple[ChannelRule, ...]
    cast: tuple[Person, ...]
    world: World
    may: May
    budgets: Budgets
    production: bool = False
    seed: tuple[str, ...] = ()
    """The command that makes a cast and prints it."""
    made: tuple[str, ...] = ()
    """Who of the cast was made for this run, to be deleted in the end."""
    services: dict[str, Service] = {}
    """The containers of a stack of somebody's own images; none where our reference servers run."""
    roles: dict[str, str] = {}
    """Which of them is the `backend` and which the `broadcaster`."""
    folder: str = ""
    """Where what they are built from and what they mount is looked for."""
    secrets: Secrets = Secrets()
    """What they are told and nobody else may read: every value that the file takes from the environment."""

    @property
    def capabilities(self) -> frozenset[str]:
        """The words of `CAPABILITIES` that this target has and lets us use."""
        return frozenset(word for word in CAPABILITIES if not self.why_not(word))

    def why_not(self, capability: str) -> str:
        """
        Say why this target does not serve a capability: the reason in "not exercised", "" when it does.

        Raise `UsageError` for a word that is none.
        """
        checked_words((capability,), "needs")
        if self.production and capability not in _PRODUCTION:
            return f"target {self.name} is production: it is read, and one message is sent"
        if capability not in SERVED[self.topology]:
            return f"target {self.name} ({self.topology}) does not serve {capability}: {_NOT_SERVED[capability]}"
        lacking = _LACKING.get(capability)
        if lacking and (reason := lacking(self)):
            return f"target {self.name} {reason}"
        if not getattr(self.may, capability):
            return f"not granted: [targets.{self.name}.may] does not say {capability} = true"
        return ""


_PRODUCTION: Final = ("write", "stamps")

_NOT_SERVED: Final = {
    "restart": "nothing of ours can restart its servers",
    "two_nodes": "it has one broadcaster",
    "logs": "its logs are not ours to read",
    "containers": "it runs in no containers of ours",
}


def _no_secret(target: TargetDeclaration) -> str:
    started_by_us = target.topology != "remote"
    return "" if started_by_us or target.broadcaster.secret else "declares no broadcaster.secret"


def _no_route(*names: str) -> Callable[[TargetDeclaration], str]:
    def reason(target: TargetDeclaration) -> str:
        missing = [name for name in names if getattr(target.backend.contract, name) is None]
        return f"has no route for {' and '.join(missing)}" if missing else ""

    return reason


def _no_presence(target: TargetDeclaration) -> str:
    declared = any(rule.pattern.startswith("presence-") and rule.join != "nobody" for rule in target.channels)
    return "" if declared else "declares no presence channel that anybody may join"


def _no_stamps(target: TargetDeclaration) -> str:
    if sys.platform != "linux":
        return "is driven from a platform without kernel receive stamps"
    return "is reached over TLS, which hides kernel receive stamps" if target.broadcaster.url.startswith("wss") else ""


def _proxied(target: TargetDeclaration) -> str:
    declared = (target.backend.transport.proxy, target.broadcaster.transport.proxy)
    return "is reached through an HTTP proxy, which a fault of ours cannot stand behind" if any(declared) else ""


def _one_node(target: TargetDeclaration) -> str:
    return "" if target.broadcaster.nodes > 1 else "has one broadcaster"


_LACKING: Final[dict[str, Callable[[TargetDeclaration], str]]] = {
    "secret": _no_secret,
    "terminate": _no_secret,
    "registration": _no_route("register"),
    "write": _no_route("send"),
    "create": _no_route("create"),
    "membership": _no_route("add_participant", "remove_participant"),
    "wrong_passwords": _no_route("login"),
    "presence": _no_presence,
    "stamps": _no_stamps,
    "faults": _proxied,
    "two_nodes": _one_node,
}


def _without_secrets(value: msgspec.Struct, *secret: str) -> str:
    shown = (
        f"{name}={'…' if name in secret and getattr(value, name) else repr(getattr(value, name))}"
        for name in value.__struct_fields__
    )
    return f"{type(value).__name__}({', '.join(shown)})"
