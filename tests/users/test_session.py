"""HTTP in somebody's name: the contract's words, answers as facts, secrets out, credentials kept to one server."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from harness.config import Route
from harness.errors import EnvironmentFault, NotExercised
from harness.history.events import HttpAnswered, HttpAsked
from harness.history.recorder import Recorder
from harness.history.redaction import Redactor
from harness.users import session as sessions
from harness.users.detours import Passage
from harness.users.session import Session

pytestmark = pytest.mark.asyncio

ROUTE = Route(method="POST", path="/rooms/{conversation}/posts", fields={"text": "body"}, id="data.id")


@pytest.fixture
def recorder() -> Recorder:
    """Give the history that the session writes."""
    return Recorder()


@pytest_asyncio.fixture
async def session(backend: Any, recorder: Recorder) -> AsyncIterator[Session]:
    """Give the session of alice, who has a token."""
    session = Session(backend.url, "alice", recorder=recorder, redactor=Redactor(), timeout=10)
    session.token = "1|a-token-of-alice"
    yield session
    await session.close()


async def test_a_route_is_followed_in_the_backends_words(session: Session, backend: Any) -> None:
    """Fields get the backend's names, places fill the path escaped, the token goes along."""
    backend.answers("POST /rooms/a%2Fb%20c/posts", (201, {"data": {"id": 5}}))
    answer = await session.follow("send", ROUTE, place={"conversation": "a/b c"}, text="hello")
    assert (answer.status, answer.outcome, answer.at("data.id")) == (201, "ok", 5)
    ((_, headers, body),) = backend.asked
    assert json.loads(body) == {"body": "hello"}
    assert headers["authorization"] == "Bearer 1|a-token-of-alice"
    assert headers["accept"] == "application/json"


@pytest.mark.parametrize(("encoding", "body"), [("form", b"body=a%26b"), ("json", b'{"body":"a&b"}')])
async def test_fields_go_out_as_the_route_says(session: Session, backend: Any, encoding: Any, body: bytes) -> None:
    """As a form or as JSON, and in the query of a GET; content goes out as it is."""
    route = Route(method="POST", path="/form", fields={"text": "body"}, encoding=encoding)
    await session.follow("x", route, text="a&b")
    await session.ask("x", "GET", "/query", fields={"after": 3})
    await session.ask("x", "POST", "/raw", content=b"{]", headers={"Content-Type": "application/json"})
    (_, _, first), (query, _, none), (_, _, raw) = backend.asked
    assert (first, query, none, raw) == (body, "GET /query?after=3", b"", b"{]")


async def test_what_the_contract_lacks_is_not_exercised(session: Session, backend: Any) -> None:
    """A missing route and a missing field each say what for, and nothing is sent."""
    with pytest.raises(NotExercised, match="no route to log out"):
        await session.follow("log out", None)
    with pytest.raises(NotExercised, match="no field for colour to send"):
        await session.follow("send", ROUTE, place={"conversation": 1}, colour="red")
    assert backend.asked == []


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "ok"),
        (204, "ok"),
        (302, "refused"),
        (401, "refused"),
        (422, "refused"),
        (500, "unknown"),
        (503, "unknown"),
    ],
)
async def test_a_status_is_a_fact_and_no_error(
    session: Session, backend: Any, recorder: Recorder, status: int, outcome: str
) -> None:
    """A 5xx may have had effects, all else but 2xx is a no; the pair is recorded."""
    backend.answers("GET /x", (status, b""))
    answer = await session.ask("get", "GET", "/x")
    assert (answer.status, answer.outcome, answer.data) == (status, outcome, None)
    asked, answered = recorder.events
    assert isinstance(asked, HttpAsked)
    assert isinstance(answered, HttpAnswered)
    assert asked.act == answered.act == answer.act
    assert (answered.status, answered.outcome, answered.who) == (status, outcome, "alice")
    assert asked.at <= answer.sent <= answered.at


async def test_a_redirect_is_not_followed(session: Session, backend: Any, broadcaster: Any) -> None:
    """The credential would go along, to whoever the answer names."""
    backend.answers("GET /x", (302, b"", {"Location": broadcaster.url.replace("ws", "http")}))
    assert (await session.ask("get", "GET", "/x")).status == 302
    assert broadcaster.peers == []


async def test_cookies_are_not_kept(session: Session, backend: Any) -> None:
    """A session cookie would let somebody in who shows no token."""
    backend.answers("GET /x", (200, {}, {"Set-Cookie": "laravel_session=abc; Path=/"}))
    await session.ask("get", "GET", "/x")
    await session.ask("get", "GET", "/x", headers={"Authorization": None})
    _, (_, headers, _) = backend.asked
    assert "cookie" not in headers
    assert "authorization" not in headers


async def test_the_token_of_an_answer_is_secret_wherever_it_stands(
    session: Session, backend: Any, recorder: Recorder
) -> None:
    """It is taken out of the record of the very answer that brought it, and out of what is shown of it."""
    backend.answers("POST /login", (200, {"data": {"credential": "2|another-token"}, "again": "2|another-token"}))
    answer = await session.follow("log in", Route(method="POST", path="/login", token="data.credential"))
    assert answer.at("data.credential") == "2|another-token"
    assert "another-token" not in f"{recorder.events} {answer!r} {answer.body}"


async def test_a_signature_in_an_answer_is_noticed_and_hidden(session: Session, backend: Any) -> None:
    """Also in a denial, where none belongs; its last four characters stay."""
    backend.answers("GET /x", (403, {"auth": f"key:{'ab' * 30}cdef"}))
    answer = await session.ask("get", "GET", "/x")
    assert answer.holds_signature
    assert "ab" * 30 not in answer.body
    assert "cdef" in answer.body


@pytest.mark.parametrize(
    "body", [b"<h1>no json", b"\xff\xfe", b"[" * 5_000, b'{"a":', b'{"a":"\\ud800"}'], ids=range(5)
)
async def test_a_body_that_is_no_json_has_no_data(session: Session, backend: Any, body: bytes) -> None:
    """Whatever it is, and whatever charset it claims."""
    backend.answers("GET /x", (200, body, {"Content-Type": "application/json; charset=base64"}))
    answer = await session.ask("get", "GET", "/x")
    assert (answer.outcome, answer.data, answer.at("a.b")) == ("ok", None, None)


async def test_an_endless_answer_is_cut(session: Session, backend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read is an answer, which holds no JSON then."""
    monkeypatch.setattr(sessions, "MAX_ANSWER", 1_000)
    backend.answers("GET /x", (200, ["x" * 100_000]))
    answer = await session.ask("get", "GET", "/x")
    assert (answer.status, answer.data, len(answer.body)) == (200, None, 1_000)


async def _nothing(peer: Any) -> None:
    await peer.request()
    await asyncio.Event().wait()


async def _trickle(peer: Any) -> None:
    await peer.request()
    peer.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    while not peer.writer.is_closing():
        peer.writer.write(b"x")
        await asyncio.sleep(0)


@pytest.mark.parametrize("script", [_nothing, _trickle])
async def test_no_answer_in_time_is_an_unknown_outcome(backend: Any, recorder: Recorder, script: Any) -> None:
    """The limit holds for the whole request: an answer that trickles does not extend it."""
    backend.script = script
    session = Session(backend.url, "alice", recorder=recorder, redactor=Redactor(), timeout=0.05)
    answer = await session.ask("get", "GET", "/x")
    assert (answer.status, answer.outcome, answer.body) == (None, "unknown", "no answer within 0.05 s")
    assert recorder.events[-1] == HttpAnswered(
        n=2,
        at=recorder.events[-1].at,
        who="alice",
        act=answer.act,
        purpose="get",
        status=None,
        outcome="unknown",
        body=answer.body,
    )
    await session.close()


async def _hang_up(peer: Any) -> None:
    await peer.request()
    peer.cut()


async def _half_an_answer(peer: Any) -> None:
    await peer.request()
    peer.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    peer.writer.close()


async def _no_http(peer: Any) -> None:
    await peer.request()
    peer.writer.write(b"220 mail.example ESMTP\r\n\r\n")


async def _no_gzip(peer: Any) -> None:
    await peer.request()
    peer.writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nzzzz")


@pytest.mark.parametrize("script", [_hang_up, _half_an_answer, _no_http, _no_gzip])
async def test_what_is_no_answer_is_an_unknown_outcome(session: Session, backend: Any, script: Any) -> None:
    """The request was sent, so nobody knows; the reason is kept."""
    backend.script = script
    answer = await session.ask("send", "POST", "/x")
    assert (answer.status, answer.outcome, answer.data) == (None, "unknown", None)
    assert answer.body
    assert answer.sent


async def test_nobody_at_the_address_is_an_environment_fault(recorder: Recorder) -> None:
    """Nothing was sent, so nothing is said of the product; the address is named, and the history has the attempt."""
    session = Session("http://127.0.0.1:9", "alice", recorder=recorder, redactor=Redactor(), timeout=10)
    with pytest.raises(
        EnvironmentFault, match=r"nothing answers at http://127\.0\.0\.1:9 to send: .*is the backend running"
    ):
        await session.ask("send", "POST", "/x")
    answered = recorder.events[-1]
    assert isinstance(answered, HttpAnswered)
    assert (answered.status, answered.outcome) == (None, "unknown")
    await session.close()


async def test_a_header_may_hold_anything(session: Session, backend: Any) -> None:
    """A broadcaster that makes up a socket id with other letters, or with a line break, crashes nobody."""
    backend.answers("POST /x", (201, {}))
    assert (await session.ask("send", "POST", "/x", headers={"X-Socket-ID": "сокет"})).outcome == "ok"
    assert (await session.ask("send", "POST", "/x", headers={"X-Socket-ID": "1\r\nX: y"})).outcome == "unknown"
    assert len(backend.asked) == 1


async def test_sockets_do_not_wait_for_full_packets(session: Session, backend: Any) -> None:
    """TCP_NODELAY is set on HTTP too (DESIGN.md, section 9)."""
    backend.answers("GET /x", (200, {}))
    response = await session._client.get("/x")
    raw = response.extensions["network_stream"].get_extra_info("socket")
    assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_an_authorization_is_recorded_with_its_facts(session: Session, backend: Any, recorder: Recorder) -> None:
    """Only its asker knows the channel and whether the signature verifies, so the answer waits for them."""
    backend.answers("POST /auth", (200, {"auth": "x"}))
    answer = await session.ask("authorize", "POST", "/auth")
    assert [type(event) for event in recorder.events] == [HttpAsked]
    answered = session.authorized(answer, "private-x", "invalid", credential="live", rule="room", entitled="roster")
    assert recorder.events[-1] is answered
    assert (answered.act, answered.purpose, answered.who) == (answer.act, "authorize", "alice")
    assert (answered.channel, answered.signature) == ("private-x", "invalid")
    assert (answered.credential, answered.rule, answered.entitled) == ("live", "room", "roster")
    assert (answered.status, answered.outcome, answered.body) == (200, "ok", '{"auth": "x"}')


@pytest.mark.parametrize("is_secure", [False, True])
async def test_only_the_dialled_address_is_another(
    backend: Any, secure_backend: Any, recorder: Recorder, *, is_secure: bool
) -> None:
    """On a detour, the Host header and the name that TLS asks for and checks are those of the URL."""
    server = secure_backend if is_secure else backend
    server.answers("GET /api/user", (200, {"id": 7}))
    asked: list[Any] = []

    def dialled(*who: Any) -> tuple[str, int]:
        asked.append(who)
        return "127.0.0.1", int(server.url.rpartition(":")[2])

    scheme = server.url.partition(":")[0]
    session = Session(
        f"{scheme}://localhost:1/api",
        "alice",
        recorder=recorder,
        redactor=Redactor(),
        timeout=10,
        passage=Passage(dialled=dialled),
    )
    for _ in range(2):
        assert (await session.ask("x", "GET", "/user")).at("id") == 7
    assert asked == [("alice", "backend", ("localhost", 1))] * 2
    assert [headers["host"] for _, headers, _ in server.asked] == ["localhost:1"] * 2
    assert server.names == ([] if scheme == "http" else ["localhost"])  # one connection for both
    await session.close()
