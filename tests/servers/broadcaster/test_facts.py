"""Facts: what one node writes is what another reads."""

import msgspec
import pytest

from harness.servers.broadcaster.facts import (
    Alive,
    Asked,
    Envelope,
    Fact,
    Gone,
    Joined,
    Left,
    Present,
    Published,
    Relayed,
    Terminated,
)


@pytest.mark.parametrize(
    "fact",
    [
        Published("e", '{"text":"ü \\u0000"}', ("a", "b"), "1.2"),
        Published("e", "", (), None),
        Relayed("private-x", '{"event":"client-e"}', "1.2"),
        Terminated("7"),
        Joined("1.2", "presence-x", '{"user_id":7}'),
        Left("1.2", "presence-x"),
        Present({"1.2": {"presence-x": '{"user_id":7}', "x": None}}, {"cache-x": "{}"}),
        Asked(),
        Alive(),
        Gone(),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_a_fact_survives_the_log(fact: Fact) -> None:
    """Every kind of fact is told from every other, and keeps what it says."""
    envelope = Envelope("a", 2**60, fact)

    assert msgspec.json.decode(msgspec.json.encode(envelope), type=Envelope) == envelope


def test_what_is_no_fact_is_refused() -> None:
    """A kind that nobody knows is no fact, whatever else it says."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode('{"node":"a","session":1,"fact":{"type":"Sold"}}', type=Envelope)
