"""Text of any origin: seen as it is where that is safe, as escapes where it is not."""

import pytest

from harness.report.html.text import counted, first_line, isolated, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("مرحبا، Hello", "مرحبا، Hello"),
        ("a\u202eb", "a\\u202eb"),
        ("a\x00b", "a\\x00b"),
        ("half \ud83d", "half \\ud83d"),
        ("\N{MAN}\u200d\N{GIRL}", "\N{MAN}\u200d\N{GIRL}"),
        ("one\u2028two\nthree", "one\\u2028two\nthree"),
    ],
)
def test_what_nobody_sees_is_shown(text: str, shown: str) -> None:
    """Controls, direction marks and half characters become escapes; letters, joiners and line ends stay."""
    assert visible(text) == shown


def test_a_long_text_is_cut_and_says_so() -> None:
    """With the length that it had."""
    assert visible("x" * 1_000_000, 5) == "xxxxx… (1,000,000 characters)"
    assert visible("xxxxx", 5) == "xxxxx"


def test_text_stands_apart_from_its_surroundings() -> None:
    """Isolated from their direction, and escaped."""
    assert str(isolated("<b>&\u202e")) == "<bdi>&lt;b&gt;&amp;\\u202e</bdi>"
    assert str(isolated(7)) == "<bdi>7</bdi>"


def test_numbers_come_with_their_noun() -> None:
    """One of them is no plural."""
    assert [counted(1, "test"), counted(2_000, "test"), counted(0, "piece", "pieces of it")] == [
        "1 test",
        "2,000 tests",
        "0 pieces of it",
    ]
    assert first_line("one\ntwo") == "one"
