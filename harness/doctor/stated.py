"""
What somebody tells the doctor that no probe can see: a client's options, its log, the backend's `.env`, old secrets.

Everything is optional. A client's options carry the names that Laravel Echo and pusher-js give them.
"""

from pathlib import Path
from typing import Any, Final

import msgspec

from harness.doctor.client_log import ClientLog, read_log
from harness.errors import UsageError

_QUOTES: Final = "\"'"


class Client(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    The options of a client: as given to `new Echo({…})`, and a few facts beside them.

    `page` is the address of the page that runs it, `listens` what it passes to `.listen()`, `sdk` the package's name.
    """

    page: str = ""
    broadcaster: str = ""
    sdk: str = ""
    key: str = ""
    cluster: str = ""
    wsHost: str = ""  # noqa: N815  pusher-js's own names
    wsPort: int | None = None  # noqa: N815
    wssPort: int | None = None  # noqa: N815
    forceTLS: bool | None = None  # noqa: N815
    enabledTransports: tuple[str, ...] | None = None  # noqa: N815
    authEndpoint: str | None = None  # noqa: N815
    authorizer: bool | None = None
    auth: dict[str, Any] | None = None
    namespace: str | bool = "App.Events"
    listens: str = ""
    largest_frame: int = 0


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was told; text of it never leaves unredacted, see `values`."""

    client: Client | None = None
    log: ClientLog | None = None
    environment: dict[str, str] = {}
    token: str = ""
    """A bearer token to be looked at instead of one from a login."""
    previous_secret: str = ""

    def __repr__(self) -> str:
        return f"<Stated client={self.client is not None} log={self.log is not None}>"

    @property
    def values(self) -> tuple[str, ...]:
        """List what must not be shown."""
        hidden = (value for name, value in self.environment.items() if _is_secret(name))
        return tuple(filter(None, (self.token, self.previous_secret, *hidden)))


def stated(
    *,
    client: Path | None = None,
    log: Path | None = None,
    environment: Path | None = None,
    token: str = "",
    previous_secret: str = "",
) -> Stated:
    """Read the files that were named; raises `UsageError` for one that cannot be read, with its name and the reason."""
    return Stated(
        client=_client(client) if client else None,
        log=read_log(_text(log).splitlines(), str(log)) if log else None,
        environment=_environment(_text(environment)) if environment else {},
        token=token,
        previous_secret=previous_secret,
    )


def _client(path: Path) -> Client:
    try:
        return msgspec.json.decode(_text(path), type=Client)
    except (msgspec.DecodeError, RecursionError) as error:
        known = ", ".join(Client.__struct_fields__)
        raise UsageError(f"{path} holds no options of a client: {error}; known are {known}") from None


def _environment(text: str) -> dict[str, str]:
    """Read `NAME=value` lines as Laravel's `.env` has them."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            bare = value.strip() if value.strip()[:1] in _QUOTES else value.partition(" #")[0].strip()
            found[name.strip()] = bare.strip(_QUOTES)
    return found


def _is_secret(name: str) -> bool:
    return any(word in name for word in ("SECRET", "PASSWORD", "TOKEN", "APP_KEY")) and name != "REVERB_APP_KEY"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
