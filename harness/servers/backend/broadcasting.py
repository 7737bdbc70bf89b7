"""The channel authorization endpoint: the hop whose absence this project exists for."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from harness.protocol.channels import ChannelKind, kind_of
from harness.protocol.messages import php_json
from harness.protocol.signatures import channel_auth, is_socket_id
from harness.servers.backend.answers import answer, forbidden, server_error
from harness.servers.backend.fields import read_values
from harness.servers.backend.services import Services
from harness.servers.backend.store import User


class Broadcasting:
    """The route that signs a join, for those whom `channels` lets in."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[Route]:
        """List the routes."""
        return [Route("/api/broadcasting/auth", self.authorize, methods=["GET", "POST"])]

    async def authorize(self, request: Request) -> Response:
        """
        Sign the join of one connection to one channel.

        In Laravel's order (PROTOCOL.md, section 8.1): 401 without a living token, 403 when the rule says no, and only
        then 500 for a `socket_id` that cannot be one.
        """
        identity = await self._services.identify(request)
        values = await read_values(request)
        channel, socket_id = values.get("channel_name"), values.get("socket_id")
        store = self._services.store
        if not await store.run(self._services.may_join, store, identity, channel) or not isinstance(channel, str):
            raise forbidden()
        if not isinstance(socket_id, str) or not is_socket_id(socket_id):
            raise server_error()
        return answer(self._signed(socket_id, channel, identity.user))

    def _signed(self, socket_id: str, channel: str, user: User) -> dict[str, str]:
        app = self._services.broadcaster
        if kind_of(channel) is not ChannelKind.PRESENCE:
            return {"auth": channel_auth(app.key, app.secret, socket_id, channel)}
        member = {"user_id": str(user.id), "user_info": {"id": user.id, "name": user.name}}
        channel_data = php_json(member)
        return {
            "auth": channel_auth(app.key, app.secret, socket_id, channel, channel_data),
            "channel_data": channel_data,
        }
