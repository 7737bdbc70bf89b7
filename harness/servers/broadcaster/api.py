"""
The signed HTTP API, pure: a request in, an answer with the actions that it causes out (PROTOCOL.md 7).

What a dialect answers otherwise is asked of `hub.dialect`; the clock is the caller's.
"""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from harness.protocol.channels import ChannelKind, is_portable
from harness.protocol.connections import Action
from harness.protocol.server import Hub
from harness.protocol.signatures import verify_request
from harness.servers.broadcaster.publications import InvalidPublication, Publication, read_batch, read_event

_JSON: Final = "application/json"


class Request(msgspec.Struct, frozen=True):
    """
    One request, its path as it was sent and its query decoded.

    One that asks to upgrade keeps its `head` byte for byte, and what came `early`, behind it.
    """

    method: str
    path: str
    params: dict[str, str]
    body: bytes = b""
    head: bytes | None = None
    early: bytes = b""


class Answer(msgspec.Struct, frozen=True):
    """What to answer, and what to do before it is sent; without a `content_type` the body is a bare sentence."""

    status: int
    body: str
    content_type: str | None = None
    actions: tuple[Action, ...] = ()


class Refusal(Exception):
    """The request ends here, with this answer."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.answer = Answer(status, sentence)


class Api:
    """Answers for one hub; `elsewhere` counts the subscribed connections of other nodes, where there are any."""

    def __init__(self, hub: Hub, elsewhere: Callable[[], int] = lambda: 0) -> None:
        self._hub = hub
        self._elsewhere = elsewhere
        self._dialect = hub.dialect
        self._routes: tuple[tuple[str, re.Pattern[str], Callable[..., Answer]], ...] = (
            ("POST", re.compile(r"/apps/([^/]+)/events"), self._events),
            ("POST", re.compile(r"/apps/([^/]+)/batch_events"), self._batch),
            ("GET", re.compile(r"/apps/([^/]+)/connections"), self._connections),
            ("GET", re.compile(r"/apps/([^/]+)/channels"), self._channels),
            ("GET", re.compile(r"/apps/([^/]+)/channels/([^/]+)"), self._channel),
            ("GET", re.compile(r"/apps/([^/]+)/channels/([^/]+)/users"), self._users),
            ("POST", re.compile(r"/apps/([^/]+)/users/([^/]+)/terminate_connections"), self._terminate),
            ("GET", re.compile(r"/up"), self._up),
            ("GET", re.compile(r"/app/[^/]+"), self._bare_socket),
        )

    def answer(self, request: Request, *, unix_time: float) -> Answer:
        """Answer any request; nothing that a caller can send raises."""
        try:
            handler, parts = self._route(request)
            if parts:
                self._check_signature(request, parts[0], unix_time)
            return handler(request, *parts[1:])
        except Refusal as refused:
            return refused.answer

    def _route(self, request: Request) -> tuple[Callable[..., Answer], list[str]]:
        status, sentence = HTTPStatus.NOT_FOUND, "Not found."
        for method, pattern, handler in self._routes:
            found = pattern.fullmatch(request.path)
            if found and method == request.method:
                return handler, [unquote(part) for part in found.groups()]
            if found:
                status, sentence = HTTPStatus.METHOD_NOT_ALLOWED, "Method not allowed."
        raise Refusal(status, sentence)

    def _check_signature(self, request: Request, app_id: str, unix_time: float) -> None:
        app, params = self._hub.app, request.params
        if app_id != app.id:
            raise Refusal(HTTPStatus.NOT_FOUND, f"No matching application for ID [{app_id}].")
        if self._dialect.checks_api_key and params.get("auth_key") != app.key:
            raise Refusal(HTTPStatus.UNAUTHORIZED, "auth_key should be a valid app key")
        window = self._dialect.timestamp_window
        if window is not None and abs(_timestamp(params) - unix_time) > window:
            given = params.get("auth_timestamp", "")
            sentence = f"Timestamp expired: Given timestamp ({given}) not within {window}s of server time"
            raise Refusal(HTTPStatus.UNAUTHORIZED, f"{sentence} ({int(unix_time)})")
        trust_md5 = self._dialect.trusts_body_md5
        if not verify_request(app.secret, request.method, request.path, params, request.body, trust_md5=trust_md5):
            raise Refusal(HTTPStatus.UNAUTHORIZED, "Authentication signature invalid.")

    def _events(self, request: Request) -> Answer:
        try:
            publication = read_event(self._payload(request))
        except InvalidPublication as error:
            return self._invalid(error)
        self._check_limits([publication])
        actions = self._publish(publication)
        if publication.info is None:
            return self._json({}, actions=actions)
        info = {name: self._info(name, publication.info) for name in publication.channels}
        return self._json({"channels": info}, actions=actions)

    def _batch(self, request: Request) -> Answer:
        try:
            batch = read_batch(self._payload(request))
        except InvalidPublication as error:
            return self._invalid(error)
        if self._dialect.max_batch is not None and len(batch) > self._dialect.max_batch:
            raise Refusal(HTTPStatus.BAD_REQUEST, f"A batch holds at most {self._dialect.max_batch} events")
        self._check_limits(batch)
        actions: list[Action] = []
        informed: list[dict[str, Any]] = []
        for publication in batch:
            actions += self._publish(publication)
            informed.append(self._info(publication.channels[0], publication.info or ""))
        if any(informed):
            return self._json({"batch": informed}, actions=actions)
        return self._json({"batch": {}} if self._dialect.empty_is_list else {}, actions=actions)

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
        return self._json(self._info(name, "occupied," + request.params.get("info", "")))

    def _users(self, _request: Request, name: str) -> Answer:
        channel = self._hub.channels.get(name)
        if channel is None and self._dialect.vacant_users_status != HTTPStatus.OK:
            return self._json({}, status=self._dialect.vacant_users_status)
        if self._hub.kind_of(name) is not ChannelKind.PRESENCE:
            return self._json({}, status=HTTPStatus.BAD_REQUEST)
        members = channel.members() if channel is not None else []
        return self._json({"users": [{"id": member.user_id} for member in members]})

    def _terminate(self, _request: Request, user_id: str) -> Answer:
        return self._json({}, actions=self._hub.terminate(user_id))

    def _up(self, _request: Request) -> Answer:
        return self._json({"health": "OK"})

    def _bare_socket(self, _request: Request) -> Answer:
        status = HTTPStatus(self._dialect.bare_socket_status)
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
        return Answer(self._dialect.invalid_status, str(error))

    def _check_limits(self, publications: list[Publication]) -> None:
        dialect = self._dialect
        for publication in publications:
            if dialect.max_channels is not None and len(publication.channels) > dialect.max_channels:
                raise Refusal(HTTPStatus.BAD_REQUEST, f"An event goes to at most {dialect.max_channels} channels")
            if dialect.max_event_data is not None and len(publication.data.encode()) > dialect.max_event_data:
                sentence = f"The data of the event exceeds the allowed maximum ({dialect.max_event_data} bytes)"
                raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
            if dialect.portable_names_only and not all(is_portable(name) for name in publication.channels):
                raise Refusal(HTTPStatus.BAD_REQUEST, "A channel name holds characters that are not allowed")

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
        info: dict[str, Any] = {"occupied": channel is not None} if "occupied" in asked else {}
        if channel is None:
            return info
        is_presence = channel.kind is ChannelKind.PRESENCE
        if "user_count" in asked and is_presence:
            info["user_count"] = len(channel.members())
        if "subscription_count" in asked and not is_presence:
            info["subscription_count"] = len(channel)
        if "cache" in asked and (remembered := self._hub.recall(name)) is not None:
            info["cache"] = msgspec.json.decode(remembered.text)
        return info

    def _json(self, value: Any, *, status: int = 200, actions: list[Action] | None = None) -> Answer:
        return Answer(status, self._hub.wording.json(value), _JSON, tuple(actions or ()))


def _timestamp(params: dict[str, str]) -> float:
    given = params.get("auth_timestamp", "")
    return float(given) if given.isascii() and given.isdigit() else float("-inf")
