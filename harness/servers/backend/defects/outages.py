"""Defects that show when something around the backend breaks: its database, its broadcaster, a phone, or it itself."""

import asyncio
import time
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from sqlalchemy import delete, func, select
from starlette.requests import Request
from starlette.responses import Response

from harness.protocol.signatures import sign_request
from harness.servers.backend.broadcasting import Broadcasting
from harness.servers.backend.channels import may_join
from harness.servers.backend.defects.defect import Defect, published_by, served_by, with_tokens
from harness.servers.backend.defects.queueing import Queue
from harness.servers.backend.fields import read_values
from harness.servers.backend.publisher import TIMEOUTS, Publisher
from harness.servers.backend.schema import messages
from harness.servers.backend.services import Services
from harness.servers.backend.store import Message, Store
from harness.servers.backend.tokens import Identity, Tokens

PATIENCE: Final = 0.2
"""Seconds after which a worker takes a broadcast for lost that nobody answered."""


class Unsure(Queue):
    """DE-06:unanswered: a broadcast that is not answered in time is handed to another worker, and may be done twice."""

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """Wait a little for the answer, and try again without knowing."""
        job = asyncio.ensure_future(super().publish(channel, event, data, socket_id=socket_id))
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        done, _ = await asyncio.wait({job}, timeout=PATIENCE)
        if done:
            job.result()
        else:
            self._later(super().publish(channel, event, data, socket_id=socket_id))


class Assuming(Store):
    """DE-28:assumed: whatever went out while anybody was connected is taken for heard, and left out of a catch-up."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.engine, store.slowness)
        self.heard: set[int] = set()

    def messages_after(self, conversation_id: int, message_id: int) -> list[Message]:
        """Leave out what was heard, of a catch-up."""
        found = super().messages_after(conversation_id, message_id)
        return [one for one in found if one.id not in self.heard] if message_id else found


class Noting(Publisher):
    """DE-28:assumed: asks the broadcaster whether anybody listens."""

    def __init__(self, services: Services, store: Assuming) -> None:
        super().__init__(services.broadcaster)
        self._store = store

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """Note what somebody is there for, by the word of the broadcaster."""
        if await self._is_occupied(channel):
            self._store.heard.add(data["id"])
        await super().publish(channel, event, data, socket_id=socket_id)

    async def _is_occupied(self, channel: str) -> bool:
        app, path = self._broadcaster, f"{self._app_path}/channels/{channel}"
        query = urlencode(sign_request(app.key, app.secret, "GET", path, timestamp=int(time.time()), body=b""))
        answer = await self._pool.request("GET", f"{self._url}{path}?{query}", extensions={"timeout": TIMEOUTS})
        return answer.status == HTTPStatus.OK and bool(msgspec.json.decode(answer.content).get("occupied"))


class Remembering(Tokens):
    """AU-03:remembered: whose a token is, is remembered from its first use on."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._known: dict[str, Identity] = {}

    def identify(self, authorization: str | None) -> Identity | None:
        """Ask the database once."""
        known = self._known.get(authorization or "")
        if known is None and (known := super().identify(authorization)) is not None and authorization:
            self._known[authorization] = known
        return known


class Repeating(Broadcasting):
    """AU-12:answer: what a person was answered for a channel is remembered, whichever connection asks next."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._answers: dict[tuple[int, str], Response] = {}

    async def authorize(self, request: Request) -> Response:
        """Give the answer of before."""
        identity = await self._services.identify(request)
        which = identity.user.id, str((await read_values(request)).get("channel_name"))
        if which not in self._answers:
            self._answers[which] = await super().authorize(request)
        return self._answers[which]


def _assuming(services: Services) -> Services:
    store = Assuming(services.store)
    return replace(services, store=store, publisher=Noting(services, store))


def _open_while_slow(services: Services) -> Services:
    def decide(store: Store, identity: Identity, channel: object) -> bool:
        return bool(store.slowness.seconds) or may_join(store, identity, channel)

    return replace(services, may_join=decide)


def _forgetting(services: Services) -> Services:
    """Begin without the message that was stored last."""
    with services.store.engine.begin() as connection:
        last = connection.execute(select(func.max(messages.c.id))).scalar()
        connection.execute(delete(messages).where(messages.c.id == last))
    return services


OUTAGES = (
    Defect("AU-03:remembered", "whose a token is, is asked once", with_tokens(Remembering)),
    Defect("AU-12:answer", "the answer to a person is remembered by channel", routes=served_by(Repeating)),
    Defect("DE-06:unanswered", "a broadcast that is not answered in time is done again", published_by(Unsure)),
    Defect("DE-28:assumed", "whoever seems connected is taken to have heard", _assuming),
    Defect("OP-13:open", "while the database is slow everybody is let in", _open_while_slow),
    Defect("OP-17", "a restart loses the last that was stored", _forgetting),
)
