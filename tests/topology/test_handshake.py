"""Readiness is proven by an answer that only a working server gives."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from websockets.http11 import Request
from websockets.server import ServerProtocol

from harness.errors import EnvironmentFault
from harness.topology.handshake import prove_backend, prove_broadcaster, prove_secret

CREDENTIALS = {"email": "alice@example.com", "password": "invented"}
Server = Callable[[socket.socket], object]
Serve = Callable[[Server], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve one connection in a thread by a function; give the address without its scheme."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads = []

        def serve(answer: Server) -> str:
            def one() -> None:
                connection, _ = listener.accept()
                with connection:
                    answer(connection)

            threads.append(threading.Thread(target=one))
            threads[-1].start()
            return f"127.0.0.1:{listener.getsockname()[1]}"

        yield serve
        for thread in threads:
            thread.join()


def soon() -> float:
    """Give a deadline that a loaded machine keeps."""
    return time.monotonic() + 30


def broadcaster(*texts: bytes) -> Server:
    """Answer the handshake, send the texts, and read until the client leaves."""

    def answer(connection: socket.socket) -> None:
        protocol = ServerProtocol()
        while protocol.state.name != "CLOSED" and (received := connection.recv(65_536)):
            protocol.receive_data(received)
            for event in protocol.events_received():
                if isinstance(event, Request):
                    protocol.send_response(protocol.accept(event))
                    for text in texts:
                        protocol.send_text(text)
            for data in protocol.data_to_send():
                connection.sendall(data) if data else connection.shutdown(socket.SHUT_WR)

    return answer


def http(answer: bytes) -> Server:
    """Read a request and answer it with the given bytes."""

    def serve_it(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(answer)

    return serve_it


def silent(connection: socket.socket) -> None:
    """Answer nothing until the other end leaves."""
    while connection.recv(65_536):
        pass


def test_a_broadcaster_is_ready_when_it_established_a_connection(serve: Serve) -> None:
    """The first event of a working server is the proof."""
    address = serve(broadcaster(b'{"event":"pusher:connection_established","data":"{}"}'))
    prove_broadcaster(f"ws://{address}", "key", soon())


@pytest.mark.parametrize(
    ("server", "complaint"),
    [
        (broadcaster(b'{"event":"pusher:error"}'), "opened with another event"),
        (broadcaster(b"not JSON"), "gave no handshake"),
        (http(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), "gave no handshake: .*404"),
        (http(b""), "gave no handshake: "),
    ],
)
def test_any_other_opening_is_a_fault(serve: Serve, server: Server, complaint: str) -> None:
    """An open port, a refusal and another event prove nothing."""
    with pytest.raises(EnvironmentFault, match=complaint):
        prove_broadcaster(f"ws://{serve(server)}", "key", soon())


def test_a_silent_broadcaster_is_a_fault_at_the_deadline(serve: Serve) -> None:
    """Waiting ends."""
    with pytest.raises(EnvironmentFault, match="gave no handshake: timed out"):
        prove_broadcaster(f"ws://{serve(silent)}", "key", time.monotonic() + 0.01)


def test_a_backend_is_ready_when_it_answers_a_login(serve: Serve) -> None:
    """200 for the cast's own password needs the database."""
    address = serve(http(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
    prove_backend(f"http://{address}", "/api/login", CREDENTIALS, soon())


@pytest.mark.parametrize(
    ("server", "complaint"),
    [
        (http(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"), "answered a login of its own cast with 500"),
        (http(b"hello\r\n\r\n"), "gave no answer to a login"),
        (http(b""), "gave no answer to a login"),
    ],
)
def test_any_other_answer_to_a_login_is_a_fault(serve: Serve, server: Server, complaint: str) -> None:
    """A backend without its database answers too, and is not ready."""
    with pytest.raises(EnvironmentFault, match=complaint):
        prove_backend(f"http://{serve(server)}", "/api/login", CREDENTIALS, soon())


def test_a_silent_backend_is_a_fault_at_the_deadline(serve: Serve) -> None:
    """Waiting ends."""
    with pytest.raises(EnvironmentFault, match="gave no answer to a login: timed out"):
        prove_backend(f"http://{serve(silent)}", "/api/login", CREDENTIALS, time.monotonic() + 0.01)


def api(answer: bytes) -> Server:
    """Read a request of the HTTP API, and answer it."""

    def serve(connection: socket.socket) -> None:
        request = connection.recv(65_536)
        assert request.startswith(b"GET /apps/1/channels?")
        assert b"auth_signature=" in request
        connection.sendall(answer)

    return serve


OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


def test_a_server_that_takes_what_is_signed_has_the_same_secret(serve: Serve) -> None:
    """Whatever it lists."""
    prove_secret(f"http://{serve(api(OK + b'[]'))}", "1", "k", "s", soon())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\nno", r"refuses what is signed as app '1' \(401 no\)"),
        (
            OK + b'{"error":"unauthorized","code":401}',
            r"refuses what is signed as app '1' \(200 .*\): look whether app_id",
        ),
        (b"", "gave no answer to a signed request"),
    ],
    ids=["as Reverb", "as soketi", "silent"],
)
def test_a_server_that_refuses_it_has_another(serve: Serve, answer: bytes, said: str) -> None:
    """Then every signature would look forged."""
    with pytest.raises(EnvironmentFault, match=said):
        prove_secret(f"http://{serve(api(answer))}", "1", "k", "s", soon())
