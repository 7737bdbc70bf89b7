"""
The kinds of event that a history holds, as frozen records; one line of `history.jsonl` each (DESIGN.md, section 8).

Times are monotonic nanoseconds since the origin of the history. Acts come in pairs, `….asked` and `….answered`, joined
by `act`. Whatever needs a secret or the protocol to be known is decided when the event is recorded and stored as a
fact, so that a history can be judged years later by somebody who has neither.
"""

from typing import ClassVar, Literal

import msgspec

Outcome = Literal["ok", "refused", "unknown"]
"""How an act ended: the system agreed, said no, or nobody knows (no answer, or an error that may have had effects)."""

Signature = Literal["valid", "invalid", "unverifiable", "absent"]
"""Whether a channel signature verifies; without the secret it is `unverifiable`."""


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """
    Anything that happened: when (`at`), in which test, by or to whom (`who`), on which of our sockets (`alice#1`).

    `n` counts the events of one worker from 1 and never repeats.
    """

    n: int
    at: int
    worker: str = ""
    test: str = ""
    who: str = ""
    socket: str = ""


class TestStarted(Event, frozen=True, kw_only=True, tag="test.started"):
    """A test, or one example of a property, began to use the target: its world opened."""

    __test__: ClassVar[bool] = False  # pytest takes classes called so for tests

    tolerated: tuple[tuple[str, str], ...] = ()
    """Observation ids, or prefixes of them, that do not count in this test, each with the reason."""
    budget: dict[str, float] = {}
    """Percentile limits of this test alone (`p95`), in seconds; empty when it claims none."""


class TestFinished(Event, frozen=True, kw_only=True, tag="test.finished"):
    """The judgement of a test was closed: what is owed and absent now is lost. Holds the terms of the judgement."""

    __test__: ClassVar[bool] = False

    arrival: int = 10_000_000_000
    """Nanoseconds after its *meant* time within which a message must have arrived."""
    revocation: int = 5_000_000_000
    """Nanoseconds after which a lost right must have taken effect."""
    doubts: tuple[str, ...] = ()
    """What was found in doubt while the history settled: reasons why a PASS would be a guess."""


class HttpAsked(Event, frozen=True, kw_only=True, tag="http.asked"):
    """A request was sent to the backend."""

    act: str
    purpose: str
    method: str
    path: str


class HttpAnswered(Event, frozen=True, kw_only=True, tag="http.answered"):
    """The backend answered, or (`status` is None) did not."""

    act: str
    purpose: str
    status: int | None
    outcome: Outcome
    body: str = ""
    channel: str = ""
    signature: Signature = "absent"


class SocketOpened(Event, frozen=True, kw_only=True, tag="socket.opened"):
    """The broadcaster established a connection and named it."""

    socket_id: str
    activity_timeout: float


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
    is_message: bool = False
    data_was_string: bool = True
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


class SubscribeAnswered(Event, frozen=True, kw_only=True, tag="subscribe.answered"):
    """The broadcaster acknowledged or refused it, or was silent until a ping behind it came back."""

    act: str
    channel: str
    outcome: Outcome
    code: int | None = None
    reason: str = ""


class Unsubscribed(Event, frozen=True, kw_only=True, tag="unsubscribe"):
    """A person left a channel; the protocol has no acknowledgement for it (PROTOCOL.md, 2.1)."""

    channel: str


class MessageAsked(Event, frozen=True, kw_only=True, tag="message.asked"):
    """A person meant to send a message at `meant`."""

    act: str
    meant: int
    conversation: str
    channel: str
    text: str
    excluded: str = ""
    """Our socket whose id went along as X-Socket-ID; it must not hear the message."""
    canary: bool = False
    """Sent by the harness itself, behind something whose absence is to be proven."""


class MessageAnswered(Event, frozen=True, kw_only=True, tag="message.answered"):
    """The backend took the message (`ok`, with its id), refused it, or nobody knows."""

    act: str
    outcome: Outcome
    status: int | None = None
    message: str = ""
    sent: int = 0
    """When the first byte of the request was written; 0 when that is not known."""


class MembershipAsked(Event, frozen=True, kw_only=True, tag="membership.asked"):
    """A change of who is in a conversation was asked for."""

    act: str
    conversation: str
    change: Literal["created", "added", "removed", "declared"]
    person: str = ""


class MembershipAnswered(Event, frozen=True, kw_only=True, tag="membership.answered"):
    """Who is in a conversation since now, by name; everybody else is an outsider to its `channel`."""

    act: str
    outcome: Outcome
    conversation: str
    channel: str
    participants: tuple[str, ...] = ()


class CredentialAsked(Event, frozen=True, kw_only=True, tag="credential.asked"):
    """A person logs in or out."""

    act: str
    change: Literal["log-in", "log-out"]


class CredentialAnswered(Event, frozen=True, kw_only=True, tag="credential.answered"):
    """The backend gave or took a token; the token itself is never recorded."""

    act: str
    change: Literal["log-in", "log-out"]
    outcome: Outcome
    status: int | None = None


class FaultBegan(Event, frozen=True, kw_only=True, tag="fault.began"):
    """A fault of the network or of a process began."""

    fault: str


class FaultEnded(Event, frozen=True, kw_only=True, tag="fault.ended"):
    """That fault ended."""

    fault: str


class FenceAsked(Event, frozen=True, kw_only=True, tag="fence.asked"):
    """A fence was raised on this socket: a ping behind everything that was queued for it (DESIGN.md, section 6)."""

    act: str
    way: Literal["ping", "window"]


class FenceAnswered(Event, frozen=True, kw_only=True, tag="fence.answered"):
    """The fence was passed (`ok`), or never came back."""

    act: str
    outcome: Outcome


class ProcessStarted(Event, frozen=True, kw_only=True, tag="process.started"):
    """A process or a remote service became ready."""

    process: str
    detail: str = ""


class ProcessExited(Event, frozen=True, kw_only=True, tag="process.exited"):
    """A process of ours ended while it was needed."""

    process: str
    detail: str = ""


class Note(Event, frozen=True, kw_only=True, tag="note"):
    """Something worth reading, never worth judging."""

    words: str


AnyEvent = (
    TestStarted
    | TestFinished
    | HttpAsked
    | HttpAnswered
    | SocketOpened
    | SocketClosed
    | FrameIn
    | FrameOut
    | SubscribeAsked
    | SubscribeAnswered
    | Unsubscribed
    | MessageAsked
    | MessageAnswered
    | MembershipAsked
    | MembershipAnswered
    | CredentialAsked
    | CredentialAnswered
    | FaultBegan
    | FaultEnded
    | FenceAsked
    | FenceAnswered
    | ProcessStarted
    | ProcessExited
    | Note
)
