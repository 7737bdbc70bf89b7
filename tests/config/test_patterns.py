"""Channel rules that cannot be decided are refused, with one sentence about the pattern at fault."""

import msgspec
import pytest

from harness.config.contract import LARAVEL
from harness.config.declarations import ChannelRule, Person, World
from harness.config.patterns import check_patterns, overlap, stand_ins
from harness.errors import UsageError

ALICE = Person(name="alice", email="alice@example.com", password="x", company=6)
SILENT_ABOUT_IDS = msgspec.structs.replace(LARAVEL, user=None, login=None, register=None, create=None)
MEANT = {"company": "", "conversation": "world.conversation names none", "user": "", "room": ""}


def complaint(*patterns: str) -> str:
    """Check rules of these patterns; give the complaint, with the index of the rule that it is about."""
    rules = [ChannelRule(name=f"rule-{index}", pattern=one, join="anyone") for index, one in enumerate(patterns)]
    try:
        check_patterns(rules, MEANT, lambda index, sentence: UsageError(f"{index} {sentence}"))
    except UsageError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("patterns", "words"),
    [
        ((), ""),
        (("private-x.{company}.{user}", "private-y.{room}", "news"), ""),
        (("news", "private-x.{compny}"), "1 is 'private-x.{compny}', and nothing says what {compny} means; known are "),
        (("private-x.{conversation}",), "0 is 'private-x.{conversation}', which no channel of the declared world"),
        (("private-x.{company",), "0 is 'private-x.{company', which is none: channel pattern"),
        (("private-x.{user}.{user}",), "0 is 'private-x.{user}.{user}', which is none: channel pattern"),
        (("x.{user}", "y", "x.{company}"), "2 is 'x.{company}', and a name that it matches can match 'x.{user}' of"),
        (("news", "news"), "1 is 'news', and a name that it matches can match 'news' of the rule 'rule-0' too"),
    ],
)
def test_the_first_pattern_at_fault_is_told(patterns: tuple[str, ...], words: str) -> None:
    """One sentence that holds the pattern, what is wrong with it and what is allowed."""
    told = complaint(*patterns)
    assert told.startswith(words)
    assert bool(told) == bool(words)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("a.{x}", "a.{y}", True),
        ("a.{x}", "a.b", True),
        ("a.{x}", "a.b.c", False),
        ("a.{x}.c", "a.b.{y}", True),
        ("a.{x}.c", "a.b.{y}.d", False),
        ("a.{x}", "b.{x}", False),
        ("a.{x}", "a.", False),
        ("a.{x}-end", "a.start-{y}", True),
        ("a.{x}b", "a.{y}c", False),
        ("a{x}", "{y}b", True),
        ("{x}{y}", "a", False),
        ("{x}{y}", "ab", True),
        ("{x}", "{y}", True),
        ("{x}", ".", False),
        ("", "{x}", False),
        ("", "", True),
        ("private-chat.{a}.conversation.{b}", "presence-chat.{a}.conversation.{b}", False),
    ],
)
def test_patterns_overlap_where_a_name_can_match_both(first: str, second: str, *, expected: bool) -> None:
    """A placeholder stands for one segment or a part of one; which pattern is named first makes no difference."""
    assert overlap(first, second) is expected
    assert overlap(second, first) is expected


def test_what_stands_for_a_placeholder_is_declared_by_cast_and_world() -> None:
    """Companies and ids by people, a conversation by the world, everything else by values of its own."""
    found = stand_ins((ALICE,), World(conversation=1, values={"room": 7}), SILENT_ABOUT_IDS)
    assert found == {"company": "", "conversation": "", "user": "nobody of the cast has an id", "room": ""}
    assert stand_ins((msgspec.structs.replace(ALICE, id=3),), World(), SILENT_ABOUT_IDS)["user"] == ""


def test_a_placeholder_that_nothing_stands_for_says_why() -> None:
    """An empty cast has neither; a conversation that cannot be made has to be there."""
    assert stand_ins((), World(), SILENT_ABOUT_IDS) == {
        "company": "nobody of the cast has a company, and world.companies names none",
        "conversation": "world.conversation names none, and no route creates one",
        "user": "nobody of the cast has an id",
    }


def test_what_can_be_made_or_asked_for_needs_not_be_there() -> None:
    """New conversations and new people have ids of their own; a login, or a route, tells those of others."""
    assert stand_ins((), World(), LARAVEL) == {
        "company": "nobody of the cast has a company, and world.companies names none",
        "conversation": "",
        "user": "",
    }
    for told in (LARAVEL.login, None), (None, LARAVEL.user):
        contract = msgspec.structs.replace(SILENT_ABOUT_IDS, login=told[0], user=told[1])
        assert stand_ins((ALICE,), World(), contract)["user"] == ""
