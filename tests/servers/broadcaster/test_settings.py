"""Settings: defaults from the dialect, one sentence for the first mistake, no secret in any text."""

from typing import Any

import pytest

from harness.errors import UsageError
from harness.protocol.app import App, Terms
from harness.servers.broadcaster.settings import read_settings

LEAST = {"app_id": "1001", "key": "demo-key", "secret": "demo-secret"}


def test_the_least_configuration_speaks_as_reverb_does() -> None:
    """App, key and secret are enough; everything else is Reverb's default, on a port of the system's choice."""
    settings = read_settings(LEAST)

    assert (settings.host, settings.port) == ("127.0.0.1", 0)
    assert settings.app == App("1001", "demo-key", "demo-secret")
    assert settings.terms == Terms(activity_timeout=30, ping_interval=60)
    assert settings.speaks.name == "reverb"
    assert (settings.speaks.max_message_size, settings.speaks.max_request_size) == (10_000, 10_000)


def test_the_dialect_brings_its_own_defaults() -> None:
    """What is not set is the dialect's choice."""
    settings = read_settings({**LEAST, "dialect": "pusher"})

    assert settings.terms.activity_timeout == 120
    assert settings.speaks.max_request_size > 10_240


def test_what_is_set_overrides_the_dialect() -> None:
    """Timers, limits and the policy for client events are the operator's."""
    settings = read_settings(
        {
            **LEAST,
            "activity_timeout": 2,
            "ping_interval": 0.5,
            "prune_interval": 0.25,
            "max_message_size": 100,
            "max_request_size": 200,
            "accept_client_events_from": "none",
        }
    )

    assert settings.terms == Terms(2, 0.5)
    assert settings.app.client_events_from == "none"
    assert settings.prune_interval == 0.25
    assert (settings.speaks.max_message_size, settings.speaks.max_request_size) == (100, 200)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"prot": 1}, "unknown field `prot`"),
        ({"port": 70_000}, "port"),
        ({"port": "8080"}, "port"),
        ({"secret": 5}, "secret"),
        ({"ping_interval": 0}, "ping_interval"),
        ({"max_message_size": -1}, "max_message_size"),
        ({"accept_client_events_from": "everybody"}, "accept_client_events_from"),
        ({"dialect": "rverb"}, "there is no dialect 'rverb'"),
    ],
)
def test_a_mistake_is_named(change: dict[str, Any], sentence: str) -> None:
    """The field is in the sentence, the values of others are not."""
    with pytest.raises(UsageError, match=sentence) as refused:
        read_settings({**LEAST, **change})
    assert "demo-secret" not in str(refused.value)


SECOND = {"id": "1002", "key": "second-key", "secret": "second-secret"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"apps": [SECOND, SECOND]}, "two apps have the id '1002'; give each an id of its own"),
        ({"apps": [{**SECOND, "id": "1001"}]}, "two apps have the id '1001'"),
        ({"apps": [{**SECOND, "key": "demo-key"}]}, "'1001' shares its key with another; give each a key of its own"),
        ({"apps": [SECOND], "scaling": "redis://127.0.0.1"}, "serves one app: leave out scaling, or apps"),
        ({"apps": [{**SECOND, "max_connections": 0}]}, "max_connections"),
        ({"apps": [{**SECOND, "app_id": "2"}]}, "unknown field `app_id`"),
    ],
)
def test_apps_that_get_in_each_others_way_are_refused(change: dict[str, Any], sentence: str) -> None:
    """In one sentence that shows no secret."""
    with pytest.raises(UsageError, match=sentence) as refused:
        read_settings({**LEAST, **change})
    assert "secret" not in str(refused.value)


def test_an_app_is_served_on_its_own_terms() -> None:
    """Beside the main one, and with what the server sets for all of them."""
    second = {**SECOND, "accept_client_events_from": "none"}
    settings = read_settings({**LEAST, "apps": [second], "ping_interval": 0.5})

    assert [app.id for app in settings.served] == ["1001", "1002"]
    assert [app.client_events_from for app in settings.served] == ["members", "none"]
    assert "second" not in repr(settings.apps)


def test_a_missing_field_is_named() -> None:
    """Nothing is served without a secret."""
    with pytest.raises(UsageError, match="secret"):
        read_settings({"app_id": "1001", "key": "demo-key"})


def test_secrets_stay_out_of_text_forms() -> None:
    """What lands in a log shows neither key nor secret."""
    assert repr(read_settings(LEAST)) == "Settings(reverb on 127.0.0.1:0, app 1001)"
