"""Which sockets listened to which channels when."""

import pytest

from harness.history.events import Event, Note, SocketClosed, SubscribeAnswered, Unsubscribed
from harness.history.listenings import Listening, Listenings

CHAT, OTHER = "private-chat", "private-other"
GONE = Note(n=99, at=99, words="gone")


def acknowledged(socket: str, at: int, channel: str = CHAT) -> SubscribeAnswered:
    """Acknowledge a subscription; events are numbered by their time."""
    who = socket.partition("#")[0]
    return SubscribeAnswered(n=at, at=at, act="", who=who, socket=socket, channel=channel, outcome="ok")


def left(socket: str, at: int, channel: str = CHAT) -> Unsubscribed:
    """Leave a channel."""
    return Unsubscribed(n=at, at=at, socket=socket, channel=channel)


def closed(socket: str, at: int) -> SocketClosed:
    """Close a connection."""
    return SocketClosed(n=at, at=at, socket=socket, code=1000, reason="", by="us")


@pytest.fixture
def listenings() -> Listenings:
    """Let bob listen to two channels on one socket and to one on another, and carol to one."""
    listenings = Listenings()
    for event in (acknowledged("bob#1", 10), acknowledged("bob#1", 11, OTHER)):
        listenings.begin(event)
    for event in (acknowledged("bob#2", 12), acknowledged("carol#1", 13)):
        listenings.begin(event)
    return listenings


def ends(listenings: Listenings) -> list[Event | None]:
    """Tell what ended each."""
    return [one.ended for one in listenings.all]


def test_a_listening_begins_once(listenings: Listenings) -> None:
    """A second acknowledgement changes nothing; after an end there is another listening."""
    listenings.begin(acknowledged("bob#1", 14))
    assert len(listenings.all) == 4

    listenings.leave(left("bob#1", 15))
    listenings.begin(again := acknowledged("bob#1", 16))
    assert listenings.all[4:] == [Listening("bob#1", "bob", CHAT, again)]


def test_leaving_ends_one_channel_of_one_socket(listenings: Listenings) -> None:
    """What a socket does not listen to cannot end, nor can what has ended."""
    first = left("bob#1", 20)
    for event in (first, left("bob#1", 21), left("carol#1", 22, OTHER), left("eve#1", 23)):
        listenings.leave(event)

    assert ends(listenings) == [first, None, None, None]


def test_closing_ends_all_channels_of_one_socket(listenings: Listenings) -> None:
    """That had not ended; other sockets of the person go on."""
    before = left("bob#1", 20)
    listenings.leave(before)
    end = closed("bob#1", 21)
    listenings.close(end)
    listenings.close(closed("eve#1", 22))

    assert ends(listenings) == [before, end, None, None]


def test_withdrawing_ends_one_channel_on_all_sockets_of_a_person(listenings: Listenings) -> None:
    """That had not ended; other people go on."""
    end = closed("bob#2", 20)
    listenings.close(end)
    listenings.withdraw("bob", CHAT, GONE)
    listenings.withdraw("eve", CHAT, GONE)

    assert ends(listenings) == [GONE, None, end, None]


def test_a_doubt_counts_until_it_is_taken_back(listenings: Listenings) -> None:
    """The first doubt stays, what really ended is not touched, and may end really afterwards."""
    end = closed("bob#2", 20)
    listenings.close(end)
    listenings.doubt("bob", CHAT, GONE)
    listenings.doubt("bob", CHAT, left("bob#1", 21))
    listenings.doubt("eve", CHAT, GONE)
    assert ends(listenings) == [GONE, None, end, None]

    listenings.trust()
    assert ends(listenings) == [None, None, end, None]

    last = left("bob#1", 22)
    listenings.leave(last)
    listenings.trust()
    assert ends(listenings) == [last, None, end, None]


def test_a_socket_has_listened_since_its_first_acknowledgement(listenings: Listenings) -> None:
    """From that event on, also after leaving and coming back; to no other channel, and no other socket."""
    listenings.leave(left("bob#2", 20))
    listenings.begin(acknowledged("bob#2", 30))

    assert [listenings.had_begun("bob#2", CHAT, n) for n in (11, 12, 25, 30)] == [False, True, True, True]
    assert not listenings.had_begun("bob#2", OTHER, 99)
    assert not listenings.had_begun("eve#1", CHAT, 99)


def test_moments_tell_who_was_listening(listenings: Listenings) -> None:
    """Begun before and not ended by then, to the nanosecond; in the order of beginnings."""
    listenings.close(closed("bob#1", 20))
    moments = [10, 11, 13, 14, 19, 20, 99]

    heard = [[one.socket for one in current] for current in listenings.at(CHAT, moments)]
    assert heard == [
        [],
        ["bob#1"],
        ["bob#1", "bob#2"],
        ["bob#1", "bob#2", "carol#1"],
        ["bob#1", "bob#2", "carol#1"],
        ["bob#2", "carol#1"],
        ["bob#2", "carol#1"],
    ]


def test_moments_of_a_channel_without_listeners_are_silent(listenings: Listenings) -> None:
    """Every moment gets its answer."""
    assert list(listenings.at("another", [1, 2])) == [[], []]
