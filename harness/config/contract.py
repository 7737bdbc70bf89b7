"""
What a backend's HTTP interface looks like: its routes, the names of their fields, the shape of its event.

A contract translates between our words and a backend's. `laravel` is the one of DESIGN.md section 1; a target's table
overrides it route by route, member by member.
"""

from typing import Final, Literal

import msgspec

from harness.config.credentials import SANCTUM, Authentication, Csrf
from harness.errors import UsageError

Encoding = Literal["json", "form", "query"]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """
    One request of a contract.

    `path` may hold `{conversation}` and `{user}`. `fields` maps our word for a field to the backend's name of it; a
    word that is absent is one that this backend does not take. `token`, `id` and `items` are dotted paths into the
    answer: to the bearer token, to the id of what was made or asked for, to the list of messages; "" for none.
    """

    method: str
    path: str
    fields: dict[str, str] = {}
    encoding: Encoding = "json"
    token: str = ""
    id: str = ""
    items: str = ""


class EventShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    r"""
    The event that a sent message is broadcast as; `text`, `id` and `sender` are dotted paths into its data.

    `name` is what stands in a frame, or a list of what may: Laravel writes `App\Events\\MessageSent`, unless the event
    has a `broadcastAs()`. A dot in front, by which Laravel Echo says that nothing goes before a name, is no part of it.
    """

    name: str | tuple[str, ...] = "MessageSent"
    """What stands in a frame, or a list of what may."""
    text: str = "body"
    """Path to the text of the message."""
    id: str = "id"
    """Path to the id of the message."""
    sender: str = "sender.id"
    """Path to the id of whoever sent it."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names that a frame may have, as they stand there."""
        written = (self.name,) if isinstance(self.name, str) else self.name
        return tuple(one.removeprefix(".") for one in written)


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """The routes of a backend; `None` says that it has no such route."""

    login: Route | None
    logout: Route | None
    user: Route | None
    authorize: Route | None
    send: Route | None
    read: Route | None
    create: Route | None
    add_participant: Route | None
    remove_participant: Route | None
    register: Route | None
    delete_conversation: Route | None = None
    revoke: Route | None = None
    """Ends every token of whoever asks, as from another device."""
    delete_account: Route | None = None
    event: EventShape = EventShape()
    ability: str = ""
    """The ability that a token needs for joining a channel; empty when tokens are not limited by abilities."""
    authentication: Authentication = "bearer"
    csrf: Csrf = SANCTUM


_CONVERSATION = "/api/conversations/{conversation}"
_IN_THE_ANSWER = "token"

LARAVEL: Final = Contract(
    login=Route(
        method="POST",
        path="/api/login",
        fields={"email": "email", "password": "password", "device_name": "device_name"},
        token=_IN_THE_ANSWER,
        id="user.id",
    ),
    logout=Route(method="POST", path="/api/logout"),
    user=Route(method="GET", path="/api/user", id="id"),
    authorize=Route(
        method="POST",
        path="/api/broadcasting/auth",
        encoding="form",
        fields={"socket_id": "socket_id", "channel_name": "channel_name"},
    ),
    send=Route(method="POST", path=f"{_CONVERSATION}/messages", fields={"text": "body"}, id="data.id"),
    read=Route(method="GET", path=f"{_CONVERSATION}/messages", fields={"after": "after"}, items="data"),
    create=Route(method="POST", path="/api/conversations", fields={"participants": "participants"}, id="data.id"),
    add_participant=Route(method="POST", path=f"{_CONVERSATION}/participants", fields={"user": "user_id"}),
    remove_participant=Route(method="DELETE", path=f"{_CONVERSATION}/participants/{{user}}"),
    register=Route(
        method="POST",
        path="/api/register",
        fields={"name": "name", "email": "email", "password": "password", "company": "company_id"},
        token=_IN_THE_ANSWER,
        id="user.id",
    ),
)
"""The routes, fields and event of DESIGN.md section 1, with those of a Laravel API that grew from them."""

FIELD_WORDS: Final = {
    "login": ("email", "password", "device_name", "abilities", "expires_in"),
    "logout": (),
    "user": (),
    "authorize": ("socket_id", "channel_name"),
    "send": ("text",),
    "read": ("after",),
    "create": ("participants",),
    "add_participant": ("user",),
    "remove_participant": (),
    "register": ("name", "email", "password", "password_confirmation", "company"),
    "delete_conversation": (),
    "revoke": (),
    "delete_account": (),
}
"""Our words for the fields of each route; its keys are the routes of a contract."""


class RouteTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A route as a target's table overrides it: what is left out stays as it is, a field called "" is not taken."""

    request: str | None = None
    """Method and path, as `POST /api/login`; the path may hold `{conversation}` and `{user}`."""
    fields: dict[str, str] = {}
    """The backend's name for each of our words, see below."""
    encoding: Encoding | None = None
    """How the fields are sent."""
    token: str | None = None
    """Path to the bearer token in the answer."""
    id: str | None = None
    """Path to the id of what was made or asked for."""
    items: str | None = None
    """Path to the list of messages."""


_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


def overridden(name: str, route: Route | None, *, table: RouteTable | bool) -> Route | None:
    """
    Lay a target's table over the route called `name`; `false` says that the backend has no such route.

    Raise `UsageError` with a sentence that begins with the key below the route.
    """
    if isinstance(table, bool):
        if table:
            raise UsageError("is true; allowed are false (no such route) and a table with request, fields, encoding")
        return None
    current = route or Route(method="", path="")
    method, path = _request(table.request) if table.request is not None else (current.method, current.path)
    for word in table.fields:
        if word not in FIELD_WORDS[name]:
            allowed = ", ".join(FIELD_WORDS[name]) or "none: this route takes no fields"
            raise UsageError(f"has an unknown field {word!r}; allowed are {allowed}")
    return Route(
        method=method,
        path=path,
        fields={word: name for word, name in {**current.fields, **table.fields}.items() if name},
        encoding=table.encoding or current.encoding,
        token=current.token if table.token is None else table.token,
        id=current.id if table.id is None else table.id,
        items=current.items if table.items is None else table.items,
    )


def _request(text: str) -> tuple[str, str]:
    method, _, path = text.partition(" ")
    if method not in _METHODS or not path.startswith("/") or " " in path:
        raise UsageError(f'has the request {text!r}; write a method and a path, for example "POST /api/login"')
    return method, path
