"""
Ways to write an id, or a channel's name, otherwise: what a loose comparison, cast or pattern takes for the same.

Classes and what each would uncover: DEFECTS.md 5.3. Each strategy stands alone; the plainest of each stands first, so
that Hypothesis shrinks to what a person would try by hand. `names` writes whole channels with them.
"""

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from hypothesis import strategies as st

_LEGAL: Final = string.ascii_letters + string.digits + "_-=@,;"
"""The alphabet of channel names (PROTOCOL.md 3) but for the dot, which separates their parts."""
_GUARDS: Final = ("private-encrypted-", "private-", "presence-")
"""The prefixes that Laravel takes off before it looks for a rule, of which it takes one (PROTOCOL.md 8.1)."""


@dataclass(frozen=True)
class Spelling:
    """A way to write an id or a name otherwise: `words` says which, `of` does it."""

    words: str
    of: Callable[[str], str] = field(compare=False)

    def __repr__(self) -> str:
        return self.words


def bare(name: str) -> str:
    """Take one guarding prefix off: two names that are the same without it are the same resource."""
    prefix = next((guard for guard in _GUARDS if name.startswith(guard)), "")
    return name[len(prefix) :]


def id_spellings() -> st.SearchStrategy[Spelling]:
    """Write an id otherwise, in any of the ways below that leave it the same to somebody careless."""
    return aliases() | suffixed() | other_digits() | padded()


def name_spellings() -> st.SearchStrategy[Spelling]:
    """Misspell a whole name: its prefix, its parts, its size."""
    return prefixes() | segments() | st.builds(_lengthened, st.sampled_from((165, 201, 1_000, 100_000)))


def neighbours() -> st.SearchStrategy[Spelling]:
    """Take the id of somebody else: the one before, or one that comes after."""
    return st.sampled_from((1, -1, 2, 10, 1_000)).map(_neighbour)


def aliases() -> st.SearchStrategy[Spelling]:
    """Write a number in a way that a loose comparison or cast takes for the same one."""
    return st.sampled_from(ALIASES)


def suffixed() -> st.SearchStrategy[Spelling]:
    """Put legal characters behind an id: what MySQL and PHP's `(int)` cut off, "123abc" being 123 to them."""
    # It begins with no digit: that would be another id, of which nobody knows whose it is.
    first = st.sampled_from(_LEGAL.translate({ord(digit): None for digit in string.digits}))
    return st.builds(lambda head, tail: _form(f"{{}}{head}{tail}"), first, st.text(_LEGAL, max_size=6))


def other_digits() -> st.SearchStrategy[Spelling]:
    """Write the digits of another script, or put something between them that is not seen."""
    scripts = st.sampled_from("\u0660\u06f0\u0966\uff10\U0001d7ce").map(_script)
    return scripts | _forms("{}\u0301", "\u202e{}", "{}\u200b", "\ufeff{}")


def edges() -> st.SearchStrategy[Spelling]:
    """Replace an id by a number on which a column or a cast breaks, or by a word that is 0 to a loose comparison."""
    return st.sampled_from(EDGES)


def padded() -> st.SearchStrategy[Spelling]:
    """Put many zeros before an id: around the limits of 164 and 200 characters, and far beyond them."""
    return st.sampled_from((1, 164, 200, 1_000, 100_000)).map(_zeros)


def prefixes() -> st.SearchStrategy[Spelling]:
    """Play with what stands before the first part: another guard, two of them, none, other capitals."""
    other = ("", "presence-", "private-encrypted-", "private-cache-", "cache-", "private", "Private-", "PRIVATE-")
    before = _forms("private-{}", "presence-{}", "my-{}", " {}", "#{}", "\n{}")
    return before | st.sampled_from(other).map(_guarded)


def segments() -> st.SearchStrategy[Spelling]:
    """Drop, double or insert a part, or write the dot between parts otherwise."""
    place = st.integers(0, 3)
    ends = _forms("{}.", ".{}", "{}..", "{}.x", "{}.1")
    parts = st.builds(_part, st.sampled_from(tuple(_PARTS)), place)
    dots = st.builds(_dot, st.sampled_from(("x", "/", "..", ":", "\u2024", "\uff0e")), place)
    return ends | parts | dots


def _form(form: str) -> Spelling:
    return Spelling(ascii(form), lambda text: form.replace("{}", text))


def _forms(*forms: str) -> st.SearchStrategy[Spelling]:
    return st.sampled_from([_form(form) for form in forms])


def _neighbour(step: int) -> Spelling:
    def of(id_: str) -> str:
        if id_.isascii() and id_.isdigit():
            return str(int(id_) + step)
        return id_[:-1] + ("0" if id_[-1:] != "0" else "1")

    return Spelling(f"{step:+} away", of)


def _hexadecimal(id_: str) -> str:
    return hex(int(id_)) if id_.isascii() and id_.isdigit() else f"0x{id_}"


_ALIAS_FORMS: Final = (
    "0{}", "+{}", "{}.0", "{}e0", " {}", "{} ", "{}\t", "{}\n", "{}\0", "-{}", "-0{}", "{},", "'{}'", "{}_0",
)  # fmt: skip
_POWERS: Final = tuple(str(2**bits + step) for bits in (31, 32, 63, 64) for step in (-1, 0, 1))

ALIASES: Final = (*map(_form, _ALIAS_FORMS), Spelling("hexadecimal", _hexadecimal))
"""Every way here to write a number that a loose comparison or cast takes for the same one."""
EDGES: Final = tuple(map(_form, ("0", "-1", *_POWERS, "1e400", "NaN", "null", "true", "abc", "")))
"""Every number here on which a column or a cast breaks, and words that are 0 to a loose comparison."""


def _script(zero: str) -> Spelling:
    digits = {ord("0") + value: chr(ord(zero) + value) for value in range(10)}
    return Spelling(f"digits from {zero!a}", lambda id_: id_.translate(digits))


def _zeros(count: int) -> Spelling:
    return Spelling(f"{count} zeros before", lambda id_: "0" * count + id_)


def _lengthened(size: int) -> Spelling:
    return Spelling(f"{size} characters", lambda name: name + "x" * (size - len(name)))


def _guarded(prefix: str) -> Spelling:
    return Spelling(f"guard {prefix!r}", lambda name: prefix + bare(name))


def _capitals(name: str) -> str:
    guard = name[: len(name) - len(bare(name))]
    return guard + bare(name).upper()


def _doubled(name: str) -> str:
    return name[: len(name) - len(bare(name))] + name


_PARTS: Final[dict[str, Callable[[Sequence[str], int], list[str]]]] = {
    "without": lambda parts, at: [*parts[:at], *parts[at + 1 :]],
    "doubling": lambda parts, at: [*parts[:at], parts[at], *parts[at:]],
    "inserting before": lambda parts, at: [*parts[:at], "x", *parts[at:]],
}


def _part(change: str, place: int) -> Spelling:
    def of(name: str) -> str:
        parts = name.split(".")
        return ".".join(_PARTS[change](parts, place % len(parts)))

    return Spelling(f"{change} part {place}", of)


def _dot(instead: str, place: int) -> Spelling:
    def of(name: str) -> str:
        parts = name.split(".")
        at = place % max(1, len(parts) - 1) + 1
        return f"{'.'.join(parts[:at])}{instead}{'.'.join(parts[at:])}"

    return Spelling(f"{instead!a} for dot {place}", of)


NAME_FORMS: Final = (
    Spelling("capitals", _capitals),
    Spelling("the guard twice", _doubled),
    *map(_form, ("{}.x", "{}.", "{}.1", "my-{}", ".{}")),
    *(_dot("x", place) for place in range(3)),
    *(_dot(":", place) for place in range(3)),
)
"""Every way here to write a whole name that a loose pattern takes for the same one."""
