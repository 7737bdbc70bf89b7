"""
The signed HTTP API, pure: a request in, an answer with the actions that it causes out (PROTOCOL.md 7).

What a dialect answers otherwise is asked of `hub.dialect` and of `HTTP`; the clocks are the caller's.
"""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from harness.protocol.channels import ChannelKind, is_portable
from harness.protocol.connections import Action
from harness.protocol.dialects.http import HTTP
from harness.protocol.server import Hub
from harness.servers.broadcaster.answers import Answer, Refusal, Request
from harness.servers.broadcaster.callers import Callers
from harness.servers.broadcaster.publications import InvalidPublication, Publication, read_batch, read_event

_JSON: Final = "application/json"


class Api:
    """Answers for one hub; `elsewhere` counts the subscribed connections of other nodes, where there are any."""

    def __init__(self, hub: Hub, elsewhere: Callable[[], int] = lambda: 0) -> None:
        self._hub = hub
        self._elsewhere = elsewhere
        self._dialect = hub.dialect
        self._http = HTTP[hub.dialect.name]
        self._callers = Callers(hub.app, hub.dialect)
        self._now = 0.0
        self._routes: tuple[tuple[str, re.Pattern[str], Callable[..., Answer]], ...] = (
            ("POST", re.compile(r"/apps/([^/]+)/events"), self._events),
            ("POST", re.compile(r"/apps/([^/]+)/batch_events"), self._batch),
            ("GET", re.compile(r"/apps/([^/]+)/channels"), self._channels),
            ("GET", re.compile(r"/apps/([^/]+)/channels/([^/]+)"), self._channel),
            ("GET", re.compile(r"/apps/([^/]+)/channels/([^/]+)/users"), self._users),
            ("POST", re.compile(r"/apps/([^/]+)/users/([^/]+)/terminate_connections"), self._terminate),
            ("GET", re.compile("|".join(map(re.escape, self._http.health))), self._is_up),
            ("GET", re.compile(r"/app/[^/]+"), self._bare_socket),
        )
        if self._http.lists_connections:
            self._routes += (("GET", re.compile(r"/apps/([^/]+)/connections"), self._connections),)

    def answer(self, request: Request, *, unix_time: float, now: float = 0.0) -> Answer:
        """Answer any request; nothing that a caller can send raises. `now` is a reading of the hub's own clock."""
        self._now = now
        self._hub.read_clock(now)
        try:
            handler, parts = self._route(request)
        except Refusal as refusal:
            is_bare = self._http.errors == "objects"
            return Answer(HTTPStatus.NOT_FOUND, "") if is_bare else Answer(refusal.status, refusal.sentence)
        headers: tuple[tuple[str, str], ...] = ()
        try:
            if parts:
                request = self._read(request)
                self._check_signature(request, parts[0], unix_time)
                headers = self._callers.count(unix_time)
            answer = handler(request, *parts[1:])
        except Refusal as refusal:
            return self._refused(refusal, headers)
        return msgspec.structs.replace(answer, headers=headers) if headers else answer

    def _route(self, request: Request) -> tuple[Callable[..., Answer], list[str]]:
        status, sentence = HTTPStatus.NOT_FOUND, "Not found."
        for method, pattern, handler in self._routes:
            found = pattern.fullmatch(request.path)
            if found and method == request.method:
                return handler, [unquote(part) for part in found.groups()]
            if found:
                status, sentence = HTTPStatus.METHOD_NOT_ALLOWED, "Method not allowed."
        raise Refusal(status, sentence)

    def _refused(self, refusal: Refusal, headers: tuple[tuple[str, str], ...]) -> Answer:
        headers = refusal.headers or headers
        if self._http.errors == "sentences":
            return Answer(refusal.status, refusal.sentence, headers=headers)
        body = self._hub.wording.json({"error": refusal.sentence, "code": int(refusal.status)})
        return Answer(self._http.error_status or refusal.status, body, _JSON, headers=headers)

    def _read(self, request: Request) -> Request:
        """Take a body that is none for an empty object, where that is done."""
        if not self._http.malformed_is_empty or not request.body:
            return request
        try:
            msgspec.json.decode(request.body)
        except (ValueError, RecursionError):
            return msgspec.structs.replace(request, body=b"{}")
        return request

    def _check_signature(self, request: Request, app_id: str, unix_time: float) -> None:
        if app_id != self._hub.app.id:
            raise Refusal(HTTPStatus.NOT_FOUND, self._http.texts.unknown_app.replace("{id}", app_id))
        self._callers.check(request, unix_time)

    def _events(self, request: Request) -> Answer:
        try:
            publication = read_event(self._payload(request), any_data=self._http.publishes_any_data)
        except InvalidPublication as error:
            return self._invalid(error)
        self._check_limits([publication])
        actions = self._publish(publication)
        if publication.info is None or self._http.acknowledges:
            return self._done(actions)
        info = {name: self._info(name, publication.info) for name in publication.channels}
        return self._json({"channels": info}, actions=actions)

    def _batch(self, request: Request) -> Answer:
        try:
            batch = read_batch(self._payload(request), any_data=self._http.publishes_any_data)
        except InvalidPublication as error:
            return self._invalid(error)
        if self._dialect.max_batch is not None and len(batch) > self._dialect.max_batch:
            text = self._http.texts.too_many_events.replace("{max}", str(self._dialect.max_batch))
            raise Refusal(HTTPStatus.BAD_REQUEST, text)
        self._check_limits(batch)
        actions: list[Action] = []
        informed: list[dict[str, Any]] = []
        for publication in batch:
            actions += self._publish(publication)
            informed.append(self._info(publication.channels[0], publication.info or ""))
        if any(informed) and not self._http.acknowledges:
            return self._json({"batch": informed}, actions=actions)
        return self._json({"batch": {}}, actions=actions) if self._dialect.empty_is_list else self._done(actions)

    def _connections(self, _request: Request) -> Answer:
        subscribed = [one for one in self._hub.connections.values() if one.subscriptions]
        return self._json({"connections": len(subscribed) + self._elsewhere()})

    def _channels(self, request: Request) -> Answer:
        prefix, wanted = request.params.get("filter_by_prefix", ""), request.params.get("info", "")
        counts_users = "user_count" in wanted.split(",")
        if counts_users and not self._dialect.counts_users_of_any and not prefix.startswith("presence-"):
            raise Refusal(HTTPStatus.BAD_REQUEST, "user_count may only be asked of channels with a presence- prefix")
        found = {name: self._info(name, wanted) for name in self._hub.channels if name.startswith(prefix)}
        return self._json({"channels": [] if not found and self._dialect.empty_is_list else found})

    def _channel(self, request: Request, name: str) -> Answer:
        counts_users = "user_count" in request.params.get("info", "").split(",")
        is_presence = self._hub.kind_of(name) is ChannelKind.PRESENCE
        if counts_users and not is_presence and not self._dialect.counts_users_of_any:
            raise Refusal(HTTPStatus.BAD_REQUEST, "user_count may only be asked of presence channels")
        return self._json(self._info(name, "occupied," + request.params.get("info", "")))

    def _users(self, request: Request, name: str) -> Answer:
        channel = self._hub.channels.get(name)
        if channel is None and self._dialect.vacant_users_status != HTTPStatus.OK:
            return self._json({}, status=self._dialect.vacant_users_status)
        if self._hub.kind_of(name) is not ChannelKind.PRESENCE:
            if self._http.texts.no_presence:
                raise Refusal(HTTPStatus.BAD_REQUEST, self._http.texts.no_presence)
            return self._json({}, status=HTTPStatus.BAD_REQUEST)
        is_told = self._http.tells_user_info and request.params.get("with_user_info") == "1"
        users = [
            {"id": member.user_id} | ({"user_info": member.data.get("user_info")} if is_told else {})
            for member in (channel.members() if channel is not None else [])
        ]
        return self._json({"users": users})

    def _terminate(self, _request: Request, user_id: str) -> Answer:
        return self._done(self._hub.terminate(user_id))

    def _is_up(self, request: Request) -> Answer:
        said = self._http.health[request.path]
        return Answer(HTTPStatus.OK, said) if isinstance(said, str) else self._json(said)

    def _bare_socket(self, _request: Request) -> Answer:
        status = HTTPStatus(self._dialect.bare_socket_status)
        if self._http.errors == "objects":
            return Answer(status, "")
        sentence = "Internal server error." if status.value >= HTTPStatus.INTERNAL_SERVER_ERROR else status.phrase
        return Answer(status, sentence)

    def _payload(self, request: Request) -> dict[str, Any]:
        try:
            return msgspec.json.decode(request.body, type=dict[str, Any])
        except (ValueError, RecursionError) as error:
            status = HTTPStatus(self._dialect.malformed_status)
            is_ours = status.value >= HTTPStatus.INTERNAL_SERVER_ERROR
            raise Refusal(status, "Internal server error." if is_ours else "The body is no JSON object") from error

    def _invalid(self, error: InvalidPublication) -> Answer:
        if self._dialect.invalid_status == HTTPStatus.UNPROCESSABLE_ENTITY:
            return self._json(error.errors, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        raise Refusal(self._dialect.invalid_status, self._http.texts.invalid or str(error))

    def _check_limits(self, publications: list[Publication]) -> None:
        dialect, http, texts = self._dialect, self._http, self._http.texts
        for one in publications:
            if dialect.max_channels is not None and len(one.channels) > dialect.max_channels:
                text = texts.too_many_channels.replace("{max}", str(dialect.max_channels))
                raise Refusal(HTTPStatus.BAD_REQUEST, text)
            if http.max_event_name is not None and len(one.name) > http.max_event_name:
                raise Refusal(HTTPStatus.BAD_REQUEST, texts.long_name.replace("{max}", str(http.max_event_name)))
            if dialect.max_event_data is not None and _size(one.data) > dialect.max_event_data:
                text = texts.large_data.replace("{max}", str(dialect.max_event_data))
                raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text)
            if dialect.checks_published_names and not all(map(self._is_taken, one.channels)):
                raise Refusal(HTTPStatus.BAD_REQUEST, "A channel name holds characters that are not allowed")

    def _is_taken(self, name: str) -> bool:
        """Tell whether an event may go to a channel of this name."""
        return is_portable(self._dialect.user_of(name) or name)

    def _publish(self, publication: Publication) -> list[Action]:
        return self._hub.publish(
            publication.name,
            publication.data,
            publication.channels,
            except_socket_id=publication.socket_id,
        )

    def _info(self, name: str, wanted: str) -> dict[str, Any]:
        """Tell what was asked for of one channel, as far as there is something to tell."""
        asked = set(wanted.split(","))
        channel = self._hub.channels.get(name)
        is_presence = self._hub.kind_of(name) is ChannelKind.PRESENCE
        if self._http.counts_always:
            told: dict[str, Any] = {"subscription_count": len(channel or ()), "occupied": channel is not None}
            people = channel.members() if channel is not None else []
            return told | ({"user_count": len(people)} if is_presence and "occupied" in asked else {})
        info: dict[str, Any] = {"occupied": channel is not None} if "occupied" in asked else {}
        if "cache" in asked:
            info |= self._cached(name)
        if channel is None:
            return info
        if "user_count" in asked and is_presence:
            info["user_count"] = len(channel.members())
        if "subscription_count" in asked and not is_presence:
            info["subscription_count"] = len(channel)
        return info

    def _cached(self, name: str) -> dict[str, Any]:
        remembered = self._hub.recall(name)
        if remembered is None:
            return {}
        frame = msgspec.json.decode(remembered.text)
        if self._http.cache_info == "the frame" or remembered.until is None:
            return {"cache": frame}
        return {"cache": {"data": frame["data"], "ttl": max(1, int(remembered.until - self._now))}}

    def _done(self, actions: list[Action]) -> Answer:
        return self._json({"ok": True} if self._http.acknowledges else {}, actions=actions)

    def _json(self, value: Any, *, status: int = 200, actions: list[Action] | None = None) -> Answer:
        return Answer(status, self._hub.wording.json(value), _JSON, tuple(actions or ()))


def _size(data: Any) -> int:
    return len(data.encode() if isinstance(data, str) else msgspec.json.encode(data))
