"""What people run into before and beside the known failure modes: each is one clear sentence with the hop."""

import asyncio
import contextlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.config import Csrf, Tls, Transport, own_target
from harness.doctor.client_log import read_log
from harness.doctor.report import Report
from harness.doctor.stated import Client, Stated
from harness.doctor.walk import diagnose
from harness.doctor.walker import Extent
from harness.topology.embedded import start

LOOPBACK = Path(__file__).parents[1] / "users" / "loopback.pem"
QUICK = Extent(seconds=2.0, linger=0.08, comb=0)
Case = Callable[[Any], Any]


def page(text: str) -> str:
    """Write a page."""
    return f"<!DOCTYPE html><html><body>{text}</body></html>"


async def conversation_of(stage: Any, host: str, guest: str) -> int:
    """Let somebody make a conversation with somebody else, and give its id."""
    invited = next(one.id for one in stage.target.cast if one.name == guest)
    _, made = await stage.asked(host, "POST", "/api/conversations", json={"participants": [invited]})
    return int(made["data"]["id"])


async def nothing_wrong(stage: Any) -> Any:
    """Leave the target as it is, and look at everything."""
    stated = Stated(
        client=Client(
            page="https://spa.example.com", forceTLS=True, enabledTransports=("ws", "wss"), listens=".MessageSent"
        ),
        environment={"BROADCAST_CONNECTION": "reverb", "CACHE_STORE": "redis"},
    )
    return stage.target, stated, msgspec.structs.replace(QUICK, comb=6, idle=0.1, ramp=5)


async def no_such_name(stage: Any) -> Any:
    """Name a server that does not exist."""
    return stage.at(backend="http://chat.invalid")


async def backend_down(stage: Any) -> Any:
    """Let nothing listen at the backend's port."""
    front = await stage.front("backend")
    await front.end()
    return stage.at(backend=f"http://{front.address}")


async def certificate_of_backend(stage: Any) -> Any:
    """Give the backend a certificate that nobody trusts."""
    front = await stage.front("backend", tls=True)
    return stage.at(backend=f"https://{front.address}")


async def bot_challenge(stage: Any) -> Any:
    """Put a bot protection before the backend."""
    challenge = stage.reply(403, page("Just a moment..."), {"cf-mitigated": "challenge", "Server": "cloudflare"})
    return await stage.behind("backend", lambda _: challenge)


async def bot_challenge_of_sockets(stage: Any) -> Any:
    """Put one before the broadcaster."""
    return await stage.behind("broadcaster", lambda _: stage.reply(503, page("Enable JavaScript and cookies")))


async def a_page_for_json(stage: Any) -> Any:
    """Let a page answer the login."""
    return await stage.behind(
        "backend", lambda asked: stage.reply(200, page("Shop")) if asked.path == "/api/login" else None
    )


async def a_login_page(stage: Any) -> Any:
    """Let the login route send to the page for people."""
    reply = stage.reply(302, "", {"Location": "https://chat.example.com/login"})
    return await stage.behind("backend", lambda asked: reply if asked.path == "/api/login" else None)


async def too_many(stage: Any) -> Any:
    """Let the login be limited, for longer than anybody waits."""
    reply = stage.reply(429, '{"message":"Too Many Attempts."}', {"Retry-After": "3600"})
    return await stage.behind("backend", lambda asked: reply if asked.path == "/api/login" else None)


async def a_token_path_to_nothing(stage: Any) -> Any:
    """Look for the token where there is none."""
    return stage.route("login", token="data.access_token")


async def a_wrong_password(stage: Any) -> Any:
    """Give alice another password than hers."""
    cast = tuple(msgspec.structs.replace(one, password="not-that-one") for one in stage.target.cast)
    return msgspec.structs.replace(stage.target, cast=cast)


async def no_login_route(stage: Any) -> Any:
    """Log in where there is nothing."""
    return stage.route("login", path="/api/sign-in")


async def not_a_participant(stage: Any) -> Any:
    """Let alice look at a conversation that she is not in."""
    made = await conversation_of(stage, "bob", "carol")
    world = msgspec.structs.replace(stage.target.world, conversation=made)
    return msgspec.structs.replace(stage.target, world=world)


async def no_token(stage: Any) -> Any:
    """Let a client show no token."""
    headers: dict[str, Any] = {"headers": {"Accept": "application/json"}}
    return stage.without("write"), Stated(client=Client(auth=headers, enabledTransports=("ws",))), QUICK


async def no_token_in_its_log(stage: Any) -> Any:
    """Let its log show that."""
    hello = {"at": 0.1, "way": "in", "frame": {"event": "pusher:connection_established", "data": "{}"}}
    asked = {"at": 0.2, "way": "request", "url": "https://chat.example.com/api/broadcasting/auth", "headers": {}}
    return stage.without("write"), Stated(log=read_log([json.dumps(hello), json.dumps(asked)], "log")), QUICK


async def never_connected(stage: Any) -> Any:
    """Let a client's log hold no handshake."""
    opened = json.dumps({"at": 0.0, "way": "opened", "url": "ws://chat.example.com/app/k"})
    return stage.without("write"), Stated(log=read_log([opened], "log")), QUICK


async def signed_for_nobody(stage: Any) -> Any:
    """Let the endpoint ask for no token."""
    return stage.become("AU-01")


async def a_public_channel(stage: Any) -> Any:
    """Let the event go out on a public channel too."""
    return stage.become("AZ-03")


async def another_text(stage: Any) -> Any:
    """Let the event hold the text of the message before."""
    return stage.become("DE-11")


async def too_many_joins(stage: Any) -> Any:
    """Let the endpoint turn whoever asks often away, which only many connections show."""
    return stage.become("AU-14"), Stated(), msgspec.structs.replace(QUICK, listeners=10)


async def one_id_for_all(stage: Any) -> Any:
    """Give every connection the same socket id."""
    return stage.at(url=await stage.relayed(lambda _: 1, change=lambda text: re.sub(r"[0-9]+\.[0-9]+", "1.2", text)))


async def a_node_that_is_down(stage: Any) -> Any:
    """Declare a second node that is not there."""
    front = await stage.front("broadcaster")
    await front.end()
    return stage.at(other_urls=(f"ws://{front.address}",))


async def no_pongs(stage: Any) -> Any:
    """Keep every pong."""
    url = await stage.relayed(lambda text: 0 if "pusher:pong" in text else 1)
    return stage.at(url=url), Stated(), msgspec.structs.replace(QUICK, seconds=1.0)


async def the_backend_as_broadcaster(stage: Any) -> Any:
    """Take the backend's address for the broadcaster's."""
    return stage.at(url=stage.target.backend.url.replace("http", "ws"), api_url=stage.target.backend.url)


async def a_prefix_twice(stage: Any) -> Any:
    """Write /api into the address, where the routes begin with it."""
    return stage.at(backend=f"{stage.target.backend.url}/api")


async def the_id_of_another(stage: Any) -> Any:
    """Declare alice with an id that is not hers."""
    alice, *others = stage.target.cast
    cast = (msgspec.structs.replace(alice, id=4711), *others)
    return msgspec.structs.replace(stage.target, cast=cast)


async def another_pattern(stage: Any) -> Any:
    """Call the conversation's channel otherwise than the backend does."""
    renamed = (msgspec.structs.replace(one, pattern="private-room.{conversation}") for one in stage.target.channels[:1])
    return msgspec.structs.replace(stage.target, channels=(*renamed, *stage.target.channels[1:]))


async def a_route_of_its_own(stage: Any) -> Any:
    """Send by a route that is not there."""
    return stage.route("send", path="/api/conversations/{conversation}/message")


async def a_text_elsewhere(stage: Any) -> Any:
    """Declare the text of an event at a path to nothing."""
    contract = stage.target.backend.contract
    shape = msgspec.structs.replace(contract.event, text="message.text")
    backend = msgspec.structs.replace(stage.target.backend, contract=msgspec.structs.replace(contract, event=shape))
    return msgspec.structs.replace(stage.target, backend=backend)


async def a_server_that_hangs(stage: Any) -> Any:
    """Take connections, and say nothing."""

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while await reader.read(65_536):
                pass
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    stage.open.callback(server.close)
    address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    target = stage.at(url=f"ws://{address}", api_url=f"http://{address}")
    return target, Stated(), msgspec.structs.replace(QUICK, seconds=0.5)


async def an_answer_of_no_kind(stage: Any) -> Any:
    """Answer the authorization with what nobody ever has."""
    return await stage.behind(
        "backend", lambda asked: stage.reply(402, '{"pay": "first"}') if "broadcasting" in asked.path else None
    )


async def a_worker_that_sleeps(stage: Any) -> Any:
    """Let a queue worker look at its queue now and then."""
    target = stage.become("DE-08")
    budgets = msgspec.structs.replace(target.budgets, arrival=type(target.budgets.arrival)(3))
    return msgspec.structs.replace(target, budgets=budgets), Stated(), msgspec.structs.replace(QUICK, comb=6)


async def the_first_message_late(stage: Any) -> Any:
    """Keep the first message until there is a second one."""
    seen: list[str] = []

    def change(text: str) -> list[str]:
        if json.loads(text)["event"] != "MessageSent":
            return [text]
        seen.append(text)
        return [] if text == seen[0] else [seen[0], text]

    return stage.at(url=await stage.relayed(lambda _: 1, change))


async def the_first_message_lost(stage: Any) -> Any:
    """Lose the first message, whoever listens."""
    seen: list[str] = []

    def copies(text: str) -> int:
        if json.loads(text)["event"] != "MessageSent":
            return 1
        seen.append(text)
        return 0 if text == seen[0] else 1

    return stage.at(url=await stage.relayed(copies))


async def parameters_in_one_order(stage: Any) -> Any:
    """Have the broadcaster take a call only if its parameters come in the order in which they are signed."""
    return stage.become(broadcaster=("HT-07",))


async def a_message_of_another_shape(stage: Any) -> Any:
    """Call the text of a message otherwise than the backend does."""
    return stage.route("send", fields={"text": "content"})


async def a_message_to_another_route(stage: Any) -> Any:
    """Send where the backend has no route."""
    return stage.route("send", path="/api/messages")


async def other_fields_for_a_signature(stage: Any) -> Any:
    """Call the channel otherwise than the endpoint does."""
    return stage.route("authorize", fields={"socket_id": "socket_id", "channel_name": "channel"})


async def cookies_where_tokens_are(stage: Any) -> Any:
    """Wait for a session where the login gives a token."""
    contract = msgspec.structs.replace(stage.target.backend.contract, authentication="cookie", csrf=Csrf(request=""))
    return msgspec.structs.replace(
        stage.target, backend=msgspec.structs.replace(stage.target.backend, contract=contract)
    )


async def an_api_that_is_nowhere(stage: Any) -> Any:
    """Declare an address of the HTTP API at which nothing listens."""
    front = await stage.front("broadcaster")
    await front.end()
    return stage.at(api_url=f"http://{front.address}")


async def the_backend_for_the_api(stage: Any) -> Any:
    """Declare the backend's address as that of the HTTP API."""
    return stage.at(api_url=stage.target.backend.url)


async def the_backend_for_the_broadcaster(stage: Any) -> Any:
    """Declare the backend's address as that of the broadcaster."""
    return stage.at(url=stage.target.backend.url.replace("http", "ws"))


async def a_path_too_much(stage: Any) -> Any:
    """Write the path of the upgrade into the address, where it is added anyway."""
    return stage.at(url=f"{stage.target.broadcaster.url}/app")


async def another_secret_in_the_file(stage: Any) -> Any:
    """Declare a secret that is nobody's."""
    return stage.at(secret="a-secret-of-nobody")


WRONG: dict[Case, tuple[str, str, str]] = {
    no_such_name: ("backend name", "unresolvable", "environment"),
    backend_down: ("backend port", "backend-down", "environment"),
    certificate_of_backend: ("backend TLS", "9", "broken"),
    bot_challenge: ("backend HTTP", "bot-challenge", "environment"),
    bot_challenge_of_sockets: ("upgrade", "bot-challenge", "environment"),
    a_page_for_json: ("login", "html-for-json", "broken"),
    a_login_page: ("login", "login-redirect", "broken"),
    too_many: ("login", "rate-limited", "broken"),
    a_token_path_to_nothing: ("login", "token-path", "broken"),
    a_wrong_password: ("login", "login-refused", "broken"),
    no_login_route: ("login", "login-route", "broken"),
    not_a_participant: ("authorize", "not-a-participant", "broken"),
    no_token: ("client options", "no-token", "broken"),
    no_token_in_its_log: ("client log", "no-token", "broken"),
    never_connected: ("client log", "never-connected", "broken"),
    signed_for_nobody: ("guard", "AU-01", "broken"),
    a_public_channel: ("delivery", "AZ-03", "broken"),
    another_text: ("delivery", "DE-11", "broken"),
    too_many_joins: ("subscribe", "rate-limited", "broken"),
    one_id_for_all: ("subscribe", "CO-07", "broken"),
    a_node_that_is_down: ("subscribe", "node-down", "broken"),
    the_backend_as_broadcaster: ("upgrade", "backend-instead", "broken"),
    a_prefix_twice: ("login", "prefix", "broken"),
    the_id_of_another: ("token", "declared-id", "fine"),
    another_pattern: ("authorize", "23", "broken"),
    a_route_of_its_own: ("send", "send-route", "broken"),
    a_text_elsewhere: ("delivery", "event-text", "broken"),
    a_server_that_hangs: ("upgrade", "hangs", "broken"),
    no_pongs: ("ping", "CO-01", "broken"),
    an_answer_of_no_kind: ("authorize", "unknown", "broken"),
    a_worker_that_sleeps: ("queue", "DE-08", "fine"),
    the_first_message_late: ("delivery", "DE-08", "broken"),
    the_first_message_lost: ("delivery", "DE-04", "broken"),
    parameters_in_one_order: ("signed API", "HT-07", "broken"),
    a_message_of_another_shape: ("send", "send-contract", "broken"),
    a_message_to_another_route: ("send", "send-route", "broken"),
    other_fields_for_a_signature: ("authorize", "authorize-fields", "broken"),
    cookies_where_tokens_are: ("login", "no-cookie", "broken"),
    an_api_that_is_nowhere: ("API", "api-url", "environment"),
    the_backend_for_the_api: ("API", "backend-instead", "broken"),
    the_backend_for_the_broadcaster: ("upgrade", "backend-instead", "broken"),
    a_path_too_much: ("upgrade", "upgrade-path", "broken"),
    another_secret_in_the_file: ("driver", "declared-secret", "broken"),
}
"""How each is made, and the hop, the cause and the verdict that are due."""


@pytest.mark.asyncio
@pytest.mark.parametrize("made", WRONG, ids=lambda one: one.__name__)
async def test_what_is_wrong_is_named_with_its_hop_and_what_mends_it(stage: Any, made: Case) -> None:
    """The first cause at the first hop that is broken, with the evidence, a remedy and the verdict."""
    report: Report = await stage.diagnosed(made)

    hop, cause, verdict = WRONG[made]
    first = (*report.broken, *report.advised)[0]
    assert (first.hop, first.causes[0].id, report.verdict) == (hop, cause, verdict)
    assert first.causes[0].because
    assert first.causes[0].mend
    assert "NAME" not in first.causes[0].mend


@pytest.mark.asyncio
async def test_a_healthy_target_has_no_broken_hop(stage: Any) -> None:
    """Everything is walked but a client's log, and nothing is blamed."""
    report = await stage.diagnosed(nothing_wrong)

    assert [(one.hop, one.came) for one in report.hops if one.state != "fine"] == [
        ("client log", "no log was stated (--client-log FILE)")
    ]
    assert (report.first, report.verdict) == (None, "fine")
    assert [one.id for one in report.unseen] == ["30", "31", "33", "35"]


@pytest.mark.asyncio
async def test_a_target_behind_a_gateway_and_tls_of_its_own_is_reached(stage: Any) -> None:
    """What the target declares goes along with every request and every WebSocket, and its authority is trusted."""

    async def made(stage: Any) -> Any:
        def rule(asked: Any) -> Any:
            return None if asked.headers.get("x-gateway") == "let-me-in" else stage.reply(403, page("Gateway"))

        way = Transport(headers=(("X-Gateway", "let-me-in"),), tls=Tls(ca=str(LOOPBACK)))
        backend = await stage.front("backend", rule, tls=True)
        sockets = await stage.front("broadcaster", rule, tls=True)
        url, api_url = f"wss://{sockets.address}", f"https://{sockets.address}"
        target = stage.at(backend=f"https://{backend.address}", url=url, api_url=api_url, transport=way)
        return msgspec.structs.replace(target, backend=msgspec.structs.replace(target.backend, transport=way))

    report = await stage.diagnosed(made)

    assert (report.broken, report.verdict) == ((), "fine")


@pytest.mark.asyncio
async def test_a_session_of_cookies_is_walked_as_well(tmp_path: Path) -> None:
    """Who logs in gets cookies, which go along with the CSRF value."""
    plain = own_target("embedded", "embedded")
    contract = msgspec.structs.replace(plain.backend.contract, authentication="cookie")
    backend = msgspec.structs.replace(plain.backend, contract=contract)
    spa = msgspec.structs.replace(plain, backend=backend)
    stack = start(spa, seed=1, folder=tmp_path, cache=tmp_path / "worlds")

    report = await diagnose(stack.target, extent=QUICK)
    stack.stop()

    assert [(one.hop, one.came) for one in report.broken] == []
    assert report.verdict == "fine"


@pytest.mark.asyncio
async def test_who_may_only_read_is_told_what_was_not_looked_at(stage: Any) -> None:
    """Without a grant no message is sent, nothing is signed and nobody whispers; the reason says which grant."""

    async def made(stage: Any) -> Any:
        made = await conversation_of(stage, "alice", "bob")
        target = stage.without("write", "secret", "client_events", "create", "load")
        return (
            msgspec.structs.replace(target, world=msgspec.structs.replace(target.world, conversation=made)),
            Stated(),
            QUICK,
        )

    report = await stage.diagnosed(made)
    left_out = {one.hop: one.came for one in report.hops if one.state == "not exercised"}

    assert "write = true" in left_out["send"]
    assert left_out["delivery"] == left_out["send"]
    assert "secret = true" in left_out["signed API"]
    assert "client_events = true" in left_out["whisper"]


@pytest.mark.asyncio
async def test_production_is_read_and_gets_one_message(stage: Any) -> None:
    """One message and no conversation is made, whatever else is granted."""
    fronts = []

    async def made(stage: Any) -> Any:
        made = await conversation_of(stage, "alice", "bob")
        fronts.append(front := await stage.front("backend"))
        world = msgspec.structs.replace(stage.target.world, conversation=made)
        target = msgspec.structs.replace(stage.at(backend=f"http://{front.address}"), production=True, world=world)
        return target, Stated(), msgspec.structs.replace(QUICK, comb=6)

    report = await stage.diagnosed(made)
    posted = [asked.path for asked in fronts[0].asked if asked.method == "POST" and "conversations" in asked.path]

    assert report.verdict == "fine"
    assert [path.rpartition("/")[2] for path in posted] == ["messages"]
    assert next(one for one in report.hops if one.hop == "delivery").state == "fine"


@pytest.mark.asyncio
async def test_a_conversation_that_was_made_is_deleted(stage: Any) -> None:
    """What the walk creates is gone behind it."""
    fronts = []

    async def made(stage: Any) -> Any:
        fronts.append(front := await stage.front("backend"))
        return stage.at(backend=f"http://{front.address}")

    await stage.diagnosed(made)

    assert fronts[0].asked[-1].method == "DELETE"


@pytest.mark.asyncio
async def test_a_walk_that_is_interrupted_deletes_what_it_made(stage: Any) -> None:
    """Ctrl-C cancels it: the conversation is gone all the same."""
    fronts, sent = [], asyncio.Event()

    async def made(stage: Any) -> Any:
        def rule(asked: Any) -> None:
            if asked.path.endswith("/messages"):
                sent.set()

        fronts.append(front := await stage.front("backend", rule))
        return stage.at(backend=f"http://{front.address}"), Stated(), msgspec.structs.replace(QUICK, idle=60)

    walk = asyncio.ensure_future(stage.diagnosed(made))
    await asyncio.wait_for(sent.wait(), 30)
    walk.cancel()
    await asyncio.wait({walk})

    assert walk.cancelled()
    assert fronts[0].asked[-1].method == "DELETE"


@pytest.mark.asyncio
async def test_a_rate_limit_that_names_a_short_time_is_waited_for(stage: Any) -> None:
    """429 with Retry-After: the same question is asked again, and the walk goes on."""
    turned_away: list[str] = []

    async def made(stage: Any) -> Any:
        def rule(asked: Any) -> Any:
            if asked.path != "/api/login" or turned_away:
                return None
            turned_away.append(asked.path)
            return stage.reply(429, "{}", {"Retry-After": "1"})

        return await stage.behind("backend", rule)

    report = await stage.diagnosed(made)

    assert turned_away == ["/api/login"]
    assert report.verdict == "fine"


@pytest.mark.asyncio
async def test_no_secret_is_told(stage: Any) -> None:
    """Tokens, passwords, the app's secret and signatures stand nowhere in a report, broken or not."""
    for made in (nothing_wrong, signed_for_nobody, a_wrong_password):
        told = msgspec.json.encode(await stage.diagnosed(made)).decode()

        assert stage.target.broadcaster.secret not in told
        assert [one.name for one in stage.target.cast if one.password in told] == []
