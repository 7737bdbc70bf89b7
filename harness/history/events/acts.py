"""What people asked of the backend and what came of it: requests, messages, membership, credentials."""

from typing import Literal

from harness.history.events.event import Credential, Entitled, Event, Outcome, Persona, Signature


class HttpAsked(Event, frozen=True, kw_only=True, tag="http.asked"):
    """A request was sent to the backend, with fields of these names."""

    act: str
    purpose: str
    method: str
    path: str
    fields: tuple[str, ...] = ()


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
    encoding: str = ""
    """How an authorization was asked for: `form`, `json`, `query`, or with a field given twice (`Encoding`)."""
    names_a_socket: bool = True
    """Whether the socket id that it was asked for has the form of one (PROTOCOL.md, 4.1)."""
    shape: str = ""
    """
    The channel as a pattern that says whose it is to the asker: `private-chat.{other company}.conversation.{own}`.
    """
    persona: Persona = ""
    is_echoed: bool = False
    """Whether something that the asker made up about themselves stands in the signed `channel_data`."""


class MessageAsked(Event, frozen=True, kw_only=True, tag="message.asked"):
    """A person meant to send a message at `meant`."""

    act: str
    meant: int
    conversation: str
    channel: str
    text: str
    shape: str = ""
    """As in `HttpAnswered`."""
    persona: Persona = ""
    author: str = ""
    """The backend's id of the sender, as text; empty when nobody knows it."""
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


class Identified(Event, frozen=True, kw_only=True, tag="credential.identified"):
    """The backend said whom it takes a person's token for; `expected` is who they are, empty when nobody knows."""

    user_id: str
    expected: str = ""


class MembershipAsked(Event, frozen=True, kw_only=True, tag="membership.asked"):
    """A change of who is in a conversation was asked for."""

    act: str
    conversation: str
    change: Literal["created", "added", "removed", "declared", "deleted"]
    person: str = ""


class MembershipAnswered(Event, frozen=True, kw_only=True, tag="membership.answered"):
    """Who is in a conversation since now, by name; everybody else is an outsider to its `channel`."""

    act: str
    outcome: Outcome
    conversation: str
    channel: str
    participants: tuple[str, ...] = ()


Change = Literal["log-in", "log-out", "revoke", "delete-account"]
"""
What becomes of a credential: `revoke` ends every token of a person, as from another device; the last ends the person.
"""


class CredentialAsked(Event, frozen=True, kw_only=True, tag="credential.asked"):
    """A person logs in or out, or loses what they are known by."""

    act: str
    change: Change


class PasswordsGuessed(Event, frozen=True, kw_only=True, tag="passwords.guessed"):
    """Somebody tried wrong passwords, up to one more than `limit`: after how many 429 came, None when it did not."""

    limit: int
    stopped: int | None = None


class CredentialAnswered(Event, frozen=True, kw_only=True, tag="credential.answered"):
    """The backend gave or took a token; the token itself is never recorded."""

    act: str
    change: Change
    outcome: Outcome
    status: int | None = None
    token: int = 0
    """Which token it is about: the tokens of a worker are counted from 1; 0 for all of this person's."""
    ends: int = 0
    """When a token that was given will end by itself; 0 when nobody asked for that."""


class ControlSeen(Event, frozen=True, kw_only=True, tag="control"):
    """
    The positive control of a test's denials: whether the endpoint grants `who`, who may join `channel` (section 10).

    `granted_at` is when it did, which may lie before this test; `reason` says why it did not, or was not asked.
    """

    outcome: Outcome
    channel: str = ""
    granted_at: int = 0
    reason: str = ""


class ApiCalled(Event, frozen=True, kw_only=True, tag="api.called"):
    """
    The broadcaster's signed HTTP API answered a call that a test made, or (`status` is None) did not.

    `words` say what was called, or what was wrong with the call. Which answer is `due`: it is taken, it is refused, it
    is refused since it is `too much`, or it is whichever, and what is published is heard if it is taken.
    """

    act: str
    words: str
    due: Literal["taken", "refused", "too much", "either"]
    status: int | None
    outcome: Outcome
    body: str = ""
    weakness: str = ""
    """The defect (`HT-04`) that a server has which answers otherwise; one that its dialect is known for is advice."""
    mark: str = ""
    """Text of ours by which what the call published is known again in a raw frame; empty when nothing was."""
    listeners: tuple[str, ...] = ()
    """Our sockets that were subscribed to what it published when it was made, and were waited for."""
    channels: tuple[str, ...] = ()
    """Where that was published; empty when nobody said."""


class AliasFollowed(Event, frozen=True, kw_only=True, tag="alias.followed"):
    """
    A channel was signed under a name that is not its own, and somebody looked where that leads.

    `channel` is the name that was signed, `canonical` the channel that it reads like ("" when nobody knows one).
    `subscribed` is what the broadcaster said to the signature. `heard_there`: a message sent to the canonical channel
    was heard under the alias; `heard_back`: what was sent under the alias was heard on the canonical channel.
    """

    channel: str
    canonical: str
    subscribed: Outcome
    heard_there: bool = False
    heard_back: bool = False
    reason: str = ""
    """Why it could not be followed to the end, empty when it was."""


class Disclosed(Event, frozen=True, kw_only=True, tag="disclosed"):
    """
    Something stood in a frame or an answer that must not: decided when it was recorded, since it is taken out of both.

    `what` says what it is ("a bearer token", "a password hash", "an e-mail address of somebody else", "a stack trace"),
    `whose` whose it is as far as known, `place` where it stood ("frame", "answer"), `act` joins an answer.
    """

    what: str
    place: Literal["frame", "answer"]
    whose: str = ""
    channel: str = ""
    act: str = ""
    purpose: str = ""
