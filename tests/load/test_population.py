"""Users over people, conversations and companies."""

from collections import Counter

import pytest

from harness.config import Person
from harness.errors import UsageError
from harness.load.population import Population, populate


def crowd(count: int, companies: int = 2) -> list[Person]:
    """Make people, in turn of each company."""
    return [
        Person(name=f"user{n}", email=f"user{n}@x", password="p", company=n % companies + 1, id=n) for n in range(count)
    ]


def test_everybody_listens_to_one_conversation_of_their_company() -> None:
    """One user in twenty is an eavesdropper; all others are spread evenly."""
    found = populate(crowd(38), crowd(2), users=40, conversations=4)

    assert len(found.devices) == 40
    assert found.eavesdroppers == 2
    assert found.listeners == 8.5
    assert [len({one.company for one in talk.people} | {talk.company}) for talk in found.talks] == [1] * 4
    spread = Counter(device.conversation for device in found.devices if not device.eavesdrops)
    assert max(spread.values()) - min(spread.values()) <= 1
    assert all(
        device.person in found.talks[device.conversation].people for device in found.devices if not device.eavesdrops
    )


def test_few_people_have_several_devices() -> None:
    """Three people of a declared cast carry ten users."""
    found = populate(crowd(3, companies=1), crowd(0), users=10, conversations=1)

    assert found.people == 3
    assert found.eavesdroppers == 0
    assert Counter(device.person.name for device in found.devices).most_common(1)[0][1] == 4


def test_where_every_user_is_needed_nobody_eavesdrops() -> None:
    """A conversation of two has two who talk."""
    assert populate(crowd(4), crowd(1), users=2, conversations=1).eavesdroppers == 0


def test_a_conversation_has_no_more_people_than_users_come() -> None:
    """Nobody is a participant who has no device."""
    found: Population = populate(crowd(100), crowd(2), users=20, conversations=2)

    assert sum(len(talk.people) for talk in found.talks) == 19 - 1
    assert {device.person.email for device in found.devices if not device.eavesdrops} == {
        person.email for talk in found.talks for person in talk.people
    }


@pytest.mark.parametrize(("users", "conversations"), [(3, 2), (1, 1), (5, 0)])
def test_too_few_users_are_refused(users: int, conversations: int) -> None:
    """The sentence says how many it takes."""
    with pytest.raises(UsageError, match="each needs 2"):
        populate(crowd(10), crowd(1), users=users, conversations=conversations)


@pytest.mark.parametrize("people", [[], crowd(2), crowd(3)])
def test_too_few_people_of_a_company_are_refused(people: list[Person]) -> None:
    """Two people of different companies share no conversation."""
    with pytest.raises(UsageError, match="people of one company each"):
        populate(people, [], users=8, conversations=2)
