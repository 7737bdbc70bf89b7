"""What the backend is started with: one JSON object, read strictly, so that a misspelt key is an error."""

from typing import Annotated, Any, Literal

import msgspec

from harness.errors import UsageError

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
HashCost = Literal["cheapest", "proper"]


class Broadcaster(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    Where to publish, and as which app.

    `url` is the root of the HTTP API (`http://host:port`); browsers reach the WebSocket server at the same place.
    """

    url: str
    app_id: str
    key: str
    secret: str

    def __repr__(self) -> str:
        return f"Broadcaster(url={self.url!r}, app_id={self.app_id!r}, key={self.key!r})"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """
    Everything a backend needs to know.

    `port` 0 lets the system choose one. `database` is `sqlite` (in memory and gone with the process, or in the file
    `kept`) or the SQLAlchemy URL of a database for this backend alone (`databases`; for the drivers see the extra of
    that name); with `resumes` it is taken as an earlier start left it, and not put back to the world. `cache` is a
    folder for seeded worlds, which hold passwords; it is made when it does not exist. `hash_cost` is the price of one
    password hash, see `passwords`. `closes_connections`: whoever loses a right loses the connections by which they used
    it; plain Laravel closes none. `largest_request` is how many bytes the broadcaster takes at once. `defects` are ids
    of what shall be wrong, so that a gate can be seen to catch it (`defects`); where `is_switchable`, whoever started
    the backend may choose others while it runs (`harness.servers.switch`). `casts` is how many times the people are
    there, each time in companies of their own: as many test processes can play them at once. `crowd` is how many more
    people there are, in the first two companies. With `authentication` by cookie a login gives a session (`cookies`).
    """

    broadcaster: Broadcaster
    cache: str
    host: str = "127.0.0.1"
    port: Port = 0
    seed: int = 1
    database: str = "sqlite"
    kept: str = ""
    resumes: bool = False
    hash_cost: HashCost = "cheapest"
    closes_connections: bool = True
    defects: tuple[str, ...] = ()
    is_switchable: bool = False
    authentication: Literal["bearer", "cookie"] = "bearer"
    casts: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    crowd: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 0
    largest_request: Annotated[int, msgspec.Meta(gt=0)] = 10_000

    def __repr__(self) -> str:
        return f"Settings(broadcaster={self.broadcaster!r}, host={self.host!r}, port={self.port!r}, seed={self.seed!r})"


def parse_settings(configuration: dict[str, Any]) -> Settings:
    """
    Read a configuration object.

    Raises `UsageError`, which names the key and what is allowed there, and never a value that could be a secret.
    """
    try:
        return msgspec.convert(configuration, Settings)
    except msgspec.ValidationError as error:
        raise UsageError(f"the backend's configuration is wrong: {error}") from None
