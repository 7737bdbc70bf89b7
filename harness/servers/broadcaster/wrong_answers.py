"""What an HTTP API with a defect answers otherwise: whom it believes, what it demands, and what it does with it."""

import hashlib
import hmac
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import msgspec

from harness.protocol.connections import Action
from harness.protocol.signatures import canonical_request
from harness.servers.broadcaster.answers import Answer, Refusal, Request
from harness.servers.broadcaster.api import Api
from harness.servers.broadcaster.publications import Publication

_KEPT_CHANNELS, _KEPT_EVENTS = 100, 10
"""What is documented to be possible at once; the rest is dropped without a word."""

_MISTAKES = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY)


class Unsigned(Api):
    """HT-01: a call without a signature is believed."""

    def _check_signature(self, request: Request, app_id: str, unix_time: float) -> None:
        if "auth_signature" in request.params or request.method == "GET":
            super()._check_signature(request, app_id, unix_time)


class UnsignedReading(Api):
    """HT-09: whoever only asks is answered."""

    def _check_signature(self, request: Request, app_id: str, unix_time: float) -> None:
        if request.method != "GET":
            super()._check_signature(request, app_id, unix_time)


class AnySecret(Api):
    """HT-02: a signature must be there, and that is all."""

    def _check_signature(self, request: Request, app_id: str, unix_time: float) -> None:
        if "auth_signature" not in request.params:
            super()._check_signature(request, app_id, unix_time)


class AnyBody(Api):
    """HT-03: what is signed is the `body_md5` of the query, with which nobody compares the body."""

    def _check_signature(self, request: Request, app_id: str, unix_time: float) -> None:
        if not _is_signed_but_for_its_body(self._hub.app.secret, request):
            super()._check_signature(request, app_id, unix_time)


class InOneOrder(Api):
    """HT-07: parameters are signed in the order in which they come."""

    def _check_signature(self, request: Request, app_id: str, unix_time: float) -> None:
        names = [name for name in request.params if name.startswith("auth_")]
        if names != sorted(names):
            raise Refusal(HTTPStatus.UNAUTHORIZED, "Authentication signature invalid.")
        super()._check_signature(request, app_id, unix_time)


class Choosy(Api):
    """HT-10: an event that leaves out a connection which nobody has is not published."""

    def _publish(self, publication: Publication) -> list[Action]:
        excluded = publication.socket_id
        if excluded and excluded not in self._hub.connections:
            raise Refusal(HTTPStatus.BAD_REQUEST, f"There is no connection {excluded}")
        return super()._publish(publication)


class Capping(Api):
    """HT-11: of what is too much at once, the rest is dropped without a word."""

    def _publish(self, publication: Publication) -> list[Action]:
        kept = publication.channels[:_KEPT_CHANNELS]
        return super()._publish(msgspec.structs.replace(publication, channels=kept))

    def _batch(self, request: Request) -> Answer:
        payload = self._payload(request)
        batch = payload.get("batch")
        if not isinstance(batch, list):
            return super()._batch(request)
        body = msgspec.json.encode({"batch": batch[:_KEPT_EVENTS]})
        return super()._batch(msgspec.structs.replace(request, body=body))

    def _check_limits(self, publications: list[Publication]) -> None:
        kept = [
            msgspec.structs.replace(one, channels=one.channels[:_KEPT_CHANNELS]) for one in publications[:_KEPT_EVENTS]
        ]
        super()._check_limits(kept)


class Hiding(Api):
    """HT-12: a mistake of the caller is answered like a fault of the server."""

    def answer(self, request: Request, *, unix_time: float, now: float = 0.0) -> Answer:
        """Say nothing of what was wrong."""
        answer = super().answer(request, unix_time=unix_time, now=now)
        is_mistake = answer.status in _MISTAKES
        return Answer(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal server error.") if is_mistake else answer


class AllOrNothing(Api):
    """DE-31: in a batch, an event that nobody hears ends the rest of it."""

    def _batch(self, request: Request) -> Answer:
        payload: dict[str, Any] = self._payload(request)
        batch = payload.get("batch")
        if isinstance(batch, list):
            heard = _until(batch, lambda one: isinstance(one, dict) and one.get("channel") not in self._hub.channels)
            request = msgspec.structs.replace(request, body=msgspec.json.encode({"batch": heard or batch[:1]}))
        return super()._batch(request)


def _until(items: list[Any], ends: Callable[[Any], bool]) -> list[Any]:
    """Give what stands before the first that ends it."""
    return items[: next((place for place, one in enumerate(items) if ends(one)), len(items))]


def _is_signed_but_for_its_body(secret: str, request: Request) -> bool:
    """Tell whether a call is signed, its `body_md5` being taken as it is."""
    signed = canonical_request(request.method, request.path, request.params)
    due = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(request.params.get("auth_signature", "").encode(), due.encode())
