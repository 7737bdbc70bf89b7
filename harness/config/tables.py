"""The shapes that a `[targets.…]` table may have in a file; `targets` makes declarations of them."""

from typing import Annotated, Any, Literal

import msgspec

from harness.config.contract import EventShape, RouteTable
from harness.config.credentials import SANCTUM, Authentication, Csrf
from harness.config.declarations import ChannelRule, Database, DialectName, Person, Publishes, Revokes, Topology, World
from harness.config.durations import Seconds
from harness.config.reference import CONVERSATION_RULE
from harness.config.services import Service
from harness.config.transport import Tls

Override = RouteTable | bool | None


class OwnBroadcasterTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `[targets.….broadcaster]` of a stack that we start; several `nodes`, which act as one, are for containers.

    `activity_timeout = "2s"`, which is for embedded, shortens all the timers by which it looks for silent clients.
    """

    dialect: DialectName = "reverb"
    activity_timeout: Seconds | None = None
    nodes: Literal[1, 2] = 1


class OwnBackendTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `[targets.….backend]` of a stack that we start: `revokes = "unknown"` makes it behave as plain Laravel does.

    `database` is for containers; child processes have SQLite in memory, and may log people in by cookies
    (`authentication = "cookie"`), as Sanctum does for a single-page application.
    """

    revokes: Revokes = "closes"
    database: Database = "sqlite"
    authentication: Authentication = "bearer"


class OwnTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[targets.…]` of a stack that we start: addresses, people and secrets are ours to know."""

    topology: Topology
    backend: OwnBackendTable = OwnBackendTable()
    broadcaster: OwnBroadcasterTable = OwnBroadcasterTable()
    may: dict[str, Any] = {}
    budgets: dict[str, Any] = {}


class BroadcasterOfServiceTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[targets.….broadcaster]` of a stack of somebody's own images: which of its services it is."""

    service: str
    key: str
    app_id: str = ""
    secret: str | None = None
    dialect: DialectName = "reverb"


class BroadcasterTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[targets.….broadcaster]` of something that runs already: one `url`, or the `urls` of several nodes."""

    url: str = ""
    urls: tuple[str, ...] = ()
    key: str
    app_id: str = ""
    secret: str | None = None
    dialect: DialectName = "reverb"
    api_url: str | None = None
    headers: dict[str, str] = {}
    tls: Tls = Tls()
    proxy: str = ""


class ContractTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a backend differs from the named contract, route by route."""

    contract: Literal["laravel"] = "laravel"
    publishes: Publishes = "unknown"
    revokes: Revokes = "unknown"
    login_limit: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    ability: str = ""
    authentication: Authentication = "bearer"
    csrf: Csrf = SANCTUM
    event: EventShape = EventShape()
    login: Override = None
    logout: Override = None
    user: Override = None
    authorize: Override = None
    send: Override = None
    read: Override = None
    create: Override = None
    add_participant: Override = None
    remove_participant: Override = None
    register: Override = None
    delete_conversation: Override = None
    revoke: Override = None
    delete_account: Override = None


class BackendTable(ContractTable, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[targets.….backend]` of something that runs already: besides its contract, its address and the way there."""

    url: str
    adapter: str = ""
    headers: dict[str, str] = {}
    tls: Tls = Tls()
    proxy: str = ""


class BackendOfServiceTable(ContractTable, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[targets.….backend]` of a stack of somebody's own images: which of its services it is."""

    service: str
    prefix: str = ""
    """The path before every route."""


class ComposedTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[targets.…]` of a stack of somebody's own images."""

    topology: Topology
    services: dict[str, Service]
    backend: BackendOfServiceTable
    broadcaster: BroadcasterOfServiceTable
    channels: tuple[ChannelRule, ...] = (CONVERSATION_RULE,)
    cast: tuple[Person, ...] = ()
    world: World = World()
    may: dict[str, Any] = {}
    budgets: dict[str, Any] = {}


class RemoteTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[targets.…]` of something that runs already."""

    topology: Topology
    backend: BackendTable
    broadcaster: BroadcasterTable
    channels: tuple[ChannelRule, ...] = (CONVERSATION_RULE,)
    cast: tuple[Person, ...] = ()
    seed: tuple[str, ...] = ()
    world: World = World()
    may: dict[str, Any] = {}
    budgets: dict[str, Any] = {}
    production: bool = False
