"""
Show text of any origin in a page: nothing in it is hidden, reorders its surroundings, or goes on without end.

Escaping for HTML is not done here but by the templates, for everything, without exception.
"""

from markupsafe import Markup

from harness.report import quoting

LIMIT = 2_000
"""Characters of a text that are shown when nobody says otherwise."""


def visible(text: str, limit: int = LIMIT) -> str:
    """Give the text with unseen characters as escapes, cut at `limit` characters with its length behind."""
    shown = quoting.visible(text[:limit])
    return shown if len(text) <= limit else f"{shown}… ({len(text):,} characters)"


def isolated(text: object, limit: int = LIMIT) -> Markup:
    """Give text of people or of the target as HTML that stands apart from the direction of what is around it."""
    return Markup("<bdi>{}</bdi>").format(visible(str(text), limit))


def first_line(text: str) -> str:
    """Give the first line of a text."""
    return text.partition("\n")[0]


def counted(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun: `1 test`, `2,000 tests`; `many` is the plural when it is not `one` + s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
