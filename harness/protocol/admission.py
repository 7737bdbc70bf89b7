"""Who may join a channel: one decision, made from what the client sent and what only the app's secret can sign."""

from typing import Any

import msgspec

from harness.protocol.channels import ChannelKind
from harness.protocol.dialects import Dialect
from harness.protocol.occupancy import Channel, Member, read_member
from harness.protocol.people import Person
from harness.protocol.signatures import verify_channel_auth


class Gate:
    """Decides for one app and one dialect; it remembers nothing, so asking twice gives the same answer."""

    def __init__(self, key: str, secret: str, dialect: Dialect) -> None:
        self._key = key
        self._secret = secret
        self._dialect = dialect

    def kind_of(self, channel: str) -> ChannelKind:
        """Tell how a channel is guarded under this dialect's reading of prefixes."""
        return self._dialect.kind_of(channel)

    def admit(
        self,
        socket_id: str,
        channel: str,
        auth: str | None,
        channel_data: str | None,
        *,
        user: Person | None = None,
        room: Channel[Any] | None = None,
        max_members: int | None = None,
    ) -> Member | None:
        """
        Give the member that joins a presence channel, `None` for a listener whom the protocol does not name.

        `user` is who has signed in on the connection, `room` the channel where it is occupied, and `max_members` the
        people that it holds, `None` for as many as the dialect allows. Raises `PeerError` for whoever may not join.
        """
        self._check_length(channel)
        if not self._dialect.reads_before_signature:
            self._check_characters(channel, user)
        kind = self.kind_of(channel)
        # What PHP calls empty is not signed either (PROTOCOL.md 2.2).
        data = channel_data or None
        signed_data = data if kind is ChannelKind.PRESENCE or self._dialect.signs_data_of_private else None
        member: Member | None = None
        if kind is not ChannelKind.PRESENCE:
            self._check_signature(kind, socket_id, channel, auth, signed_data)
        elif self._dialect.reads_before_signature:
            member = self._member(channel, data, user, room, max_members)
            self._check_signature(kind, socket_id, channel, auth, signed_data)
        else:
            self._check_signature(kind, socket_id, channel, auth, signed_data)
            member = self._member(channel, data, user, room, max_members)
        self._check_characters(channel, user)
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

    def _check_length(self, channel: str) -> None:
        limit = self._dialect.max_channel_name
        if self._dialect.portable_names_only and len(channel) > limit:
            raise self._dialect.refuse("name length", "its name is too long", channel=channel, limit=limit)

    def _check_characters(self, channel: str, user: Person | None) -> None:
        owner = self._dialect.user_of(channel)
        if owner is not None and self._dialect.server_to_user == "channel of its user":
            if user is None or user.id != owner:
                raise self._dialect.refuse("another's channel", "it is another user's", channel=channel)
        elif self._dialect.portable_names_only and not self._dialect.has_good_name(channel):
            raise self._dialect.refuse("name characters", "its name is not portable", channel=channel)

    def _check_signature(
        self, kind: ChannelKind, socket_id: str, channel: str, auth: str | None, channel_data: str | None
    ) -> None:
        if kind is ChannelKind.PUBLIC or self.is_signed(socket_id, channel, auth, channel_data):
            return
        refuse, (key, colon, signature) = self._dialect.refuse, (auth or "").partition(":")
        if not auth:
            raise refuse("no auth", "no auth was sent", channel=channel)
        if not colon and self._dialect.checks_key_part:
            raise refuse("no key part", "auth has no key part", channel=channel)
        if key != self._key and self._dialect.checks_key_part:
            raise refuse("another key", "auth names another key", channel=channel, key=key)
        signed = ":".join(part for part in (socket_id, channel, channel_data) if part is not None)
        reason = "the signature is not for this socket, channel, data and secret"
        raise refuse("bad signature", reason, channel=channel, signed=signed, signature=signature)

    def _member(
        self,
        channel: str,
        channel_data: str | None,
        user: Person | None,
        room: Channel[Any] | None,
        max_members: int | None,
    ) -> Member | None:
        refuse, dialect = self._dialect.refuse, self._dialect
        try:
            member = None if channel_data is None else read_member(channel_data)
        except ValueError as error:
            raise refuse("unreadable data", str(error), channel=channel) from error
        if channel_data is None and user is not None:  # who signed in need not be named again: 2.1, at the end
            member = Member(user.id, {"user_id": user.id, "user_info": user.info})
        if member is None:
            if dialect.demands_channel_data:
                raise refuse("nobody named", "nobody was named", channel=channel)
            return None
        if dialect.max_member_id is not None and len(str(member.user_id)) > dialect.max_member_id:
            raise refuse("id length", "the user_id is too long", channel=channel, limit=dialect.max_member_id)
        size = len(msgspec.json.encode(member.data.get("user_info")))
        if dialect.max_member_size is not None and size > (limit := dialect.max_member_size):
            reason = f"user_info has {size} bytes"
            raise refuse("member size", reason, channel=channel, limit=limit, kilobytes=limit / 1024)
        self._check_room(channel, member, room, max_members or dialect.max_members)
        return member

    def _check_room(self, channel: str, member: Member, room: Channel[Any] | None, limit: int | None) -> None:
        people = {} if room is None else {str(one.user_id) for one in room.members()}
        is_new = self._dialect.recounts_members or str(member.user_id) not in people
        if limit is not None and is_new and len(people) >= limit and "channel full" in self._dialect.refusals:
            raise self._dialect.refuse("channel full", f"it has {len(people)} members", channel=channel, limit=limit)
