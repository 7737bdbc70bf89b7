"""Who is signed in, and whom it concerns."""

import pytest

from harness.protocol.people import People, Person, read_person


def test_user_data_names_a_person() -> None:
    """With what presence channels shall show of them, and whom they watch."""
    text = '{"id":"42","user_info":{"name":"Asha"},"watchlist":["43","44"]}'

    assert read_person(text, numbers=False) == Person("42", {"name": "Asha"}, ("43", "44"))
    assert read_person('{"id":"42"}', numbers=False) == Person("42")


@pytest.mark.parametrize("text", ["{}", '{"id":""}', '{"id":null}', '{"id":["1"]}', '{"id":1.5}'])
def test_without_an_id_it_names_nobody(text: str) -> None:
    """An id is text that is not empty."""
    assert read_person(text, numbers=True) is None


def test_a_number_is_an_id_where_it_is_taken_for_one() -> None:
    """It is the same person as the one whose id is the text of it."""
    assert read_person('{"id":42}', numbers=True) == Person("42")
    assert read_person('{"id":42}', numbers=False) is None


@pytest.mark.parametrize("text", ["", "[]", "5", '{"id":"1","watchlist":"2"}', '{"id":"1","watchlist":[2]}'])
def test_what_cannot_be_read_is_a_mistake(text: str) -> None:
    """Signed or not."""
    with pytest.raises(ValueError, match=r".+"):
        read_person(text, numbers=False)


def test_a_person_is_online_from_the_first_connection_to_the_last() -> None:
    """What comes and goes in between is no news."""
    people = People[str]()

    assert people.enter("phone", Person("42"))
    assert not people.enter("laptop", Person("42"))
    assert people.person("laptop") == Person("42")
    assert people.connections("42") == ("phone", "laptop")
    assert people.leave("phone") is None
    assert people.leave("laptop") == Person("42")
    assert people.leave("laptop") is None
    assert people.person("laptop") is None
    assert people.connections("42") == ()


def test_whoever_watches_is_found_and_told_how_things_are() -> None:
    """Each on the list once, online or offline; nobody hears of those who are not on theirs."""
    people = People[str]()
    asha = Person("1", watchlist=("2", "3", "2"))
    people.enter("a", asha)
    people.enter("b", Person("2"))

    assert people.watched(asha) == {"online": ["2"], "offline": ["3"]}
    assert people.watchers("2") == ("a",)
    assert people.watchers("1") == ()


def test_user_data_is_no_deeper_than_the_frames_that_tell_of_it() -> None:
    """A stack has an end, and a client that is told of it as well."""
    with pytest.raises(ValueError, match="nested deeper"):
        read_person('{"id":"1","user_info":' + "[" * 5000 + "]" * 5000 + "}", numbers=False)
