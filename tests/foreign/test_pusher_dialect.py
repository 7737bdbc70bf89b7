"""
pusher-js and the official server SDK with what Reverb does not have, through our broadcaster in the dialect `pusher`.

The SDK signs for pusher-js behind a small HTTP server, publishes, and looks at our webhooks: both ends are foreign.
"""

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pusher
import pytest
from websockets.sync.client import connect

from harness.protocol.signatures import sign_request
from harness.topology.alone import LoneBroadcaster, start_alone
from harness.topology.stack import App

MASTER_KEY = "OHRXNUZRTG5pUTFzQlFGd3J3N3Q2VFZFc0paZDEweVk="
HELLO = {"text": "مرحبا 👋"}
PATIENCE = 10.0

Listen = Callable[..., Any]


class Backend(ThreadingHTTPServer):
    """What an application's own server does: the SDK signs for whoever asks, and takes the broadcaster's webhooks."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.sdk: pusher.Pusher
        self.hooks: queue.Queue[tuple[str, str, bytes]] = queue.Queue()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"

    def hook(self) -> tuple[str, str, bytes]:
        """Wait for a webhook; give its key, its signature and its body."""
        return self.hooks.get(timeout=PATIENCE)


class _Answering(BaseHTTPRequestHandler):
    server: Backend

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        address, form = urlsplit(self.path), {name: values[0] for name, values in parse_qs(body.decode()).items()}
        signed: dict[str, Any] = {}
        if address.path == "/channels":
            signed = self.server.sdk.authenticate(form["channel_name"], form["socket_id"])
            if "shared_secret" in signed:
                signed["shared_secret"] = signed["shared_secret"].decode()
        elif address.path == "/users":
            (user,) = (json.loads(one) for one in parse_qs(address.query)["user"])
            signed = self.server.sdk.authenticate_user(form["socket_id"], user)
        else:
            self.server.hooks.put((self.headers["X-Pusher-Key"], self.headers["X-Pusher-Signature"], body))
        answer = json.dumps(signed).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


@pytest.fixture(name="backend", scope="module")
def serving_backend() -> Iterator[Backend]:
    """Serve the application's part."""
    with Backend() as backend:
        thread = threading.Thread(target=backend.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield backend
        backend.shutdown()
        thread.join()


@pytest.fixture(name="server", scope="module")
def lone_broadcaster(backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoneBroadcaster]:
    """Start a broadcaster that tells the backend what happens."""
    server = start_alone("pusher", tmp_path_factory.mktemp("broadcaster"), receiver=f"{backend.url}/hooks")
    yield server
    server.stop()


@contextmanager
def sdk_of(server: LoneBroadcaster, app: App) -> Iterator[pusher.Pusher]:
    """Give the SDK, set up for an app."""
    address = urlsplit(server.api_url)
    sdk = pusher.Pusher(
        app_id=app.app_id,
        key=app.key,
        secret=app.secret,
        host=address.hostname,
        port=address.port,
        ssl=False,
        encryption_master_key_base64=MASTER_KEY,
    )
    try:
        yield sdk
    finally:
        sdk._pusher_client.http.session.close()  # the SDK has no method for it


@pytest.fixture(name="sdk")
def sdk_of_main(server: LoneBroadcaster, backend: Backend) -> Iterator[pusher.Pusher]:
    """Give the SDK of the main app, which signs for its people too."""
    with sdk_of(server, server.apps["main"]) as backend.sdk:
        yield backend.sdk


def asked(server: LoneBroadcaster, backend: Backend, *channels: str, role: str = "main", user: Any = None) -> Any:
    """Say what a pusher-js shall be."""
    address = urlsplit(server.url)
    return {
        "key": server.apps[role].key,
        "host": address.hostname,
        "port": address.port,
        "channels": channels,
        "channelEndpoint": f"{backend.url}/channels",
        "userEndpoint": f"{backend.url}/users?user={json.dumps(user)}",
        "signsIn": user is not None,
    }


def heard(event: str) -> Callable[[list[dict[str, Any]]], bool]:
    """Make a condition: somebody heard this event."""
    return lambda told: any(one.get("event") == event for one in told)


def said(what: str, **members: Any) -> Callable[[list[dict[str, Any]]], bool]:
    """Make a condition: this was told."""
    return lambda told: {"what": what, **members} in told


def test_an_encrypted_channel_from_end_to_end(
    server: LoneBroadcaster, backend: Backend, sdk: pusher.Pusher, listen: Listen
) -> None:
    """pusher-js reads what the SDK encrypted; whoever listens without the key sees a nonce and a ciphertext."""
    channel = "private-encrypted-vault"
    listener = listen(asked(server, backend, channel), "converse.mjs")
    listener.until(heard("pusher:subscription_succeeded"))
    with connect(f"{server.url}/app/{server.apps['main'].key}?protocol=7", proxy=None, compression=None) as spy:
        socket_id = json.loads(json.loads(spy.recv(PATIENCE))["data"])["socket_id"]
        auth = sdk.authenticate(channel, socket_id)["auth"]
        spy.send(json.dumps({"event": "pusher:subscribe", "data": {"channel": channel, "auth": auth}}))
        spy.recv(PATIENCE)
        sdk.trigger(channel, "greeting", HELLO)
        seen = json.loads(spy.recv(PATIENCE))
    told = listener.until(heard("greeting"))

    assert told[-1] == {"what": "heard", "channel": channel, "event": "greeting", "data": HELLO}
    assert set(json.loads(seen["data"])) == {"nonce", "ciphertext"}


def test_a_cache_channel(server: LoneBroadcaster, backend: Backend, sdk: pusher.Pusher, listen: Listen) -> None:
    """Whoever comes later hears the last event, or that there is none; the SDK is told what is remembered."""
    for text in ("old", "new"):
        sdk.trigger("cache-news", "headline", {"text": text})
    newcomer = listen(asked(server, backend, "cache-news", "cache-empty"), "converse.mjs")
    newcomer.until(heard("headline"))
    told = newcomer.until(heard("pusher:cache_miss"))

    assert [one["data"] for one in told if one.get("event") == "headline"] == [{"text": "new"}]
    assert [one["channel"] for one in told if one.get("event") == "pusher:cache_miss"] == ["cache-empty"]
    remembered = sdk.channel_info("cache-news", ["cache"])["cache"]
    assert json.loads(remembered["data"]) == {"text": "new"}
    assert 0 < remembered["ttl"] <= 1800


def test_the_sdk_believes_our_webhooks(server: LoneBroadcaster, backend: Backend, listen: Listen) -> None:
    """Of its own app, and no others; with what happened in them."""
    listener = listen(asked(server, backend, "room", role="hooked"), "converse.mjs")
    key, signature, body = backend.hook()
    with sdk_of(server, server.apps["hooked"]) as sdk:
        hook = sdk.validate_webhook(key, signature, body.decode())
        forged = sdk.validate_webhook(key, signature, body.decode().replace("room", "hall"))
    with sdk_of(server, server.apps["main"]) as other:
        foreign = other.validate_webhook(key, signature, body.decode())
    listener.stop()
    left = json.loads(backend.hook()[2])["events"]

    assert hook["events"] == [{"name": "channel_occupied", "channel": "room"}]
    assert (forged, foreign) == (None, None)
    assert left == [{"name": "channel_vacated", "channel": "room"}]


def test_people_who_sign_in(server: LoneBroadcaster, backend: Backend, sdk: pusher.Pusher, listen: Listen) -> None:
    """They hear what the SDK sends to them alone, and who of their watchlist comes and goes."""
    ann = listen(asked(server, backend, user={"id": "ann", "watchlist": ["bob"]}), "converse.mjs")
    ann.until(said("signed in"))
    bob = listen(asked(server, backend, user={"id": "bob"}), "converse.mjs")
    bob.until(said("signed in"))
    told = ann.until(said("online", people=["bob"]))
    sdk.send_to_user("ann", "greeting", HELLO)
    ann.until(said("told", event="greeting", data=HELLO))
    before = told.count({"what": "offline", "people": ["bob"]})
    bob.stop()
    ann.until(lambda told: told.count({"what": "offline", "people": ["bob"]}) > before)

    assert not heard("greeting")(bob.told)


def test_people_who_are_sent_away(
    server: LoneBroadcaster, backend: Backend, sdk: pusher.Pusher, listen: Listen
) -> None:
    """Whoever signed in is cut off and does not come back; somebody else stays."""
    ann, bob = (listen(asked(server, backend, user={"id": name}), "converse.mjs") for name in ("ann", "bob"))
    for one in (ann, bob):
        one.until(said("signed in"))
    app = server.apps["main"]
    path, body = f"/apps/{app.app_id}/users/ann/terminate_connections", b"{}"
    params = sign_request(app.key, app.secret, "POST", path, timestamp=int(time.time()), body=body)
    answer = httpx.post(f"{server.api_url}{path}", params=params, content=body, trust_env=False)
    told = ann.until(said("state", state="disconnected"))
    sdk.send_to_user("bob", "greeting", HELLO)
    bob.until(said("told", event="greeting", data=HELLO))

    assert answer.json() == {}
    assert {"what": "error", "code": 4009} in told
    assert not said("state", state="disconnected")(bob.told)
