"""
A backend in Python, for what `realtime.toml` cannot say: a login in two steps, GraphQL, requests that are signed.

A project derives from `Backend` and overrides the verbs that its backend wants otherwise; others go by the contract's
routes. The class is named in `[targets.….backend]`, as `adapter = "my_project.realtime:MyBackend"`, or by the
name of an entry point of the group `realtime.backends`.
"""

import importlib
import inspect
import sys
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final

import msgspec

from harness.config import FIELD_WORDS, Contract, Route, TargetDeclaration
from harness.errors import NotExercised, UsageError
from harness.users.purposes import ROUTE_OF

if TYPE_CHECKING:
    from harness.users.session import Answer, Session

GROUP: Final = "realtime.backends"


class Http:
    """
    How a verb asks the backend; each request is recorded, and the last answer is what the verb is judged by.

    The credential and the socket id of whoever acts go along by themselves.
    """

    def __init__(self, session: "Session", purpose: str, headers: Mapping[str, str | None]) -> None:
        self.answer: Answer | None = None
        """What came back last."""
        self._session, self._purpose, self._headers = session, purpose, headers

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: dict[str, Any] | None = None,
        form: dict[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        secret: str = "",
    ) -> "Answer":
        """
        Send a request below the target's `url` and give the answer, whatever its status: `answer.at("data.id")`.

        `secret` is the dotted path to something in the answer that must never be shown, as a token is. A header that
        is None is left out.
        """
        self.answer = await self._session.ask(
            self._purpose,
            method,
            path,
            fields=form if form is not None else json,
            encoding="form" if form is not None else "json",
            headers={**self._headers, **(headers or {})},
            secret=secret,
        )
        return self.answer


class Backend:
    """
    The verbs of a backend; override those that its routes do not serve as `realtime.toml` can say.

    Each asks through `http` and gives what its docstring says, or None where the backend said no: the status of the
    last answer tells how. Ids are the backend's own. One instance serves all people of a worker, so it keeps nothing
    of one of them.
    """

    async def log_in(self, http: Http, *, email: str, password: str, **limits: Any) -> str | None:
        """Give the bearer token; `limits` are asked of it where the contract has fields for them."""
        raise NotImplementedError

    async def log_out(self, http: Http) -> None:
        """End the token that goes along."""
        raise NotImplementedError

    async def who(self, http: Http) -> int | str | None:
        """Give the id of whose token goes along."""
        raise NotImplementedError

    async def authorize(self, http: Http, *, socket_id: str, channel_name: str) -> dict[str, Any] | None:
        """Give what the broadcaster wants: `{"auth": "key:signature"}`, and `channel_data` for a presence channel."""
        raise NotImplementedError

    async def send(self, http: Http, *, conversation: str, text: str) -> int | str | None:
        """Give the id of the message."""
        raise NotImplementedError

    async def read(self, http: Http, *, conversation: str, after: str = "") -> list[Any] | None:
        """Give the messages behind that id, each in the shape that the target's `event` declares."""
        raise NotImplementedError

    async def create(self, http: Http, *, participants: list[int | str]) -> int | str | None:
        """Give the id of a new conversation of these people and whoever asks."""
        raise NotImplementedError

    async def add_participant(self, http: Http, *, conversation: str, user: int | str) -> None:
        """Add somebody to a conversation."""
        raise NotImplementedError

    async def remove_participant(self, http: Http, *, conversation: str, user: str) -> None:
        """Remove somebody from a conversation."""
        raise NotImplementedError

    async def delete_conversation(self, http: Http, *, conversation: str) -> None:
        """Delete a conversation."""
        raise NotImplementedError

    async def register(self, http: Http, *, name: str, email: str, password: str, **more: Any) -> int | str | None:
        """Give the id of a new person; `more` holds `company` where they have one."""
        raise NotImplementedError

    async def delete_account(self, http: Http) -> None:
        """Delete the account of whose token goes along."""
        raise NotImplementedError


_ROUTES: Final = {"log_in": "login", "log_out": "logout", "who": "user"}
_PLACED: Final = {
    **dict.fromkeys(("send", "read", "add_participant", "delete_conversation"), ("conversation",)),
    "remove_participant": ("conversation", "user"),
}
"""What of the path of a route a verb is told."""

VERBS: Final = {
    _ROUTES.get(name, name): name for name, one in vars(Backend).items() if inspect.iscoroutinefunction(one)
}
"""The verb of each route that an adapter can override."""


def load(target: TargetDeclaration) -> Backend | None:
    """
    Make the adapter of a target, None where it has none.

    Raise `UsageError`, in one sentence, when it cannot be imported, is no `Backend`, or has a verb that is none.
    """
    if not (named := target.backend.adapter):
        return None
    where = f"[targets.{target.name}.backend] adapter = {named!r}"
    found = _found(named, target.folder, where)
    if not (isinstance(found, type) and issubclass(found, Backend)):
        raise UsageError(f"{where}: is no class that derives from harness.Backend")
    for verb in overridden(found):
        if not inspect.iscoroutinefunction(getattr(found, verb)):
            raise UsageError(f"{where}: {verb} is no coroutine function; write `async def {verb}(self, http, …)`")
    if not overridden(found):
        raise UsageError(f"{where}: overrides none of the verbs {', '.join(VERBS.values())}")
    try:
        return found()
    except Exception as error:
        raise UsageError(f"{where}: cannot be made: {type(error).__name__}: {error}") from error


def overridden(kind: type[Backend]) -> list[str]:
    """List the verbs that a class has of its own."""
    return [verb for verb in VERBS.values() if getattr(kind, verb) is not getattr(Backend, verb)]


def adapted(target: TargetDeclaration) -> TargetDeclaration:
    """Give the declaration with the routes that its adapter serves; raises what `load` raises."""
    adapter = load(target)
    if adapter is None:
        return target
    verbs = overridden(type(adapter))
    routes: dict[str, Any] = {route: _ADAPTED[route] for route, verb in VERBS.items() if verb in verbs}
    contract: Contract = msgspec.structs.replace(target.backend.contract, **routes)
    return msgspec.structs.replace(target, backend=msgspec.structs.replace(target.backend, contract=contract))


_ADAPTED: Final = {
    route: Route(
        method="",
        path="",
        fields={word: word for word in FIELD_WORDS[route] if word != "password_confirmation"},
        token="token" if route == "login" else "",
        id="" if route == "login" else "id",
        items="items",
    )
    for route in VERBS
}
"""Routes whose answers are as `answered` makes them."""


async def answered(
    adapter: Backend | None,
    session: "Session",
    purpose: str,
    route: Route,
    *,
    place: Mapping[str, Any],
    headers: Mapping[str, str | None],
    claims: Mapping[str, Any],
    fields: Mapping[str, Any],
) -> "Answer | None":
    """
    Let a verb of the adapter ask, and give its answer in the words of `_ADAPTED`; None where no verb serves the route.

    Raises `NotExercised` for what only a route of a contract can be asked, `UsageError` for a verb that asks nothing.
    """
    name = ROUTE_OF.get(purpose, "")
    if adapter is None or route.path or name not in VERBS:
        return None
    verb, http = VERBS[name], Http(session, purpose, headers)
    if claims or route.encoding != "json":
        raise NotExercised(f"the adapter's {verb} decides which fields go out, and how")
    told = {word: str(place[word]) for word in _PLACED.get(verb, ())} | dict(fields)
    given = await getattr(adapter, verb)(http, **told)
    if http.answer is None:
        raise UsageError(f"the adapter's {verb} asked the backend nothing: it must call `http.request`")
    if given is None:
        return http.answer
    return msgspec.structs.replace(http.answer, data=_data(name, given))


def _data(route: str, given: Any) -> Any:
    if route == "authorize":
        return given
    return {"token" if route == "login" else "items" if route == "read" else "id": given}


def _found(named: str, folder: str, where: str) -> object:
    """Import what is named, with the folder of the file that names it on the path."""
    module, colon, attribute = named.partition(":")
    points = {} if colon else {point.name: point for point in entry_points(group=GROUP)}
    if not colon and named not in points:
        known = ", ".join(sorted(points)) or "none"
        raise UsageError(f'{where}: is no entry point of the group {GROUP} (known: {known}); or write "module:Class"')
    sys.path.insert(0, folder)
    try:
        home = importlib.import_module(module) if colon else points[named].load()
    except Exception as error:
        raise UsageError(f"{where}: cannot be imported: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(folder)
    if colon and not hasattr(home, attribute):
        raise UsageError(f"{where}: the module {module} has no {attribute!r}")
    return getattr(home, attribute) if colon else home
