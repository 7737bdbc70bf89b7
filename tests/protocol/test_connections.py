"""The server's view of one client: its states, its signs of life, and the values that say what to do about it."""

import pytest

from harness.protocol.connections import ServerConnection


def test_a_connection_begins_opening_and_unpinged() -> None:
    """A fresh connection has no subscriptions and was last seen when it came."""
    connection = ServerConnection("4711.9001", now=5.0)

    assert (connection.state, connection.subscriptions, connection.last_seen) == ("opening", {}, 5.0)
    assert not connection.is_pinged
    assert not connection.uses_control_frames


def test_a_sign_of_life_answers_the_ping() -> None:
    """Whatever is heard from a client resets both the silence and the wait for its pong."""
    connection = ServerConnection("4711.9001", now=0.0)
    connection.is_pinged = True

    connection.see(7.0)

    assert connection.last_seen == 7.0
    assert not connection.is_pinged


def test_only_moves_of_the_table_are_made() -> None:
    """A closed connection cannot be established again: the table has no such move."""
    connection = ServerConnection("4711.9001", now=0.0)
    connection.move("close")

    with pytest.raises(ValueError, match="server connection that is 'closed' cannot 'establish'"):
        connection.move("establish")


def test_what_is_unsubscribed_is_forgotten() -> None:
    """Leaving a channel, subscribed or not, leaves no trace of it."""
    connection = ServerConnection("4711.9001", now=0.0)

    connection.move_subscription("room", "subscribe")
    assert connection.subscriptions == {"room": "subscribed"}

    connection.move_subscription("room", "unsubscribe")
    connection.move_subscription("never", "unsubscribe")
    assert connection.subscriptions == {}


def test_its_text_form_names_the_socket() -> None:
    """Logs and failures can say which connection they mean."""
    assert repr(ServerConnection("4711.9001", now=0.0)) == "ServerConnection(4711.9001, opening)"
