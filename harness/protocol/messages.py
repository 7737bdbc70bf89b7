"""
Frames as text and as values: what is read from a peer is checked here once, and trusted from here on.

Nothing that a peer can send crashes, hangs or passes half-checked: a text either is one JSON object with a string
`event`, or it is a `ValueError` with the reason in one line (PROTOCOL.md 1.1). Whether a frame makes sense is for
`client` and `server` to say.
"""

from decimal import Decimal
from json.encoder import encode_basestring_ascii
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

MAX_NESTING: Final = 512
"""Levels of arrays and objects that a text may have, the frame itself included: PHP's own limit (PROTOCOL.md 13)."""

_CONTAINERS: Final = (dict, list)
_INTEGERS: Final = range(-(2**63), 2**63)  # what PHP holds as an integer; anything beyond becomes a float there
_FIXED_POINT: Final = range(-4, 17)  # decimal exponents that PHP writes without "e"
_PHP_CONSTANTS: Final = {None: "null", True: "true", False: "false"}


class Frame(msgspec.Struct, frozen=True):
    """
    One frame of protocol 7, either direction; an absent member is `UNSET`, which is not `null`.

    `data` is as it was on the wire, a JSON string or a value: read it through `decode_data` (PROTOCOL.md 1.3).
    """

    event: str
    data: Any = UNSET
    channel: str | UnsetType = UNSET
    user_id: str | int | UnsetType = UNSET


class _Sent(msgspec.Struct):
    """What a server reads of a client's frame: nobody believes what it says of its sender."""

    event: str
    data: Any = UNSET
    channel: str | UnsetType = UNSET


_FRAMES: Final = msgspec.json.Decoder(Frame)
_SENT: Final = msgspec.json.Decoder(_Sent)
_VALUES: Final = msgspec.json.Decoder()
_OBJECTS: Final = msgspec.json.Decoder(dict[str, Any])
_ENCODER: Final = msgspec.json.Encoder()

_AROUND: Final = 8
"""Levels that frames add around what somebody is said to be, at most."""


def decode(text: str | bytes, *, of_client: bool = False) -> Frame:
    """
    Read one frame; members that the protocol does not know are dropped.

    So is `user_id`, whatever it is, in a frame `of_client`.

    Raises `ValueError`, its reason on one line, for everything that is no JSON object with a string `event` and, where
    they are present, a string `channel` and a string or integer `user_id`; for what is no UTF-8, and for nesting
    beyond `MAX_NESTING`.
    """
    try:
        if of_client:
            sent = _SENT.decode(text)
            frame = Frame(sent.event, sent.data, sent.channel)
        else:
            frame = _FRAMES.decode(text)
    except msgspec.MsgspecError as error:
        raise ValueError(f"no frame: {error}") from error
    except UnicodeError as error:
        raise ValueError("no frame: the text is not valid UTF-8") from error
    except RecursionError as error:
        raise ValueError(f"no frame: nested deeper than {MAX_NESTING} levels") from error
    # A text of n characters has at most n / 2 levels, so the usual short frame costs one comparison.
    if len(text) > 2 * MAX_NESTING and _is_nested_deeper(frame.data, MAX_NESTING - 1):
        raise ValueError(f"no frame: nested deeper than {MAX_NESTING} levels")
    return frame


def decode_data(data: Any) -> Any:
    """
    Give what `data` means: a string that holds JSON is decoded once, anything else is returned as it is.

    `UNSET` gives `None`. Never raises: text that is no JSON, or is nested beyond `MAX_NESTING`, is just text.
    """
    if data is UNSET:
        return None
    if not isinstance(data, str):
        return data
    try:
        value = _VALUES.decode(data)
    except (ValueError, RecursionError):  # msgspec's and Unicode's errors are ValueErrors
        return data
    return data if len(data) > 2 * MAX_NESTING and _is_nested_deeper(value, MAX_NESTING) else value


def decode_object(text: str) -> dict[str, Any]:
    """
    Read the text of a JSON object that frames will tell others of: who somebody is.

    Raises `ValueError` for anything else, and for nesting that would be beyond `MAX_NESTING` in such a frame.
    """
    try:
        value = _OBJECTS.decode(text)
    except RecursionError as error:
        raise ValueError(f"nested deeper than {MAX_NESTING} levels") from error
    if len(text) > MAX_NESTING and _is_nested_deeper(value, MAX_NESTING - _AROUND):
        raise ValueError(f"nested deeper than {MAX_NESTING - _AROUND} levels")
    return value


def encode(
    event: str,
    *,
    channel: str | None = None,
    data: Any = UNSET,
    user_id: str | int | None = None,
) -> str:
    """
    Write one frame as compact JSON, keys in the order event, data, channel, user_id, non-ASCII text kept.

    `data` is written as given: a protocol that wants a JSON string must be given one. `UNSET` leaves the key out,
    `None` writes `null`. Raises `ValueError` for text that no peer could have sent (a lone surrogate), `TypeError` for
    a value that JSON has no form for.
    """
    frame = Frame(event, data, UNSET if channel is None else channel, UNSET if user_id is None else user_id)
    return _ENCODER.encode(frame).decode()


def php_json(value: Any) -> str:
    r"""
    Write a value as PHP's `json_encode` does by default, which is what Laravel and Reverb put on the wire.

    Compact, non-ASCII as `\uXXXX`, `/` as `\/`, `1.0` as `1`, integers past 64 bits as floats. An empty `dict` is
    `{}`: that PHP confuses it with an empty list is the broadcaster's doing, not the encoder's. Raises `ValueError`
    for infinities, NaN and nesting beyond `MAX_NESTING`, where PHP gives up too, and `TypeError` for what is no JSON.
    """
    parts: list[str] = []
    try:
        _write_php(value, parts, 0)
    except RecursionError as error:
        raise ValueError(f"cannot write JSON nested deeper than {MAX_NESTING} levels") from error
    return "".join(parts)


def _is_nested_deeper(value: Any, levels: int) -> bool:
    # Level by level, not by recursion: the value that needs this check is the one that would exhaust the stack.
    containers: list[Any] = [value] if isinstance(value, _CONTAINERS) else []
    for _ in range(levels):
        children = (child for node in containers for child in (node.values() if isinstance(node, dict) else node))
        containers = [child for child in children if isinstance(child, _CONTAINERS)]
        if not containers:
            return False
    return True


def _write_php(value: Any, parts: list[str], level: int) -> None:
    # One Python frame a level, so that MAX_NESTING levels fit into the default stack.
    if not isinstance(value, dict | list | tuple):
        parts.append(_php_scalar(value))
        return
    if level == MAX_NESTING:
        raise ValueError(f"cannot write JSON nested deeper than {MAX_NESTING} levels")
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    parts.append(opening)
    for number, item in enumerate(value):
        if number:
            parts.append(",")
        if isinstance(value, dict):
            parts.append(f"{_php_string(str(item))}:")
        _write_php(value[item] if isinstance(value, dict) else item, parts, level + 1)
    parts.append(closing)


def _php_scalar(value: Any) -> str:
    if isinstance(value, str):
        return _php_string(value)
    if value is None or isinstance(value, bool):
        return _PHP_CONSTANTS[value]
    if isinstance(value, int) and value in _INTEGERS:
        return str(value)
    if isinstance(value, int | float):
        return _php_float(value)
    raise TypeError(f"JSON has no form for {type(value).__name__}; give text, numbers, booleans, lists or dicts")


def _php_string(text: str) -> str:
    # Python escapes DEL, PHP does not; apart from that and the slash they agree.
    escaped = (encode_basestring_ascii(part)[1:-1] for part in text.split("\x7f"))
    return '"' + "\x7f".join(escaped).replace("/", "\\/") + '"'


def _php_float(number: float) -> str:
    try:
        shortest = Decimal(repr(float(number))).normalize()
    except OverflowError:
        shortest = Decimal("inf")
    if not shortest.is_finite():
        raise ValueError("cannot write JSON for a number that is infinite or not a number")
    exponent = shortest.adjusted()
    if exponent in _FIXED_POINT:
        return format(shortest, "f")
    first, *rest = shortest.as_tuple().digits
    mantissa = f"{first}.{''.join(map(str, rest)) or '0'}"
    return f"{'-' if shortest.is_signed() else ''}{mantissa}e{exponent:+d}"
