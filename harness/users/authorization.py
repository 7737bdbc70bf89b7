"""
Ask the authorization endpoint for a signature, and record its answer with all that it can be judged by.

What the token was worth, whether the declared rules let the person in, and whether the signature verifies are known
here and now only: the history keeps them as facts.
"""

from typing import TYPE_CHECKING

import msgspec

from harness.config import Broadcaster
from harness.errors import AuthorizationDenied, UsageError
from harness.history.events import HttpAnswered, Signature
from harness.protocol.signatures import is_socket_id, verify_channel_auth
from harness.users.context import Context
from harness.users.entitlement import decision
from harness.users.session import Answer, Session

if TYPE_CHECKING:
    from harness.users.user import User

_UNSENDABLE = frozenset("\r\n\0")
_GRANTED = 200
"""The one status with which pusher-js takes a signature."""


class Authorization(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the authorization endpoint granted: `auth` and `channel_data` go into the subscription byte for byte.

    `signature` tells whether it verifies; without the app secret it is `unverifiable`.
    """

    auth: str
    channel_data: str | None
    signature: Signature
    status: int

    def __repr__(self) -> str:
        return f"<Authorization …{self.auth[-4:]} {self.signature}>"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for: a channel for a socket, with a bearer token (None: without); `encoding` is the contract's."""

    channel: str
    socket_id: str
    token: str | None
    encoding: str | None = None

    def __repr__(self) -> str:
        return f"<Question {self.channel} for {self.socket_id}>"


async def ask(user: "User", question: Question) -> Authorization:
    """
    Ask in the name of a person; raises `AuthorizationDenied` for everything but a 200 with an `auth` in it.

    Raises `UsageError` for a token that no header can hold.
    """
    context, channel, token = user.world.context, question.channel, question.token
    if not _UNSENDABLE.isdisjoint(token or ""):
        raise UsageError("a bearer token goes into a header, which holds neither line breaks nor NUL characters")
    is_own = token == user.session.token
    worth = context.credentials.worth(token, user.name)
    answer = await _followed(user, question)
    if context.credentials.worth(token, user.name) != worth:
        worth = "unknown"  # it came to its end somewhere in between
    auth, data = answer.at("auth"), answer.at("channel_data")
    channel_data = data if isinstance(data, str) else None
    granted = answer.status == _GRANTED and isinstance(auth, str) and bool(auth)
    signature: Signature = "unverifiable" if answer.holds_signature else "absent"
    if granted:
        signature = verified(
            context.target.broadcaster,
            auth,
            socket_id=question.socket_id,
            channel=channel,
            channel_data=channel_data,
        )
    rule, entitled = decision(context, user.person, channel)
    answered = user.session.authorized(
        answer,
        channel,
        signature,
        credential=worth,
        rule=rule,
        entitled=entitled if is_socket_id(question.socket_id) else "moot",
    )
    if not granted:
        raise denial(context, user.session if is_own else None, user.name, channel, answer)
    _remember(context, answered)
    return Authorization(auth=auth, channel_data=channel_data, signature=signature, status=_GRANTED)


async def _followed(user: "User", question: Question) -> Answer:
    route = user.contract.authorize
    if route is not None and question.encoding is not None:
        route = msgspec.structs.replace(route, encoding=question.encoding)
    return await user.session.follow(
        "authorize",
        route,
        headers={"Authorization": None if question.token is None else f"Bearer {question.token}".rstrip()},
        socket_id=question.socket_id,
        channel_name=question.channel,
    )


def _remember(context: Context, granted: HttpAnswered) -> None:
    """Keep the latest grant to a living token of each person: what a denial elsewhere needs beside it."""
    if granted.credential == "live" and granted.entitled != "moot":
        context.grants[granted.who] = granted


def denial(context: Context, session: Session | None, who: str, channel: str, answer: Answer) -> AuthorizationDenied:
    """Make the error of a denial; for somebody with a `session` of their own it says what should have come instead."""
    expected = context.grant_expected(who, channel) if session is not None else ""
    if session is not None and session.token is None:
        expected = f"a 401: {who} has not logged in"
    act = f"the authorization of {who} for {channel}"
    return AuthorizationDenied(
        act, answer.status, answer.body, expected=expected, carried_signature=answer.holds_signature
    )


def verified(
    broadcaster: Broadcaster, auth: str, *, socket_id: str, channel: str, channel_data: str | None
) -> Signature:
    """Tell whether a signature is the one that the broadcaster will compute, if we were told its secret."""
    if broadcaster.secret is None:
        return "unverifiable"
    is_valid = verify_channel_auth(
        auth,
        key=broadcaster.key,
        secret=broadcaster.secret,
        socket_id=socket_id,
        channel=channel,
        channel_data=channel_data,
    )
    return "valid" if is_valid else "invalid"
