"""Defects of what stands before the channel rule, and of what happens although it said no."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from harness.protocol.channels import ChannelKind, kind_of
from harness.protocol.signatures import channel_auth
from harness.servers.backend.answers import unauthenticated
from harness.servers.backend.broadcasting import Broadcasting
from harness.servers.backend.defects.defect import Defect, authorizing_as, served_by
from harness.servers.backend.fields import read_values
from harness.servers.backend.services import Services
from harness.servers.backend.store import User
from harness.servers.backend.tokens import Identity

COOKIE = "chat_session"
"""What a login by a web page would have set; the API's login sets none."""


class Crashing(Broadcasting):
    """AU-07:html: whoever shows no token is to go to a page that does not exist, which is an error page."""

    async def authorize(self, request: Request) -> Response:
        """Answer HTML where 401 is due."""
        try:
            return await super().authorize(request)
        except HTTPException as error:
            if error.status_code != HTTPStatus.UNAUTHORIZED:
                raise
            return HTMLResponse("<h1>500</h1><p>Route [login] not defined.</p>", 500)


class CookieOnly(Services):
    """AU-08: the endpoint stands among the pages, where a session cookie counts and a bearer token does not."""

    async def identify(self, request: Request) -> Identity:
        """Look into the cookie, and nowhere else."""
        token = request.cookies.get(COOKIE)
        identity = None if token is None else await self.store.run(self.tokens.identify, f"Bearer {token}")
        if identity is None:
            raise unauthenticated()
        return identity


class WithoutData(Broadcasting):
    """AZ-29: what is signed leaves `channel_data` out; the broadcaster, which has the same defect, checks it so."""

    def _signed(self, socket_id: str, channel: str, user: User) -> dict[str, str]:
        app = self._services.broadcaster
        return super()._signed(socket_id, channel, user) | {
            "auth": channel_auth(app.key, app.secret, socket_id, channel)
        }


class Hasty(Broadcasting):
    """AZ-40: whoever asks for a presence channel is announced there before the rule is asked."""

    async def authorize(self, request: Request) -> Response:
        """Announce first, decide afterwards."""
        identity = await self._services.identify(request)
        channel = (await read_values(request)).get("channel_name")
        if isinstance(channel, str) and kind_of(channel) is ChannelKind.PRESENCE:
            await self._announce(channel, identity.user)
        return await super().authorize(request)

    async def _announce(self, channel: str, user: User) -> None:
        member = {"user_id": str(user.id), "user_info": {"id": user.id, "name": user.name}}
        await self._services.publisher.publish(channel, "pusher_internal:member_added", member)


GUARDING = (
    Defect("AU-07:html", "whoever shows no token gets an error page", routes=served_by(Crashing)),
    Defect("AU-08", "the endpoint wants a session cookie", routes=authorizing_as(CookieOnly)),
    Defect("AZ-29", "signatures do not cover channel_data", routes=served_by(WithoutData)),
    Defect("AZ-40", "whoever is denied has been announced", routes=served_by(Hasty)),
)
