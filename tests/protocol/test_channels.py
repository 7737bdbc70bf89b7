"""Channel names: their kind, their portability, and the patterns they follow."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.protocol.channels import ChannelKind, Pattern, is_portable, kind_of

CONVERSATION = Pattern("private-chat.{company}.conversation.{conversation}")

parts = st.text(st.characters(exclude_characters="."), min_size=1)


@pytest.mark.parametrize(
    ("name", "anchored", "dashless"),
    [
        ("room", "public", "public"),
        ("", "public", "public"),
        ("private-chat.6", "private", "private"),
        ("presence-room.7", "presence", "presence"),
        ("private-encrypted-vault", "private", "private"),
        ("private-cache-x", "private", "private"),
        ("presence-cache-x", "presence", "presence"),
        ("cache-x", "public", "public"),
        ("private-", "private", "private"),
        ("privatex", "public", "private"),
        ("presencex", "public", "presence"),
        ("Private-x", "public", "public"),
        (" private-x", "public", "public"),
        ("my-private-x", "public", "public"),
        ("team-presence-1", "public", "public"),
        ("private_x", "public", "private"),
    ],
)
def test_the_prefix_decides_the_kind(name: str, anchored: str, dashless: str) -> None:
    """The prefix counts at the start and in lower case only; Reverb's rule does without the dash."""
    assert kind_of(name) is ChannelKind(anchored)
    assert kind_of(name, dashless=True) is ChannelKind(dashless)


@pytest.mark.parametrize("name", ["a", "private-chat.6.conversation.123", "A_z-0=@,.;9", "x" * 164])
def test_portable_names_are_known(name: str) -> None:
    """Letters, digits and _ - = @ , . ; up to 164 characters pass everywhere."""
    assert is_portable(name)


@pytest.mark.parametrize(
    "name", ["", "x" * 165, "chat:42", "a b", "a\n", "é", "٣", "#server-to-user-1", "a/b", "a\0", "{id}"], ids=ascii
)
def test_names_that_some_server_refuses_are_not_portable(name: str) -> None:
    """Anything else, be it only a trailing newline, is refused by some broadcaster or library."""
    assert not is_portable(name)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("private-chat.6.conversation.123", {"company": "6", "conversation": "123"}),
        ("private-chat.6 x.conversation.é\n", {"company": "6 x", "conversation": "é\n"}),
        ("private-chat..conversation.123", None),
        ("private-chat.6.conversation.", None),
        ("private-chat.6.conversation.123.4", None),
        ("private-chat.6.7.conversation.123", None),
        ("private-chatX6Xconversation.123", None),
        ("xprivate-chat.6.conversation.123", None),
        ("private-chat.6.conversation", None),
        ("presence-chat.6.conversation.123", None),
        ("", None),
    ],
    ids=ascii,
)
def test_a_pattern_matches_whole_names(name: str, values: dict[str, str] | None) -> None:
    """A placeholder is one or more characters that are no dot, everything else stands for itself."""
    assert values == CONVERSATION.match(name)


def test_a_pattern_may_be_a_plain_name() -> None:
    """Without placeholders it matches itself, special characters included, and nothing else."""
    plain = Pattern("a+b.(c)")

    assert plain.match("a+b.(c)") == {}
    assert plain.match("aab.c") is None
    assert plain.fill() == "a+b.(c)"


@pytest.mark.parametrize("text", ["{", "a}", "{}", "{a b}", "{1}", "{a}{{b}", "{é}"])
def test_a_stray_brace_is_refused(text: str) -> None:
    """A brace that belongs to no placeholder is a mistake, not a character."""
    with pytest.raises(ValueError, match="stray brace"):
        Pattern(text)


def test_a_placeholder_stands_once() -> None:
    """One name for two places would have two values."""
    with pytest.raises(ValueError, match="names a placeholder twice"):
        Pattern("{a}.{b}.{a}")


def test_patterns_are_values() -> None:
    """Two patterns of the same text are the same pattern, and show that text."""
    assert Pattern("a.{b}") == Pattern("a.{b}")
    assert len({Pattern("a.{b}"), Pattern("a.{b}"), Pattern("a.{c}")}) == 2
    assert repr(Pattern("a.{b}")) == "Pattern(text='a.{b}')"


def test_filling_takes_numbers_and_ignores_what_it_has_no_place_for() -> None:
    """A name is made from ids as they come, out of more facts than it needs."""
    assert CONVERSATION.fill(company=6, conversation="123", user=1) == "private-chat.6.conversation.123"


def test_filling_names_what_is_missing() -> None:
    """The error says which placeholders have no value."""
    with pytest.raises(ValueError, match="needs a value for company, conversation"):
        CONVERSATION.fill(user=1)


@pytest.mark.parametrize("value", ["", ".", "6.conversation.7"])
def test_filling_refuses_values_that_would_not_come_back(value: str) -> None:
    """An empty value, or one with a dot, would make the name of something else."""
    with pytest.raises(ValueError, match=r"company=.* cannot stand in"):
        CONVERSATION.fill(company=value, conversation=1)


@settings(derandomize=True, deadline=None)
@given(parts, parts)
def test_what_is_filled_in_is_matched_out(company: str, conversation: str) -> None:
    """A filled pattern matches and gives the same values back."""
    name = CONVERSATION.fill(company=company, conversation=conversation)

    assert CONVERSATION.match(name) == {"company": company, "conversation": conversation}


def test_soketi_looks_for_prefixes_anywhere() -> None:
    """Presence alone has to stand in front; elsewhere in a name it means private (PROTOCOL.md 3)."""
    kinds = [kind_of(name, anywhere=True) for name in ("my-private-x", "my-presence-x", "presence-x", "privatex")]

    assert kinds == [ChannelKind.PRIVATE, ChannelKind.PRIVATE, ChannelKind.PRESENCE, ChannelKind.PUBLIC]
