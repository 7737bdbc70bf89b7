"""
Ask the authorization endpoint for a signature, and record its answer with all that it can be judged by.

What the token was worth, whether the declared rules let the person in, and whether the signature verifies are known
here and now only: the history keeps them as facts.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict

import msgspec

from harness.config import Broadcaster
from harness.errors import AuthorizationDenied, UsageError
from harness.history.events import Credential, HttpAnswered, Signature
from harness.protocol.signatures import is_socket_id, verify_channel_auth
from harness.users.carriers import BEARER
from harness.users.context import Context
from harness.users.entitlement import decision
from harness.users.session import Answer, Session
from harness.users.unexpected import look_at

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


class How(TypedDict, total=False):
    """
    How an authorization is asked for, where it is not as the contract says.

    `encoding`: `form`, `json`, `query`, or, with `instead` as a second channel, `duplicated` or `array`. `scheme`
    stands in the place of the word Bearer. `claims` are further fields, by the backend's names.
    """

    encoding: str | None
    scheme: str
    instead: str | None
    claims: Mapping[str, Any]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is asked for: a channel for a socket, with a bearer token (None: without); `encoding` is the contract's.

    `scheme` stands in the place of the word Bearer. `instead` is a second channel that goes along where the encoding
    is `duplicated` or `array`. `claims` are further fields, by the backend's names, in which the asker makes something
    up about themselves.
    """

    channel: str
    socket_id: str
    token: str | None
    encoding: str | None = None
    scheme: str = BEARER
    instead: str | None = None
    claims: Mapping[str, Any] = msgspec.field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Question {self.channel} for {self.socket_id}>"

    @property
    def header(self) -> str | None:
        """The value of the Authorization header, None for no header."""
        return None if self.token is None else f"{self.scheme} {self.token}".strip()


async def ask(user: "User", question: Question) -> Authorization:
    """
    Ask in the name of a person; raises `AuthorizationDenied` for everything but a 200 with an `auth` in it.

    Raises `UsageError` for a token that no header can hold.
    """
    context, token = user.world.context, question.token
    if not _UNSENDABLE.isdisjoint(question.header or ""):
        raise UsageError("a bearer token goes into a header, which holds neither line breaks nor NUL characters")
    is_own = token == user.session.token
    worth = _worth(user, question)
    answer = await _followed(user, question)
    if _worth(user, question) != worth:
        worth = "unknown"  # it came to its end somewhere in between
    auth, data = answer.at("auth"), answer.at("channel_data")
    channel_data = data if isinstance(data, str) else None
    granted = answer.status == _GRANTED and isinstance(auth, str) and bool(auth)
    channel = question.channel
    signature: Signature = "unverifiable" if answer.holds_signature else "absent"
    if granted:
        channel, signature = _signed_for(user, question, auth, channel_data)
    rule, entitled, shape, persona = decision(context, user.person, channel)
    names_a_socket = is_socket_id(question.socket_id)
    if not names_a_socket:
        entitled = "moot"
    elif question.instead is not None and not granted:
        entitled = ""  # which of the two names was decided on, nobody knows
    answered = user.session.authorized(
        answer,
        channel,
        signature,
        credential=worth,
        rule=rule,
        entitled=entitled,
        shape=shape,
        persona=persona,
        encoding=_encoding(user, question),
        names_a_socket=names_a_socket,
        is_echoed=any(str(claim) in (channel_data or "") for claim in question.claims.values()),
    )
    if not granted:
        raise denial(context, user.session if is_own else None, user.name, channel, answer)
    context.credentials.granted(auth, token, user.name)
    _remember(context, answered)
    return Authorization(auth=auth, channel_data=channel_data, signature=signature, status=_GRANTED)


def _worth(user: "User", question: Question) -> Credential:
    """Tell what the credential is worth: a token under another scheme is none that anybody was given."""
    if question.token is not None and question.scheme.lower() != BEARER.lower():
        return "other"
    return user.world.context.credentials.worth(question.token, user.name)


def _encoding(user: "User", question: Question) -> str:
    return question.encoding or (user.contract.authorize.encoding if user.contract.authorize else "")


async def _followed(user: "User", question: Question) -> Answer:
    """Send the question; a field that is given twice is a list, which goes out as one field after the other."""
    route, encoding = user.contract.authorize, _encoding(user, question)
    fields: dict[str, Any] = {"socket_id": question.socket_id, "channel_name": question.channel}
    claims = dict(question.claims)
    if question.instead is not None and route is not None:
        both = [question.channel, question.instead]
        if encoding == "array":
            claims[f"{route.fields['channel_name']}[]"] = both
            del fields["channel_name"]
        else:
            fields["channel_name"] = both
    if route is not None and encoding in ("duplicated", "array"):
        route = msgspec.structs.replace(route, encoding="form")
    elif route is not None and question.encoding is not None:
        route = msgspec.structs.replace(route, encoding=question.encoding)
    headers = user.session.carrier.headers(question.token, question.scheme)
    return await user.session.follow("authorize", route, headers=headers, claims=claims, **fields)


def _signed_for(user: "User", question: Question, auth: str, channel_data: str | None) -> tuple[str, Signature]:
    """
    Tell which of the channels that were asked for a signature opens.

    Without the secret nobody can: then it counts as opening the second, which is there to be smuggled in.
    """
    broadcaster, socket_id = user.world.context.target.broadcaster, question.socket_id
    asked = [question.channel] if question.instead is None else [question.instead, question.channel]
    for channel in asked:
        signature = verified(broadcaster, auth, socket_id=socket_id, channel=channel, channel_data=channel_data)
        if signature != "invalid":
            return channel, signature
    return question.channel, "invalid"


def _remember(context: Context, granted: HttpAnswered) -> None:
    """Keep the latest grant to a living token of each person: what a denial elsewhere needs beside it."""
    if granted.credential == "live" and granted.entitled != "moot":
        context.grants[granted.who] = granted


def denial(context: Context, session: Session | None, who: str, channel: str, answer: Answer) -> AuthorizationDenied:
    """Make the error of a denial; for somebody with a `session` of their own it says what should have come instead."""
    expected = context.grant_expected(who, channel) if session is not None else ""
    expected = look_at(context, "authorize", answer, wanted="a signature", path="auth") or expected
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
