"""Defects of how the authorization endpoint answers."""

import traceback

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from harness.protocol.messages import php_json
from harness.protocol.signatures import channel_auth
from harness.servers.backend.answers import answer
from harness.servers.backend.broadcasting import Broadcasting
from harness.servers.backend.defects.defect import Defect, served_by
from harness.servers.backend.fields import read_values
from harness.servers.backend.store import User

_UNAUTHENTICATED = 401


class Redirecting(Broadcasting):
    """AU-07: whoever is not logged in is sent to the login page."""

    async def authorize(self, request: Request) -> Response:
        """Redirect where 401 is due."""
        try:
            return await super().authorize(request)
        except HTTPException as error:
            if error.status_code != _UNAUTHENTICATED:
                raise
            return RedirectResponse("/login", 302)


class FormsOnly(Broadcasting):
    """AU-09: a JSON body is not read."""

    async def authorize(self, request: Request) -> Response:
        """Refuse JSON."""
        await self._services.identify(request)
        if "json" in request.headers.get("content-type", ""):
            return JSONResponse({"message": ""}, 403)
        return await super().authorize(request)


class NullDriver(Broadcasting):
    """AU-10: the broadcast driver is `null`, which says yes to everything and signs nothing."""

    async def authorize(self, request: Request) -> Response:
        """Say yes."""
        await self._services.identify(request)
        return answer([])


class Polluted(Broadcasting):
    """AZ-22: of a name that is given twice the first is checked, and the last is signed."""

    async def authorize(self, request: Request) -> Response:
        """Check one and sign the other."""
        identity = await self._services.identify(request)
        values = await read_values(request)
        names, store = values.get("channel_name"), self._services.store
        if not isinstance(names, list) or not names:
            return await super().authorize(request)
        if not await store.run(self._services.may_join, store, identity, names[0]):
            return JSONResponse({"message": ""}, 403)
        return answer(self._signed(str(values.get("socket_id")), str(names[-1]), identity.user))


class Blind(Broadcasting):
    """AZ-28: whatever is given as a socket id is signed."""

    async def authorize(self, request: Request) -> Response:
        """Sign without a look."""
        identity = await self._services.identify(request)
        values, store = await read_values(request), self._services.store
        channel = values.get("channel_name")
        if not await store.run(self._services.may_join, store, identity, channel):
            return JSONResponse({"message": ""}, 403)
        return answer(self._signed(str(values.get("socket_id")), str(channel), identity.user))


class Echoing(Broadcasting):
    """AZ-30: people are shown under the name that they give."""

    async def authorize(self, request: Request) -> Response:
        """Take the name from the request."""
        identity = await self._services.identify(request)
        values, store = await read_values(request), self._services.store
        channel, name = values.get("channel_name"), values.get("name")
        if not name or not await store.run(self._services.may_join, store, identity, channel):
            return await super().authorize(request)
        user = identity.user
        shown = User(user.id, str(name), user.email, user.company_id)
        return answer(self._signed(str(values.get("socket_id")), str(channel), shown))


class Chatty(Broadcasting):
    """PR-09: everybody on a presence channel is told everybody's e-mail address."""

    def _signed(self, socket_id: str, channel: str, user: User) -> dict[str, str]:
        signed, app = super()._signed(socket_id, channel, user), self._services.broadcaster
        if "channel_data" not in signed:
            return signed
        member = {"user_id": str(user.id), "user_info": {"id": user.id, "name": user.name, "email": user.email}}
        data = php_json(member)
        return {"auth": channel_auth(app.key, app.secret, socket_id, channel, data), "channel_data": data}


class Debugging(Broadcasting):
    """OP-22: an error shows where it happened."""

    async def authorize(self, request: Request) -> Response:
        """Show the stack."""
        try:
            return await super().authorize(request)
        except HTTPException as error:
            return HTMLResponse(f"<pre>{traceback.format_exc()}</pre>", error.status_code)


ANSWERING = (
    Defect("AU-07", "whoever shows no token is redirected", routes=served_by(Redirecting)),
    Defect("AU-09", "a JSON body is refused", routes=served_by(FormsOnly)),
    Defect("AU-10", "the broadcast driver is null", routes=served_by(NullDriver)),
    Defect(
        "AZ-22",
        "the first of two names is checked, the last is signed",
        routes=served_by(Polluted),
    ),
    Defect("AZ-28", "a socket id is signed without a look", routes=served_by(Blind)),
    Defect("AZ-30", "people choose how they are shown", routes=served_by(Echoing)),
    Defect("PR-09", "e-mail addresses stand in user_info", routes=served_by(Chatty)),
    Defect("OP-22", "an error shows its stack", routes=served_by(Debugging)),
)
