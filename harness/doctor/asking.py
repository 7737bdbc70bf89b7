"""HTTP as the doctor asks it: one question at a time, at the target's pace, no redirect followed, no cookie kept."""

import asyncio
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import quote

import httpx
import msgspec

from harness.config import DIRECT, Route, Transport
from harness.doctor.observations import SILENT, Answer
from harness.history.redaction import Redactor
from harness.users.carriers import cookies_set
from harness.users.manners import ATTEMPTS, EASY, Manners
from harness.users.trust import tls

_SHOWN: Final = 2_000
_READ: Final = 2**20


class Pace:
    """Keeps to the manners of a target, whichever of its servers is asked, and measures what they cost."""

    def __init__(self, manners: Manners = EASY) -> None:
        self._manners = manners
        self.waited = 0.0
        """Seconds that nothing was asked, so as not to be a burden; no answer took them."""

    async def turn(self) -> None:
        """Wait until one more question may be asked."""
        began = asyncio.get_running_loop().time()
        await self._manners.turn()
        self.waited += asyncio.get_running_loop().time() - began

    async def pause(self, answer: Answer) -> float:
        """Wait as long as an answer asks for, and give the seconds; 0 where it asks for nothing, or for too much."""
        after = self._manners.wait_after(answer.status or 0, answer.headers) or 0.0
        await asyncio.sleep(after)
        self.waited += after
        return after


class Asker:
    """Asks one server, by the `way` that is declared; `seconds` hold for a whole question."""

    def __init__(self, redactor: Redactor, *, seconds: float, pace: Pace, way: Transport = DIRECT) -> None:
        self._redactor = redactor
        self._seconds = seconds
        self._pace = pace
        self._way = way
        self._client = httpx.AsyncClient(
            timeout=None,  # noqa: S113  httpx' own holds for one read; ours for the whole request
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            verify=tls(way.tls),
            proxy=way.proxy or None,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def follow(
        self,
        base: str,
        route: Route,
        *,
        place: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Ask by a route of the contract; our words for fields become the backend's, those it lacks are left out."""
        named = {route.fields[word]: value for word, value in (fields or {}).items() if word in route.fields}
        path = route.path.format_map({word: quote(str(value), safe="") for word, value in (place or {}).items()})
        if route.method == "GET" or route.encoding == "query":
            body: dict[str, Any] = {"params": named} if named else {}
        else:
            body = {"data" if route.encoding == "form" else "json": named}
        return await self.ask(route.method, f"{base}{path}", headers=headers, **body)

    async def ask(
        self, method: str, url: str, *, headers: Mapping[str, str | None] | None = None, **body: Any
    ) -> Answer:
        """Ask, and again when a 429 names a time that can be waited for; nothing is raised for what comes."""
        answer, waited = await self._ask(method, url, headers or {}, body), 0.0
        for _ in range(ATTEMPTS - 1):
            if not (after := await self._pace.pause(answer)):
                break
            waited += after
            answer = msgspec.structs.replace(await self._ask(method, url, headers or {}, body), waited=waited)
        return answer

    async def _ask(self, method: str, url: str, headers: Mapping[str, str | None], body: dict[str, Any]) -> Answer:
        loop = asyncio.get_running_loop()
        await self._pace.turn()
        own = {"Accept": "application/json", "Accept-Encoding": "identity", **dict(self._way.headers)}
        merged: dict[str, str | None] = {**own, **headers}
        sent = {name: value for name, value in merged.items() if value is not None}
        asked, began = f"{method} {httpx.URL(url).path}", loop.time()
        try:
            async with asyncio.timeout(self._seconds):
                request = self._client.build_request(method, url, headers=sent, **body)
                if merged["Accept"] is None:
                    del request.headers["Accept"]
                response = await self._client.send(request, stream=True)
                content = await _content(response)
        except TimeoutError:
            return Answer(asked=asked, error=f"{SILENT} within {self._seconds:g} s", seconds=self._seconds)
        except httpx.HTTPError as error:
            return Answer(asked=asked, error=str(error) or type(error).__name__, seconds=loop.time() - began)
        text = content.decode("utf-8", "replace")
        return Answer(
            asked=asked,
            status=response.status_code,
            headers=self._shown(response.headers),
            cookies=self._cookies(response.headers),
            text=self._redactor.hide(text, limit=_SHOWN),
            data=_decoded(text),
            seconds=loop.time() - began,
        )

    def _cookies(self, headers: httpx.Headers) -> dict[str, str]:
        cookies = cookies_set(headers.get_list("set-cookie"))
        for value in cookies.values():
            self._redactor.add(value)
        return cookies

    def _shown(self, headers: httpx.Headers) -> dict[str, str]:
        pairs = ((name.lower(), value) for name, value in headers.items())
        return {name: self._redactor.hide(value) for name, value in pairs if name != "set-cookie"}


def skew_of(answer: Answer) -> float | None:
    """Give the seconds by which a server's clock is ahead of ours, None when it does not tell."""
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).timestamp() - time.time()
    except ValueError:
        return None


async def _content(response: httpx.Response) -> bytes:
    content = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > _READ:
                break
    finally:
        await response.aclose()
    return bytes(content[:_READ])


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
