"""Who may join a channel: one decision, made from what the client sent and what only the app's secret can sign."""

from harness.protocol.channels import ChannelKind, is_portable, kind_of
from harness.protocol.dialects import Dialect
from harness.protocol.occupancy import Member, read_member
from harness.protocol.signatures import verify_channel_auth

UNAUTHORIZED = "Connection is unauthorized"


class PeerError(Exception):
    """
    A client asked for what it may not have; the connection lives on.

    `code` and `message` are for the client, `reason` is for our log and never holds a signature.
    """

    def __init__(self, code: int | None, message: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.message = message
        self.reason = reason


class Gate:
    """Decides for one app and one dialect; it remembers nothing, so asking twice gives the same answer."""

    def __init__(self, key: str, secret: str, dialect: Dialect) -> None:
        self._key = key
        self._secret = secret
        self._dialect = dialect

    def kind_of(self, channel: str) -> ChannelKind:
        """Tell how a channel is guarded under this dialect's reading of prefixes."""
        return kind_of(channel, dashless=self._dialect.dashless_prefixes)

    def admit(self, socket_id: str, channel: str, auth: str | None, channel_data: str | None) -> Member | None:
        """
        Give the member that joins a presence channel, `None` for a listener whom the protocol does not name.

        Raises `PeerError` for whoever may not join, `ValueError` for signed `channel_data` that cannot be read.
        """
        if self._dialect.portable_names_only and not is_portable(channel):
            raise self._refusal(f"Invalid channel name: {channel}", "its name is not portable")
        kind = self.kind_of(channel)
        if kind is ChannelKind.PUBLIC:
            return None
        # What PHP calls empty is not signed either (PROTOCOL.md 2.2).
        signed_data = channel_data or None
        if not self.is_signed(socket_id, channel, auth, signed_data):
            raise self._bad_auth(socket_id, channel, auth or "", signed_data)
        if kind is not ChannelKind.PRESENCE:
            return None
        member = None if signed_data is None else read_member(signed_data)
        if member is None and self._dialect.demands_channel_data:
            raise self._refusal(f"Presence channel {channel} needs channel_data with a user_id", "nobody was named")
        return member

    def is_signed(self, socket_id: str, channel: str, auth: str | None, channel_data: str | None) -> bool:
        """Tell whether `auth` gives this connection the right to join this channel with these data."""
        return verify_channel_auth(
            auth,
            key=self._key,
            secret=self._secret,
            socket_id=socket_id,
            channel=channel,
            channel_data=channel_data,
            key_part=self._dialect.checks_key_part,
        )

    def _bad_auth(self, socket_id: str, channel: str, auth: str, channel_data: str | None) -> PeerError:
        key, colon, signature = auth.partition(":")
        if not auth:
            return self._refusal(f"Auth info required to subscribe to {channel}", "no auth was sent")
        if not colon and self._dialect.checks_key_part:
            text = f"Auth value for subscription to {channel} is invalid: should be of format 'key:signature'"
            return self._refusal(text, "auth has no key part")
        if key != self._key and self._dialect.checks_key_part:
            return self._refusal(f"Invalid key in subscription auth data: '{key}'", "auth names another key")
        signed = ":".join(part for part in (socket_id, channel, channel_data) if part is not None)
        text = f"Invalid signature: Expected HMAC SHA256 hex digest of {signed}, but got {signature}"
        return self._refusal(text, "the signature is not for this socket, channel, data and secret")

    def _refusal(self, text: str, reason: str) -> PeerError:
        if self._dialect.explains_refusals:
            return PeerError(None, text, reason)
        return PeerError(4009, UNAUTHORIZED, reason)
