"""Defects of content: what a message says is mangled, encoded otherwise, or more than it should be."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from harness.faults.defects.behaviour import Behaviour, Given, Passing
from harness.faults.defects.intercepted import intercepted

_HASH: Final = "$2y$12$" + "a" * 53
"""What a password hash looks like; it is nobody's."""
_BEYOND: Final = re.compile("[\U00010000-\U0010ffff]")
_MARKS: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Object(Behaviour):
    """DE-17: `data` is an object, where a JSON string is due."""

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Decode it."""
        yield passing.having(data=passing.data) if self.is_message(passing) else passing.text


class EncodedTwice(Behaviour):
    """DE-18: `data` is a JSON string that holds a JSON string."""

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Encode it once more."""
        yield passing.having(data=_json(passing.frame.data)) if self.is_message(passing) else passing.text


class Rewriting(Behaviour):
    """Lets the data of a message be other data."""

    def to_client(self, passing: Passing) -> Iterable[str]:
        """Rewrite it, where it is an object."""
        data = passing.data
        if self.is_message(passing) and isinstance(data, dict):
            self.rewrite(data)
            yield passing.having(data=_json(data))
        else:
            yield passing.text

    def rewrite(self, data: dict[str, Any]) -> None:
        """Change the data in place."""


class Mangling(Rewriting):
    """Lets the text of a message be another text."""

    def rewrite(self, data: dict[str, Any]) -> None:
        """Mangle the text."""
        changed(data, self.given.contract.text, lambda text: self.mangle(text) if isinstance(text, str) else text)

    def mangle(self, text: str) -> str:
        """Give the text that is heard instead."""
        return text


class CutAtEmoji(Mangling):
    """DE-19: text ends before the first character of four bytes, as in a column that holds three."""

    def mangle(self, text: str) -> str:
        """Cut it."""
        return _BEYOND.split(text)[0]


class Normalized(Mangling):
    """DE-19:nfc: letters and their marks are put together."""

    def mangle(self, text: str) -> str:
        """Compose it."""
        return unicodedata.normalize("NFC", text)


class WithoutMarks(Mangling):
    """DE-19:rtl: marks of direction are taken out."""

    def mangle(self, text: str) -> str:
        """Strip it."""
        return _MARKS.sub("", text)


class Escaped(Mangling):
    """DE-19:html: text is escaped for a page that it is not on."""

    def mangle(self, text: str) -> str:
        """Escape it."""
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class OfAnother(Mangling):
    """DE-11: a message is heard with the text of the one before."""

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        self._before = ""

    def mangle(self, text: str) -> str:
        """Swap it for the last one that was another."""
        before, self._before = self._before, text
        return before if before not in ("", text) else text


class Retyped(Rewriting):
    """DE-23: the id of a message is text in its event, and a number elsewhere."""

    def rewrite(self, data: dict[str, Any]) -> None:
        """Write it as text, or as a number."""
        changed(data, self.given.contract.id, retyped)


class Hidden(Rewriting):
    """DE-24: hidden fields of the sender go out with a message."""

    def rewrite(self, data: dict[str, Any]) -> None:
        """Put a hash in."""
        data["password"] = _HASH


def changed(data: Any, path: str, change: Callable[[Any], Any]) -> None:
    """Change what a dotted path leads to; what it does not lead to stays away."""
    *parents, last = path.split(".")
    for name in parents:
        data = data.get(name) if isinstance(data, dict) else None
    if isinstance(data, dict) and last in data:
        data[last] = change(data[last])


def retyped(value: Any) -> Any:
    """Give a number as text, and text that is one as a number."""
    if isinstance(value, str):
        return int(value) if value.isdecimal() else value
    return str(value)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


_ALTERED: Final = ("payload.altered",)
_TEXTS: Final = ("text_arrives_as_it_was_written",)
_ANY: Final = ("other_participant_hears",)

CONTENT: Final = (
    intercepted(
        "DE-11", "a message has the text of another", OfAnother, convicted_by=_ALTERED, scenarios=("in_the_order",)
    ),
    intercepted("DE-17", "`data` is an object", Object, convicted_by=("payload.not-a-string",), scenarios=_ANY),
    intercepted(
        "DE-18", "`data` is encoded twice", EncodedTwice, convicted_by=("payload.encoded-twice",), scenarios=_ANY
    ),
    intercepted("DE-19", "text is cut at the first emoji", CutAtEmoji, convicted_by=_ALTERED, scenarios=_TEXTS),
    intercepted("DE-19:nfc", "text is normalized", Normalized, convicted_by=_ALTERED, scenarios=_TEXTS),
    intercepted("DE-19:rtl", "text loses marks of direction", WithoutMarks, convicted_by=_ALTERED, scenarios=_TEXTS),
    intercepted("DE-19:html", "text is escaped for HTML", Escaped, convicted_by=_ALTERED, scenarios=_TEXTS),
    intercepted("DE-23", "an id changes its type", Retyped, convicted_by=("payload.type-changed",), scenarios=_ANY),
    intercepted(
        "DE-24", "a password hash goes out", Hidden, convicted_by=("payload.secret-disclosed",), scenarios=_ANY
    ),
)
