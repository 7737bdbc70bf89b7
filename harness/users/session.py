"""
One person's HTTP conversation with the backend: requests by contract, answers as facts, nothing raised for a status.

A client per person, never a shared pool, and one TLS context for all (PERFORMANCE.md, section 3). Redirects are
answers: they are never followed, since a credential would go along. Cookies are not kept, as an app's HTTP client keeps
none: a session cookie would let somebody in who shows no token.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from harness.config import Route
from harness.errors import EnvironmentFault, NotExercised
from harness.history.events import Credential, Disclosed, HttpAnswered, HttpAsked, Outcome, Signature, Throttled
from harness.history.recorder import Recorder
from harness.history.redaction import Redactor
from harness.users.adapter import answered
from harness.users.carriers import COOKIE, cookies_set
from harness.users.detours import Passage, address_of
from harness.users.disclosure import TOKEN, Watch
from harness.users.manners import ATTEMPTS
from harness.users.reading import at_path
from harness.users.trust import tls
from harness.users.unreached import why_unreached

MAX_ANSWER = 8 * 2**20
"""Bytes of an answer that are read; what comes behind them is left."""

_SERVER_ERROR = 500
_SUCCESS = range(200, 300)
_SIGNATURE = re.compile(r"\b[0-9a-fA-F]{64}\b")


Trace = Callable[[str, dict[str, Any]], Awaitable[None]]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the backend answered to one act.

    `status` is None when nothing came. `outcome`: 2xx is ok, a 5xx or silence is unknown (it may have had effects), all
    else is refused. `body` has its secrets taken out, `data` is the decoded JSON as it came, or None.
    """

    act: str
    status: int | None
    outcome: Outcome
    body: str = ""
    data: Any = None
    sent: int = 0
    """When the first byte of the request was written, on the history's clock; 0 when that was not seen."""
    holds_signature: bool = False
    """Whether something shaped like an HMAC-SHA256 stands in the answer."""
    headers: dict[str, str] = {}
    """By names in lower case; cookies are not among them."""
    cookies: dict[str, str] = {}

    def at(self, path: str) -> Any:
        """Follow a dotted path into the answer."""
        return at_path(self.data, path)

    def __repr__(self) -> str:
        return f"<Answer {self.status} {self.outcome} {self.body[:200]!r}>"


class Session:
    """
    Asks the backend at `url` in the name of `who`; `token`, once there is one, goes along as a bearer token.

    `timeout` is in seconds and holds for a whole request, to the last byte of its answer. `passage` says what goes
    along, and where it is dialled when that is not where the URL says.
    """

    def __init__(
        self,
        url: str,
        who: str,
        *,
        recorder: Recorder,
        redactor: Redactor,
        timeout: float,
        watch: Watch | None = None,
        passage: Passage = Passage(),  # noqa: B008  it never changes
    ) -> None:
        self.who = who
        self.token: str | None = None
        self._recorder = recorder
        self._redactor = redactor
        self._watch = watch
        self._timeout = timeout
        self._transport, self._dialled, self.carrier, self._manners, self._adapter = passage
        self.waits = True
        """Whether a request is made again that is asked to come back later, where the target's manners say so."""
        self._turns = 0
        """How many requests may begin at once, having waited already."""
        transport = self._transport
        self._client = httpx.AsyncClient(
            base_url=url,
            timeout=None,  # noqa: S113  httpx' own holds for one read; ours for the whole request
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            verify=tls(transport.tls) if url.startswith("https") else False,
            proxy=transport.proxy or None,
        )

    async def follow(
        self,
        purpose: str,
        route: Route | None,
        *,
        place: dict[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        claims: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> Answer:
        """
        Ask by a route of the contract: our words for fields become the backend's, `place` fills the path.

        `claims` are further fields, by the backend's own names.

        Raises `NotExercised` when the contract has no such route, or no field for one of our words.
        """
        if route is None:
            raise NotExercised(f"the target's contract has no route to {purpose}")
        if lacking := [word for word in fields if word not in route.fields]:
            raise NotExercised(f"the target's contract has no field for {', '.join(lacking)} to {purpose}")
        told = {"place": place or {}, "headers": headers or {}, "claims": claims or {}, "fields": fields}
        if (answer := await answered(self._adapter, self, purpose, route, **told)) is not None:
            return answer
        named = {route.fields[word]: value for word, value in fields.items()} | dict(claims or {})
        path = route.path.format_map({word: quote(str(value), safe="") for word, value in (place or {}).items()})
        return await self.ask(
            purpose, route.method, path, fields=named, encoding=route.encoding, headers=headers, secret=route.token
        )

    async def ask(
        self,
        purpose: str,
        method: str,
        path: str,
        *,
        fields: dict[str, Any] | None = None,
        encoding: str = "json",
        headers: Mapping[str, str | None] | None = None,
        content: bytes | None = None,
        secret: str = "",
    ) -> Answer:
        """
        Send a request and record the pair.

        A header that is None is left out, also one of ours. A body of `content` goes out as it is, whatever `encoding`
        says. `secret` is the dotted path to something in the answer that must never be shown. Raises `EnvironmentFault`
        when no connection comes about; a request that was sent and not answered is an answer without a status. A remote
        target's 429 is waited for when it says how long. Raises `NotExercised` for what a production target is spared.
        """
        if self._turns:
            self._turns -= 1
        else:
            await self._begin(purpose)
        act = self._recorder.new_act()
        shown = self._redactor.hide(path)
        asked: dict[str, Any] = {"purpose": purpose, "method": method, "path": shown, "fields": tuple(fields or ())}
        self._recorder.record(HttpAsked, who=self.who, act=act, **asked)
        sending = {"headers": self._headers(headers or {}), **_body(method, fields or {}, encoding, content)}
        for attempts_left in range(ATTEMPTS if self.waits else 1)[::-1]:
            stamps: list[int] = []
            request = self._client.build_request(method, path, extensions={"trace": self._stamping(stamps)}, **sending)
            self._divert(request)
            response, text = await self._sent(act, purpose, request, secret)
            again = self._manners.wait_after(response.status_code, response.headers) if response is not None else None
            if again is None or not attempts_left:
                break
            self._recorder.record(Throttled, who=self.who, act=act, purpose=purpose, seconds=again)
            await asyncio.sleep(again)
            await self._manners.turn()
        return self._answered(act, purpose, response, text, sent=stamps[0] if stamps else 0, secret=secret)

    async def take_turn(self, purpose: str) -> None:
        """Wait now until the next request may begin, so that it goes out at once when it is made."""
        await self._begin(purpose)
        self._turns += 1

    async def _begin(self, purpose: str) -> None:
        self._manners.allow(purpose)
        await self._manners.turn()

    def _stamping(self, stamps: list[int]) -> Trace:
        async def trace(event: str, _: dict[str, Any]) -> None:
            if event.endswith("send_request_headers.started"):
                stamps.append(self._recorder.now())

        return trace

    async def _sent(
        self, act: str, purpose: str, request: httpx.Request, secret: str
    ) -> tuple[httpx.Response | None, str]:
        """Give the answer and its text, or no answer and why; raises `EnvironmentFault` when nobody is there."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._exchange(request)
        except TimeoutError:
            return None, f"no answer within {self._timeout:g} s"
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            self._answered(act, purpose, None, f"{type(error).__name__}: {error}", sent=0, secret=secret)
            why = why_unreached(error, str(self._client.base_url), self._transport)
            raise EnvironmentFault(f"nothing answers at {self._client.base_url} to {purpose}: {why}") from None
        except httpx.HTTPError as error:
            return None, f"{type(error).__name__}: {error}"

    @property
    def is_closed(self) -> bool:
        """Tell whether nothing can be asked any more."""
        return self._client.is_closed

    async def close(self) -> None:
        """Close the connections; the token stays."""
        await self._client.aclose()

    def _divert(self, request: httpx.Request) -> None:
        """Change where a request is sent to, and neither its Host header nor the name that TLS asks for and checks."""
        at = self._dialled(self.who, "backend", address_of(str(request.url)))
        if at is not None:
            request.extensions["sni_hostname"] = request.url.host
            request.url = request.url.copy_with(host=at[0], port=at[1])

    async def _exchange(self, request: httpx.Request) -> tuple[httpx.Response | None, str]:
        """Give the answer and its text; JSON is UTF-8, whatever charset a server makes up."""
        response = await self._client.send(request, stream=True)
        body = bytearray()
        try:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) >= MAX_ANSWER:
                    break
        finally:
            await response.aclose()
        return response, body[:MAX_ANSWER].decode("utf-8", "replace")

    def _headers(self, headers: Mapping[str, str | None]) -> list[tuple[bytes, bytes]]:
        own = {"Accept": "application/json", "Accept-Encoding": "identity", **dict(self._transport.headers)}
        shown = self.carrier.headers(self.token) if self.token else {}
        # As bytes: a socket id comes from the broadcaster, which may put anything into it.
        merged = {**own, **shown, **headers}
        return [(name.encode(), text.encode("utf-8", "replace")) for name, text in merged.items() if text is not None]

    def _answered(
        self, act: str, purpose: str, response: httpx.Response | None, text: str, *, sent: int, secret: str
    ) -> Answer:
        status = response.status_code if response is not None else None
        cookies = cookies_set(response.headers.get_list("set-cookie")) if response is not None else {}
        for value in cookies.values():
            self._redactor.add(value, COOKIE, self.who)
        outcome: Outcome = "ok"
        if status is None or status >= _SERVER_ERROR:
            outcome = "unknown"
        elif status not in _SUCCESS:
            outcome = "refused"
        data = None if status is None else _decoded(text)
        if secret and isinstance(hidden := at_path(data, secret), str):
            self._redactor.add(hidden, TOKEN, self.who)
        body, secrets = self._redactor.look(text)
        if purpose != "authorize":  # an authorization is recorded with its facts, by whoever can verify it
            self._recorder.record(
                HttpAnswered, who=self.who, act=act, purpose=purpose, status=status, outcome=outcome, body=body
            )
        if self._watch is not None and status is not None:
            place: dict[str, Any] = {"place": "answer", "act": act, "purpose": purpose}
            for one in self._watch.in_answer(text, secrets, who=self.who, purpose=purpose, status=status):
                self._recorder.record(Disclosed, who=self.who, what=one.what, whose=one.whose, **place)
        return Answer(
            act=act,
            status=status,
            outcome=outcome,
            body=body,
            data=data,
            sent=sent,
            holds_signature=bool(_SIGNATURE.search(text)),
            headers=_without_cookies(response.headers) if response is not None else {},
            cookies=cookies,
        )

    def authorized(
        self,
        answer: Answer,
        channel: str,
        signature: Signature,
        *,
        credential: Credential,
        **facts: Any,
    ) -> HttpAnswered:
        """Record the answer to an authorization with the `facts` that only its asker knows (`HttpAnswered`)."""
        return self._recorder.record(
            HttpAnswered,
            who=self.who,
            act=answer.act,
            purpose="authorize",
            status=answer.status,
            outcome=answer.outcome,
            body=answer.body,
            channel=channel,
            signature=signature,
            credential=credential,
            **facts,
        )


def _without_cookies(headers: httpx.Headers) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "set-cookie"}


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def _body(method: str, fields: dict[str, Any], encoding: str, content: bytes | None) -> dict[str, Any]:
    if content is not None:
        return {"content": content}
    if not fields:
        return {}
    if method == "GET" or encoding == "query":
        return {"params": fields}
    return {"data": fields} if encoding == "form" else {"json": fields}
