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

Credential = Literal["live", "dead", "none", "other", "borrowed", "unknown"]
"""
What the bearer token of a request was worth, as far as its sender can know.

`live`: the person's own, given by a login; `dead`: logged out or expired; `none`: there was none; `other`: nobody was
ever given it; `borrowed`: another person's living one; `unknown`: limited, about to end, or nobody can say.
"""

Entitled = Literal["yes", "no", "roster", "anyone", "moot", ""]
"""
Whether the declared channel rules let a person join a channel.

`roster`: whoever is in the conversation may, which the membership events decide; `anyone`: everybody may, token or not;
`moot`: a signature would open nothing, as the channel is public or the socket id is none; empty: nobody can know.
"""


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
    wall: float = 0.0
    """The time of day in seconds since the epoch, to see whether somebody set the clock; 0 when nobody looked."""


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
    credential: Credential = "unknown"
    """What an authorization was asked for with."""
    rule: str = ""
    """The name of the declared channel rule that matches the channel; empty when none does."""
    entitled: Entitled = ""
    """Whether the rules let this person join."""


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
    id_type: str = ""
    """The JSON type of that id in the answer; empty when it held none."""
    sent: int = 0
    """When the first byte of the request was written; 0 when that is not known."""


class MessagesRead(Event, frozen=True, kw_only=True, tag="messages.read"):
    """A person read a conversation over HTTP and got a list; canaries are in it."""

    conversation: str
    asked: int
    """When the request was about to be sent."""
    after: str = ""
    """The id of the message behind which was read; empty for all of them."""
    ids: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    """SHA-256 of the UTF-8 of each text (`digest`), empty for one without: stored texts may be somebody's own."""
    is_complete: bool = True
    """Whether nothing hints at a further page."""


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


class ControlSeen(Event, frozen=True, kw_only=True, tag="control"):
    """
    The positive control of a test's denials: whether the endpoint grants `who`, who may join `channel` (section 10).

    `granted_at` is when it did, which may lie before this test; `reason` says why it did not, or was not asked.
    """

    outcome: Outcome
    channel: str = ""
    granted_at: int = 0
    reason: str = ""


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


class Sampled(Event, frozen=True, kw_only=True, tag="sample"):
    """
    A test drew messages until its percentiles were decided, and looked at them, `looks` times at most.

    `look` counts the looks from 1, and is 0 when the plan was made, before the first message. `samples` is how many
    messages had been drawn.
    """

    look: int
    looks: int
    samples: int = 0


class LoopLag(Event, frozen=True, kw_only=True, tag="loop.lag"):
    """How many nanoseconds late our event loop woke up in a test: of so many `wakes` the worst, and the p99."""

    worst: int
    p99: int
    wakes: int


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
    | MessagesRead
    | MembershipAsked
    | MembershipAnswered
    | CredentialAsked
    | CredentialAnswered
    | ControlSeen
    | FaultBegan
    | FaultEnded
    | FenceAsked
    | FenceAnswered
    | ProcessStarted
    | ProcessExited
    | Sampled
    | LoopLag
    | Note
)
