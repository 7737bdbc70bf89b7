"""
A fan-out server that knows when it wrote each frame, for measuring how far our stamps are from the truth.

Run as a child: it prints its port, takes `N ROUNDS GAP` from stdin, waits for N WebSocket clients, writes ROUNDS frames
to each of them, GAP seconds apart, and prints the monotonic nanoseconds of every write as one JSON list a round. One
blocking `send` a socket, nothing else in between: what it adds is the kernel's.
"""

import json
import socket
import sys
import time
from collections.abc import Iterator

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

ESTABLISHED = json.dumps(
    {"event": "pusher:connection_established", "data": json.dumps({"socket_id": "1.1", "activity_timeout": 3600})}
)


MARK = "x" * 118
"""What the text of every message begins with; its number follows."""


def message(number: int) -> str:
    """Write a frame of about 300 bytes whose `data` is JSON in a JSON string, as Laravel broadcasts a message."""
    data = {
        "id": number,
        "body": f"{MARK} {number}",
        "sender": {"id": 2, "name": "Somebody Else"},
        "created_at": "2026-11-22T18:08:59.000000Z",
    }
    return json.dumps({"event": "MessageSent", "data": json.dumps(data), "channel": "private-chat.6.conversation.123"})


def wire(text: str) -> bytes:
    """Frame a text as a server does."""
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


def accept(listening: socket.socket) -> socket.socket:
    """Accept one client and bring it through the WebSocket handshake to connection_established."""
    client, _ = listening.accept()
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    protocol = ServerProtocol()
    while True:
        protocol.receive_data(client.recv(65_536))
        requests = [event for event in protocol.events_received() if isinstance(event, Request)]
        if requests:
            break
    protocol.send_response(protocol.accept(requests[0]))
    for data in protocol.data_to_send():
        client.sendall(data)
    client.sendall(wire(ESTABLISHED))
    return client


def fan_out(clients: list[socket.socket], rounds: int, gap: float) -> Iterator[list[int]]:
    """Write one frame to every client, round by round, and give the stamps taken before each write."""
    due = time.monotonic()
    for number in range(rounds):
        frame, stamps = wire(message(number)), []
        for client in clients:
            stamps.append(time.monotonic_ns())
            client.send(frame)
        yield stamps
        due += gap
        time.sleep(max(0.0, due - time.monotonic()))


def main() -> None:
    """Serve one measurement."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        print(listening.getsockname()[1], flush=True)
        count, rounds, gap = sys.stdin.readline().split()
        clients = [accept(listening) for _ in range(int(count))]
        sys.stdin.readline()
        for stamps in fan_out(clients, int(rounds), float(gap)):
            print(json.dumps(stamps), flush=True)
        sys.stdin.readline()
        for client in clients:
            client.close()


if __name__ == "__main__":
    main()
