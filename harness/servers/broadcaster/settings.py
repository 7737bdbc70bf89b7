"""What the operator of a broadcaster may set, read strictly from its one line of configuration."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from harness.errors import UsageError
from harness.protocol.app import App, Terms
from harness.protocol.dialects import Dialect, dialect
from harness.servers.broadcaster.defects import check_defects

Seconds = Annotated[float, Meta(gt=0)]
Bytes = Annotated[int, Meta(gt=0)]

_REDIS: Final = ("redis", "rediss", "unix")  # the schemes that its client knows


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One broadcaster; where a field is `None` the dialect decides. Its text form shows neither key nor secret."""

    app_id: str
    key: str
    secret: str
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 0
    dialect: str = "reverb"
    activity_timeout: Seconds | None = None
    ping_interval: Seconds = 60.0
    """Silence after which a client is pinged."""
    prune_interval: Seconds = 60.0
    """Time between two looks at the connections: the precision of the above, and the time to answer a ping."""
    max_message_size: Bytes | None = None
    max_request_size: Bytes | None = None
    accept_client_events_from: Literal["members", "all", "none"] = "members"
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
        )

    @property
    def app(self) -> App:
        """Give the application that is served."""
        return App(self.app_id, self.key, self.secret, client_events_from=self.accept_client_events_from)

    @property
    def terms(self) -> Terms:
        """Give what the hub needs to know."""
        timeout = self.activity_timeout or dialect(self.dialect).activity_timeout
        return Terms(timeout, self.ping_interval)


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
    check_defects(settings.defects)
    return settings
