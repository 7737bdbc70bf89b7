"""A client's log: each fault is seen in it, and none in the log of a client that behaves."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.doctor.client_log import ClientLog, read_log
from harness.errors import UsageError

HELLO = {"event": "pusher:connection_established", "data": json.dumps({"socket_id": "1.2"})}
SUBSCRIBE = {"event": "pusher:subscribe", "data": {"channel": "private-chat.1", "auth": "key:one"}}
AGAIN = {"event": "pusher:subscribe", "data": {"channel": "private-chat.1", "auth": "key:two"}}
AUTH = "https://chat.example.com/api/broadcasting/auth"
MESSAGES = "https://chat.example.com/api/conversations/1/messages"
GOOD: list[dict[str, Any]] = [
    {"at": 0, "way": "opened", "url": "wss://ws.example.com/app/key"},
    {"at": 1, "way": "in", "frame": HELLO},
    {"at": 2, "way": "request", "url": AUTH, "headers": {"Authorization": "Bearer …", "X-Socket-ID": "1.2"}},
    {"at": 3, "way": "out", "frame": SUBSCRIBE},
    {"at": 4, "way": "in", "frame": {"event": "pusher:ping"}},
    {"at": 5, "way": "out", "frame": {"event": "pusher:pong"}},
    {"at": 6, "way": "closed", "code": 1006},
    {"at": 900, "way": "opened", "url": "wss://ws.example.com/app/key"},
    {"at": 901, "way": "in", "frame": HELLO},
    {"at": 902, "way": "out", "frame": AGAIN},
    {"at": 903, "way": "request", "url": MESSAGES, "headers": {"x-socket-id": "1.2", "cookie": "a=b"}},
]
"""What a good client does: it answers, signs anew, and fetches what it missed."""
LOOKS: tuple[Callable[[ClientLog], str], ...] = (
    ClientLog.never_connected,
    ClientLog.unanswered_pings,
    ClientLog.slept,
    ClientLog.stale_auth,
    ClientLog.bound_twice,
    ClientLog.missed,
    ClientLog.strange_socket_id,
    ClientLog.stale_socket_id,
    ClientLog.never_authorized,
    ClientLog.dialled,
    ClientLog.fell_back,
    ClientLog.without_token,
)


def log(*lines: dict[str, Any]) -> ClientLog:
    """Read these lines."""
    return read_log([json.dumps(line) for line in lines], "client.log")


def test_a_client_that_behaves_shows_nothing() -> None:
    """No look finds anything in its log."""
    assert [look.__name__ for look in LOOKS if look(log(*GOOD))] == []


@pytest.mark.parametrize(
    ("look", "lines"),
    [
        (ClientLog.never_connected, GOOD[:1]),
        (ClientLog.unanswered_pings, [*GOOD[:5], GOOD[6]]),
        (ClientLog.slept, [*GOOD[:6], {"at": 800, "way": "out", "frame": {"event": "pusher:ping"}}]),
        (ClientLog.stale_auth, [*GOOD[:9], {"at": 902, "way": "out", "frame": SUBSCRIBE}]),
        (ClientLog.bound_twice, [*GOOD[:4], {"at": 4, "way": "out", "frame": AGAIN}]),
        (ClientLog.bound_twice, [{"at": 4, "way": "in", "frame": {"event": "MessageSent"}, "callbacks": 3}]),
        (ClientLog.missed, GOOD[:10]),
        (ClientLog.strange_socket_id, [{"at": 4, "way": "request", "headers": {"X-Socket-Id": "undefined"}}]),
        (ClientLog.strange_socket_id, [{"at": 4, "way": "request", "headers": {"X-Socket-Id": "12"}}]),
        (ClientLog.stale_socket_id, [*GOOD[:3], {"at": 4, "way": "request", "headers": {"X-Socket-ID": "1.1"}}]),
        (
            ClientLog.never_authorized,
            [{"at": 1, "way": "out", "frame": {"event": "pusher:subscribe", "data": {"channel": "presence-x"}}}],
        ),
        (ClientLog.dialled, [{"at": 1, "way": "opened", "url": "wss://ws-mt1.pusher.com/app/key"}]),
        (ClientLog.fell_back, [{"at": 1, "way": "request", "url": "https://sockjs-mt1.pusher.com/pusher/app/key"}]),
        (ClientLog.without_token, [{"at": 1, "way": "request", "url": AUTH}]),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_each_fault_is_seen(look: Callable[[ClientLog], str], lines: list[dict[str, Any]]) -> None:
    """A sentence says what was seen."""
    assert look(log(*lines))


def test_the_fallback_is_not_taken_for_a_wrong_host() -> None:
    """Each has a cause of its own."""
    seen = log({"at": 1, "way": "request", "url": "https://sockjs-mt1.pusher.com/pusher"})

    assert (seen.dialled(), bool(seen.fell_back())) == ("", True)


DEEP = '{"at": 1, "way": "in", "frame": {"a": ' + "[" * 100_000 + "]" * 100_000 + "}}"


@pytest.mark.parametrize("line", ["no JSON", '{"at": 1}', '{"at": 1, "way": "sideways"}', "[]", DEEP])
def test_a_line_that_is_none_is_named(line: str) -> None:
    """The error says which line, and how one is written."""
    with pytest.raises(UsageError, match=r"client\.log, line 2: .*opened, in, out, closed or request"):
        read_log(["", line], "client.log")
