"""
The kinds of event that a history holds, as frozen records; one line of `history.jsonl` each (DESIGN.md, section 8).

Times are monotonic nanoseconds since the origin of the history. Acts come in pairs, `….asked` and `….answered`, joined
by `act`. Whatever needs a secret or the protocol to be known is decided when the event is recorded and stored as a
fact, so that a history can be judged years later by somebody who has neither.
"""

from harness.history.events.acts import (
    AliasFollowed,
    ApiCalled,
    Change,
    ControlSeen,
    CredentialAnswered,
    CredentialAsked,
    Disclosed,
    HttpAnswered,
    HttpAsked,
    Identified,
    MembershipAnswered,
    MembershipAsked,
    MessageAnswered,
    MessageAsked,
    MessagesRead,
    PasswordsGuessed,
)
from harness.history.events.course import (
    FaultBegan,
    FaultEnded,
    LeftBehind,
    LoopLag,
    Note,
    ProcessExited,
    ProcessMeasured,
    ProcessStarted,
    Sampled,
    TestFinished,
    TestStarted,
    Throttled,
)
from harness.history.events.event import Credential, Entitled, Event, Outcome, Persona, Signature
from harness.history.events.sockets import (
    FenceAnswered,
    FenceAsked,
    FrameIn,
    FrameOut,
    ReconnectAnswered,
    ReconnectAsked,
    SilenceKept,
    SocketClosed,
    SocketOpened,
    SubscribeAnswered,
    SubscribeAsked,
    Unsubscribed,
    Whispered,
)

__all__ = [
    "AliasFollowed",
    "AnyEvent",
    "ApiCalled",
    "Change",
    "ControlSeen",
    "Credential",
    "CredentialAnswered",
    "CredentialAsked",
    "Disclosed",
    "Entitled",
    "Event",
    "FaultBegan",
    "FaultEnded",
    "FenceAnswered",
    "FenceAsked",
    "FrameIn",
    "FrameOut",
    "HttpAnswered",
    "HttpAsked",
    "Identified",
    "LeftBehind",
    "LoopLag",
    "MembershipAnswered",
    "MembershipAsked",
    "MessageAnswered",
    "MessageAsked",
    "MessagesRead",
    "Note",
    "Outcome",
    "PasswordsGuessed",
    "Persona",
    "ProcessExited",
    "ProcessMeasured",
    "ProcessStarted",
    "ReconnectAnswered",
    "ReconnectAsked",
    "Sampled",
    "Signature",
    "SilenceKept",
    "SocketClosed",
    "SocketOpened",
    "SubscribeAnswered",
    "SubscribeAsked",
    "TestFinished",
    "TestStarted",
    "Throttled",
    "Unsubscribed",
    "Whispered",
]

AnyEvent = (
    TestStarted
    | TestFinished
    | HttpAsked
    | Identified
    | HttpAnswered
    | SocketOpened
    | SocketClosed
    | FrameIn
    | FrameOut
    | SubscribeAsked
    | SubscribeAnswered
    | Unsubscribed
    | ReconnectAsked
    | ReconnectAnswered
    | Whispered
    | SilenceKept
    | MessageAsked
    | MessageAnswered
    | MessagesRead
    | MembershipAsked
    | MembershipAnswered
    | CredentialAsked
    | CredentialAnswered
    | PasswordsGuessed
    | ControlSeen
    | AliasFollowed
    | ApiCalled
    | Disclosed
    | FaultBegan
    | FaultEnded
    | FenceAsked
    | FenceAnswered
    | ProcessStarted
    | ProcessExited
    | ProcessMeasured
    | Sampled
    | LoopLag
    | LeftBehind
    | Note
    | Throttled
)
