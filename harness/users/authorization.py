"""What the authorization endpoint granted, and whether its signature verifies."""

import msgspec

from harness.config import Broadcaster
from harness.errors import AuthorizationDenied
from harness.history.events import Signature
from harness.protocol.signatures import verify_channel_auth
from harness.users.context import Context
from harness.users.session import Answer, Session


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
