"""Members of what a client sent, read as text."""

from typing import Any

import pytest

from harness.protocol.payload import optional_text_in, text_in


@pytest.mark.parametrize(("value", "text"), [("x", "x"), ("", ""), (5, "5"), (1.5, "1.5"), (True, "1"), (False, "")])
def test_scalars_are_text_where_php_takes_them_so(value: Any, text: str) -> None:
    """Numbers as they are written, true as one, false as nothing."""
    assert text_in({"channel": value}, "channel", coerces=True) == text


@pytest.mark.parametrize("value", [5, True, [], {}])
def test_elsewhere_only_text_is_text(value: Any) -> None:
    """A value of another type is a mistake, also where it need not be there."""
    for read in (text_in, optional_text_in):
        with pytest.raises(ValueError, match="channel is no text"):
            read({"channel": value}, "channel", coerces=False)


@pytest.mark.parametrize("value", [["room"], {"name": "room"}])
def test_a_structure_is_never_text(value: Any) -> None:
    """Not even to PHP."""
    with pytest.raises(ValueError, match="channel is no text"):
        text_in({"channel": value}, "channel", coerces=True)


@pytest.mark.parametrize("payload", [{}, {"auth": None}])
def test_what_is_missing_is_none_or_a_mistake(payload: dict[str, Any]) -> None:
    """As it is asked for."""
    assert optional_text_in(payload, "auth", coerces=False) is None
    with pytest.raises(ValueError, match="auth is missing"):
        text_in(payload, "auth", coerces=False)
