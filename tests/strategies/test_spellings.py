"""What the strategies for spellings promise: they compose, cover their classes, and shrink to what is plain."""

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from harness.protocol.channels import is_portable
from harness.strategies.spellings import (
    Spelling,
    aliases,
    bare,
    edges,
    id_spellings,
    name_spellings,
    neighbours,
    other_digits,
    padded,
    prefixes,
    segments,
    suffixed,
)

CANONICAL = "private-chat.6.conversation.123"
WITHOUT_DATABASE = settings(database=None, derandomize=True)


def written(strategy: st.SearchStrategy[Spelling], text: str, wanted: str) -> str:
    """Find a spelling by which `text` becomes `wanted`, and say it in words."""
    return repr(find(strategy, lambda spelling: spelling.of(text) == wanted, settings=WITHOUT_DATABASE))


@WITHOUT_DATABASE
@given(id_spellings(), name_spellings())
def test_spellings_compose(one: Spelling, other: Spelling) -> None:
    """A spelling takes what another one wrote."""
    assert isinstance(other.of(one.of("123")), str)


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [
        (neighbours(), "124"),
        (neighbours(), "122"),
        (aliases(), "0123"),
        (aliases(), "123e0"),
        (aliases(), "0x7b"),
        (aliases(), "123\n"),
        (aliases(), "123\0"),
        (suffixed(), "123a"),
        (other_digits(), "\uff11\uff12\uff13"),
        (other_digits(), "123\u0301"),
        (edges(), "9223372036854775808"),
        (edges(), "abc"),
        (padded(), "0" * 200 + "123"),
    ],
    ids=ascii,
)
def test_ids_are_misspelled_in_every_class(strategy: st.SearchStrategy[Spelling], wanted: str) -> None:
    """Each class of DEFECTS.md 5.3 that plays with ids is there."""
    assert written(strategy, "123", wanted)


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [
        (prefixes(), "private-private-chat.6.conversation.123"),
        (prefixes(), "presence-chat.6.conversation.123"),
        (prefixes(), "Private-chat.6.conversation.123"),
        (prefixes(), "privatechat.6.conversation.123"),
        (prefixes(), "chat.6.conversation.123"),
        (segments(), "private-chat.6.conversation.123.x"),
        (segments(), "private-chat.conversation.123"),
        (segments(), "private-chat.6.6.conversation.123"),
        (segments(), "private-chat.6xconversation.123"),
        (segments(), "private-chat.6.conversation\u2024123"),
        (name_spellings(), CANONICAL + "x" * (201 - len(CANONICAL))),
    ],
    ids=ascii,
)
def test_names_are_misspelled_in_every_class(strategy: st.SearchStrategy[Spelling], wanted: str) -> None:
    """Each class of DEFECTS.md 5.3 that plays with the whole name is there."""
    assert written(strategy, CANONICAL, wanted)


@WITHOUT_DATABASE
@given(suffixed())
def test_a_suffix_is_legal_and_makes_no_other_id(spelling: Spelling) -> None:
    """Broadcasters accept the name, and it is no number that might be somebody's conversation."""
    name = spelling.of("123")
    assert is_portable(name)
    assert not name.isdigit()


def test_a_neighbour_of_an_id_that_is_no_number_differs_in_its_end() -> None:
    """There is no next UUID; another one will do."""
    one_further = find(neighbours(), lambda _: True, settings=WITHOUT_DATABASE)
    assert (one_further.of("ab1"), one_further.of("ab0")) == ("ab0", "ab1")


def test_a_name_of_one_part_is_misspelled_behind_it() -> None:
    """Where there is no dot to be written otherwise, what stands for it is put at the end."""
    assert written(segments(), "a", "a/")


def test_a_suffix_shrinks_to_one_letter() -> None:
    """When every suffix is wrongly accepted, what is shown is one character."""
    assert find(suffixed(), lambda _: True, settings=WITHOUT_DATABASE).of("123") == "123a"


def test_a_spelling_shows_itself_with_escapes() -> None:
    """A failing example can be read: what cannot be seen is an escape."""
    spelling = find(aliases(), lambda spelling: spelling.of("123") == "123\n", settings=WITHOUT_DATABASE)
    assert repr(spelling) == r"'{}\n'"


@pytest.mark.parametrize("guard", ["private-", "presence-", "private-encrypted-", ""])
def test_a_name_is_the_same_resource_under_every_guard(guard: str) -> None:
    """One guard is taken off, and no second one."""
    assert bare(f"{guard}chat.6.conversation.123") == "chat.6.conversation.123"
    assert bare("private-private-chat.1") == "private-chat.1"
