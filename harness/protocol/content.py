"""
What stands in the `data` of a server's frame, taken for nothing better than it is.

Law: nothing here raises at what a peer wrote but `ValueError`, and that only where its docstring says so. Every reading
tolerates what some broadcaster really does (PROTOCOL.md 1.3, 2.2, 6).
"""

from typing import Any, Final

from harness.protocol.channels import ChannelKind, kind_of
from harness.protocol.messages import Frame, decode_data

_LONGEST_TIMEOUT: Final = 86_400.0  # a day; what is longer, or absurd, is as good as not said


def mapping(frame: Frame) -> dict[str, Any]:
    """Give the object that `data` is or holds as text, an empty one when it is anything else."""
    content = decode_data(frame.data)
    return content if isinstance(content, dict) else {}


def seconds(value: Any) -> float | None:
    """Give a timeout that a timer can be set to, `None` for what is no positive number of at most a day."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value <= _LONGEST_TIMEOUT else None


def user_id(content: dict[str, Any]) -> str | None:
    """Give the `user_id` as text, which is how members are told apart, or `None` when it is no text and no integer."""
    value = content.get("user_id")
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def members(frame: Frame, channel: str) -> dict[str, Any] | None:
    """
    Give who is on the channel, user info by user id, or `None` where nobody is listed.

    Raises `ValueError` when a presence channel was acknowledged without a list that can be read.
    """
    presence = mapping(frame).get("presence")
    listed = presence.get("hash") if isinstance(presence, dict) else None
    if isinstance(listed, dict):
        return listed
    if isinstance(listed, list):  # PHP writes an empty map, and one with the keys 0, 1, 2 …, as a list
        return {str(number): user_info for number, user_info in enumerate(listed)}
    if kind_of(channel) is ChannelKind.PRESENCE:
        raise ValueError(f"{frame.event} on a presence channel without presence.hash")
    return None


def error(frame: Frame) -> tuple[int | None, str]:
    """
    Give the code and the message of an error, `None` and "" where it has none.

    soketi says `status` and `error` where others say `code` and `message`; a `data` that is plain text is the message.
    """
    content = decode_data(frame.data)
    if not isinstance(content, dict):
        return None, content if isinstance(content, str) else ""
    codes = [content.get(name) for name in ("code", "status")]
    texts = [content.get(name) for name in ("message", "error")]
    return (
        next((code for code in codes if isinstance(code, int) and not isinstance(code, bool)), None),
        next((text for text in texts if isinstance(text, str)), ""),
    )
