"""Defects of what is stored and when: events of what is not committed, and catching up that leaves something out."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import delete

from harness.servers.backend.defects.defect import Defect, published_by, with_store
from harness.servers.backend.publisher import Publisher
from harness.servers.backend.schema import messages
from harness.servers.backend.services import Services
from harness.servers.backend.store import Message, Store, User

PAGE: Final = 10
REST_OF_TRANSACTION: Final = 0.05
"""Seconds from the event of a message to its commit."""


class Uncommitted(Store):
    """DE-25: a message is there for others when its transaction has ended."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.engine)
        self.open: set[int] = set()

    def add_message(self, conversation_id: int, sender: User, *, body: str, created_at: int) -> Message | None:
        """Store it, and leave the transaction open."""
        message = super().add_message(conversation_id, sender, body=body, created_at=created_at)
        if message is not None:
            self.open.add(message.id)
        return message

    def messages_after(self, conversation_id: int, message_id: int) -> list[Message]:
        """Show what is committed."""
        return [one for one in super().messages_after(conversation_id, message_id) if one.id not in self.open]


class Early(Publisher):
    """DE-25: an event goes out before its message is committed."""

    def __init__(self, services: Services, store: Uncommitted) -> None:
        super().__init__(services.broadcaster)
        self._store = store

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """Publish, and commit afterwards."""
        await super().publish(channel, event, data, socket_id=socket_id)
        await asyncio.sleep(REST_OF_TRANSACTION)
        self._store.open.discard(data["id"])


class RolledBack(Publisher):
    """DE-26: a message is taken back when its event has gone out."""

    def __init__(self, services: Services) -> None:
        super().__init__(services.broadcaster)
        self._store = services.store

    async def publish(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> None:
        """Publish, and roll back."""
        await super().publish(channel, event, data, socket_id=socket_id)
        await self._store.run(self._roll_back, data["id"])

    def _roll_back(self, message_id: int) -> None:
        with self._store.engine.begin() as connection:
            connection.execute(delete(messages).where(messages.c.id == message_id))


class InLetters(Publisher):
    """DE-21: how long an event is, is counted in letters, where the broadcaster counts bytes."""

    def size(self, channel: str, event: str, data: dict[str, Any], *, socket_id: str | None = None) -> int:
        """Count every letter as one."""
        text = data["body"]
        return super().size(channel, event, data | {"body": ""}, socket_id=socket_id) + len(text)


class Late(Store):
    """DE-28: catching up begins one message too late."""

    def messages_after(self, conversation_id: int, message_id: int) -> list[Message]:
        """Leave out the first that was missed."""
        found = super().messages_after(conversation_id, message_id)
        return found[1:] if message_id else found


class Paged(Store):
    """DE-29: what was missed is put together from pages, and the first of each further page is skipped."""

    def messages_after(self, conversation_id: int, message_id: int) -> list[Message]:
        """Begin every page but the first one entry too late."""
        found = super().messages_after(conversation_id, message_id)
        return [one for place, one in enumerate(found) if place == 0 or place % PAGE]


def _early(services: Services) -> Services:
    store = Uncommitted(services.store)
    return replace(services, store=store, publisher=Early(services, store))


def _publishing_with(kind: Callable[[Services], Publisher]) -> Callable[[Services], Services]:
    return lambda services: replace(services, publisher=kind(services))


STORING = (
    Defect("DE-21", "a limit of bytes is counted in letters", published_by(InLetters)),
    Defect("DE-25", "the event goes out before the message is committed", _early),
    Defect("DE-26", "the event goes out and the message is rolled back", _publishing_with(RolledBack)),
    Defect("DE-28", "catching up leaves out the first that was missed", with_store(Late)),
    Defect("DE-29", "catching up skips one message at each border of a page", with_store(Paged)),
)
