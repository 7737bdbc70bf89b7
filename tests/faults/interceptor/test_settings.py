"""The interceptor's line of configuration is checked whole, and what is wrong is said in one sentence."""

from typing import Any

import pytest

from harness.errors import UsageError
from harness.faults.interceptor.settings import origin_of, read_settings, read_switch

BROADCASTER = {"urls": ["ws://127.0.0.1:2/sockets"], "api_url": "http://127.0.0.1:3", "key": "k", "secret": "hidden"}
WHOLE: dict[str, Any] = {"backend": "http://127.0.0.1:1/app", "broadcaster": BROADCASTER}


def test_what_is_left_out_has_a_default() -> None:
    """Ports are chosen by the system, the contract is Laravel's, and nothing is wrong."""
    settings = read_settings(WHOLE)

    assert (settings.port, settings.defects, settings.contract.event) == (0, (), "MessageSent")
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"backend": "ftp://files"}, "cannot stand in front of 'ftp://files'"),
        ({"backend": None}, "Expected `str`"),
        ({"port": 70_000}, "`int` <= 65535"),
        ({"speed": 1}, "unknown field `speed`"),
        ({"broadcaster": {**BROADCASTER, "urls": []}}, "length >= 1"),
    ],
)
def test_what_is_wrong_is_said(changed: dict[str, Any], said: str) -> None:
    """The error names what was found and what is allowed."""
    with pytest.raises(UsageError, match=said):
        read_settings(WHOLE | changed)


def test_a_switch_names_defects_and_nothing_else() -> None:
    """What is said while the interceptor runs is checked as well."""
    assert read_switch({"defects": ["DE-03"]}).defects == ("DE-03",)
    with pytest.raises(UsageError, match="see the fields of Switch"):
        read_switch({"defect": "DE-03"})


@pytest.mark.parametrize(
    ("address", "origin"),
    [("wss://ws.example.com/x", "https://ws.example.com"), ("http://127.0.0.1:8000", "http://127.0.0.1:8000")],
)
def test_an_address_has_an_origin(address: str, origin: str) -> None:
    """WebSockets are opened by HTTP."""
    assert origin_of(address) == origin
