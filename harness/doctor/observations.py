"""What the walk saw, as typed facts: nothing here judges, and nothing here holds a secret."""

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import msgspec

from harness.doctor.stated import Stated

_HTML: Final = ("<!doctype", "<html")
_CHALLENGES: Final = ("just a moment", "cf-chl", "captcha", "challenge-platform", "enable javascript and cookies")
_REDIRECTS: Final = range(300, 400)
_UNROUTED: Final = re.compile(r"The route .* could not be found")

SILENT: Final = "nothing"
"""How the error of an answer begins that did not come in time."""


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """
    A name that was looked up, a port that was dialled, a TLS handshake.

    `failure` is "" where all went well, else one of: name, refused, silent, unreachable, proxy, certificate, no-tls.
    `other_scheme` tells that the port speaks TLS where none was declared, or plain text where TLS was.
    """

    address: str
    failure: str = ""
    says: str = ""
    addresses: tuple[str, ...] = ()
    other_scheme: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """
    One HTTP answer; `status` is None when none came, and `error` says why.

    `text` has its secrets taken out, `data` is the decoded JSON or None, `headers` have lower-case names. `waited` are
    the seconds that a 429 had asked for, and that were given to it.
    """

    asked: str
    status: int | None = None
    headers: dict[str, str] = {}
    text: str = ""
    data: Any = None
    error: str = ""
    seconds: float = 0.0
    waited: float = 0.0
    cookies: dict[str, str] = {}
    """Secret, as the values of `data` may be: neither is told."""

    @property
    def is_ok(self) -> bool:
        """Tell whether it is a 2xx."""
        return self.status is not None and self.status in range(200, 300)

    @property
    def is_html(self) -> bool:
        """Tell whether a page came, whatever it was called."""
        return "html" in self.headers.get("content-type", "") or self.text.lstrip().lower().startswith(_HTML)

    @property
    def is_unrouted(self) -> bool:
        """Tell whether the router of a Laravel application says that it has no such route."""
        return self.status == HTTPStatus.NOT_FOUND and bool(_UNROUTED.search(self.text))

    @property
    def is_redirect(self) -> bool:
        """Tell whether it sends the client elsewhere."""
        return self.status in _REDIRECTS and bool(self.location)

    @property
    def location(self) -> str:
        """Give where it sends the client."""
        return self.headers.get("location", "")

    @property
    def is_challenge(self) -> bool:
        """Tell whether something between asks for proof of a human."""
        lowered = self.text.lower()
        return "cf-mitigated" in self.headers or (self.is_html and any(one in lowered for one in _CHALLENGES))

    @property
    def told(self) -> str:
        """Say on one line what came."""
        if self.status is None:
            return f"no answer ({self.error})"
        kind = " HTML" if self.is_html else ""
        where = f" → {self.location}" if self.is_redirect else ""
        body = " ".join(self.text.split())[:120]
        return f"{self.status}{kind}{where} {body}".rstrip()


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """A frame that was heard; `at` is in seconds on the walk's clock, `data` is decoded once."""

    at: float
    event: str
    channel: str = ""
    data: Any = None


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """
    An attempt at a WebSocket.

    `answer` is the answer to the upgrade (101 when it succeeded), `first` the first frame, `code` the close code when
    it ended: 1006 for an end without a close frame.
    """

    url: str
    answer: Answer
    first: Frame | None = None
    code: int | None = None

    @property
    def error_code(self) -> int | None:
        """Give the code of a first frame that is an error, else that of the close frame."""
        if self.first is not None and self.first.event == "pusher:error" and isinstance(self.first.data, dict):
            code = self.first.data.get("code")
            return code if isinstance(code, int) else None
        return self.code if self.first is None and self.code in range(4000, 4400) else None

    @property
    def is_established(self) -> bool:
        """Tell whether the handshake of the protocol came."""
        return self.first is not None and self.first.event == "pusher:connection_established"


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a signature of the backend tells: the key before its colon, and whose secret it was made with.

    `by_declared` and `by_previous` are None where that secret was not stated.
    """

    key: str
    by_declared: bool | None = None
    by_previous: bool | None = None


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """
    What became of one message.

    `heard` holds the frames of it by listener, `elsewhere` those on other channels, `renamed` those under other names,
    `echoed` those that its own sender heard; `strangers` came in its place without its text. `meant` is when it was
    sent.
    """

    meant: float
    answer: Answer
    heard: dict[str, tuple[Frame, ...]] = {}
    elsewhere: tuple[Frame, ...] = ()
    renamed: tuple[Frame, ...] = ()
    echoed: tuple[Frame, ...] = ()
    strangers: tuple[Frame, ...] = ()
    stored: bool | None = None
    """Whether the list of messages holds it; None when it was not read."""

    @property
    def deaf(self) -> tuple[str, ...]:
        """Name the listeners that heard nothing of it."""
        return tuple(name for name, frames in self.heard.items() if not frames)


@dataclass
class Seen:
    """Everything that was observed so far; what was not looked at is None."""

    stated: Stated
    dialect: str = "reverb"
    key: str = ""
    events: tuple[str, ...] = ()
    is_backend_remote: bool = False
    backend: Reached | None = None
    broadcaster: Reached | None = None
    home: Answer | None = None
    login: Answer | None = None
    has_token: bool = False
    token_path: str = ""
    identity: Answer | None = None
    authorized: Answer | None = None
    has_auth: bool = False
    auth_elsewhere: tuple[Answer, ...] = ()
    own_channel: Answer | None = None
    may_read: Answer | None = None
    by_stock_names: Answer | None = None
    """A signature that was asked for with fields as Laravel calls them, where the target declares others."""
    without_token: Answer | None = None
    preflight: Answer | None = None
    signed: Signed | None = None
    upgrade: Opened | None = None
    health: Answer | None = None
    with_origin: Opened | None = None
    with_backend_key: Opened | None = None
    pong: bool | None = None
    idle: tuple[float, int, bool] | None = None
    """Seconds until an idle connection was cut, the close code, and whether the server said why."""
    joining: Answer | None = None
    """The last signature that was asked for by somebody who subscribes."""
    lost: str = ""
    """Who could not connect when others had."""
    shared_id: str = ""
    """A socket id that two connections have."""
    subscribed: Frame | None = None
    subscribe_silent: bool = False
    api: Answer | None = None
    api_post: Answer | None = None
    api_signed: Answer | None = None
    api_is_ordered: bool = False
    """Whether the same call is taken once its parameters stand in the order in which they are signed."""
    published: Answer | None = None
    probe_arrived: bool | None = None
    delivered: Delivered | None = None
    second: Delivered | None = None
    """What became of a second message, which is sent where nobody heard the first."""
    came_late: bool = False
    """Whether the first was heard after all, while the second was waited for."""
    long: Delivered | None = None
    comb: tuple[tuple[float, float], ...] = ()
    """When each message of the comb was meant, and when it arrived."""
    frame_code: int | None = None
    frame_size: int = 0
    presence: Any = None
    whispered: bool | None = None
    whisper_error: Frame | None = None
    skew: float | None = None
    """Seconds that the backend's clock is ahead of ours."""
    skew_of: str = ""
    ramp: tuple[int, str] | None = None
    """How many connections there were when one failed, and how it failed."""
    notes: dict[str, str] = field(default_factory=dict)
