"""Defects of publishing: whether a message is broadcast, where to, as what, with what, and who is left out."""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from harness.errors import EnvironmentFault
from harness.servers.backend.broadcasting import Broadcasting
from harness.servers.backend.channels import CONVERSATION
from harness.servers.backend.conversations import Conversations
from harness.servers.backend.defects.defect import Defect, published_by, served_by
from harness.servers.backend.fields import read_values
from harness.servers.backend.publisher import Publisher, event_body
from harness.servers.backend.services import Services
from harness.servers.backend.settings import Broadcaster

_NOT_THE_SECRET = "the-secret-of-another-deployment"  # noqa: S105  wrong on purpose


class Silent(Publisher):
    """DE-01: a message is stored, and that is all."""

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """Do nothing."""


class Swallowing(Publisher):
    """DE-02: the broadcaster refuses every event, and whoever publishes them does not say so."""

    def __init__(self, broadcaster: Broadcaster) -> None:
        app_id = f"{broadcaster.app_id}-of-last-year"
        super().__init__(Broadcaster(broadcaster.url, app_id, broadcaster.key, broadcaster.secret))

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """Try, and forget what came of it."""
        try:
            await super().publish(channel, event, data, socket_id=socket_id)
        except EnvironmentFault:
            return


class MixingUp(Publisher):
    """DE-11: what goes out under the id of a message is what somebody wrote before it."""

    _before: str = "nobody wrote anything before"

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """Publish the text before."""
        text, self._before = self._before, data["body"]
        await super().publish(channel, event, data | {"body": text}, socket_id=socket_id)


class ToEverybody(Publisher):
    """DE-12: `toOthers()` is missing."""

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """Leave nobody out."""
        del socket_id
        await super().publish(channel, event, data)


class Renaming(Publisher):
    """DE-15: the event goes out under the name of its class."""

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """Publish what nobody listens for."""
        await super().publish(channel, f"App\\Events\\{event}", data, socket_id=socket_id)


class Rerouting(Publisher):
    """DE-16: the guarding prefix stands before a name that has it already."""

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """Publish where nobody listens."""
        await super().publish(f"private-{channel}", event, data, socket_id=socket_id)


class Retyping(Publisher):
    """DE-23: an id goes out as text."""

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """Turn the number into text."""
        await super().publish(channel, event, data | {"id": str(data["id"])}, socket_id=socket_id)


class OfLastYear(Publisher):
    """OP-11: a worker that was not restarted publishes what the code before this one did."""

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """Publish the fields of then."""
        await super().publish(channel, event, {"message": data["body"], "key": data["id"]}, socket_id=socket_id)


class Scattering(Conversations):
    """DE-10: an event goes to every conversation of its sender."""

    def routes(self) -> list[Route]:
        """Serve the route by which messages are sent."""
        return [Route("/api/conversations/{conversation}/messages", self.send, methods=["POST"])]

    async def send(self, request: Request) -> Response:
        """Send with a publisher that knows who sends."""
        identity, store = await self._services.identify(request), self._services.store
        theirs = await store.run(store.conversations_of, identity.user.id)
        channels = [CONVERSATION.fill(company=one.company_id, conversation=one.id) for one in theirs]
        publisher = _Everywhere(self._services.publisher, channels)
        return await Conversations(replace(self._services, publisher=publisher)).send(request)


class _Everywhere(Publisher):
    def __init__(self, publisher: Publisher, channels: list[str]) -> None:
        self._publisher, self._channels = publisher, channels

    def size(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> int:
        return self._publisher.size(channel, event, data, socket_id=socket_id)

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        for one in dict.fromkeys((channel, *self._channels)):
            await self._publisher.publish(one, event, data, socket_id=socket_id)


class ByPerson(Publisher):
    """
    DE-13: of the sender, every connection is left out and not only the one that sent.

    It knows them by what they were authorized for; the broadcaster, which has the same defect, takes them as a list.
    """

    def __init__(self, broadcaster: Broadcaster, sockets: dict[int, list[str]]) -> None:
        super().__init__(broadcaster)
        self._sockets = sockets

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """Leave out all that the sender ever joined with."""
        theirs = self._sockets.get(data["sender"]["id"], [])
        excluded = ",".join(dict.fromkeys([*theirs, *([socket_id] if socket_id else [])]))
        await self._post("/events", event_body(channel, event, data, socket_id=excluded or None))


class Noting(Broadcasting):
    """DE-13: who joined with which connection is written down, for `ByPerson`."""

    async def authorize(self, request: Request) -> Response:
        """Note the connection."""
        identity = await self._services.identify(request)
        socket_id = (await read_values(request)).get("socket_id")
        if isinstance(socket_id, str) and isinstance(publisher := self._services.publisher, ByPerson):
            publisher._sockets.setdefault(identity.user.id, []).append(socket_id)  # noqa: SLF001  one defect, in two parts
        return await super().authorize(request)


def _by_person(services: Services) -> Services:
    return replace(services, publisher=ByPerson(services.broadcaster, {}))


def _with_another_secret(services: Services) -> Services:
    theirs = services.broadcaster
    ours = Broadcaster(theirs.url, theirs.app_id, theirs.key, _NOT_THE_SECRET)
    return replace(services, broadcaster=ours, publisher=Publisher(ours))


PUBLISHING = (
    Defect("DE-01", "a message is stored and never broadcast", published_by(Silent)),
    Defect("DE-02", "a broadcast that fails is not told of", published_by(Swallowing)),
    Defect("DE-10", "an event goes to every conversation of its sender", routes=served_by(Scattering)),
    Defect("DE-11", "an event holds the text of the message before", published_by(MixingUp)),
    Defect("DE-12", "the sending connection hears its own message", published_by(ToEverybody)),
    Defect("DE-13", "the sender is left out as a person", _by_person, served_by(Noting)),
    Defect("DE-15", "the event has the name of its class", published_by(Renaming)),
    Defect("DE-16", "the guarding prefix of the channel is doubled", published_by(Rerouting)),
    Defect("DE-23", "an id goes out as text", published_by(Retyping)),
    Defect("OP-03", "the backend has another secret than the broadcaster", _with_another_secret),
    Defect("OP-11", "the event has the fields of last year", published_by(OfLastYear)),
)
