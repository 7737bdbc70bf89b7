"""What happened on our sockets: connections, frames, subscriptions, fences."""

from typing import Literal

from harness.history.events.event import Event, Outcome, Signature


class SocketOpened(Event, frozen=True, kw_only=True, tag="socket.opened"):
    """
    The broadcaster established a connection and named it; `via` is `proxy` where it passes that of the faults.

    `begun` is when we began to connect, from which on a fault may end it; 0 when nobody knows.
    """

    socket_id: str
    activity_timeout: float
    via: str = ""
    begun: int = 0


class SocketClosed(Event, frozen=True, kw_only=True, tag="socket.closed"):
    """A connection ended; `by` says whether we asked for it. 1006 stands for an end without a close frame."""

    code: int
    reason: str
    by: Literal["us", "them"]


class FrameIn(Event, frozen=True, kw_only=True, tag="frame.in"):
    """
    A text frame came in; `at` is when our code had it (*seen*).

    `arrived` is the kernel's receive stamp when `stamp` is `kernel`, else equal to `at`. When `exact` is false the
    frame was read together with later ones and arrived between `earliest` and `arrived` (DESIGN.md, section 9).
    """

    event: str
    channel: str = ""
    arrived: int
    earliest: int
    exact: bool = True
    stamp: Literal["kernel", "seen"] = "kernel"
    message: str = ""
    """The id of the message in it, when this is the contract's message event."""
    text: str = ""
    """The text of that message."""
    author: str = ""
    """The id of whoever the event says wrote it, as text; empty when it does not say."""
    is_message: bool = False
    member: str = ""
    """The user id, as text, that a frame about a member names."""
    id_type: str = ""
    """The JSON type of that message's, or that member's, id (`integer`, `string` …), empty when neither is named."""
    text_type: str = ""
    """The JSON type of what stands where the contract has the text, `absent` when nothing does; empty: not looked."""
    data_was_string: bool = True
    is_double_encoded: bool = False
    """Whether `data`, decoded once, is text that is a JSON object still."""
    problem: str = ""
    """Why the frame could not be understood, empty when it could."""
    raw: str = ""
    size: int = 0
    sha256: str = ""


class FrameOut(Event, frozen=True, kw_only=True, tag="frame.out"):
    """A text frame was written, secrets taken out of `raw`."""

    event: str
    channel: str = ""
    raw: str = ""


class SubscribeAsked(Event, frozen=True, kw_only=True, tag="subscribe.asked"):
    """A subscription was asked for; `signature` tells what was sent with it."""

    act: str
    channel: str
    channel_kind: str
    signature: Signature
    forgery: str = ""
    """What was done to the signature that was sent, in words; empty for one that is sent as it was granted."""
    weakness: str = ""
    """The defect (`AZ-26`) that a server has which accepts this forgery."""
    token: int = 0
    """Which token its signature was granted to, as `CredentialAnswered` counts them; 0 when nobody knows."""


class SubscribeAnswered(Event, frozen=True, kw_only=True, tag="subscribe.answered"):
    """The broadcaster acknowledged or refused it, or was silent until a ping behind it came back."""

    act: str
    channel: str
    outcome: Outcome
    code: int | None = None
    reason: str = ""
    members: tuple[str, ...] | None = None
    """The user ids that a presence channel listed, as text; None when nobody was listed."""
    member_types: tuple[str, ...] = ()
    """The JSON type of each of them, empty where only the list's keys name them, which are text always."""
    members_problem: str = ""
    """How the list contradicts itself, empty when it does not."""
    me: str = ""
    """The user id that the subscription was signed for, as text; empty for somebody unseen."""
    is_shared: bool = False
    """Whether that account may be in use elsewhere meanwhile: the workers of a run share a remote target's people."""


class ReconnectAsked(Event, frozen=True, kw_only=True, tag="reconnect.asked"):
    """
    A device that lost its connection `socket` is about to try to come back: to connect, subscribe and catch up.

    `attempt` counts from 1 for each loss. `code` is with what the connection, or the attempt before, had ended; None
    when that never came about. `waited` is how long it had waited by then, in nanoseconds.
    """

    act: str
    attempt: int
    code: int | None = None
    waited: int = 0


class ReconnectAnswered(Event, frozen=True, kw_only=True, tag="reconnect.answered"):
    """
    It is back, on this `socket`, subscribed and caught up (`ok`); it must not come back (`refused`); or not yet.

    `reason` says what was in the way, empty when nothing was.
    """

    act: str
    outcome: Outcome
    reason: str = ""


class Unsubscribed(Event, frozen=True, kw_only=True, tag="unsubscribe"):
    """A person left a channel; the protocol has no acknowledgement for it (PROTOCOL.md, 2.1)."""

    channel: str


class Whispered(Event, frozen=True, kw_only=True, tag="whisper"):
    """
    A client event was sent on a channel. `mark` is text of ours by which it is known again in a raw frame.

    `forbidden` says why nobody may hear the mark ("its sender is not subscribed"), empty for an event that may be sent;
    `weakness` is the defect that a server has where it is heard all the same.
    """

    channel: str
    event: str
    mark: str = ""
    forbidden: str = ""
    weakness: str = ""


class SilenceKept(Event, frozen=True, kw_only=True, tag="silence"):
    """
    A connection answered nothing any more, neither `pusher:ping` nor a control frame.

    Times are in seconds since it last said something; `subscribed` tells whether that was a subscription.
    """

    advertised: float
    """Silence after which the broadcaster told it to ping."""
    waited: float
    """How long we waited at most."""
    ended: float | None = None
    """When the broadcaster ended it; None: not while we waited."""
    subscribed: bool = True


class FenceAsked(Event, frozen=True, kw_only=True, tag="fence.asked"):
    """A fence was raised: a ping on this socket, or a window or a sentinel for all of them (DESIGN.md, section 6)."""

    act: str
    way: Literal["ping", "window", "sentinel"]


class FenceAnswered(Event, frozen=True, kw_only=True, tag="fence.answered"):
    """The fence was passed (`ok`), or never came back."""

    act: str
    outcome: Outcome
