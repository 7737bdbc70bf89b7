"""What the interceptor is told: whom it stands in front of, their contract, and what is wrong at first."""

from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from harness.errors import UsageError
from harness.faults.defects.behaviour import Contract

S = TypeVar("S")
Port = Annotated[int, Meta(ge=0, le=65535)]


class Upstream(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The broadcaster: `urls` of its nodes (ws:// or wss://), and of its HTTP API."""

    urls: Annotated[tuple[str, ...], Meta(min_length=1)]
    api_url: str
    key: str = ""
    secret: str = ""

    def __repr__(self) -> str:
        return f"Upstream({self.urls})"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One interceptor; port 0 lets the system choose. The further nodes of a broadcaster get ports of its choice."""

    backend: str
    broadcaster: Upstream
    host: str = "127.0.0.1"
    port: Port = 0
    """In front of the backend."""
    broadcaster_port: Port = 0
    contract: Contract = Contract()
    defects: tuple[str, ...] = ()
    seed: int = 0


class Switch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be wrong from now on."""

    defects: tuple[str, ...]
    seed: int = 0


def read_settings(configuration: dict[str, Any]) -> Settings:
    """Check a configuration whole; raises `UsageError` with one sentence for the first thing wrong with it."""
    settings = _converted(configuration, Settings, "configuration")
    for address in (settings.backend, *settings.broadcaster.urls, settings.broadcaster.api_url):
        origin_of(address)
    return settings


def read_switch(message: dict[str, Any]) -> Switch:
    """Check what is said while the interceptor runs; raises `UsageError`."""
    return _converted(message, Switch, "a later line")


def origin_of(address: str) -> str:
    """Give scheme, host and port of an address, as HTTP has them; raises `UsageError` for what is none."""
    parts = urlsplit(address)
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    if scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f"the interceptor cannot stand in front of {address!r}; give http, https, ws or wss")
    return f"{scheme}://{parts.netloc}"


def _converted(value: dict[str, Any], kind: type[S], what: str) -> S:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise UsageError(f"interceptor, {what}: {error}; see the fields of {kind.__name__}") from error
