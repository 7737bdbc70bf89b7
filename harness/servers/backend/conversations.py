"""Conversations, who takes part in them, and what is said there."""

import time
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from harness.servers.backend.answers import Invalid, answer, forbidden, no_content, not_found
from harness.servers.backend.channels import ABILITY, CONVERSATION
from harness.servers.backend.fields import LARGEST_IDENTIFIER, Fields, parse_identifier, read_values
from harness.servers.backend.services import Services
from harness.servers.backend.store import Conversation, Message
from harness.servers.backend.tokens import Identity

EVENT = "MessageSent"
LONGEST_MESSAGE = 5000
UNAUTHORIZED = "This action is unauthorized."


class Conversations:
    """The routes about conversations: 404 where there is none, 403 for whoever takes no part."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[Route]:
        """List the routes."""
        one = "/api/conversations/{conversation}"
        return [
            Route("/api/conversations", self.index, methods=["GET"]),
            Route("/api/conversations", self.create, methods=["POST"]),
            Route(one, self.delete, methods=["DELETE"]),
            Route(f"{one}/participants", self.add_participant, methods=["POST"]),
            Route(f"{one}/participants/{{user}}", self.remove_participant, methods=["DELETE"]),
            Route(f"{one}/messages", self.messages, methods=["GET"]),
            Route(f"{one}/messages", self.send, methods=["POST"]),
        ]

    async def index(self, request: Request) -> Response:
        """List the conversations that the person takes part in."""
        identity = await self._services.identify(request)
        store = self._services.store
        found = await store.run(store.conversations_of, identity.user.id)
        return answer({"data": [show_conversation(conversation) for conversation in found]})

    async def create(self, request: Request) -> Response:
        """Open a conversation between colleagues; whoever opens it takes part."""
        identity = await self._services.identify(request)
        fields = Fields(await read_values(request))
        wanted = fields.identifiers("participants")
        fields.settle()

        store, company_id = self._services.store, identity.user.company_id
        colleagues = await store.run(store.colleagues, company_id, wanted)
        for place, user_id in enumerate(wanted):
            if user_id not in colleagues:
                fields.complain(f"participants.{place}", "The selected :field is invalid.")
        fields.settle()
        conversation = await store.run(store.add_conversation, company_id, {identity.user.id, *wanted})
        return answer({"data": show_conversation(conversation)}, 201)

    async def add_participant(self, request: Request) -> Response:
        """Let a colleague take part."""
        _, conversation = await self._entered(request)
        fields = Fields(await read_values(request))
        user_id = fields.identifier("user_id")
        fields.settle()

        store = self._services.store
        if not await store.run(store.colleagues, conversation.company_id, [user_id]):
            raise Invalid({"user_id": ["The selected user id is invalid."]})
        await store.run(store.add_participant, conversation.id, user_id)
        members = sorted({*conversation.participants, user_id})
        return answer({"data": {**show_conversation(conversation), "participants": members}}, 201)

    async def remove_participant(self, request: Request) -> Response:
        """End somebody's participation, and their connections: a subscription alone cannot be ended from here."""
        _, conversation = await self._entered(request)
        written = request.path_params["user"]
        user_id = parse_identifier(written)
        store = self._services.store
        if user_id is None or not await store.run(store.remove_participant, conversation.id, user_id):
            raise not_found("Participant", written)
        await self._services.closer.close((user_id,))
        return no_content()

    async def delete(self, request: Request) -> Response:
        """Delete the conversation, and end the connections of everybody who took part."""
        _, conversation = await self._entered(request)
        await self._services.store.run(self._services.store.delete_conversation, conversation.id)
        await self._services.closer.close(conversation.participants)
        return no_content()

    async def messages(self, request: Request) -> Response:
        """List what was said after the message `after`, which is how somebody catches up who was away."""
        _, conversation = await self._entered(request)
        values = await read_values(request)
        fields = Fields(values)
        after = fields.identifier("after") if values.get("after") not in (None, "", "0", 0) else 0
        fields.settle()

        store = self._services.store
        found = await store.run(store.messages_after, conversation.id, after)
        return answer({"data": [show_message(message) for message in found]})

    async def send(self, request: Request) -> Response:
        """
        Store a message and broadcast it to the others; 201 comes after the broadcaster took it.

        A message whose event the broadcaster would not take is refused before it is stored, so that nobody reads what
        nobody heard. A broadcast that fails reaches the sender as 500 although the message is stored, as with Laravel's
        `ShouldBroadcastNow` (PROTOCOL.md, section 8.2).
        """
        identity, conversation = await self._entered(request)
        if not identity.can(ABILITY):
            raise forbidden("Invalid ability provided.")
        fields = Fields(await read_values(request))
        body = fields.text("body", maximum=LONGEST_MESSAGE)
        fields.settle()
        self._check_size(conversation, identity, body)

        store = self._services.store
        message = await store.run(
            store.add_message, conversation.id, identity.user, body=body, created_at=int(time.time())
        )
        if message is None:
            raise not_found("Conversation", conversation.id)
        shown = show_message(message)
        await self._services.publisher.publish(
            CONVERSATION.fill(company=conversation.company_id, conversation=conversation.id),
            EVENT,
            shown,
            socket_id=request.headers.get("x-socket-id"),
        )
        return answer({"data": shown}, 201)

    def _check_size(self, conversation: Conversation, identity: Identity, body: str) -> None:
        """Refuse a text whose event would be too long: text travels as PHP writes it, an Arabic letter as six bytes."""
        services, user = self._services, identity.user
        longest = Message(LARGEST_IDENTIFIER, body, user.id, user.name, int(time.time()))
        channel = CONVERSATION.fill(company=conversation.company_id, conversation=conversation.id)
        socket_id = "9" * 10 + "." + "9" * 10
        size = services.publisher.size(channel, EVENT, show_message(longest), socket_id=socket_id)
        if size > services.largest_request:
            raise Invalid({"body": ["The body field is too long to be broadcast."]})

    async def _entered(self, request: Request) -> tuple[Identity, Conversation]:
        identity = await self._services.identify(request)
        written = request.path_params["conversation"]
        number = parse_identifier(written)
        store = self._services.store
        conversation = None if number is None else await store.run(store.conversation, number)
        if conversation is None:
            raise not_found("Conversation", written)
        if identity.user.id not in conversation.participants:
            raise forbidden(UNAUTHORIZED)
        return identity, conversation


def show_conversation(conversation: Conversation) -> dict[str, Any]:
    """Write a conversation as the API shows it."""
    return {
        "id": conversation.id,
        "company_id": conversation.company_id,
        "participants": list(conversation.participants),
    }


def show_message(message: Message) -> dict[str, Any]:
    """Write a message as the API, and the event that announces it, show it."""
    return {
        "id": message.id,
        "body": message.body,
        "sender": {"id": message.sender_id, "name": message.sender_name},
        "created_at": f"{datetime.fromtimestamp(message.created_at, UTC):%Y-%m-%dT%H:%M:%S}.000000Z",
    }
