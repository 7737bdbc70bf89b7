"""What is known about a project decides what its rules say."""

import pytest

from harness.scaffold.project import Channel, Found


@pytest.mark.parametrize(
    ("pattern", "audience", "name"),
    [
        ("private-chat.{conversation}", "participants", "conversation"),
        ("presence-chat.{conversation}", "participants", "conversation-presence"),
        ("private-user.{user}", "self", "user"),
        ("private-company.{company}", "company", "company"),
        ("private-news", "signed-in", "everybody"),
    ],
)
def test_a_rule_says_what_it_is_decided_by(pattern: str, audience: str, name: str) -> None:
    """The placeholder that a pattern has is who may join."""
    channel = Channel(pattern)

    assert (channel.audience, channel.name) == (audience, name)


def test_a_target_needs_two_addresses_and_a_key() -> None:
    """Without any of them the embedded stack is tested."""
    whole = {"backend_url": "http://a", "broadcaster_url": "ws://b", "app_key": "k"}

    assert Found(**whole).is_reachable
    assert not any(Found(**{**whole, missing: ""}).is_reachable for missing in whole)
