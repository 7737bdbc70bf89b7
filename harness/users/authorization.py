"""What the authorization endpoint granted, and whether its signature verifies."""

import msgspec

from harness.config import Broadcaster
from harness.history.events import Signature
from harness.protocol.signatures import verify_channel_auth


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
