"""Tests of the people that a seed makes."""

import unicodedata
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, create_engine, select

from harness.servers.backend.passwords import Hasher
from harness.servers.backend.schema import conversations, messages, metadata, participants, users
from harness.servers.backend.seed import World, populate

TABLES = (conversations, participants, messages)


Build = Callable[..., tuple[World, Engine]]


@pytest.fixture
def build() -> Iterator[Build]:
    """Build worlds in memory that end with the test."""
    engines = []

    def build(seed: int, casts: int = 1, crowd: int = 0) -> tuple[World, Engine]:
        engine = create_engine("sqlite://")
        engines.append(engine)
        metadata.create_all(engine)
        with engine.begin() as connection:
            return populate(connection, seed=seed, hasher=Hasher("cheapest"), casts=casts, crowd=crowd), engine

    yield build
    for engine in engines:
        engine.dispose()


def content(engine: Engine) -> list[object]:
    """Read all that a seed decides, which is everything but the password hashes."""
    people = select(users.c.id, users.c.company_id, users.c.name, users.c.email)
    with engine.connect() as connection:
        return [connection.execute(question).all() for question in (people, *map(select, TABLES))]


def test_a_seed_makes_the_same_world_again_but_for_the_passwords(build: Build) -> None:
    """Names, addresses, conversations and messages follow from the seed; passwords are random each time."""
    (world, first), (again, second), (_, other) = build(7), build(7), build(8)

    assert content(first) == content(second)
    assert content(first) != content(other)
    assert world.companies == again.companies
    passwords = {person.password for built in (world, again) for person in built.people}
    assert len(passwords) == 2 * len(world.people)
    assert all(len(password) >= 12 for password in passwords)


def test_the_cast_works_where_the_story_says(build: Build) -> None:
    """Alice, bob, carol and eve are colleagues, mallory works elsewhere, and all have others around them."""
    world, _ = build(1)

    roles = {person.name: person.company for person in world.people if person.name}
    assert roles == {"alice": 1, "bob": 1, "carol": 1, "eve": 1, "mallory": 2}
    assert [person.company for person in world.people].count(1) == 6
    assert [person.company for person in world.people].count(2) == 6
    assert [person.id for person in world.people] == list(range(1, 13))
    assert len({person.email for person in world.people}) == 12


@pytest.mark.parametrize("seed", range(5))
def test_names_come_in_many_scripts(build: Build, seed: int) -> None:
    """Every world has people who write in Latin, Arabic, Hebrew, Devanagari and Chinese characters."""
    world, _ = build(seed)

    scripts = {
        unicodedata.name(letter).split()[0]
        for person in world.people
        for letter in person.display_name
        if letter.isalpha()
    }
    assert scripts >= {"LATIN", "ARABIC", "HEBREW", "DEVANAGARI", "CJK"}


def test_people_can_log_in_with_what_the_world_says(build: Build) -> None:
    """The stored hashes are those of the passwords that are handed out."""
    world, engine = build(1)
    with engine.connect() as connection:
        hashes = dict(connection.execute(select(users.c.id, users.c.password)).all())

    assert all(Hasher("cheapest").verify(person.password, hashes[person.id]) for person in world.people)


def test_conversations_stay_within_a_company(build: Build) -> None:
    """Whoever takes part belongs to the conversation's company, and has said something there."""
    world, engine = build(1)
    company = {person.id: person.company for person in world.people}
    with engine.connect() as connection:
        owner = dict(connection.execute(select(conversations.c.id, conversations.c.company_id)).all())
        members = set(connection.execute(select(participants)))
        speakers = set(connection.execute(select(messages.c.conversation_id, messages.c.user_id)))

    assert all(owner[conversation] == company[person] for conversation, person in members)
    assert speakers == members
    assert {person for conversation, person in members if conversation == 1} == {1, 2, 3}


def test_a_password_is_never_shown_by_accident(build: Build) -> None:
    """The representation of a world has no password in it."""
    world, _ = build(1)

    assert not any(person.password in repr(world) for person in world.people)


def test_a_cast_may_be_there_several_times(build: Build) -> None:
    """Each in companies of its own, with conversations of its own, and nobody twice."""
    (one, first), (three, engine) = build(1), build(1, casts=3)

    alices = [person for person in three.people if person.name == "alice"]
    assert [person.company for person in alices] == [1, 3, 5]
    assert len({person.email for person in three.people}) == len(three.people) == 3 * len(one.people)
    assert [company.id for company in three.companies] == [1, 2, 3, 4, 5, 6]
    home = {person.id: person.company for person in three.people}
    with engine.connect() as connection, first.connect() as other:
        together = connection.execute(select(participants.c.conversation_id, participants.c.user_id)).all()
        alone = other.execute(select(participants.c.conversation_id)).all()
        numbers = connection.execute(select(conversations.c.id, conversations.c.company_id)).all()
        rooms = {room: company for room, company in numbers}  # noqa: C416 - rows are no pairs to a type checker
    assert len(together) == 3 * len(alone)
    assert all(rooms[room] == min(home[user] for other_room, user in together if other_room == room) for room in rooms)


def test_a_crowd_comes_after_everybody_else(build: Build) -> None:
    """In the first two companies by turns, in no conversation, and nobody else is changed by it."""
    (alone, _), (crowded, engine) = build(1), build(1, crowd=5)

    here = len(alone.people)
    assert [person.id for person in crowded.people[:here]] == [person.id for person in alone.people]
    crowd = crowded.people[here:]
    assert [(person.name, person.id, person.company) for person in crowd] == [
        (None, here + 1, 2),
        (None, here + 2, 1),
        (None, here + 3, 2),
        (None, here + 4, 1),
        (None, here + 5, 2),
    ]
    assert len({person.email for person in crowded.people}) == here + 5
    with engine.connect() as connection:
        assert max(connection.execute(select(participants.c.user_id)).scalars()) <= here
