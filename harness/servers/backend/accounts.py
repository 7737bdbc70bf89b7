"""Login, logout, registration, and who one is."""

from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from harness.servers.backend.answers import Invalid, answer, no_content
from harness.servers.backend.fields import Fields, read_values
from harness.servers.backend.services import Services
from harness.servers.backend.store import User
from harness.servers.backend.tokens import EVERYTHING

SHORTEST_PASSWORD = 8


class Accounts:
    """The routes about people; unknown address and wrong password get one answer, and cost the same."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[Route]:
        """List the routes."""
        return [
            Route("/api/login", self.login, methods=["POST"]),
            Route("/api/logout", self.logout, methods=["POST"]),
            Route("/api/register", self.register, methods=["POST"]),
            Route("/api/user", self.show, methods=["GET"]),
            Route("/api/user", self.close, methods=["DELETE"]),
            Route("/api/tokens", self.revoke, methods=["DELETE"]),
        ]

    async def login(self, request: Request) -> Response:
        """
        Exchange address and password for a token, which `abilities` and `expires_in` (seconds) may limit.

        Whoever guesses is refused with 429 in the end (`throttle`).
        """
        fields = Fields(await read_values(request))
        email, password = fields.email("email"), fields.text("password")
        device = fields.text("device_name", default="api", maximum=255)
        abilities = fields.words("abilities", default=[EVERYTHING])
        expires_in = fields.seconds("expires_in")
        fields.settle()

        services = self._services
        key = (email, request.client.host if request.client else "")
        services.throttle.check(key)
        user, stored = await services.store.run(services.store.credentials, email) or (None, None)
        if not await services.verify_password(password, stored) or user is None:
            services.throttle.missed(key)
            raise Invalid({"email": ["The provided credentials are incorrect."]})
        services.throttle.passed(key)
        token = await services.store.run(
            services.tokens.issue, user, name=device, abilities=abilities, expires_in=expires_in
        )
        if expires_in is not None:
            services.closer.close_after(expires_in, user.id, still_due=partial(services.is_known, token))
        return answer({"token": token, "user": show_user(user)})

    async def logout(self, request: Request) -> Response:
        """Revoke the token that the request carries, and end the connections of whoever carried it."""
        identity = await self._services.identify(request)
        await self._services.store.run(self._services.tokens.revoke, identity)
        await self._services.closer.close((identity.user.id,))
        return no_content()

    async def revoke(self, request: Request) -> Response:
        """Revoke every token of whoever asks, as somebody does who lost a phone."""
        identity = await self._services.identify(request)
        await self._services.store.run(self._services.store.delete_tokens, identity.user.id)
        await self._services.closer.close((identity.user.id,))
        return no_content()

    async def close(self, request: Request) -> Response:
        """Close the account of whoever asks."""
        identity = await self._services.identify(request)
        await self._services.store.run(self._services.store.close_account, identity.user.id)
        await self._services.closer.close((identity.user.id,))
        return no_content()

    async def register(self, request: Request) -> Response:
        """Open an account in a company that exists, and log in with it."""
        fields = Fields(await read_values(request))
        name, email = fields.text("name", maximum=255), fields.email("email")
        password = fields.text("password", minimum=SHORTEST_PASSWORD)
        company_id = fields.identifier("company_id")
        fields.settle()

        store = self._services.store
        if not await store.run(store.has_company, company_id):
            raise Invalid({"company_id": ["The selected company id is invalid."]})
        hashed = await self._services.hash_password(password)
        user = await store.run(store.add_user, name=name, email=email, password=hashed, company_id=company_id)
        if user is None:
            raise Invalid({"email": ["The email has already been taken."]})
        token = await store.run(self._services.tokens.issue, user, name="api")
        return answer({"token": token, "user": show_user(user)}, 201)

    async def show(self, request: Request) -> Response:
        """Answer who the token belongs to."""
        identity = await self._services.identify(request)
        return answer(show_user(identity.user))


def show_user(user: User) -> dict[str, Any]:
    """Write a person as the API shows one to that person."""
    return {"id": user.id, "name": user.name, "email": user.email, "company_id": user.company_id}
