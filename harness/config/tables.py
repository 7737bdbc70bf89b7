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
    """The dialect that our broadcaster speaks; see Words for those that it can."""
    activity_timeout: Seconds | None = None
    """Silence after which a client is to ping; embedded only."""
    nodes: Literal[1, 2] = 1
    """Servers that act as one; containers only."""


class OwnBackendTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `[targets.….backend]` of a stack that we start: `revokes = "unknown"` makes it behave as plain Laravel does.

    `database` is for containers; child processes have SQLite in memory. `authentication = "cookie"` logs people in as
    Sanctum does for a single-page application.
    """

    revokes: Revokes = "closes"
    """Whether whoever loses a right also loses their connections."""
    database: Database = "sqlite"
    """What stores the messages; other than SQLite in containers only."""
    authentication: Authentication = "bearer"
    """A bearer token, or the cookie of a session."""


class OwnTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[targets.…]` of a stack that we start: addresses, people and secrets are ours to know."""

    topology: Topology
    """`embedded` (child processes) or `containers`."""
    backend: OwnBackendTable = OwnBackendTable()
    """How our backend behaves; see that table."""
    broadcaster: OwnBroadcasterTable = OwnBroadcasterTable()
    """How our broadcaster behaves; see that table."""
    may: dict[str, Any] = {}
    """What its owner lets a run do; see that table."""
    budgets: dict[str, Any] = {}
    """Agreed limits; see that table."""


class BroadcasterOfServiceTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[targets.….broadcaster]` of a stack of somebody's own images: which of its services it is."""

    service: str
    """The name of its service."""
    key: str
    """The public key of the app."""
    app_id: str = ""
    """The id of the app, for its HTTP API."""
    secret: str | None = None
    """The secret of the app, as `${NAME}`; without it, what needs one is not exercised."""
    dialect: DialectName = "reverb"
    """The dialect that it speaks."""


class BroadcasterTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[targets.….broadcaster]` of something that runs already: one `url`, or the `urls` of several nodes."""

    url: str = ""
    """Its address, `ws://…` or `wss://…`, with the path in front of `/app` if there is one."""
    urls: tuple[str, ...] = ()
    """The addresses of all nodes, instead of `url`; people are spread over them."""
    key: str
    """The public key of the app."""
    app_id: str = ""
    """The id of the app, for its HTTP API."""
    secret: str | None = None
    """The secret of the app, as `${NAME}`; without it, what needs one is not exercised."""
    dialect: DialectName = "reverb"
    """The dialect that it speaks."""
    api_url: str | None = None
    """The address of its HTTP API, where that is not `url` with http."""
    headers: dict[str, str] = {}
    """Sent along with every request, such as the token of a gateway."""
    tls: Tls = Tls()
    """Certificates that are trusted and shown; see that table."""
    proxy: str = ""
    """An HTTP proxy, `http://host:port`, or `environment` for what HTTPS_PROXY and NO_PROXY say."""


class ContractTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a backend differs from the named contract, route by route."""

    contract: Literal["laravel"] = "laravel"
    """The routes, fields and event to begin with."""
    publishes: Publishes = "unknown"
    """`before-answer` promises that a send is answered only after its event went to the broadcaster."""
    revokes: Revokes = "unknown"
    """`closes` promises that whoever loses a right loses their connections too."""
    login_limit: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    """Wrong passwords in a row after which a login is refused with 429; 0: nobody says."""
    ability: str = ""
    """The ability that a token needs for joining a channel."""
    authentication: Authentication = "bearer"
    """A bearer token, or the cookie of a session (Sanctum's SPA login)."""
    csrf: Csrf = SANCTUM
    """How a session proves that a request is its own; see that table."""
    event: EventShape = EventShape()
    """What a sent message is broadcast as; see that table."""
    login: Override = None
    """Where somebody logs in and gets a token."""
    logout: Override = None
    """Ends the token that asks."""
    user: Override = None
    """Tells who asks."""
    authorize: Override = None
    """Where a subscription to a guarded channel is signed."""
    send: Override = None
    """Sends a message to a conversation."""
    read: Override = None
    """Lists the messages of a conversation."""
    create: Override = None
    """Makes a conversation."""
    add_participant: Override = None
    """Adds somebody to a conversation."""
    remove_participant: Override = None
    """Takes somebody out of a conversation."""
    register: Override = None
    """Registers somebody, for a cast that is made for the run."""
    delete_conversation: Override = None
    """Deletes a conversation: how what a run made is tidied up."""
    revoke: Override = None
    """Ends every token of whoever asks, as from another device."""
    delete_account: Override = None
    """Deletes the account of whoever asks: how people who registered are tidied up."""


class BackendTable(ContractTable, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[targets.….backend]` of something that runs already: besides its contract, its address and the way there."""

    url: str
    """Its address, `http(s)://…`, with the path in front of every route if there is one."""
    adapter: str = ""
    """A class of yours that asks in its own way: `module:Class`, or an entry point of `realtime.backends`."""
    headers: dict[str, str] = {}
    """Sent along with every request, such as the token of a gateway."""
    tls: Tls = Tls()
    """Certificates that are trusted and shown; see that table."""
    proxy: str = ""
    """An HTTP proxy, `http://host:port`, or `environment` for what HTTPS_PROXY and NO_PROXY say."""


class BackendOfServiceTable(ContractTable, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[targets.….backend]` of a stack of somebody's own images: which of its services it is."""

    service: str
    """The name of its service."""
    prefix: str = ""
    """The path before every route."""


class ComposedTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[targets.…]` of a stack of somebody's own images."""

    topology: Topology
    """`containers`."""
    services: dict[str, Service]
    """The containers by name; see that table."""
    backend: BackendOfServiceTable
    """Which service the backend is, and its contract."""
    broadcaster: BroadcasterOfServiceTable
    """Which service the broadcaster is, and its app."""
    channels: tuple[ChannelRule, ...] = (CONVERSATION_RULE,)
    """Who may join and publish where; see that table."""
    cast: tuple[Person, ...] = ()
    """Who plays whom; see that table."""
    world: World = World()
    """What is there already; see that table."""
    may: dict[str, Any] = {}
    """What its owner lets a run do; see that table."""
    budgets: dict[str, Any] = {}
    """Agreed limits; see that table."""


class RemoteTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[targets.…]` of something that runs already."""

    topology: Topology
    """`remote`."""
    backend: BackendTable
    """The HTTP application; see that table."""
    broadcaster: BroadcasterTable
    """The WebSocket server; see that table."""
    channels: tuple[ChannelRule, ...] = (CONVERSATION_RULE,)
    """Who may join and publish where; see that table."""
    cast: tuple[Person, ...] = ()
    """Who plays whom; see that table."""
    seed: tuple[str, ...] = ()
    """A command that makes a cast for the run and prints it as JSON, instead of `[[cast]]`; those are deleted later."""
    world: World = World()
    """What is there already; see that table."""
    may: dict[str, Any] = {}
    """What its owner lets a run do; see that table."""
    budgets: dict[str, Any] = {}
    """Agreed limits; see that table."""
    production: bool = False
    """It is read, and one message is sent; nothing else."""
