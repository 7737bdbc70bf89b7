"""How two texts differ, in lines that show what no font shows: code points, lengths, digests."""

from itertools import zip_longest

from harness.checkers import evidence
from harness.history.digest import digest

_BEFORE, _BEHIND = 8, 12
"""How many characters are shown around a difference."""
_POINTS = 4
"""How many of them as code points, from the difference on."""
_DIGITS = 16


def difference(sent: str, heard: str) -> list[str]:
    """Show what was sent and what was heard around the first character that differs, and the size of both."""
    place = next(n for n, (one, other) in enumerate(zip_longest(sent, heard)) if one != other)
    return [f"first difference at character {place + 1}", _shown("sent", sent, place), _shown("heard", heard, place)]


def _shown(word: str, text: str, place: int) -> str:
    points = " ".join(f"U+{ord(character):04X}" for character in text[place : place + _POINTS]) or "the end"
    part = evidence.quoted(text[max(0, place - _BEFORE) : place + _BEHIND])
    size = len(text.encode("utf-8", "surrogatepass"))
    sum_ = digest(text)[:_DIGITS]
    return f"{word} {part}, there {points}; {len(text)} characters, {size} bytes of UTF-8, SHA-256 {sum_}…"
