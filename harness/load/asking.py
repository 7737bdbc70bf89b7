"""What the users of a load ask of a backend, by the routes of its contract: a login, a signature, a message."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from harness.config import Contract, Person, Route, TargetDeclaration
from harness.errors import Refused, UsageError
from harness.load.lanes import Lanes, Reply
from harness.users.carriers import carrier_of, cookies_set, written
from harness.users.reading import as_text, at_path
from harness.users.session import Answer

_SHOWN: Final = 200
_BODIES: Final = {"json": "application/json", "form": "application/x-www-form-urlencoded"}


class Ticket(msgspec.Struct, frozen=True):
    """What a login gave: a token, and the backend's id of the person where it says so."""

    token: str
    id: str

    def __repr__(self) -> str:
        return f"<Ticket of {self.id}>"


class Signature(msgspec.Struct, frozen=True):
    """What the authorization endpoint granted; it goes into the subscription byte for byte."""

    auth: str
    channel_data: str | None

    def __repr__(self) -> str:
        return f"<Signature …{self.auth[-4:]}>"


class Backend:
    """The backend of a target, asked on the connections of a pool."""

    def __init__(self, target: TargetDeclaration, lanes: Lanes) -> None:
        self._contract: Contract = target.backend.contract
        self._lanes = lanes
        self._carrier = carrier_of(self._contract)

    async def log_in(self, person: Person) -> Ticket:
        """Log somebody in; raises `Refused` when that gives no token."""
        route = _declared(self._contract.login, "log in")
        csrf, shown = self._contract.csrf, {}
        if self._carrier.csrf is not None and csrf.request:
            method, _, path = csrf.request.partition(" ")
            introduced = await self._lanes.ask(method, path, headers={})
            shown = self._carrier.headers(written(cookies_set(introduced.cookies)))
        reply = await self._follow(route, _there(shown), email=person.email, password=person.password)
        outcome = {True: "ok", False: "refused", None: "unknown"}[reply.is_ok]
        cookies, data = cookies_set(reply.cookies), _decoded(reply)
        answer = Answer(act="", status=reply.status, outcome=outcome, data=data, cookies=cookies)  # type: ignore[arg-type]
        token = self._carrier.token_of(answer, route, shown) if reply.is_ok else ""
        if not token:
            raise refused(f"the login of {person.name}", reply)
        return Ticket(token, as_text(at_path(data, route.id)) if route.id else "")

    async def authorize(self, token: str, socket_id: str, channel: str) -> Signature:
        """Ask for a channel; raises `Refused` for everything but a 200 with a signature."""
        route = _declared(self._contract.authorize, "authorize")
        reply = await self._follow(route, self._shown(token), socket_id=socket_id, channel_name=channel)
        data = _decoded(reply)
        auth, channel_data = at_path(data, "auth"), at_path(data, "channel_data")
        if reply.status != HTTPStatus.OK or not isinstance(auth, str) or not auth:
            raise refused(f"joining {channel}", reply)
        return Signature(auth, channel_data if isinstance(channel_data, str) else None)

    async def create(self, token: str, people: Sequence[str]) -> str:
        """Make a conversation of people by the backend's ids, and give its id; raises `Refused`."""
        route = _declared(self._contract.create, "create a conversation")
        ids = [int(one) if one.isascii() and one.isdigit() else one for one in people]
        reply = await self._follow(route, self._shown(token), participants=ids)
        id_ = as_text(at_path(_decoded(reply), route.id)) if reply.is_ok else ""
        if not id_:
            raise refused("creating a conversation", reply)
        return id_

    async def delete(self, token: str, conversation: str) -> None:
        """Delete a conversation, where the contract has a route for that."""
        if (route := self._contract.delete_conversation) is not None:
            await self._follow(route, self._shown(token), place={"conversation": conversation})

    async def send(
        self, token: str, conversation: str, text: str, *, socket_id: str, written: Callable[[int], None]
    ) -> Reply:
        """Send a message, which the socket of this id shall not hear; nothing is raised for what comes of it."""
        route = _declared(self._contract.send, "send")
        headers = {**self._shown(token), "X-Socket-ID": socket_id}
        return await self._follow(route, headers, place={"conversation": conversation}, written=written, text=text)

    def _shown(self, token: str) -> dict[str, str]:
        return _there(self._carrier.headers(token))

    async def _follow(
        self,
        route: Route,
        headers: Mapping[str, str],
        *,
        place: Mapping[str, str] | None = None,
        written: Callable[[int], None] = lambda at: None,  # noqa: ARG005 - nobody listens by default
        **fields: Any,
    ) -> Reply:
        """Ask by a route; our words for fields become the backend's, those that it does not take are left out."""
        named = {route.fields[word]: value for word, value in fields.items() if word in route.fields}
        path = route.path.format_map({word: quote(value, safe="") for word, value in (place or {}).items()})
        if not named:
            return await self._lanes.ask(route.method, path, headers=headers, written=written)
        if route.method == "GET" or route.encoding == "query":
            return await self._lanes.ask(
                route.method, f"{path}?{urlencode(named, doseq=True)}", headers=headers, written=written
            )
        is_form = route.encoding == "form"
        body = urlencode(named, doseq=True).encode() if is_form else msgspec.json.encode(named)
        typed = {**headers, "Content-Type": _BODIES[route.encoding]}
        return await self._lanes.ask(route.method, path, headers=typed, body=body, written=written)


def refused(act: str, reply: Reply) -> Refused:
    """Make the error about an answer that does not say yes."""
    return Refused(act, reply.status, reply.body[:_SHOWN].decode("utf-8", "replace"))


def _declared(route: Route | None, what: str) -> Route:
    if route is None:
        raise UsageError(f"the target's contract has no route to {what}, which a load needs")
    return route


def _there(headers: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if value is not None}


def _decoded(reply: Reply) -> Any:
    try:
        return msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, RecursionError):
        return None
