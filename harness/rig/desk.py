"""
What the rig answers a client's frames with, in its dialect, and what it notes of them; no I/O of its own.

It is a server of one client, whose answers the manners of the moment may hold back.
"""

from typing import Any, Final, NamedTuple

from harness.protocol.channels import ChannelKind, kind_of
from harness.protocol.messages import Frame, decode, decode_data, decode_object
from harness.protocol.refusals import Why
from harness.protocol.signatures import user_auth, verify_channel_auth
from harness.protocol.wording import Wording
from harness.rig.log import Signature
from harness.rig.manners import Manners
from harness.rig.terms import Terms

_UNREADABLE: Final = (4200, "Invalid message format")


class Reading(NamedTuple):
    """What a message of the client is: facts for the log, and the texts that answer it."""

    facts: dict[str, Any]
    answers: list[str]
    joined: tuple[str, str] | None = None
    """A channel that is granted, and with which data."""
    left: str = ""


class Desk:
    """Reads what comes on any connection; remembers every socket id, so that a stale signature is known for one."""

    def __init__(self, terms: Terms) -> None:
        self.wording = Wording(terms.dialect)
        self.key = terms.key
        self._terms = terms
        self._ids: list[str] = []

    def established(self, socket_id: str, timeout: float | None) -> str:
        """Write the first frame of a connection."""
        self._ids.append(socket_id)
        return self.wording.established(socket_id, timeout or self._terms.dialect.activity_timeout)

    def read(self, message: str | bytes, socket_id: str, manners: Manners) -> Reading:
        """Read a message; nothing that a client can send raises."""
        try:
            frame = decode(message)
        except ValueError as error:
            return Reading({"problem": str(error)}, [self.wording.error(*_UNREADABLE)])
        data = decode_data(frame.data)
        fields = data if isinstance(data, dict) else {}
        match frame.event:
            case "pusher:subscribe":
                return self._subscribe(fields, socket_id, manners)
            case "pusher:unsubscribe":
                channel = _text(fields.get("channel"))
                return Reading({"event": frame.event, "channel": channel}, [], left=channel)
            case "pusher:ping":
                return Reading({"event": frame.event}, [self.wording.pong()] if manners.answers_pings else [])
            case "pusher:signin":
                return self._sign_in(fields, socket_id)
            case _:
                return Reading({"event": frame.event, "channel": _channel(frame)}, [])

    def succeeded(self, channel: str, channel_data: str) -> str:
        """Acknowledge a subscription."""
        if kind_of(channel) is not ChannelKind.PRESENCE:
            return self.wording.succeeded(channel, None)
        try:
            member = decode_object(channel_data)
        except ValueError:
            member = {}
        id_ = str(member.get("user_id", ""))
        roster = {"count": 1, "ids": [id_], "hash": {id_: member.get("user_info", {})}}
        return self.wording.succeeded(channel, roster)

    def _subscribe(self, fields: dict[str, Any], socket_id: str, manners: Manners) -> Reading:
        channel, auth = _text(fields.get("channel")), fields.get("auth")
        data = fields.get("channel_data")
        signature = self._signature(channel, auth, data, socket_id)
        facts = {"event": "pusher:subscribe", "channel": channel, "signature": signature}
        if signature not in ("none needed", "valid"):
            why: Why = "no auth" if signature == "absent" else "bad signature"
            shown = {"signed": f"{socket_id}:{channel}", "signature": signature}
            refusal = self._terms.dialect.refuse(why, signature, channel=channel, **shown)
            return Reading(facts, [self.wording.refusal(refusal)])
        joined = (channel, data if isinstance(data, str) else "")
        return Reading(facts, [self.succeeded(*joined)] if manners.answers_subscribes else [], joined)

    def _signature(self, channel: str, auth: object, data: object, socket_id: str) -> Signature:
        if kind_of(channel) is ChannelKind.PUBLIC:
            return "none needed"
        if not auth:
            return "absent"
        if self._is_signed_for(socket_id, channel, auth, data):
            return "valid"
        others = (one for one in self._ids if one != socket_id)
        return "stale" if any(self._is_signed_for(one, channel, auth, data) for one in others) else "invalid"

    def _is_signed_for(self, socket_id: str, channel: str, auth: object, data: object) -> bool:
        return verify_channel_auth(
            auth,
            key=self.key,
            secret=self._terms.secret,
            socket_id=socket_id,
            channel=channel,
            channel_data=data if isinstance(data, str) else None,
        )

    def _sign_in(self, fields: dict[str, Any], socket_id: str) -> Reading:
        user_data = _text(fields.get("user_data"))
        right = user_auth(self.key, self._terms.secret, socket_id, user_data)
        is_valid = fields.get("auth") == right
        facts = {"event": "pusher:signin", "signature": "valid" if is_valid else "invalid"}
        if not is_valid:
            return Reading(facts, [self.wording.error(4009, "Connection not authorized.")])
        answer = {"event": "pusher:signin_success", "data": {"user_data": user_data}}
        return Reading(facts, [self.wording.verbatim(answer)])


def _channel(frame: Frame) -> str:
    return frame.channel if isinstance(frame.channel, str) else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
