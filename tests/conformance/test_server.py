"""What a server serves, and the reason where it does not."""

import msgspec
import pytest

from harness.config import own_target
from harness.conformance.server import Server, server_of
from harness.errors import NotExercised


def declared(dialect: str, secret: str | None) -> Server:
    """Describe a broadcaster as a target declares it."""
    target = own_target("staging", "embedded")
    theirs = msgspec.structs.replace(
        target.broadcaster,
        url="ws://there:1",
        api_url="http://there:1",
        dialect=dialect,
        app_id="1",
        key="k",
        secret=secret,
    )
    return server_of(msgspec.structs.replace(target, broadcaster=theirs))


def test_a_declared_server_serves_what_is_declared_of_it() -> None:
    """Without the secret nothing is signed; timers and other apps are nobody's but ours."""
    known, unknown = declared("reverb", "s"), declared("soketi", None)

    assert known.missing(("secret", "api", "client_events", "cache")) == ""
    assert unknown.missing(("cache", "secret")) == "the secret of its app is not known"
    assert unknown.missing(("client_events",)) == "its app does not say that clients may send events"
    assert known.missing(("short_timers",)).startswith("its timers are not ours")
    assert known.missing(("app:limited",)) == "it has no app that is 'limited'"
    assert known.app("main").id == "1"
    with pytest.raises(NotExercised):
        known.app("limited")


def test_no_secret_is_shown() -> None:
    """A server can be printed."""
    assert "sesame" not in repr(declared("reverb", "sesame"))
