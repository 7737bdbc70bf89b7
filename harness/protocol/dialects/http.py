"""What products do otherwise over HTTP, beyond what a `Dialect` says: the answers of their API, and their webhooks."""

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec


class Hooks(msgspec.Struct, frozen=True, kw_only=True):
    """How a product sends webhooks (PROTOCOL.md 4.5)."""

    delay: float
    """Seconds that what ended is held back, in case that it begins again; the default of a setting."""
    retry_for: float
    """Seconds for which a request that failed is tried again, 0 for not at all; the default of a setting."""
    filters: bool
    """A receiver hears what it asked for only; else whatever happened together with that too."""


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """What is said with a refusal; `{id}` and `{max}` stand for an app's id and for a limit."""

    unknown_app: str = "No matching application for ID [{id}]."
    bad_signature: str = "Authentication signature invalid."
    no_presence: str = ""
    """Why a channel has no users to list; empty for an empty object."""
    invalid: str = ""
    """What is wrong with the fields of an event; empty for a sentence that names them."""
    too_many_channels: str = "An event goes to at most {max} channels"
    too_many_events: str = "A batch holds at most {max} events"
    long_name: str = "The name of an event has at most {max} characters"
    large_data: str = "The data of the event exceeds the allowed maximum ({max} bytes)"


class HttpDialect(msgspec.Struct, frozen=True, kw_only=True):
    """One product's choices; the references behind the fields are sections of PROTOCOL.md."""

    serves_refused_handshakes: bool
    """Whoever is refused for how it asked is greeted and served all the same, on the connection of the refusal (13)."""
    health: Mapping[str, Any]
    """What is answered at a path that needs no signature: text as it is, anything else as JSON (7.1)."""
    lists_connections: bool
    """`GET /connections` is there (7.1)."""
    acknowledges: bool
    """What was done is answered with `{"ok":true}`, whatever was asked beside it; else with `{}` (7.1)."""
    counts_always: bool
    """A channel is told with `occupied` and its counts, whatever was asked; else with what was (7.1)."""
    tells_user_info: bool
    """`with_user_info=1` adds what members said of themselves (7.1)."""
    cache_info: Literal["the frame", "data and ttl", "no"]
    """What `info=cache` tells of what a channel remembers (7.1)."""

    errors: Literal["sentences", "objects"]
    """A refusal is a bare sentence, or JSON with `error` and `code` (7.2)."""
    error_status: int | None
    """Status of every refusal, the one that it should have standing in its body; `None` for the right one."""
    texts: Texts
    disabled_status: int | None
    """Status of every call to an app that is disabled; `None` serves it (7.2)."""
    limits_calls: bool
    """The rate limit of an app holds for its calls too, beyond which they are 429 (7.2)."""

    checks_version: bool
    """`auth_version` must be 1.0 (4.3)."""
    body_md5: Literal["as sent", "of the body", "of the body or {}"]
    """Which MD5 is signed: the query's, which must be right, or one that is computed: of nothing, none (4.3)."""
    malformed_is_empty: bool
    """A body that is no JSON is taken for `{}`, in the signature too (7.2)."""

    publishes_any_data: bool
    """The data of an event may be any JSON value and is sent as it is; else it must be text (1.3, 7.2)."""
    max_event_name: int | None
    """Characters of an event's name; more is 400 (7.2)."""

    hooks: Hooks | None
    """`None` for a product that has no webhooks."""


_REVERB: Final = HttpDialect(
    serves_refused_handshakes=True,
    health={"/up": {"health": "OK"}},
    lists_connections=True,
    acknowledges=False,
    counts_always=False,
    tells_user_info=False,
    cache_info="the frame",
    errors="sentences",
    error_status=None,
    texts=Texts(),
    disabled_status=None,
    limits_calls=False,
    checks_version=False,
    body_md5="of the body",
    malformed_is_empty=False,
    publishes_any_data=False,
    max_event_name=None,
    hooks=None,
)

_PUSHER: Final = HttpDialect(
    serves_refused_handshakes=False,
    health={"/up": {"health": "OK"}},  # ours, to see that it runs: what the real one has is not known
    lists_connections=False,
    acknowledges=False,
    counts_always=False,
    tells_user_info=False,
    cache_info="data and ttl",
    errors="sentences",
    error_status=None,
    texts=Texts(),
    disabled_status=403,
    limits_calls=False,
    checks_version=True,
    body_md5="as sent",
    malformed_is_empty=False,
    publishes_any_data=False,
    max_event_name=200,
    hooks=Hooks(delay=3, retry_for=300, filters=True),
)

_SOKETI: Final = HttpDialect(
    serves_refused_handshakes=False,
    health={"/": "OK", "/ready": "OK"},
    lists_connections=False,
    acknowledges=True,
    counts_always=True,
    tells_user_info=True,
    cache_info="no",
    errors="objects",
    # Its headers for browsers are written before the status, which is too late then: seen with 1.6.1.
    error_status=200,
    texts=Texts(
        unknown_app="The app {id} could not be found.",
        bad_signature="The secret authentication failed",
        no_presence="The channel must be a presence channel.",
        invalid="The received data is incorrect",
        too_many_channels="Cannot broadcast to more than {max} channels at once",
        too_many_events="Cannot batch-send more than {max} messages at once",
        long_name="Event name is too long. Maximum allowed size is {max}.",
        large_data="The event data should be less than 100 KB.",
    ),
    disabled_status=None,
    limits_calls=True,
    checks_version=False,
    body_md5="of the body or {}",
    malformed_is_empty=True,
    publishes_any_data=True,
    max_event_name=200,
    hooks=Hooks(delay=0, retry_for=0, filters=False),
)

HTTP: Final = {"reverb": _REVERB, "pusher": _PUSHER, "soketi": _SOKETI}
"""What each product does over HTTP, by its name."""
