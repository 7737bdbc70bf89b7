"""Lifetime: configuration in, readiness out, one loopback port, and no orphan however the parent ends."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import harness
from harness.errors import UsageError
from harness.lifetime import PORT_TAKEN, announce, listen, read_configuration

PATIENCE = 10.0

CHILD = """
import sys, threading
from harness.lifetime import announce, read_configuration, watch_parent
configuration = read_configuration()
watch_parent()
announce({"ready": True, "heard": configuration})
threading.Event().wait()
"""

PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=subprocess.PIPE, start_new_session=True)
child.stdin.write(b"{}\\n")
child.stdin.flush()
child.wait()
"""


def environment() -> dict[str, str]:
    """Give an environment in which a child finds our package."""
    return {**os.environ, "PYTHONPATH": str(Path(harness.__file__).parents[1])}


def readable(text: bytes) -> int:
    """Give a descriptor from which this text is read, and then the end."""
    reading, writing = os.pipe()
    os.write(writing, text)
    os.close(writing)
    return reading


def test_one_line_is_read_and_no_more() -> None:
    """What is behind the configuration stays in the pipe, for whoever watches it."""
    descriptor = readable(b'{"port": 0, "name": "\xd8\xba"}\nrest')

    assert read_configuration(descriptor) == {"port": 0, "name": "غ"}
    assert os.read(descriptor, 100) == b"rest"
    os.close(descriptor)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "standard input ended before a configuration"),
        (b'{"port": 0}', "standard input ended before a configuration"),
        (b"nonsense\n", "is no JSON; write one JSON object"),
        (b"\xff\n", "is no JSON; write one JSON object"),
        (b"[]\n", "is no JSON object"),
    ],
)
def test_anything_but_a_line_with_an_object_is_a_usage_error(text: bytes, sentence: str) -> None:
    """The one who starts the server learns what to write."""
    descriptor = readable(text)

    with pytest.raises(UsageError, match=sentence):
        read_configuration(descriptor)
    os.close(descriptor)


def test_an_announcement_is_one_flushed_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The parent reads one line of JSON."""
    announce({"ready": True, "url": "http://127.0.0.1:1"})

    assert capsys.readouterr().out == '{"ready":true,"url":"http://127.0.0.1:1"}\n'


def test_the_system_chooses_a_port_and_nagle_is_off_for_whoever_connects() -> None:
    """Port 0 becomes a real one, and the socket's protocol is TCP, which is what asyncio looks at."""
    with listen("127.0.0.1", 0) as listener:
        assert listener.getsockname()[1] > 0
        assert listener.proto == socket.IPPROTO_TCP


def test_a_taken_port_is_announced_and_ends_the_process(capsys: pytest.CaptureFixture[str]) -> None:
    """The parent can say which port, and tells this end from others by its status."""
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            listen("127.0.0.1", port)

    assert ended.value.code == PORT_TAKEN
    complaint = json.loads(capsys.readouterr().out)["error"]
    assert complaint == f"port {port} on 127.0.0.1 is taken; choose another, or 0 for one that is free"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", ""])  # noqa: S104 - refused, not bound
def test_only_loopback_is_listened_on(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """A reference server is never reachable from another machine."""
    monkeypatch.delenv("REALTIME_CONTAINER", raising=False)
    with pytest.raises(UsageError, match="loopback only"):
        listen(host, 0)


def test_in_an_image_of_ours_every_address_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What of it can be reached, whoever publishes the port decides."""
    monkeypatch.setenv("REALTIME_CONTAINER", "1")
    listener = listen("0.0.0.0", 0)  # noqa: S104  for a moment, and nobody serves there
    listener.close()


def test_closing_the_pipe_ends_the_child() -> None:
    """A child lives exactly as long as its standard input is open."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(b'{"port": 1}\n')
    child.stdin.flush()
    assert json.loads(child.stdout.readline()) == {"ready": True, "heard": {"port": 1}}

    child.stdin.close()

    assert child.wait(PATIENCE) == 0
    child.stdout.close()


def test_what_the_parent_says_later_is_taken_line_by_line() -> None:
    """A process can be told to be otherwise while it runs; what is no object is refused, and ends nothing."""
    taking = CHILD.replace("watch_parent()", 'watch_parent(take=lambda told: announce({"took": told["word"]}))')
    child = subprocess.Popen(
        [sys.executable, "-c", taking], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), bufsize=0
    )
    assert child.stdin is not None
    assert child.stdout is not None
    lines = iter(child.stdout.readline, b"")
    child.stdin.write(b"{}\n")
    assert json.loads(next(lines)) == {"ready": True, "heard": {}}

    child.stdin.write(b'{"word": 1}\n{"wo')
    assert json.loads(next(lines)) == {"took": 1}
    child.stdin.write(b'rd": 2}\n[]\n{}\n')
    assert json.loads(next(lines)) == {"took": 2}
    assert json.loads(next(lines)) == {"error": "a later line on standard input is no JSON object"}
    assert json.loads(next(lines)) == {"error": "KeyError: 'word'"}

    child.stdin.close()
    assert child.wait(PATIENCE) == 0
    child.stdout.close()


def test_killing_the_parent_ends_the_child() -> None:
    """Even a parent that cannot clean up leaves no orphan: the child's end of the shared stdout closes."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, CHILD], stdout=subprocess.PIPE, env=environment())
    assert parent.stdout is not None
    assert json.loads(parent.stdout.readline()) == {"ready": True, "heard": {}}

    parent.kill()
    parent.wait(PATIENCE)

    assert parent.stdout.read() == b""  # returns only when the child, who has it too, is gone
    parent.stdout.close()
