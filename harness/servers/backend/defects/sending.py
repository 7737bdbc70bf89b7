"""Defects of sending: who may, in whose name, where to, and what goes along."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select
from starlette.requests import Request
from starlette.routing import Route

from harness.servers.backend.conversations import Conversations
from harness.servers.backend.defects.defect import Defect, published_by, served_by
from harness.servers.backend.fields import parse_identifier, read_values
from harness.servers.backend.publisher import Publisher
from harness.servers.backend.schema import users
from harness.servers.backend.services import Services
from harness.servers.backend.store import Conversation, User
from harness.servers.backend.tokens import Identity


class Twins(Publisher):
    """AZ-03: an event goes to the public twin of its channel as well."""

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """Publish twice."""
        await super().publish(channel, event, data, socket_id=socket_id)
        await super().publish(channel.removeprefix("private-"), event, data, socket_id=socket_id)


class Telling(Publisher):
    """DE-24: the whole row of the sender goes along, with its e-mail address and a password hash."""

    def __init__(self, services: Services) -> None:
        super().__init__(services.broadcaster)
        self._store = services.store

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """Publish too much."""
        sender = data.get("sender", {})
        email = await self._store.run(self._email, sender.get("id"))
        whole = data | {"sender": sender | {"email": email, "password": "$2y$12$" + "a" * 53}}
        await super().publish(channel, event, whole, socket_id=socket_id)

    def _email(self, user_id: int) -> str | None:
        with self._store.engine.connect() as connection:
            return connection.execute(select(users.c.email).where(users.c.id == user_id)).scalar()


class Open(Conversations):
    """AZ-36: whoever is logged in may write, or read, in any conversation."""

    method = "POST"

    def routes(self) -> list[Route]:
        """Serve the one route that is open."""
        one = "/api/conversations/{conversation}/messages"
        return [Route(one, self.send if self.method == "POST" else self.messages, methods=[self.method])]

    async def _entered(self, request: Request) -> tuple[Identity, Conversation]:
        identity = await self._services.identify(request)
        number, store = parse_identifier(request.path_params["conversation"]), self._services.store
        found = None if number is None else await store.run(store.conversation, number)
        return (identity, found) if found is not None else await super()._entered(request)


class Readable(Open):
    """AZ-36:read: whoever is logged in may read any conversation."""

    method = "GET"


class InAnyName(Conversations):
    """AZ-37: who wrote a message is taken from the request."""

    def routes(self) -> list[Route]:
        """Serve the route by which messages are sent."""
        return [Route("/api/conversations/{conversation}/messages", self.send, methods=["POST"])]

    async def _entered(self, request: Request) -> tuple[Identity, Conversation]:
        identity, conversation = await super()._entered(request)
        claimed = parse_identifier((await read_values(request)).get("sender_id"))
        if claimed is None:
            return identity, conversation
        user = User(claimed, "Somebody", "", identity.user.company_id)
        return Identity(user, identity.token_id, identity.abilities), conversation


def _telling(services: Services) -> Services:
    return replace(services, publisher=Telling(services))


def _oversized(services: Services) -> Services:
    return replace(services, largest_request=2**31)


SENDING = (
    Defect("AZ-03", "an event goes to a public channel as well", published_by(Twins)),
    Defect("AZ-36", "outsiders may write", routes=served_by(Open)),
    Defect("AZ-36:read", "outsiders may read", routes=served_by(Readable)),
    Defect("AZ-37", "the author is taken from the request", routes=served_by(InAnyName)),
    Defect("DE-20", "a message that is too long is stored, and heard by nobody", _oversized),
    Defect("DE-24", "the sender's e-mail address and password hash are broadcast", _telling),
)
