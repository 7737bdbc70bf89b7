"""Message texts: what people write to each other, in scripts and with characters on which software stumbles."""

from typing import Final

from hypothesis import strategies as st

_ARABIC: Final = "\u0627\u0628\u062a\u0645\u0631\u062d\u0633\u064b\u064f\u0651\u0640\u0660\u0663\u060c\u061f"
"""Letters, vowel signs, the stretching mark, digits and punctuation."""
_MARKS: Final = "\u200e\u200f\u202b\u2067\u2069\u200d\u200c\u0301\ufeff"
"""Marks of direction, joiners and a combining accent: nothing that is seen, and all of it must arrive."""
_SYNTAX: Final = "\"'\\/<>&{}[]%$`:;,=\t\n"
_EMOJI: Final = (
    "\N{WAVING HAND SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-5}",
    "\N{WOMAN}\u200d\N{PERSONAL COMPUTER}",
    "\N{REGIONAL INDICATOR SYMBOL LETTER S}\N{REGIONAL INDICATOR SYMBOL LETTER A}",
    "\N{HEAVY BLACK HEART}\ufe0f",
)
_SAID: Final = (
    "0",
    "null",
    "false",
    "[]",
    "{}",
    '"',
    "\\u0041",
    "<b>",
    "%00",
    "' OR 1=1 --",
    "=1+1",
    "{{7*7}}",
    "client-x",
)
"""Words that a program in between may take for something else than words."""


def message_texts(*, max_size: int = 200) -> st.SearchStrategy[str]:
    """
    Draw texts of one to `max_size` characters that a chat must carry as they are.

    They neither begin nor end with white space, which frameworks trim, and hold no NUL and no lone surrogate, which
    databases and JSON refuse.
    """
    # Pieces, not letters: Hypothesis would draw from the union of all letters, in which these few are lost.
    words = st.sampled_from((*_SAID, *_EMOJI, *_MARKS, *_SYNTAX))
    anything = st.characters(exclude_categories=["Cs", "Cc"])
    texts = st.text(_ARABIC, min_size=1, max_size=20) | st.text(anything, min_size=1, max_size=20)
    joined = st.lists(words | texts, min_size=1, max_size=8).map("".join)
    long = st.text(anything, min_size=1, max_size=max_size)
    return (joined | long).map(lambda text: text[:max_size].strip()).filter(bool)
