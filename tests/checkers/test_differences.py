"""Differences: what no font shows is shown as code points, lengths and digests."""

import hashlib

import pytest

from harness.checkers.differences import difference


def test_a_difference_is_shown_with_its_place_code_points_and_sizes() -> None:
    """Eight characters before it and twelve from it on are quoted; four are spelled."""
    sent = "0123456789cafe\u0301 and more of it"
    heard = sent.replace("e\u0301", "é")

    first, was, is_ = difference(sent, heard)

    assert first == "first difference at character 14"
    sums = [hashlib.sha256(text.encode()).hexdigest()[:16] for text in (sent, heard)]
    assert was == (
        f"sent “56789cafe\u0301 and more ”, there U+0065 U+0301 U+0020 U+0061; "
        f"30 characters, 31 bytes of UTF-8, SHA-256 {sums[0]}…"
    )
    assert is_.startswith("heard “56789café and more o”, there U+00E9 U+0020 U+0061 U+006E; 29 characters, 30 bytes")
    assert is_.endswith(f"SHA-256 {sums[1]}…")


@pytest.mark.parametrize(("sent", "heard", "place"), [("abc", "ab", 3), ("", "a", 1), ("abc", "xbc", 1)])
def test_a_text_that_ends_before_the_other_differs_there(sent: str, heard: str, place: int) -> None:
    """The end is said where there is no character."""
    first, was, is_ = difference(sent, heard)

    assert first == f"first difference at character {place}"
    assert ("there the end" in was) == (len(sent) < place)
    assert ("there the end" in is_) == (len(heard) < place)


def test_what_would_turn_a_terminal_round_is_an_escape() -> None:
    """A mark of direction, and half a character."""
    _, was, is_ = difference("a\u200fb", "a\ud83db")

    assert "“a\\u200fb”, there U+200F U+0062; 3 characters, 5 bytes" in was
    assert "there U+D83D U+0062; 3 characters, 5 bytes" in is_
