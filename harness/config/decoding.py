"""Tables into structs, with complaints that name the key as the file spells it and the values that are allowed."""

import re
from typing import Final, TypeVar

import msgspec
import msgspec.inspect as shapes

from harness.config.document import Place
from harness.config.durations import Seconds, duration
from harness.errors import UsageError

T = TypeVar("T")

_LOCATED = re.compile(r"(?P<what>.*?)(?: - at `(?:key` in `)?\$\.?(?P<path>[^`]*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+)`", re.DOTALL)
_MISTYPED = re.compile(r"Expected `(.+)`, got `(.+)`")
_NOT_CHOSEN = re.compile(r"Invalid enum value (.+)", re.DOTALL)
_WORDS: Final = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}


def decoded(table: object, kind: type[T], place: Place) -> T:
    """Make a `kind` of a table, strictly; raise `UsageError` with one sentence on what is wrong at which key."""
    try:
        return msgspec.convert(table, kind, dec_hook=_own_types)
    except msgspec.ValidationError as error:
        raise _complaint(_with_keys(str(error), table, kind), kind, place) from None


def _own_types(kind: type, value: object) -> object:
    if kind is not Seconds:
        raise NotImplementedError(kind)
    try:
        return duration(value)
    except UsageError as error:
        raise ValueError(str(error)) from error


def _with_keys(text: str, table: object, kind: type) -> str:
    """Name the keys of tables of the user's own, which msgspec leaves out of its complaints as `[...]`."""
    said = text
    while "[...]" in text:
        before = text.partition("[...]")[0].rpartition("$")[2]
        steps = [step for step in before.split(".") if step]
        for key in _keys_in(table, steps):
            if _complains(_narrowed(table, steps, key), kind) == said:
                table, text = _narrowed(table, steps, key), text.replace("[...]", f".{key}", 1)
                break
        else:
            return text
    return text


def _keys_in(table: object, steps: list[str]) -> list[str]:
    for step in steps:
        table = table.get(step) if isinstance(table, dict) else None
    return list(table) if isinstance(table, dict) else []


def _narrowed(table: object, steps: list[str], key: str) -> object:
    """Leave of the table at the end of these steps this key alone."""
    assert isinstance(table, dict)  # noqa: S101 - see `_keys_in`
    if not steps:
        return {key: table[key]}
    return {**table, steps[0]: _narrowed(table[steps[0]], steps[1:], key)}


def _complains(table: object, kind: type) -> str:
    try:
        msgspec.convert(table, kind, dec_hook=_own_types)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def _complaint(text: str, kind: type, place: Place) -> UsageError:
    # msgspec tells what is wrong only as text; a wording that is not known here still names its key, below.
    located = _LOCATED.fullmatch(text)
    what, path = (located["what"], located["path"] or "") if located else (text, "")
    here = place.below(path.replace("[...]", ".*").lstrip(".")) if path else place
    shape = _at(shapes.type_info(kind), path)
    if missing := _MISSING.fullmatch(what):
        return here.below(missing[1]).error("is missing")
    if unknown := _UNKNOWN.fullmatch(what):
        return here.below(unknown[1]).error(f"is no key that is known here; allowed are {', '.join(_keys(shape))}")
    if chosen := _NOT_CHOSEN.fullmatch(what):
        return here.error(f"is {chosen[1]}; allowed are {', '.join(_choices(shape))}")
    if mistyped := _MISTYPED.fullmatch(what):
        expected = " or ".join(_WORDS.get(word, word) for word in mistyped[1].split(" | ") if word != "null")
        choices = _choices(shape)
        allowed = f"; allowed are {', '.join(choices)}" if choices else ""
        return here.error(f"is {_WORDS.get(mistyped[2], mistyped[2])}, not {expected}{allowed}")
    return here.error(f"is not accepted: {what}")


def _at(shape: shapes.Type, path: str) -> shapes.Type:
    """Walk from a type to the one at `path`, as msgspec writes paths: `.member`, `[0]`, `[...]`."""
    for step in re.findall(r"[^.\[\]]+|\[[^\]]*\]", path):
        shape = _solid(shape)
        if isinstance(shape, shapes.StructType):
            shape = next((member.type for member in shape.fields if member.encode_name == step), shape)
        elif isinstance(shape, shapes.VarTupleType | shapes.ListType):
            shape = shape.item_type
        elif isinstance(shape, shapes.DictType):
            shape = shape.value_type
    return _solid(shape)


def _solid(shape: shapes.Type) -> shapes.Type:
    """Of alternatives, the one that has members or choices of its own."""
    if not isinstance(shape, shapes.UnionType):
        return shape
    telling = (shapes.StructType, shapes.LiteralType, shapes.VarTupleType, shapes.DictType)
    return next((one for one in shape.types if isinstance(one, telling)), shape)


def _keys(shape: shapes.Type) -> list[str]:
    return [member.encode_name for member in shape.fields] if isinstance(shape, shapes.StructType) else []


def _choices(shape: shapes.Type) -> list[str]:
    return [str(value) for value in shape.values] if isinstance(shape, shapes.LiteralType) else []
