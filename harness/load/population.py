"""
Who takes part in a load: devices over people, conversations and companies, and some who must hear nothing; pure.

A user is a device: it logs in, connects and listens by itself. Where there are fewer people than users, people have
several devices. Each person is in one conversation, so that every device listens to one channel and owes its silence
about all others. Eavesdroppers are people of no conversation, who ask for one all the same.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from harness.config import Person
from harness.errors import UsageError

_ONE_IN: Final = 20
"""Of so many users one is an eavesdropper, and at least one where somebody is left for it."""
FEWEST: Final = 2
"""People without whom a conversation is none."""

NOWHERE: Final = -1


class Device(msgspec.Struct, frozen=True):
    """A user of the load: whose it is, and the conversation that it listens to, or tries to when it eavesdrops."""

    number: int
    person: Person
    conversation: int
    eavesdrops: bool


class Talk(msgspec.Struct, frozen=True):
    """A conversation: its people, each once, and the company whose it is."""

    company: int | str | None
    people: tuple[Person, ...]


class Population(msgspec.Struct, frozen=True):
    """Everybody who takes part."""

    devices: tuple[Device, ...]
    talks: tuple[Talk, ...]

    @property
    def eavesdroppers(self) -> int:
        """How many of the users must hear nothing."""
        return sum(device.eavesdrops for device in self.devices)

    @property
    def people(self) -> int:
        """How many people the devices belong to."""
        return len({device.person.email for device in self.devices})

    @property
    def listeners(self) -> float:
        """How many devices hear a message on average, when each conversation is spoken in equally often."""
        return max(0.0, (len(self.devices) - self.eavesdroppers) / len(self.talks) - 1)


def populate(people: Sequence[Person], outsiders: Sequence[Person], *, users: int, conversations: int) -> Population:
    """
    Spread users over people and conversations; `outsiders` are those who eavesdrop.

    Raises `UsageError` when there are too few users, or too few people of one company, for so many conversations.
    """
    spies = min(max(1, users // _ONE_IN), max(0, users - FEWEST * conversations)) if outsiders else 0
    if conversations < 1 or users - spies < FEWEST * conversations:
        raise UsageError(
            f"{users} users are too few for {conversations} conversations: each needs {FEWEST}; "
            f"ask for {FEWEST * max(1, conversations)} or more, or for fewer conversations"
        )
    talks = _talks(people, conversations, most=users - spies)
    listeners = [(person, number) for number, talk in enumerate(talks) for person in talk.people]
    found = [Device(number, *listeners[number % len(listeners)], eavesdrops=False) for number in range(users - spies)]
    found += [
        Device(number, outsiders[number % len(outsiders)], number % conversations, eavesdrops=True)
        for number in range(users - spies, users)
    ]
    return Population(tuple(found), talks)


def _talks(people: Sequence[Person], conversations: int, *, most: int) -> tuple[Talk, ...]:
    """Put at most so many people, as evenly as they come, into conversations that are each of one company."""
    companies: dict[int | str | None, list[Person]] = {}
    for person in people:
        companies.setdefault(person.company, []).append(person)
    largest = sorted(companies, key=lambda company: -len(companies[company]))[:conversations]
    where = [largest[number % len(largest)] for number in range(conversations)] if largest else []
    rooms: list[list[Person]] = [[] for _ in where]
    for company in largest:
        own = [number for number, of in enumerate(where) if of == company]
        share = most * len(own) // conversations
        for place, person in enumerate(companies[company][: max(share, FEWEST * len(own))]):
            rooms[own[place % len(own)]].append(person)
    if not rooms or any(len(room) < FEWEST for room in rooms):
        raise UsageError(
            f"there are {len(people)} people in {len(companies)} companies, too few for {conversations} conversations "
            f"of {FEWEST} people of one company each; ask for fewer conversations, or declare more people"
        )
    return tuple(Talk(company, tuple(room)) for company, room in zip(where, rooms, strict=True))
