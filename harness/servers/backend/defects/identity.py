"""Defects of who one is: AU-01 to AU-13."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from starlette.requests import Request

from harness.servers.backend.channels import may_join
from harness.servers.backend.defects.defect import Defect, authorizing_as, with_store, with_tokens
from harness.servers.backend.defects.joining import conversation_of
from harness.servers.backend.fields import parse_identifier, read_values
from harness.servers.backend.services import Services
from harness.servers.backend.store import Store, User
from harness.servers.backend.throttle import Key, Throttle
from harness.servers.backend.tokens import EVERYTHING, Identity, Tokens


class Guests(Services):
    """AU-01: whoever shows no token is taken for somebody who may."""

    async def identify(self, request: Request) -> Identity:
        """Let guests in, as the first of the conversation that they ask for."""
        if request.headers.get("authorization") is not None:
            return await super().identify(request)
        channel = (await read_values(request)).get("channel_name")
        found = await self.store.run(conversation_of, self.store, str(channel))
        host, company = (found.participants[0], found.company_id) if found else (1, 1)
        return Identity(User(host, "", "", company), 0, (EVERYTHING,))


class Remembering(Services):
    """AU-12: the identity of the first request stays, as static state of a long-lived worker does."""

    @cached_property
    def _first(self) -> dict[str, Identity]:
        return {}

    async def identify(self, request: Request) -> Identity:
        """Remember whoever came first."""
        return self._first.setdefault("", await super().identify(request))


class Uncompared(Tokens):
    """AU-02: only the number of a token is looked at, never its secret half."""

    def identify(self, authorization: str | None) -> Identity | None:
        """Find the token by its number."""
        scheme, _, token = (authorization or "").partition(" ")
        token_id = parse_identifier(token.strip().partition("|")[0])
        stored = self._store.token(token_id) if scheme.lower() == "bearer" and token_id else None
        return None if stored is None else Identity(stored.user, stored.id, stored.abilities)


class AnyScheme(Tokens):
    """AU-02:scheme: the word before the token is not looked at."""

    def identify(self, authorization: str | None) -> Identity | None:
        """Take any scheme for Bearer."""
        return super().identify(f"Bearer {(authorization or '').rpartition(' ')[2]}")


class Unrevoked(Tokens):
    """AU-03: a log-out deletes nothing."""

    def revoke(self, identity: Identity) -> None:
        """Forget to."""


class Everlasting(Tokens):
    """AU-04: when a token expires is never looked at."""

    def identify(self, authorization: str | None) -> Identity | None:
        """Recognize it whatever its age."""
        token = (authorization or "").rpartition(" ")[2].strip()
        number, _, secret = token.partition("|")
        token_id = parse_identifier(number)
        stored = self._store.token(token_id) if token_id else None
        digest = hashlib.sha256(secret.encode()).hexdigest()
        is_it = stored is not None and stored.digest == digest
        return Identity(stored.user, stored.id, stored.abilities) if stored is not None and is_it else None


class MixedUp(Tokens):
    """AU-11: whoever logs in gets a token of whoever logged in before."""

    _before: User | None = None

    def issue(
        self, user: User, *, name: str, abilities: Iterable[str] = (EVERYTHING,), expires_in: float | None = None
    ) -> str:
        """Give the token to the wrong one."""
        owner, self._before = self._before or user, user
        return super().issue(owner, name=name, abilities=abilities, expires_in=expires_in)


class Surviving(Store):
    """AU-05: the tokens of a closed account go on working."""

    def close_account(self, user_id: int) -> None:
        """Close it, but for its tokens."""


class Patient(Throttle):
    """AU-13: whoever guesses may go on."""

    def check(self, key: Key) -> None:
        """Refuse nobody."""


def _ability_ignored(services: Services) -> Services:
    def decide(store: Store, identity: Identity, channel: object) -> bool:
        return may_join(store, Identity(identity.user, identity.token_id, (EVERYTHING,)), channel)

    return replace(services, may_join=decide)


IDENTITY = (
    Defect("AU-01", "the authorization endpoint asks for no token", routes=authorizing_as(Guests)),
    Defect("AU-02", "the secret half of a token is not compared", with_tokens(Uncompared)),
    Defect("AU-02:scheme", "a token is taken under any scheme", with_tokens(AnyScheme)),
    Defect("AU-03", "a log-out revokes nothing", with_tokens(Unrevoked)),
    Defect("AU-04", "an expired token is recognized", with_tokens(Everlasting)),
    Defect("AU-05", "the token of a closed account is recognized", with_store(Surviving)),
    Defect("AU-06", "the abilities of a token are not looked at", _ability_ignored),
    Defect("AU-11", "a login gives the token of somebody else", with_tokens(MixedUp)),
    Defect("AU-13", "wrong passwords are not counted", lambda services: replace(services, throttle=Patient())),
    Defect("AU-12", "the first identity is remembered", routes=authorizing_as(Remembering)),
)
