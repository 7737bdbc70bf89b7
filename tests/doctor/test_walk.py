"""The doctor names the right cause of every failure mode of PROTOCOL.md section 10, and blames no hop beyond it."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from harness.doctor.causes import FAILURE_MODES, UNSEEN
from harness.doctor.client_log import read_log
from harness.doctor.hops import HOPS
from harness.doctor.report import Report
from harness.doctor.stated import Client, Stated
from harness.doctor.walker import Extent
from harness.protocol.messages import encode
from harness.protocol.signatures import channel_auth

QUICK = Extent(seconds=2.0, linger=0.08, comb=0)
EVERYWHERE = "0.0.0.0"  # noqa: S104  nobody binds to it here
Case = Callable[[Any], Any]
CASES: dict[str, Case] = {}
"""How each failure mode is made, by its number and a word for the variant."""


def case(name: str) -> Callable[[Case], Case]:
    """Enter a way to break a target into the table."""

    def entered(made: Case) -> Case:
        CASES[name] = made
        return made

    return entered


def page(text: str) -> str:
    """Write a page."""
    return f"<!DOCTYPE html><html><body>{text}</body></html>"


def of_client(stage: Any, **options: Any) -> tuple[Any, Stated, Extent]:
    """State a client's options, beside a target that is read only: what is seen is in the client."""
    healthy: dict[str, Any] = {"enabledTransports": ("ws", "wss")}
    return stage.without("write"), Stated(client=Client(**healthy | options)), QUICK


def of_log(stage: Any, *lines: dict[str, Any]) -> tuple[Any, Stated, Extent]:
    """State what a client did, behind its handshake."""
    data = json.dumps({"socket_id": "1.1", "activity_timeout": 30})
    hello = {"at": 0.1, "way": "in", "frame": {"event": "pusher:connection_established", "data": data}}
    opened = {"at": 0.0, "way": "opened", "url": "ws://chat.example.com/app/key"}
    log = read_log([json.dumps(line) for line in (opened, hello, *lines)], "client.log")
    return stage.without("write"), Stated(log=log), QUICK


def of_environment(stage: Any, **environment: str) -> tuple[Any, Stated, Extent]:
    """State the backend's `.env`."""
    return stage.without("write"), Stated(environment=environment), QUICK


def subscribing(at: float, channel: str, auth: str = "") -> dict[str, Any]:
    """Write the line of a log in which a client subscribes."""
    return {"at": at, "way": "out", "frame": {"event": "pusher:subscribe", "data": {"channel": channel, "auth": auth}}}


@case("1 broadcaster stopped")
async def _stopped(stage: Any) -> Any:
    front = await stage.front("broadcaster")
    await front.end()
    return stage.at(url=f"ws://{front.address}", api_url=f"http://{front.address}")


@case("2 another application")
async def _another_application(stage: Any) -> Any:
    return await stage.behind("broadcaster", lambda _: stage.reply(404, page("Welcome to my blog")))


@case("3 wrong key")
async def _wrong_key(stage: Any) -> Any:
    return stage.at(key="a-key-of-somebody")


@case("4 another secret")
async def _another_secret(stage: Any) -> Any:
    return stage.become("OP-03")


@case("4 another secret, none declared")
async def _another_secret_undeclared(stage: Any) -> Any:
    stage.become("OP-03")
    return stage.without("secret", target=stage.at(secret=None))


@case("5 wrong app id")
async def _wrong_app(stage: Any) -> Any:
    return stage.at(app_id="999999")


def resigned(stage: Any, key: str, secret: str) -> Callable[[Any, bytes], bytes]:
    """Let the backend sign with other credentials than it has."""

    def change(asked: Any, answer: bytes) -> bytes:
        if not asked.path.startswith("/api/broadcasting/auth") or b" 200 " not in answer[:20]:
            return answer
        fields = dict(part.split("=") for part in asked.body.decode().split("&"))
        auth = channel_auth(key, secret, fields["socket_id"], fields["channel_name"])
        return bytes(stage.changed(answer, lambda data: data | {"auth": auth}))

    return change


@case("6 the backend's key of before")
async def _stale_backend(stage: Any) -> Any:
    return await stage.behind("backend", change=resigned(stage, "key-of-before", "secret-of-before"))


@case("6 the backend's secret of before")
async def _stale_secret(stage: Any) -> Any:
    secret = "secret-of-before"
    target = await stage.behind("backend", change=resigned(stage, stage.target.broadcaster.key, secret))
    return target, Stated(previous_secret=secret), QUICK


@case("6 the daemon's key of before")
async def _stale_daemon(stage: Any) -> Any:
    target = await stage.behind("backend", change=resigned(stage, "the-new-key", "the-new-secret"))
    broadcaster = msgspec.structs.replace(target.broadcaster, key="the-new-key", secret="the-new-secret")
    return msgspec.structs.replace(target, broadcaster=broadcaster)


@case("7 wss to a plain port")
async def _tls_to_plain(stage: Any) -> Any:
    return stage.at(url=stage.target.broadcaster.url.replace("ws:", "wss:"))


@case("7 ws to a TLS port")
async def _plain_to_tls(stage: Any) -> Any:
    return await stage.behind("broadcaster", tls=True)


@case("7 https to a plain port")
async def _https_to_plain(stage: Any) -> Any:
    return stage.at(backend=stage.target.backend.url.replace("http:", "https:"))


@case("8 mixed content")
async def _mixed(stage: Any) -> Any:
    return of_client(stage, page="https://chat.example.com/", forceTLS=False, wsHost="127.0.0.1")


@case("9 self-signed")
async def _self_signed(stage: Any) -> Any:
    front = await stage.front("broadcaster", tls=True)
    return stage.at(url=f"wss://{front.address}", api_url=f"https://{front.address}")


@case("10 a proxy keeps the Upgrade")
async def _no_upgrade(stage: Any) -> Any:
    return await stage.behind("broadcaster", upgrades=False)


@case("10 nginx without upgrade")
async def _nginx(stage: Any) -> Any:
    def rule(asked: Any) -> Any:
        reply = stage.reply(400, page("400 Bad Request"), {"Server": "nginx/1.24.0"})
        return reply if asked.path.startswith("/app/") else None

    return await stage.behind("broadcaster", rule)


@case("11 /apps is not mapped")
async def _unmapped(stage: Any) -> Any:
    return await stage.behind(
        "broadcaster", lambda asked: stage.reply(404, page("Not Found")) if asked.path.startswith("/apps") else None
    )


@case("12 a POST is redirected")
async def _redirected_post(stage: Any) -> Any:
    def rule(asked: Any) -> Any:
        elsewhere = {"Location": f"https://chat.example.com{asked.path}"}
        return stage.reply(301, "", elsewhere) if asked.method == "POST" else None

    return await stage.behind("broadcaster", rule)


@case("12 a login is redirected")
async def _redirected_login(stage: Any) -> Any:
    def rule(asked: Any) -> Any:
        elsewhere = {"Location": f"https://chat.example.com{asked.path}"}
        return stage.reply(301, "", elsewhere) if asked.method == "POST" else None

    return await stage.behind("backend", rule)


@case("13 a proxy cuts the silent")
async def _cut(stage: Any) -> Any:
    target = await stage.behind("broadcaster", cut_after=1.0)
    return stage.without("write", target=target), Stated(), msgspec.structs.replace(QUICK, idle=4.0)


@case("14 a client with another host")
async def _other_host(stage: Any) -> Any:
    return of_client(stage, wsHost="localhost", wsPort=8080, forceTLS=False)


@case("14 the backend cannot publish")
async def _cannot_publish(stage: Any) -> Any:
    return stage.cut_off()


@case("14 an address to listen at")
async def _listening_address(stage: Any) -> Any:
    return of_environment(stage, REVERB_HOST=EVERYWHERE, REVERB_SERVER_HOST=EVERYWHERE)


@case("14 an address of this machine")
async def _this_machine(stage: Any) -> Any:
    front = await stage.front("broadcaster")
    await front.end()
    target = await stage.behind("backend", at="127.0.0.2")
    broadcaster = msgspec.structs.replace(target.broadcaster, url=f"ws://{front.address}")
    return msgspec.structs.replace(target, broadcaster=broadcaster)


@case("15 no authorizer")
async def _no_authorizer(stage: Any) -> Any:
    return of_client(stage, authEndpoint="")


@case("15 no authorizer, by its log")
async def _unsigned(stage: Any) -> Any:
    return of_log(stage, subscribing(0.2, "private-chat.1"))


@case("16 no token guard")
async def _no_guard(stage: Any) -> Any:
    return await stage.behind(
        "backend", lambda asked: stage.reply(403, '{"message":""}') if "broadcasting" in asked.path else None
    )


@case("16 a session cookie is wanted")
async def _cookie(stage: Any) -> Any:
    return stage.become("AU-08")


@case("17 a token that is dead at once")
async def _dead_at_once(stage: Any) -> Any:
    reply = stage.reply(401, '{"message":"Unauthenticated."}')
    return await stage.behind("backend", lambda asked: reply if asked.headers.get("authorization") else None)


@case("17 a revoked token")
async def _dead_token(stage: Any) -> Any:
    token, _ = await stage.asked("alice", "POST", "/api/logout")
    return stage.target, Stated(token=token), QUICK


@case("18 a login page for strangers")
async def _login_page(stage: Any) -> Any:
    return stage.become("AU-07:html")


@case("18 a login page for everybody")
async def _login_for_everybody(stage: Any) -> Any:
    to_login = stage.reply(302, page("Redirecting"), {"Location": "/login"})
    return await stage.behind("backend", lambda asked: to_login if "broadcasting" in asked.path else None)


@case("19 CSRF")
async def _csrf(stage: Any) -> Any:
    reply = stage.reply(419, '{"message":"CSRF token mismatch."}')
    return await stage.behind("backend", lambda asked: reply if "broadcasting" in asked.path else None)


@case("20 CORS")
async def _cors(stage: Any) -> Any:
    _, stated, extent = of_client(stage, page="https://spa.example.com/chat", forceTLS=True)
    target = await stage.behind("backend", lambda one: stage.reply(204) if one.method == "OPTIONS" else None)
    return stage.without("write", target=target), stated, extent


@case("21 allowed origins")
async def _origins(stage: Any) -> Any:
    async def speak(connection: Any) -> None:
        refusal = {"code": 4009, "message": "Origin not allowed"}
        hello = {"socket_id": "1.1", "activity_timeout": 30}
        is_page = "Origin" in connection.request.headers
        event = "pusher:connection_established" if is_page else "pusher:error"
        await connection.send(encode(event, data=json.dumps(hello if is_page else refusal)))
        await connection.wait_closed()

    return stage.at(url=await stage.speaking(speak))


@case("22 another prefix")
async def _other_prefix(stage: Any) -> Any:
    return stage.route("authorize", path="/broadcasting/auth")


@case("22 a client with another prefix")
async def _client_prefix(stage: Any) -> Any:
    return of_client(stage, authEndpoint="/broadcasting/auth")


@case("23 the prefix twice")
async def _prefix_twice(stage: Any) -> Any:
    return stage.become("DE-16")


@case("23 another pattern")
async def _other_pattern(stage: Any) -> Any:
    rules = tuple(
        msgspec.structs.replace(rule, pattern="private-room.{company}.{conversation}")
        if rule.name == "conversation"
        else rule
        for rule in stage.target.channels
    )
    return msgspec.structs.replace(stage.target, channels=rules)


@case("24 the name of the class")
async def _class_name(stage: Any) -> Any:
    return stage.become("DE-15")


@case("24 no leading dot")
async def _no_dot(stage: Any) -> Any:
    return of_client(stage, listens="MessageSent")


@case("25 no queue worker")
async def _no_worker(stage: Any) -> Any:
    return stage.become("OP-10")


@case("26 driver null")
async def _null_driver(stage: Any) -> Any:
    return stage.become("AU-10")


@case("26 driver log, by its .env")
async def _log_driver(stage: Any) -> Any:
    return of_environment(stage, BROADCAST_CONNECTION="log")


@case("27 too large to publish")
async def _too_large(stage: Any) -> Any:
    return stage.become("DE-20")


@case("28 a frame too large")
async def _large_frame(stage: Any) -> Any:
    return of_client(stage, largest_frame=12_000)


@case("28 a limit below the usual one")
async def _low_limit(stage: Any) -> Any:
    return stage.without("write", target=stage.at(url=await stage.relayed(lambda _: 1, max_size=4_000)))


@case("29 no pong")
async def _no_pong(stage: Any) -> Any:
    ping = {"at": 60.0, "way": "in", "frame": {"event": "pusher:ping"}}
    return of_log(stage, ping, {"at": 120.0, "way": "closed", "code": 1006})


@case("30 in the background")
async def _background(stage: Any) -> Any:
    return of_log(stage, {"at": 900.0, "way": "closed", "code": 1006})


@case("31 a signature used twice")
async def _stale_auth(stage: Any) -> Any:
    again = {"at": 9.0, "way": "opened", "url": "ws://chat.example.com/app/key"}
    read = {"at": 9.5, "way": "request", "url": "https://chat.example.com/api/conversations/1/messages"}
    first, second = (subscribing(at, "private-chat.1", "key:abc") for at in (1.0, 9.2))
    return of_log(stage, first, {"at": 8.0, "way": "closed", "code": 1006}, again, second, read)


@case("32 handled twice")
async def _handled_twice(stage: Any) -> Any:
    frame = {"event": "MessageSent", "channel": "private-chat.1", "data": "{}"}
    return of_log(stage, {"at": 1.0, "way": "in", "frame": frame, "callbacks": 2})


@case("32 every frame twice")
async def _frames_twice(stage: Any) -> Any:
    return stage.at(url=await stage.relayed(lambda text: 2 if "MessageSent" in text else 1))


@case("33 nothing fetched after a reconnect")
async def _nothing_fetched(stage: Any) -> Any:
    again = {"at": 9.0, "way": "opened", "url": "ws://chat.example.com/app/key"}
    return of_log(stage, {"at": 8.0, "way": "closed", "code": 1006}, again)


@case("34 the sender hears itself")
async def _echo(stage: Any) -> Any:
    return stage.become("DE-12")


@case("34 the socket id of before")
async def _stale_socket(stage: Any) -> Any:
    return of_log(stage, {"at": 2.0, "way": "request", "url": "/api/x", "headers": {"X-Socket-ID": "9.9"}})


@case("35 X-Socket-ID undefined")
async def _undefined(stage: Any) -> Any:
    return of_log(stage, {"at": 2.0, "way": "request", "url": "/api/x", "headers": {"X-Socket-ID": "undefined"}})


@case("36 a job done again")
async def _done_again(stage: Any) -> Any:
    return stage.become("DE-06"), Stated(), msgspec.structs.replace(QUICK, linger=0.4)


@case("37 two nodes, not one")
async def _two_nodes(stage: Any) -> Any:
    return stage.at(other_urls=(stage.other_broadcaster().replace("http:", "ws:"),))


@case("38 no more connections")
async def _plateau(stage: Any) -> Any:
    target = await stage.behind("broadcaster", most=12)
    return stage.without("write", target=target), Stated(), msgspec.structs.replace(QUICK, ramp=16)


@case("39 an SDK without a host")
async def _flutter(stage: Any) -> Any:
    return of_client(stage, sdk="pusher_channels_flutter", cluster="mt1")


@case("40 Pusher's own fallback")
async def _fallback(stage: Any) -> Any:
    return of_client(stage, enabledTransports=None)


@case("41 clocks apart")
async def _clocks(stage: Any) -> Any:
    def change(_: Any, answer: bytes) -> bytes:
        lines = [line for line in answer.split(b"\r\n") if not line.lower().startswith(b"date:")]
        return b"\r\n".join([lines[0], b"Date: Thu, 01 Jan 2026 00:00:00 GMT", *lines[1:]])

    target = await stage.behind("backend", change=change)
    broadcaster = msgspec.structs.replace(target.broadcaster, dialect="pusher")
    return stage.without("write", target=msgspec.structs.replace(target, broadcaster=broadcaster))


@case("42 client events off")
async def _whispers(stage: Any) -> Any:
    other = stage.other_broadcaster()
    return stage.without("write", target=stage.at(url=other.replace("http:", "ws:"), api_url=other))


@case("43 the callback returns true")
async def _true(stage: Any) -> Any:
    def change(asked: Any, answer: bytes) -> bytes:
        if b"presence-" not in asked.body or b" 200 " not in answer[:20]:
            return answer
        told = json.dumps({"user_id": "1", "user_info": True})
        return bytes(stage.changed(answer, lambda data: data | {"channel_data": told}))

    return await stage.behind("backend", change=change)


@case("44 a cache of its own")
async def _array_cache(stage: Any) -> Any:
    return of_environment(stage, CACHE_STORE="array")


def blames(report: Report) -> list[str]:
    """List hops that have causes and were not reached, or work; and hops that were walked behind a broken one."""
    stopped = {one.hop for one in report.hops if one.state in ("broken", "not reached")}
    beyond = {hop.name for hop in HOPS if stopped & {*hop.needs, *hop.after}}
    return [
        one.hop
        for one in report.hops
        if (one.causes and one.state not in ("broken", "advice")) or (one.hop in beyond and one.state != "not reached")
    ]


@pytest.mark.asyncio
async def test_it_names_the_cause_of_the_failure_modes_first(stage: Any) -> None:
    """Each is made, and its number is that of the first cause; no hop is blamed that was not reached."""
    missed: dict[str, str] = {}
    by_looking, named = set[str](), set[str]()
    for name, made in CASES.items():
        told: list[Stated] = []
        report = await stage.diagnosed(made, told)
        found, due = report.first.id if report.first else "nothing", name.partition(" ")[0]
        if found != due:
            missed[name] = f"{found} at {[one.hop for one in (*report.broken, *report.advised)]}"
        named |= {due} & {found}
        by_looking |= {due} & {found} if told == [Stated()] else set()
        assert blames(report) == [], name

    cases = f"{len(CASES) - len(missed)} of {len(CASES)} cases"
    looked = f"{len(by_looking)} by looking, the others by what was stated"
    print(f"{len(named)} of {len(FAILURE_MODES)} failure modes named first ({looked}), {cases}")  # noqa: T201  the figure
    assert missed == {}
    assert named == set(FAILURE_MODES)
    assert named - by_looking == set(UNSEEN)
