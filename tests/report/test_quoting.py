"""Text of any origin, made safe to show."""

import xml.etree.ElementTree as ET

import pytest

from harness.report.quoting import on_one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text\nof two lines", "plain text\nof two lines"),
        ("مرحبا, نمی\u200cخواهم, 👨\u200d👩", "مرحبا, نمی\u200cخواهم, 👨\u200d👩"),
        ("\x00\x1b[2J\x7f", "\\x00\\x1b[2J\\x7f"),
        ("abc\u202edef\u2066", "abc\\u202edef\\u2066"),
        ("\ud800", "\\ud800"),
        ("\ufffe\uffff", "\\ufffe\\uffff"),
        ("a\r\nb\rc\td\u2028e", "a\nb\\rc\\td\\u2028e"),
    ],
)
def test_what_nobody_sees_becomes_an_escape(text: str, shown: str) -> None:
    """Letters of every script, joiners and line ends stay."""
    assert visible(text) == shown


def test_every_character_can_stand_in_xml() -> None:
    """What an XML document may not hold is escaped, so that no text makes it unreadable."""
    everything = visible("".join(map(chr, range(0x11000))))

    assert ET.fromstring(f"<a>{everything.replace('&', '').replace('<', '')}</a>").text  # noqa: S314  our own text


def test_one_line_is_one_line() -> None:
    """Line ends and runs of spaces become a space; the cut is shown."""
    assert on_one_line("  a\n\n b\tc ") == "a b\\tc"
    assert (on_one_line("abcdef", 3), on_one_line("abc", 3)) == ("abc…", "abc")
