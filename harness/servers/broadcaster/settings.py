"""What the operator of a broadcaster may set, read strictly from its one line of configuration."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from harness.errors import UsageError
from harness.protocol.app import App, Terms
from harness.protocol.app import RateLimit as Allowance
from harness.protocol.dialects import Dialect, dialect
from harness.protocol.dialects.http import HTTP
from harness.servers.broadcaster.defects import check_defects
from harness.servers.broadcaster.webhooks import Receiver, Timing, is_receiver

Seconds = Annotated[float, Meta(gt=0)]
Bytes = Annotated[int, Meta(gt=0)]

WebhookEvent = Literal[
    "channel_occupied",
    "channel_vacated",
    "member_added",
    "member_removed",
    "client_event",
    "cache_miss",
    "subscription_count",
]

_REDIS: Final = ("redis", "rediss", "unix")  # the schemes that its client knows


class WebhookSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One receiver of an app's webhooks: an address on this machine, and the names it wants; none stands for all."""

    url: str
    events: tuple[WebhookEvent, ...] = ()


class RateLimit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many messages one connection may send in a time, and whether one that sends more is ended."""

    max_attempts: Annotated[int, Meta(gt=0)] = 60
    decay_seconds: Seconds = 60.0
    terminate: bool = False


class _Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator may set of each app."""

    enabled: bool = True
    max_connections: Annotated[int, Meta(gt=0)] | None = None
    allowed_origins: tuple[str, ...] = ("*",)
    """Hosts, `*` standing for any text, that pages may be of."""
    accept_client_events_from: Literal["members", "all", "none"] = "members"
    webhooks: tuple[WebhookSettings, ...] = ()
    rate_limit: RateLimit | None = None
    signin: bool = False
    """Whether a connection may say whose it is."""
    watchlists: bool = False
    """Whether somebody who did is told who of their watchlist comes and goes."""
    subscription_counts: bool = False
    """Whether the listeners of a channel are told how many they are."""
    connection_timeout: Seconds | None = None
    """Time within which a connection must prove a right to something, or is ended; `None` lets it be."""
    max_members: Annotated[int, Meta(gt=0)] | None = None
    """People on one presence channel."""


class AppSettings(_Policy, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One app besides the main one. Its text form shows neither key nor secret."""

    id: str
    key: str
    secret: str

    def __repr__(self) -> str:
        return f"AppSettings({self.id})"


class Settings(_Policy, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One broadcaster with its main app; where a field is `None` the dialect decides.

    All times are in seconds and may be fractions. Its text form shows neither key nor secret.
    """

    app_id: str
    key: str
    secret: str
    apps: tuple[AppSettings, ...] = ()
    """Other apps that are served beside the main one, each as if it were alone."""
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 0
    dialect: str = "reverb"
    terminates: Literal["members", "users"] | None = None
    """Whom `terminate_connections` reaches: presence members of that id, or who signed in as it."""
    activity_timeout: Seconds | None = None
    ping_interval: Seconds = 60.0
    """Silence after which a client is pinged."""
    prune_interval: Seconds = 60.0
    """Time between two looks at the connections: the precision of the above, and the time to answer a ping."""
    inactivity_timeout: Seconds = 86_400.0
    """Silence after which a client that knows no ping is given up."""
    cache_ttl: Seconds | None = None
    """How long a cache channel remembers."""
    count_interval: Seconds = 5.0
    """Time between two counts that the subscribers of a large channel are told."""
    webhook_delay: Annotated[float, Meta(ge=0)] | None = None
    """How long webhooks hold back what ended, in case that it begins again."""
    webhook_retry_for: Annotated[float, Meta(ge=0)] | None = None
    """How long a webhook that failed is sent again; 0 sends it once."""
    webhook_first_retry: Seconds = 1.0
    """The wait before it is sent for the second time; each further one is twice as long."""
    webhook_timeout: Seconds = 10.0
    """How long a receiver of webhooks may take for its answer."""
    max_message_size: Bytes | None = None
    max_request_size: Bytes | None = None
    scaling: str = ""
    """Address of the Redis that this node shares with others, `redis://…`; empty: there is one node (`scaling`)."""
    node: Annotated[str, Meta(max_length=100)] = ""
    """Name of this node among the others, another on each; empty: one is drawn."""
    lease: Seconds = 5.0
    """Silence of a node after which the others take its connections for gone; the same on all nodes."""
    defects: tuple[str, ...] = ()
    """Ids of what shall be wrong, so that a gate can be seen to catch it (`defects`)."""
    is_switchable: bool = False
    """Whether whoever started it may choose others while it runs (`harness.servers.switch`)."""

    def __repr__(self) -> str:
        return f"Settings({self.dialect} on {self.host}:{self.port}, app {self.app_id})"

    @property
    def speaks(self) -> Dialect:
        """Give the dialect, with its limits as they were set; raises `UsageError` when there is none of that name."""
        chosen = dialect(self.dialect)
        return msgspec.structs.replace(
            chosen,
            max_message_size=self.max_message_size or chosen.max_message_size,
            max_request_size=self.max_request_size or chosen.max_request_size,
            terminates=self.terminates or chosen.terminates,
        )

    @property
    def app(self) -> App:
        """Give the main application."""
        return _app(self.app_id, self.key, self.secret, self)

    @property
    def served(self) -> list[App]:
        """Give every application, the main one first."""
        return [self.app, *(_app(one.id, one.key, one.secret, one) for one in self.apps)]

    @property
    def hooks(self) -> list[tuple[Receiver, ...]]:
        """Give the receivers of webhooks of every application, in the order of `served`."""
        return [tuple(Receiver(one.url, one.events) for one in policy.webhooks) for policy in (self, *self.apps)]

    @property
    def timing(self) -> Timing:
        """Give how webhooks keep time."""
        usual = HTTP[self.dialect].hooks
        return Timing(
            self.webhook_delay if self.webhook_delay is not None else usual.delay if usual else 0,
            self.webhook_retry_for if self.webhook_retry_for is not None else usual.retry_for if usual else 0,
            self.webhook_first_retry,
            self.webhook_timeout,
        )

    @property
    def terms(self) -> Terms:
        """Give what a hub needs to know, of whichever application."""
        return Terms(
            self.activity_timeout or dialect(self.dialect).activity_timeout,
            self.ping_interval,
            cache_ttl=self.cache_ttl,
            inactivity_timeout=self.inactivity_timeout,
            count_interval=self.count_interval,
        )


def read_settings(configuration: dict[str, Any]) -> Settings:
    """Check a configuration whole; raises `UsageError` with one sentence for the first thing wrong with it."""
    try:
        settings = msgspec.convert(configuration, Settings)
    except msgspec.ValidationError as error:
        raise UsageError(f"broadcaster configuration: {error}; see the fields of Settings") from error
    dialect(settings.dialect)
    if settings.scaling and settings.scaling.partition("://")[0] not in _REDIS:
        raise UsageError("scaling is no address of a Redis; write redis://HOST:PORT/DATABASE, or leave it empty")
    if settings.scaling and settings.is_switchable:
        raise UsageError("a node among others has no switch: leave out scaling, or is_switchable")
    if settings.scaling and settings.apps:
        raise UsageError("a node among others serves one app: leave out scaling, or apps")
    _check_apps(settings)
    _check_webhooks(settings)
    check_defects(settings.defects)
    return settings


def _check_apps(settings: Settings) -> None:
    """Raise `UsageError` for an id or a key that two apps have: one of them could never be reached."""
    ids = [settings.app_id, *(one.id for one in settings.apps)]
    keys = [settings.key, *(one.key for one in settings.apps)]
    for id_ in ids:
        if ids.count(id_) > 1:
            raise UsageError(f"two apps have the id {id_!r}; give each an id of its own")
    for id_, key in zip(ids, keys, strict=True):
        if keys.count(key) > 1:
            raise UsageError(f"the app {id_!r} shares its key with another; give each a key of its own")


def _check_webhooks(settings: Settings) -> None:
    """Raise `UsageError` for webhooks where there are none, and for receivers that are not on this machine."""
    receivers = [receiver for receivers in settings.hooks for receiver in receivers]
    if receivers and HTTP[settings.dialect].hooks is None:
        raise UsageError(f"{settings.dialect} sends no webhooks: leave them out, or choose another dialect")
    if receivers and settings.scaling:
        raise UsageError("a node among others sends no webhooks: leave out scaling, or webhooks")
    for receiver in receivers:
        if not is_receiver(receiver.url):
            raise UsageError(
                f"webhooks: {receiver.url!r} is no receiver on this machine; write http://127.0.0.1:PORT/…"
            )


def _app(id_: str, key: str, secret: str, policy: _Policy) -> App:
    limit = policy.rate_limit
    allowance = None if limit is None else Allowance(limit.max_attempts, limit.decay_seconds, limit.terminate)
    return App(
        id_,
        key,
        secret,
        enabled=policy.enabled,
        max_connections=policy.max_connections,
        allowed_origins=policy.allowed_origins,
        client_events_from=policy.accept_client_events_from,
        rate_limit=allowance,
        signin=policy.signin,
        watchlists=policy.watchlists,
        subscription_counts=policy.subscription_counts,
        connection_timeout=policy.connection_timeout,
        max_members=policy.max_members,
    )
