"""
The people of a world and what they said so far: names, addresses, conversations and messages follow from the seed.

Only passwords differ each time a world is built. They are random, and written down nowhere but in that world's file.
"""

import secrets
from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, insert

from harness.servers.backend.passwords import Hasher
from harness.servers.backend.schema import companies, conversations, messages, participants, users

PASSWORD_BYTES = 15
FIRST_MESSAGE_AT = 1_767_690_000  # 2026-01-06 09:00 UTC; a world does not depend on when it was built
SECONDS_BETWEEN_MESSAGES = 60
MESSAGES_EACH = 2

# Role in the cast, company, Faker's locale: many scripts, two of them written from right to left.
_PEOPLE: tuple[tuple[str | None, int, str], ...] = (
    ("alice", 1, "en_GB"),
    ("bob", 1, "ar_AA"),
    ("carol", 1, "he_IL"),
    ("eve", 1, "hi_IN"),
    (None, 1, "fr_FR"),
    (None, 1, "el_GR"),
    ("mallory", 2, "zh_CN"),
    (None, 2, "ja_JP"),
    (None, 2, "ru_RU"),
    (None, 2, "fa_IR"),
    (None, 2, "de_DE"),
    (None, 2, "th_TH"),
)
_FIRST_UNNAMED = 1 + next(place for place, (role, _, _) in enumerate(_PEOPLE) if role is None)
_CONVERSATIONS: tuple[tuple[int, ...], ...] = ((1, 2, 3), (1, 2), (4, 5, 6), (3, 5), (7, 8, 9), (7, 10), (11, 12))


class Company(msgspec.Struct, frozen=True):
    """A company of the world."""

    id: int
    name: str


class Person(msgspec.Struct, frozen=True):
    """Somebody with an account; `name` is the role in the cast, if any, and `display_name` what the others see."""

    name: str | None
    display_name: str
    id: int
    email: str
    password: str
    company: int

    def __repr__(self) -> str:
        return f"Person(name={self.name!r}, id={self.id!r}, email={self.email!r}, company={self.company!r})"


class World(msgspec.Struct, frozen=True):
    """Who there is, passwords included."""

    people: tuple[Person, ...]
    companies: tuple[Company, ...]


def populate(connection: Connection, *, seed: int, hasher: Hasher, casts: int = 1, crowd: int = 0) -> World:
    """
    Fill empty tables with the world of `seed` and give its people; imports Faker, which is slow.

    Of several `casts` each has the same roles, in two companies of its own; the numbers go on. A `crowd` is in no
    conversation, and in the first two companies by turns.
    """
    voices = {locale: _voice(locale, seed) for _, _, locale in _PEOPLE}
    english = voices["en_GB"]
    companies_each = max(company for _, company, _ in _PEOPLE)
    firms = tuple(Company(number, english.company()) for number in range(1, companies_each * casts + 1))
    roles = [
        (role, company + companies_each * cast, locale) for cast in range(casts) for role, company, locale in _PEOPLE
    ]
    people = tuple(
        Person(
            name=role,
            display_name=_display_name(voices[locale], role),
            id=number,
            email=f"{role or _first_name(english, number)}@company-{company}.example",
            password=secrets.token_urlsafe(PASSWORD_BYTES),
            company=company,
        )
        for number, (role, company, locale) in enumerate(roles, start=1)
    )
    everybody = (*people, *_crowd(crowd, first=len(people) + 1, companies=companies_each))
    _store_people(connection, firms, everybody, hasher)
    _store_conversations(connection, people, voices)
    return World(everybody, firms)


def _crowd(count: int, *, first: int, companies: int) -> Iterator[Person]:
    """Make people who are many, and nothing else."""
    for number in range(first, first + count):
        company = number % companies + 1
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        yield Person(None, f"User {number}", number, f"user-{number}@company-{company}.example", password, company)


def _first_name(voice: Any, number: int) -> str:
    """Draw a name that nobody else of the same cast has: there are fewer names than people in many casts."""
    if number % len(_PEOPLE) == _FIRST_UNNAMED:
        voice.unique.clear()
    roles = {role for role, _, _ in _PEOPLE}
    while (name := str(voice.unique.first_name()).lower()) in roles:
        pass
    return name


def _voice(locale: str, seed: int) -> Any:
    import faker  # noqa: PLC0415 - heavy, and needed once a seed

    providers = [f"faker.providers.{name}" for name in ("company", "lorem", "person")]
    voice = faker.Faker(locale, providers=providers)
    voice.seed_instance(seed)
    return voice


def _display_name(voice: Any, role: str | None) -> str:
    if role is None:
        return str(voice.name())
    return str(voice.name_male() if role == "bob" else voice.name_female())


def _store_people(
    connection: Connection, firms: tuple[Company, ...], people: tuple[Person, ...], hasher: Hasher
) -> None:
    connection.execute(insert(companies), [{"id": firm.id, "name": firm.name} for firm in firms])
    rows = [
        {
            "id": person.id,
            "company_id": person.company,
            "name": person.display_name,
            "email": person.email,
            "password": hasher.make(person.password),
        }
        for person in people
    ]
    connection.execute(insert(users), rows)


def _store_conversations(connection: Connection, people: tuple[Person, ...], voices: dict[str, Any]) -> None:
    said: list[dict[str, Any]] = []
    casts = range(0, len(people), len(_PEOPLE))
    everywhere = [tuple(first + member for member in members) for first in casts for members in _CONVERSATIONS]
    for number, members in enumerate(everywhere, start=1):
        company = people[members[0] - 1].company
        connection.execute(insert(conversations), {"id": number, "company_id": company})
        connection.execute(insert(participants), [{"conversation_id": number, "user_id": member} for member in members])
        said += [
            {"conversation_id": number, "user_id": member, "body": voices[_locale(member)].sentence()}
            for _ in range(MESSAGES_EACH)
            for member in members
        ]
    for number, message in enumerate(said, start=1):
        message |= {"id": number, "created_at": FIRST_MESSAGE_AT + number * SECONDS_BETWEEN_MESSAGES}
    connection.execute(insert(messages), said)


def _locale(number: int) -> str:
    return _PEOPLE[(number - 1) % len(_PEOPLE)][2]
