"""Servers are told by how they answer, and whatever answers otherwise is unknown."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from harness.topology.fingerprint import UNKNOWN, identified

Answers = dict[str, tuple[int, dict[str, str], str]]

SEEN: dict[str, tuple[Answers, str]] = {
    "reverb": ({"/up": (200, {"X-Powered-By": "Laravel Reverb"}, '{"health":"OK"}')}, "Laravel Reverb"),
    "reverb behind a proxy": ({"/up": (200, {"Server": "nginx"}, '{"health":"OK"}')}, "Laravel Reverb"),
    "sockudo": ({"/up": (200, {"X-Health-Check": "OK"}, "OK")}, "sockudo"),
    "soketi": ({"/": (200, {}, "OK"), "/ready": (200, {}, "OK")}, "soketi"),
    "a web server": ({"/": (200, {"Server": "nginx"}, "<html>")}, "nginx"),
    "something": ({"/": (200, {}, "hello")}, UNKNOWN),
}


class Handler(BaseHTTPRequestHandler):
    """Answers what the test wants."""

    answers: Answers

    def do_GET(self) -> None:
        """Answer a path, or 404."""
        status, headers, body = self.answers.get(self.path, (404, {}, ""))
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[str]:
    """Serve the answers of one server."""
    handler = type("One", (Handler,), {"answers": request.param})
    server = HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("served", "name"), SEEN.values(), ids=SEEN, indirect=["served"])
def test_a_server_is_told_by_its_answers(served: str, name: str) -> None:
    """By a header, a health route, or the two routes of soketi."""
    assert identified(served) == name


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "https://127.0.0.1:9", "http://nowhere.invalid"])
def test_what_does_not_answer_is_unknown(address: str) -> None:
    """Nothing is raised: it is told for the reader of a report alone."""
    assert identified(address) == UNKNOWN
