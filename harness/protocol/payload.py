"""Reading the members of what a client sent as data (PROTOCOL.md 2.1)."""

from typing import Any

from harness.protocol.messages import php_json


def text_in(payload: dict[str, Any], member: str, *, coerces: bool) -> str:
    """Give a text; `coerces` takes numbers and booleans for it, as PHP does. Raises `ValueError` for anything else."""
    text = optional_text_in(payload, member, coerces=coerces)
    if text is None:
        raise ValueError(f"{member} is missing")
    return text


def optional_text_in(payload: dict[str, Any], member: str, *, coerces: bool) -> str | None:
    """Give a text as `text_in` does, `None` for what is missing or null."""
    value = payload.get(member)
    if value is None or isinstance(value, str):
        return value
    if not coerces or isinstance(value, dict | list):
        raise ValueError(f"{member} is no text")
    if isinstance(value, bool):
        return "1" if value else ""
    return php_json(value)
