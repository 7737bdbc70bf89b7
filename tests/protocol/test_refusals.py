"""Refusals: what a client is told, and what only our log is."""

from harness.protocol.refusals import PeerError, Refusal


def test_the_values_of_a_case_stand_in_its_message() -> None:
    """A channel's name is put in, and braces that a peer sent are not looked into."""
    error = PeerError(Refusal(4009, "No {thing} on {channel}"), "why", channel="{thing}", thing="entry")

    assert (error.code, error.message, error.channel) == (4009, "No entry on {thing}", "{thing}")
    assert error.reason == str(error) == "why"
