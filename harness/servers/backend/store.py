"""
Every question the application asks its database, behind one class.

The methods are synchronous. On SQLite the handlers call them directly: an embedded database answers in tens of
microseconds, less than a trip to a thread and back. Other databases are across a network, so `Store.run` takes the same
methods to a thread there, and no handler knows the difference.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import ParamSpec, TypeVar

import msgspec
from sqlalchemy import Connection, Engine, Insert, delete, event, insert, select, update
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool

from harness.servers.backend.schema import (
    companies,
    conversations,
    messages,
    participants,
    personal_access_tokens,
    users,
)

P = ParamSpec("P")
T = TypeVar("T")


class User(msgspec.Struct, frozen=True):
    """A person with an account, as the API shows it."""

    id: int
    name: str
    email: str
    company_id: int


class Conversation(msgspec.Struct, frozen=True):
    """A conversation of one company; `participants` are user ids in ascending order."""

    id: int
    company_id: int
    participants: tuple[int, ...]


class Message(msgspec.Struct, frozen=True):
    """A stored message; `created_at` is in whole Unix seconds."""

    id: int
    body: str
    sender_id: int
    sender_name: str
    created_at: int


class StoredToken(msgspec.Struct, frozen=True):
    """A token's row and its owner; `digest` is the SHA-256 of the secret half, `expires_at` Unix seconds or never."""

    id: int
    digest: str
    abilities: tuple[str, ...]
    expires_at: float | None
    user: User


_USER = (users.c.id, users.c.name, users.c.email, users.c.company_id)
_TOKEN = select(
    personal_access_tokens.c.id,
    personal_access_tokens.c.token,
    personal_access_tokens.c.abilities,
    personal_access_tokens.c.expires_at,
    *_USER,
).join(users, users.c.id == personal_access_tokens.c.user_id)
_MESSAGE = select(messages.c.id, messages.c.body, users.c.id, users.c.name, messages.c.created_at).join(
    users, users.c.id == messages.c.user_id
)


class Slowness:
    """How many seconds every question to a database takes longer, as a fault; nobody else is held up meanwhile."""

    def __init__(self) -> None:
        self.seconds = 0.0


class Store:
    """The application's only way to its database; every method is one transaction."""

    def __init__(self, engine: Engine, slowness: Slowness | None = None) -> None:
        self.engine = engine
        self._is_embedded = engine.dialect.name == "sqlite"
        self.slowness = slowness or Slowness()

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `work`, something synchronous that asks this store, where it does not hold up the event loop."""
        if self.slowness.seconds:
            await asyncio.sleep(self.slowness.seconds)
        if self._is_embedded:
            return work(*args, **kwargs)
        return await run_in_threadpool(work, *args, **kwargs)

    def close(self) -> None:
        """Close every connection; one that a thread still has, when that gives it back."""
        event.listen(self.engine.pool, "checkin", lambda _connection, record: record.invalidate())
        self.engine.dispose()

    # People and their tokens

    def has_people(self) -> bool:
        """Tell whether anybody has an account, which also proves that the database answers."""
        with self.engine.connect() as connection:
            return connection.execute(select(users.c.id).limit(1)).first() is not None

    def has_company(self, company_id: int) -> bool:
        """Tell whether a company exists."""
        with self.engine.connect() as connection:
            return connection.execute(select(companies.c.id).where(companies.c.id == company_id)).first() is not None

    def credentials(self, email: str) -> tuple[User, str] | None:
        """Find the person with this address and their password hash."""
        with self.engine.connect() as connection:
            row = connection.execute(select(*_USER, users.c.password).where(users.c.email == email)).first()
        return None if row is None else (User(*row[:4]), row[4])

    def add_user(self, *, name: str, email: str, password: str, company_id: int) -> User | None:
        """Store a person and the hash of their password; `None` when the address is taken."""
        values = {"name": name, "email": email, "password": password, "company_id": company_id}
        try:
            with self.engine.begin() as connection:
                user_id = _inserted(connection, insert(users).values(values))
        except IntegrityError:
            return None
        return User(user_id, name, email, company_id)

    def add_token(
        self, user_id: int, *, name: str, digest: str, abilities: Iterable[str], expires_at: float | None
    ) -> int:
        """Store a token's digest and give its id."""
        statement = insert(personal_access_tokens).values(
            user_id=user_id,
            name=name,
            token=digest,
            abilities=msgspec.json.encode(list(abilities)).decode(),
            expires_at=expires_at,
        )
        with self.engine.begin() as connection:
            return _inserted(connection, statement)

    def token(self, token_id: int) -> StoredToken | None:
        """Find a token and its owner by the token's id."""
        with self.engine.connect() as connection:
            row = connection.execute(_TOKEN.where(personal_access_tokens.c.id == token_id)).first()
        if row is None:
            return None
        number, digest, abilities, expires_at, *owner = row
        return StoredToken(number, digest, tuple(msgspec.json.decode(abilities)), expires_at, User(*owner))

    def delete_token(self, token_id: int) -> None:
        """Revoke a token; one that is gone already stays gone."""
        with self.engine.begin() as connection:
            connection.execute(delete(personal_access_tokens).where(personal_access_tokens.c.id == token_id))

    def delete_tokens(self, user_id: int) -> None:
        """Revoke every token of a person."""
        with self.engine.begin() as connection:
            connection.execute(delete(personal_access_tokens).where(personal_access_tokens.c.user_id == user_id))

    def close_account(self, user_id: int) -> None:
        """
        End what a person can do: tokens, participations, address and password.

        What they wrote stays where it was written, and so does the row that it refers to.
        """
        gone = {"email": f"closed-{user_id}@invalid", "password": ""}
        with self.engine.begin() as connection:
            connection.execute(update(users).where(users.c.id == user_id).values(gone))  # first: locks in one order
            connection.execute(delete(personal_access_tokens).where(personal_access_tokens.c.user_id == user_id))
            connection.execute(delete(participants).where(participants.c.user_id == user_id))

    # Conversations and who takes part

    def conversation(self, conversation_id: int) -> Conversation | None:
        """Find a conversation with its participants."""
        with self.engine.connect() as connection:
            return _conversation(connection, conversation_id)

    def conversations_of(self, user_id: int) -> list[Conversation]:
        """List the conversations that a person takes part in, oldest first."""
        mine = select(participants.c.conversation_id).where(participants.c.user_id == user_id)
        with self.engine.connect() as connection:
            ids = connection.execute(mine.order_by(participants.c.conversation_id)).scalars().all()
            found = [_conversation(connection, conversation_id) for conversation_id in ids]
        return [conversation for conversation in found if conversation is not None]

    def colleagues(self, company_id: int, user_ids: Iterable[int]) -> set[int]:
        """Tell which of these people exist and belong to the company."""
        wanted = select(users.c.id).where(users.c.company_id == company_id, users.c.id.in_(list(user_ids)))
        with self.engine.connect() as connection:
            return set(connection.execute(wanted).scalars())

    def add_conversation(self, company_id: int, user_ids: Iterable[int]) -> Conversation:
        """Open a conversation between people who must exist, and belong to the company (see `colleagues`)."""
        members = tuple(sorted(set(user_ids)))
        with self.engine.begin() as connection:
            number = _inserted(connection, insert(conversations).values(company_id=company_id))
            rows = [{"conversation_id": number, "user_id": user_id} for user_id in members]
            connection.execute(insert(participants), rows)
        return Conversation(number, company_id, members)

    def add_participant(self, conversation_id: int, user_id: int) -> None:
        """Let a person take part; that they do so already, or that the conversation was just deleted, is no error."""
        values = {"conversation_id": conversation_id, "user_id": user_id}
        with suppress(IntegrityError), self.engine.begin() as connection:
            _lock(connection, conversation_id)
            connection.execute(insert(participants).values(values))

    def remove_participant(self, conversation_id: int, user_id: int) -> bool:
        """End a participation, and tell whether there was one."""
        statement = delete(participants).where(
            participants.c.conversation_id == conversation_id, participants.c.user_id == user_id
        )
        with self.engine.begin() as connection:
            _lock(connection, conversation_id)
            return connection.execute(statement).rowcount > 0

    def delete_conversation(self, conversation_id: int) -> None:
        """Delete a conversation with all that was said in it."""
        with self.engine.begin() as connection:
            _lock(connection, conversation_id)
            for table in (messages, participants):
                connection.execute(delete(table).where(table.c.conversation_id == conversation_id))
            connection.execute(delete(conversations).where(conversations.c.id == conversation_id))

    # Messages

    def add_message(self, conversation_id: int, sender: User, *, body: str, created_at: int) -> Message | None:
        """Store a message of somebody who may write there; `None` when the conversation was deleted meanwhile."""
        statement = insert(messages).values(
            conversation_id=conversation_id, user_id=sender.id, body=body, created_at=created_at
        )
        try:
            with self.engine.begin() as connection:
                message_id = _inserted(connection, statement)
        except IntegrityError:
            return None
        return Message(message_id, body, sender.id, sender.name, created_at)

    def messages_after(self, conversation_id: int, message_id: int) -> list[Message]:
        """List the messages of a conversation that are younger than `message_id`, oldest first, all of them."""
        wanted = _MESSAGE.where(messages.c.conversation_id == conversation_id, messages.c.id > message_id)
        with self.engine.connect() as connection:
            return [Message(*row) for row in connection.execute(wanted.order_by(messages.c.id))]


def _inserted(connection: Connection, statement: Insert) -> int:
    primary_key = connection.execute(statement).inserted_primary_key
    assert primary_key is not None  # noqa: S101 - every table that is inserted into this way counts its own ids
    return int(primary_key[0])


def _lock(connection: Connection, conversation_id: int) -> None:
    """Keep others from changing a conversation's rows until this is through, which MariaDB else ends as a deadlock."""
    row = select(conversations.c.id).where(conversations.c.id == conversation_id)
    connection.execute(row.with_for_update())  # which says nothing to SQLite: it has one writer at a time


def _conversation(connection: Connection, conversation_id: int) -> Conversation | None:
    company_id = connection.execute(
        select(conversations.c.company_id).where(conversations.c.id == conversation_id)
    ).scalar()
    if company_id is None:
        return None
    members = select(participants.c.user_id).where(participants.c.conversation_id == conversation_id)
    ids = connection.execute(members.order_by(participants.c.user_id)).scalars()
    return Conversation(conversation_id, company_id, tuple(ids))
