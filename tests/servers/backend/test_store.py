"""Tests of the application's questions to its database."""

import threading

import pytest

from harness.servers.backend.store import Conversation, Message, Store, User


@pytest.fixture
def alice(store: Store) -> User:
    """Give somebody with an account."""
    found = store.credentials("alice@company-1.example")
    assert found is not None
    return found[0]


def test_people_are_found_by_their_whole_address(store: Store, alice: User) -> None:
    """The hash comes with the person; another address is nobody's."""
    assert (alice.id, alice.company_id) == (1, 1)
    assert store.credentials("alice@company-1") is None
    assert store.credentials("%") is None


def test_an_account_is_opened_once_an_address(store: Store) -> None:
    """A second account with an address is refused, and the first one keeps its hash."""
    opened = store.add_user(name="نور", email="new@company-1.example", password="hash", company_id=1)
    again = store.add_user(name="Other", email="new@company-1.example", password="other", company_id=2)

    assert opened is not None
    assert again is None
    assert store.credentials("new@company-1.example") == (opened, "hash")


def test_a_token_comes_back_with_its_owner(store: Store, alice: User) -> None:
    """What was stored is found by id until it is deleted."""
    number = store.add_token(alice.id, name="phone", digest="d" * 64, abilities=["read", "é"], expires_at=1.5)

    stored = store.token(number)
    assert stored is not None
    assert (stored.user, stored.digest, stored.abilities, stored.expires_at) == (alice, "d" * 64, ("read", "é"), 1.5)
    store.delete_token(number)
    assert store.token(number) is None


def test_companies_are_known(store: Store) -> None:
    """Companies that exist are told from those that do not, and their people from others."""
    assert store.has_people()
    assert store.has_company(2)
    assert not store.has_company(3)
    assert store.colleagues(1, [1, 4, 7, 99]) == {1, 4}
    assert store.colleagues(1, []) == set()


def test_a_conversation_has_participants(store: Store) -> None:
    """Participants are counted once, listed in order, added once and removed once."""
    conversation = store.add_conversation(1, [4, 1, 4])
    assert conversation == Conversation(conversation.id, 1, (1, 4))
    assert store.conversation(conversation.id) == conversation
    assert store.conversation(conversation.id + 1) is None

    store.add_participant(conversation.id, 2)
    store.add_participant(conversation.id, 2)
    assert store.conversation(conversation.id) == Conversation(conversation.id, 1, (1, 2, 4))

    assert store.remove_participant(conversation.id, 1)
    assert not store.remove_participant(conversation.id, 1)
    assert store.conversation(conversation.id) == Conversation(conversation.id, 1, (2, 4))


def test_a_person_sees_the_own_conversations(store: Store) -> None:
    """Only those one takes part in, oldest first."""
    assert [conversation.id for conversation in store.conversations_of(1)] == [1, 2]
    assert [conversation.id for conversation in store.conversations_of(4)] == [3]
    assert store.conversations_of(99) == []


@pytest.mark.parametrize("body", ["مرحبا", "👩‍👩‍👧‍👦 é é", " \n ", "'; DROP TABLE messages; --", "x" * 5000])
def test_messages_come_back_as_they_were_said(store: Store, alice: User, body: str) -> None:
    """Text is kept to the last code point."""
    conversation = store.add_conversation(1, [1, 2])

    said = store.add_message(conversation.id, alice, body=body, created_at=1_767_690_000)

    assert said is not None
    assert said == Message(said.id, body, alice.id, alice.name, 1_767_690_000)
    assert store.messages_after(conversation.id, 0) == [said]


def test_nothing_is_said_in_a_conversation_that_was_deleted(store: Store, alice: User) -> None:
    """Whoever was about to write, or to bring somebody in, when it went away leaves no trace."""
    conversation = store.add_conversation(1, [1, 2])
    store.delete_conversation(conversation.id)

    store.add_participant(conversation.id, 4)

    assert store.add_message(conversation.id, alice, body="hi", created_at=1) is None
    assert store.conversation(conversation.id) is None
    assert conversation.id not in [one.id for one in store.conversations_of(4)]


def test_catching_up_starts_after_a_message(store: Store, alice: User) -> None:
    """Messages are listed in the order they were said, of one conversation, after the one that is known."""
    here, elsewhere = (store.add_conversation(1, [1, 2]).id for _ in range(2))
    first, _, second = (
        store.add_message(conversation, alice, body="hi", created_at=1) for conversation in (here, elsewhere, here)
    )

    assert first is not None
    assert second is not None
    assert store.messages_after(here, 0) == [first, second]
    assert store.messages_after(here, first.id) == [second]
    assert store.messages_after(here, second.id) == []


@pytest.mark.asyncio
async def test_an_embedded_database_is_asked_directly_and_another_one_in_a_thread(store: Store) -> None:
    """Only a database that is across a network costs a trip to a thread."""
    here = threading.get_ident()

    assert await store.run(threading.get_ident) == here
    store._is_embedded = False
    assert await store.run(threading.get_ident) != here
