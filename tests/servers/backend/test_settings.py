"""Tests of what the backend is started with."""

from typing import Any

import pytest

from harness.errors import UsageError
from harness.servers.backend.settings import parse_settings

BROADCASTER = {"url": "http://127.0.0.1:8080", "app_id": "1001", "key": "demo-key", "secret": "hush-hush-hush"}
SMALLEST = {"broadcaster": BROADCASTER, "cache": "/worlds"}


def test_only_the_broadcaster_and_the_cache_must_be_given() -> None:
    """Everything else defaults to the embedded world on a port that the system chooses."""
    settings = parse_settings(SMALLEST)

    assert (settings.host, settings.port, settings.seed) == ("127.0.0.1", 0, 1)
    assert (settings.database, settings.hash_cost) == ("sqlite", "cheapest")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"sed": 1}, "sed"),
        ({"port": 65536}, "port"),
        ({"port": "8080"}, "port"),
        ({"hash_cost": "free"}, "hash_cost"),
        ({"cache": None}, "cache"),
        ({"broadcaster": {**BROADCASTER, "key": None}}, "broadcaster.key"),
        ({"broadcaster": {"url": "http://127.0.0.1:8080"}}, "app_id"),
    ],
)
def test_a_wrong_configuration_names_the_key(change: dict[str, Any], named: str) -> None:
    """An unknown, missing or mistyped key is one sentence that names it."""
    with pytest.raises(UsageError, match=named):
        parse_settings({**SMALLEST, **change})


def test_the_secret_is_never_shown() -> None:
    """Neither the representation of the settings nor a complaint about them contains a secret or a password."""
    with pytest.raises(UsageError) as refused:
        parse_settings({**SMALLEST, "broadcaster": {**BROADCASTER, "app_id": 5}})

    durable = parse_settings({**SMALLEST, "database": "postgresql+psycopg://chat:hush-hush@host/chat"})
    assert "hush" not in repr(parse_settings(SMALLEST)) + repr(durable) + str(refused.value)
