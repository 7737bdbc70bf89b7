"""What each fault does to the bytes of real sockets, through the real process; and what that process is told."""

import socket
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from harness.errors import UsageError

CHUNK = bytes(range(256)) * 16


def seconds_for(wired: Any, size: int) -> float:
    """Send so many bytes through, and give how long it took until the last was there, whole and in order."""
    sent = (CHUNK * (size // len(CHUNK) + 1))[:size]
    began = time.monotonic()
    sending = threading.Thread(target=wired.client.sendall, args=(sent,))
    sending.start()
    assert wired.read(wired.server, size) == sent
    sending.join()
    return time.monotonic() - began


def is_reset(sock: socket.socket) -> bool:
    """Tell whether a connection ended with an RST."""
    try:
        while sock.recv(65_536):
            pass
    except ConnectionResetError:
        return True
    return False


def test_bytes_pass_both_ways_and_ends_one_by_one(wired: Any) -> None:
    """With no fault on it, a route is a cable: half-closed is half-closed, and what has ended is forgotten."""
    wired.client.sendall(b"a question")
    wired.client.shutdown(socket.SHUT_WR)
    assert wired.read(wired.server, 99) == b"a question"

    wired.server.sendall(b"an answer")
    wired.server.close()
    assert wired.read(wired.client, 99) == b"an answer"
    wired.client.close()
    wired.until(connections=0, held=0)


def test_a_reset_passes(wired: Any) -> None:
    """A side that breaks off is seen to break off."""
    wired.server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    wired.server.close()
    assert is_reset(wired.client)
    wired.until(connections=0)


def test_an_upstream_that_refuses_resets(wired: Any) -> None:
    """Nobody is let wait for somebody who is not there."""
    wired.listener.close()
    with pytest.raises(ConnectionResetError):
        wired.dial().recv(1)


def test_every_socket_sends_at_once(process: Any) -> None:
    """Nagle's algorithm would hold small frames back for 40 ms."""
    script = (
        "import asyncio, socket\n"
        "from harness.faults.proxy import Route\n"
        "async def main():\n"
        "    upstream = await asyncio.start_server(lambda *_: None, '127.0.0.1', 0)\n"
        "    route = Route(upstream.sockets[0].getsockname())\n"
        "    await route.listen()\n"
        "    reader, writer = await asyncio.open_connection('127.0.0.1', route.port)\n"
        "    while not all(end.is_open for link in route._links for end in (link.client, link.server)):\n"
        "        await asyncio.sleep(0)\n"
        "    link, = route._links\n"
        "    for end in (link.client, link.server):\n"
        "        raw = end.transport.get_extra_info('socket')\n"
        "        print(raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))\n"
        "asyncio.run(main())\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert [int(line) > 0 for line in told.stdout.split()] == [True, True]


def test_latency_delays_by_at_least_that_each_way(wired: Any) -> None:
    """A question and its answer take twice as long; what was under way when it ends comes at once."""
    wired.begin("slow", "Latency", latency=0.1)
    assert seconds_for(wired, 10) >= 0.1
    began = time.monotonic()
    wired.server.sendall(b"answer")
    assert wired.read(wired.client, 6) == b"answer"
    assert time.monotonic() - began >= 0.1

    wired.begin("slower", "Latency", latency=3600)
    wired.client.sendall(b"under way")
    wired.until(held=1)
    wired.end("slower")
    wired.end("slow")
    assert wired.read(wired.server, 9) == b"under way"


def test_bandwidth_bounds_what_passes(wired: Any) -> None:
    """So many bytes take at least so long, and longer than on the free line."""
    free = seconds_for(wired, 30_000)
    wired.begin("throttle", "Bandwidth", bytes_per_second=100_000)
    limited = seconds_for(wired, 30_000)
    assert limited >= 0.28  # the first piece, a fiftieth of a second's worth, goes at once
    assert limited > free


def test_slicing_makes_pieces(wired: Any) -> None:
    """They come one by one, with a pause between, and are what was sent."""
    wired.begin("slice", "Slicing", size=3, pause=0.02)
    wired.client.sendall(b"0123456789")
    first = wired.server.recv(99)
    assert first != b"0123456789"
    assert first + wired.read(wired.server, 10 - len(first)) == b"0123456789"
    assert seconds_for(wired, 9) >= 0.04


def test_a_frozen_connection_passes_nothing_and_then_everything(wired: Any) -> None:
    """Bytes, the end behind them and new connections wait, and come in order afterwards."""
    wired.begin("freeze", "Freeze")
    wired.client.sendall(b"one ")
    wired.until(held=1)
    wired.client.sendall(b"two")
    wired.client.shutdown(socket.SHUT_WR)
    new = wired.dial()
    new.sendall(b"new")
    wired.until(connections=2, held=7 + 3 + 4 * 256)  # the end, the opening and two chunks at least
    for sock in (wired.server, wired.listener):
        sock.settimeout(0)
    with pytest.raises(BlockingIOError):
        wired.server.recv(1)
    with pytest.raises(BlockingIOError):
        wired.listener.accept()

    wired.end("freeze")
    wired.server.settimeout(10)
    wired.listener.settimeout(10)
    assert wired.read(wired.server, 99) == b"one two"
    assert wired.read(wired.accept(), 3) == b"new"


def test_memory_is_bounded_while_nothing_passes(wired: Any) -> None:
    """The proxy stops reading, the sender feels it, and in the end not a byte is missing."""
    wired.begin("freeze", "Freeze")
    wired.client.settimeout(0)
    sent = 0
    wired.client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            sent += wired.client.send(CHUNK)
        except BlockingIOError:
            if wired.tell(look=[wired.route])["held"] >= 256 * 1024:
                break
    held = wired.tell(look=[wired.route])["held"]
    assert 256 * 1024 <= held <= 256 * 1024 + 256 * 1024 + 1024  # the limit, and what one read brings
    assert sent > held - 100_000

    wired.client.settimeout(10)
    wired.end("freeze")
    got = wired.read(wired.server, sent)
    assert len(got) == sent
    wired.until(held=0)


def test_a_reader_that_is_slow_is_felt_by_the_sender(wired: Any) -> None:
    """Without any fault too: the proxy holds no more for somebody who does not read."""
    wired.client.settimeout(0)
    sent, refused = 0, 0
    while refused < 50:
        try:
            sent += wired.client.send(CHUNK)
            refused = 0
        except BlockingIOError:
            refused += 1
            assert wired.tell(look=[wired.route])["held"] <= 512 * 1024 + 1024
    assert len(wired.read(wired.server, sent)) == sent


def test_a_blackhole_loses_exactly_what_was_sent_meanwhile(wired: Any) -> None:
    """The connections that lost something are reset in the end; one that lost nothing goes on."""
    silent, listening = wired.connect()
    wired.client.sendall(b"before")
    assert wired.read(wired.server, 6) == b"before"
    wired.begin("hole", "Blackhole")
    wired.begin("another", "Blackhole")
    wired.client.sendall(b"meanwhile")
    wired.until(lost=1)
    wired.end("another")
    wired.server.settimeout(0)
    with pytest.raises(BlockingIOError):
        wired.server.recv(1)
    wired.server.settimeout(10)

    wired.end("hole")
    assert is_reset(wired.client)
    assert is_reset(wired.server)
    silent.sendall(b"after")
    assert wired.read(listening, 5) == b"after"


def test_a_reset_ends_both_sides_and_takes_new_ones(wired: Any) -> None:
    """Both sides see an RST; whoever dials again gets through."""
    wired.tell(reset=[wired.route])
    assert is_reset(wired.client)
    assert is_reset(wired.server)
    wired.client, wired.server = wired.connect()
    assert seconds_for(wired, 10) < 10


def test_a_cut_route_refuses(wired: Any) -> None:
    """Live connections are reset, new ones refused, until the last cut of several has ended."""
    wired.begin("cut", "cut")
    wired.begin("another", "cut")
    assert is_reset(wired.client)
    assert is_reset(wired.server)
    for ending in ("cut", "another"):
        with pytest.raises(ConnectionRefusedError):
            wired.dial()
        wired.end(ending)
    client, server = wired.connect()
    client.sendall(b"here again")
    assert wired.read(server, 10) == b"here again"


def test_a_slow_opening_holds_new_connections_only(wired: Any) -> None:
    """What is open is left alone; a new one comes through after so many seconds."""
    wired.begin("slow", "SlowOpen", seconds=0.1)
    assert seconds_for(wired, 10) < 10
    began = time.monotonic()
    client, server = wired.connect()
    assert time.monotonic() - began >= 0.1
    client.sendall(b"open")
    assert wired.read(server, 4) == b"open"


@pytest.mark.parametrize("size", [0, 1, 5, 6])
def test_a_connection_closes_after_exactly_so_many_bytes(wired: Any, size: int) -> None:
    """They arrive, then the end does, on both sides; what was sent too much is lost."""
    wired.client.sendall(b"earlier")
    assert wired.read(wired.server, 7) == b"earlier"
    wired.begin("close", "CloseAfter", bytes=size)
    wired.client.sendall(b"012345")
    assert wired.read(wired.server, 99) == b"012345"[:size]
    assert wired.read(wired.client, 99) == b""
    wired.server.close()
    wired.client.close()
    wired.until(connections=0)


def test_faults_combine(wired: Any) -> None:
    """Slow and in pieces at once; each ends for itself."""
    wired.begin("slow", "Latency", latency=0.1)
    wired.begin("slice", "Slicing", size=2, pause=0.05)
    assert seconds_for(wired, 6) >= 0.2
    wired.end("slow")
    assert seconds_for(wired, 6) >= 0.1


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ({"sing": 1}, "the proxy knows no {'sing': 1}; it is told open, begin, end, reset, look or close"),
        ({"reset": [99_999]}, "there is no route 99999"),
        ({"begin": "x", "routes": [], "toxic": "Plague"}, "'Plague' is no toxic; known are cut, Latency"),
        ({"begin": "x", "routes": [], "toxic": "Freeze", "settings": {"cold": 1}}, "Freeze has no settings"),
        (
            {"begin": "x", "routes": [], "toxic": "Bandwidth", "settings": {"bytes_per_second": 0}},
            "bytes_per_second is 0; write a number above 0",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(wired: Any, message: dict[str, Any], sentence: str) -> None:
    """With a sentence; the process goes on."""
    with pytest.raises(UsageError) as refusal:
        wired.tell(**message)
    assert sentence in str(refusal.value)
    assert seconds_for(wired, 10) < 10


def test_a_process_that_is_told_nothing_ends() -> None:
    """With the status of a usage error and a sentence."""
    ended = subprocess.run(
        [sys.executable, "-m", "harness.faults.proxy"],
        input="",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 2
    assert "standard input ended before a configuration" in ended.stdout
