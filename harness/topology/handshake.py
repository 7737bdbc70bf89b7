"""Proofs that a stack is ready: what a user would do first, and an answer that only a working server gives."""

import http.client
import json
import socket
import time
from urllib.parse import urlencode, urlsplit

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from harness.errors import EnvironmentFault
from harness.protocol.messages import decode
from harness.protocol.signatures import sign_request
from harness.users.carriers import BY_TOKEN, Carrier, cookies_set, written


def prove_broadcaster(url: str, key: str, deadline: float) -> None:
    """
    Connect to the app `key` as a client and wait for `pusher:connection_established` (PROTOCOL.md 1.2).

    Raise `EnvironmentFault` when that does not come before `deadline` (monotonic seconds).
    """
    protocol = ClientProtocol(parse_uri(f"{url}/app/{key}?protocol=7&client=realtime-harness&version=1"))
    try:
        with socket.create_connection(_address(url), _left(deadline)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            protocol.send_request(protocol.connect())
            first = _first_text(protocol, connection, deadline)
            _leave(protocol, connection)
        established = decode(first).event == "pusher:connection_established"
    except (OSError, ValueError) as error:
        raise EnvironmentFault(f"the broadcaster at {url} gave no handshake: {error}") from error
    if not established:
        raise EnvironmentFault(f"the broadcaster at {url} opened with another event than pusher:connection_established")


def prove_secret(url: str, app_id: str, key: str, secret: str, deadline: float) -> None:
    """
    Ask the signed HTTP API for the channels, which only whoever has the app's secret may (PROTOCOL.md 4.3, 7.1).

    Raise `EnvironmentFault` when it refuses: every signature would be told as forged then, and none would be.
    """
    path = f"/apps/{app_id}/channels"
    query = urlencode(sign_request(key, secret, "GET", path, timestamp=int(time.time())))
    connection = http.client.HTTPConnection(*_address(url), timeout=_left(deadline))
    try:
        connection.request("GET", f"{path}?{query}", headers={"Accept": "application/json"})
        answer = connection.getresponse()
        status, body = answer.status, answer.read(1_000).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise EnvironmentFault(f"the broadcaster at {url} gave no answer to a signed request: {error}") from error
    finally:
        connection.close()
    # soketi refuses with 200 and an error in the body (CONTAINERS.md, section 5).
    if status != http.HTTPStatus.OK or '"error"' in body:
        raise EnvironmentFault(
            f"the broadcaster at {url} refuses what is signed as app {app_id!r} ({status} {body.strip()[:200]}): look "
            "whether app_id, key and secret are those that it was given"
        )


def prove_backend(
    url: str, path: str, credentials: dict[str, str], deadline: float, carrier: Carrier = BY_TOKEN
) -> None:
    """
    Log in, which a backend cannot answer without its database.

    Raise `EnvironmentFault` when the answer is not 200, or does not come before `deadline` (monotonic seconds).
    """
    connection = http.client.HTTPConnection(*_address(url), timeout=_left(deadline))
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    try:
        headers |= _introduction(connection, carrier)
        connection.request("POST", path, json.dumps(credentials), headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise EnvironmentFault(f"the backend at {url} gave no answer to a login: {error}") from error
    finally:
        connection.close()
    if status != http.HTTPStatus.OK:
        raise EnvironmentFault(f"the backend at {url} answered a login of its own cast with {status}")


def _introduction(connection: http.client.HTTPConnection, carrier: Carrier) -> dict[str, str]:
    """Give the headers of somebody who may log in."""
    if carrier.csrf is None:
        return {}
    method, path = carrier.csrf.request.split(" ")
    connection.request(method, path)
    answer = connection.getresponse()
    answer.read()
    headers = carrier.headers(written(cookies_set(answer.headers.get_all("set-cookie", []))))
    return {name: value for name, value in headers.items() if value is not None}


def _first_text(protocol: ClientProtocol, connection: socket.socket, deadline: float) -> bytes:
    while True:
        _flush(protocol, connection)
        connection.settimeout(_left(deadline))
        received = connection.recv(65_536)
        if not received:
            raise ConnectionError("the connection was closed")
        protocol.receive_data(received)
        if protocol.handshake_exc:
            raise ConnectionError(str(protocol.handshake_exc))
        for event in protocol.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                return bytes(event.data)


def _leave(protocol: ClientProtocol, connection: socket.socket) -> None:
    """Close in order, so that the server's log begins without a broken connection."""
    protocol.send_close(1000)
    _flush(protocol, connection)
    while received := connection.recv(65_536):
        protocol.receive_data(received)


def _flush(protocol: ClientProtocol, connection: socket.socket) -> None:
    for data in protocol.data_to_send():
        if data:
            connection.sendall(data)


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 0


def _left(deadline: float) -> float:
    return max(0.001, deadline - time.monotonic())
