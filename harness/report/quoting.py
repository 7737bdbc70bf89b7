"""Make text of any origin safe to show: whoever wrote it, it stays text (DESIGN.md, section 11)."""

import unicodedata

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
"""Categories that nobody sees: control and format characters, half surrogates, private ones, separators of lines."""
_JOINERS = "\u200c\u200d"
"""Without these neither Persian nor a family of emoji can be written."""
_NO_CHARACTERS = "\ufffe\uffff"
"""XML cannot hold them, in whatever spelling."""
_CUT = "…"


def visible(text: str) -> str:
    """
    Write control, escape and bidirectional characters, and half surrogates, as escapes; line breaks stay.

    What is left can stand in XML, and no character of it reorders or hides its neighbours.
    """
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(map(_shown, text.replace("\r\n", "\n")))


def _shown(character: str) -> str:
    if character == "\n" or character in _JOINERS:
        return character
    is_hidden = unicodedata.category(character) in _HIDDEN or character in _NO_CHARACTERS
    return ascii(character)[1:-1] if is_hidden else character


def on_one_line(text: str, limit: int = 500) -> str:
    """Write it visibly on one line, cut at `limit` characters."""
    flat = " ".join(visible(text).split())
    return flat if len(flat) <= limit else flat[:limit] + _CUT
