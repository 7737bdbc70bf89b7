"""Tests of who may join which channel."""

from collections.abc import Callable

import pytest

from harness.servers.backend.channels import may_join
from harness.servers.backend.seed import World
from harness.servers.backend.store import Store, User
from harness.servers.backend.tokens import Identity

Join = Callable[[str, object], bool]


@pytest.fixture
def join(store: Store, world: World) -> Join:
    """Ask whether somebody of the cast may join; conversation 1 of company 1 is alice's (1), bob's (2) and carol's."""

    def ask(role: str, channel: object, abilities: tuple[str, ...] = ("*",)) -> bool:
        person = next(person for person in world.people if person.name == role)
        user = User(person.id, person.display_name, person.email, person.company)
        return may_join(store, Identity(user, 1, abilities), channel)

    return ask


@pytest.mark.parametrize("role", ["alice", "bob", "carol"])
@pytest.mark.parametrize("kind", ["private", "presence"])
def test_a_conversation_is_open_to_its_participants(join: Join, role: str, kind: str) -> None:
    """Whoever takes part may join, as a listener and as a member."""
    assert join(role, f"{kind}-chat.1.conversation.1")


@pytest.mark.parametrize(
    ("role", "channel"),
    [
        ("eve", "private-chat.1.conversation.1"),
        ("mallory", "private-chat.1.conversation.1"),
        ("mallory", "private-chat.2.conversation.1"),
        ("alice", "private-chat.2.conversation.1"),
        ("alice", "private-chat.1.conversation.3"),
        ("alice", "private-chat.1.conversation.999"),
        ("alice", "private-chat.9.conversation.1"),
    ],
)
def test_a_conversation_is_closed_to_everybody_else(join: Join, role: str, channel: str) -> None:
    """A colleague, somebody of another company, a wrong company and a conversation that does not exist are denied."""
    assert not join(role, channel)


@pytest.mark.parametrize(
    "channel",
    [
        *("private-chat.1.conversation.01", "private-chat.01.conversation.1", "private-chat.1.conversation.+1"),
        *("private-chat.1.conversation. 1", "private-chat.1.conversation.1 ", "private-chat.1.conversation.1\n"),
        *("private-chat.1.conversation.1e0", "private-chat.1.conversation.1.0", "private-chat.1.conversation.\uff11"),
        *("private-chat.1.conversation.1\x00", "private-chat.1.conversation.", "private-chat..conversation.1"),
        *("private-chat.1.conversation.-1", "private-chat.1.conversation.0", "private-chat.1.conversation.1.1"),
        *("private-chat.1.conversation.9223372036854775809", f"private-chat.1.conversation.{'9' * 5000}"),
        *("Private-chat.1.conversation.1", "private-Chat.1.conversation.1", "privatechat.1.conversation.1"),
        *("chat.1.conversation.1", "private-private-chat.1.conversation.1", " private-chat.1.conversation.1"),
        *("private-encrypted-chat.1.conversation.1", "private-cache-chat.1.conversation.1"),
        *("private-chat.{company}.conversation.{conversation}", "private-chat.%.conversation.%", "private-", "", "*"),
        *("room", "private-room", "private-company.1", "presence-App.Models.User.1", "private-chatx1xconversationx1"),
        *(None, 5, True, ["private-chat.1.conversation.1"], {"0": "private-chat.1.conversation.1"}),
    ],
)
def test_another_spelling_is_another_channel_that_nobody_may_join(join: Join, channel: object) -> None:
    """Aliases of ids and names, other prefixes, unknown names and what is no text are denied, and nothing is raised."""
    assert not join("alice", channel)


def test_a_company_is_open_to_its_people(join: Join) -> None:
    """All of a company may be present there, and nobody else."""
    assert join("eve", "presence-company.1")
    assert join("mallory", "presence-company.2")
    assert not join("mallory", "presence-company.1")
    assert not join("alice", "presence-company.1x")


def test_a_persons_own_channel_is_open_to_that_person(join: Join) -> None:
    """Notifications of somebody else are not heard."""
    assert join("alice", "private-App.Models.User.1")
    assert not join("bob", "private-App.Models.User.1")


def test_joining_needs_a_token_that_is_good_for_it(join: Join) -> None:
    """A token limited to other things opens no channel."""
    assert join("alice", "private-chat.1.conversation.1", ("realtime",))
    assert not join("alice", "private-chat.1.conversation.1", ("read",))
    assert not join("alice", "private-chat.1.conversation.1", ())


def test_the_rule_follows_the_participants(join: Join, store: Store) -> None:
    """Who is added may join at once, and who was removed may not."""
    store.add_participant(1, 4)
    assert join("eve", "private-chat.1.conversation.1")

    store.remove_participant(1, 4)
    assert not join("eve", "private-chat.1.conversation.1")
