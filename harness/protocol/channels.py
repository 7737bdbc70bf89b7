"""
What a channel's name says: who has to ask before joining it, whether every broadcaster takes it, what its parts are.

Names are opaque beyond their prefix. The prefix is anchored and case-sensitive: `Private-x` and `my-private-x` are
public (PROTOCOL.md 3).
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

_PORTABLE: Final = re.compile(r"[A-Za-z0-9_\-=@,.;]+")
_LONGEST: Final = 164
_PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PART: Final = re.compile(r"[^.]+")


class ChannelKind(StrEnum):
    """What joining takes: nothing, a signature, or a signature that also says who is there."""

    PUBLIC = "public"
    PRIVATE = "private"
    PRESENCE = "presence"


def kind_of(name: str, *, dashless: bool = False, anywhere: bool = False) -> ChannelKind:
    """
    Tell the kind of a channel from its prefix; cache and encrypted channels are of the kind they build on.

    `dashless` is Reverb's rule, which asks only how the name starts: "privatex" is guarded there (PROTOCOL.md 13).
    `anywhere` is soketi's: "my-private-x" and "my-presence-x" are private, presence needs its prefix in front (3).
    """
    dash = "" if dashless else "-"
    if name.startswith(f"private{dash}"):
        return ChannelKind.PRIVATE
    if name.startswith(f"presence{dash}"):
        return ChannelKind.PRESENCE
    if anywhere and ("private-" in name or "presence-" in name):
        return ChannelKind.PRIVATE
    return ChannelKind.PUBLIC


def is_portable(name: str, *, at_most: int = _LONGEST) -> bool:
    """Tell whether every broadcaster and server library accepts the name (the rule at the end of PROTOCOL.md 3)."""
    return len(name) <= at_most and _PORTABLE.fullmatch(name) is not None


@dataclass(frozen=True)
class Pattern:
    """
    A channel name with placeholders, as Laravel writes them: `private-chat.{company}.conversation.{conversation}`.

    A `{placeholder}` stands for one or more characters that are no dot, everything else for itself, and a name matches
    as a whole or not at all. Raises `ValueError` for a brace that belongs to no placeholder and for a placeholder that
    is named twice.
    """

    text: str
    _expression: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        literals_and_names = _PLACEHOLDER.split(self.text)
        literals, names = literals_and_names[::2], literals_and_names[1::2]
        if any("{" in literal or "}" in literal for literal in literals):
            raise ValueError(f"channel pattern {self.text!r} has a stray brace; a placeholder is a word in braces")
        if len(set(names)) < len(names):
            raise ValueError(f"channel pattern {self.text!r} names a placeholder twice; give each a name of its own")
        groups = [f"(?P<{name}>{_PART.pattern})" for name in names] + [""]
        parts = (re.escape(literal) + group for literal, group in zip(literals, groups, strict=True))
        object.__setattr__(self, "_expression", re.compile("".join(parts)))

    def match(self, name: str) -> dict[str, str] | None:
        """Give the text that each placeholder stands for, or `None` when the name does not follow the pattern."""
        found = self._expression.fullmatch(name)
        return None if found is None else found.groupdict()

    def fill(self, **values: str | int) -> str:
        """
        Make a name of the pattern; values that it has no placeholder for are not looked at.

        What comes out matches and gives the same values back. Raises `ValueError` that names the placeholders without
        a value, or the one whose value is empty or holds a dot.
        """
        names = _PLACEHOLDER.findall(self.text)
        if missing := [name for name in names if name not in values]:
            raise ValueError(f"channel pattern {self.text!r} needs a value for {', '.join(missing)}")
        for name in names:
            if not _PART.fullmatch(str(values[name])):
                raise ValueError(f"{name}={values[name]!r} cannot stand in {self.text!r}; give text without a dot")
        return _PLACEHOLDER.sub(lambda placeholder: str(values[placeholder[1]]), self.text)
