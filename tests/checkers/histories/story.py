"""How a recorded history is told: a few verbs, a clock of its own, and the recorder of the harness."""

from collections.abc import Callable
from typing import Any

import msgspec

from harness.history.attendance import ADDED
from harness.history.events import (
    AliasFollowed,
    ApiCalled,
    ControlSeen,
    CredentialAnswered,
    CredentialAsked,
    Disclosed,
    Event,
    FaultBegan,
    FaultEnded,
    FenceAnswered,
    FenceAsked,
    FrameIn,
    HttpAnswered,
    HttpAsked,
    MembershipAnswered,
    MembershipAsked,
    MessageAnswered,
    MessageAsked,
    MessagesRead,
    ReconnectAnswered,
    ReconnectAsked,
    SocketClosed,
    SocketOpened,
    SubscribeAnswered,
    SubscribeAsked,
    TestFinished,
    TestStarted,
    Unsubscribed,
    Whispered,
)
from harness.history.recorder import Header, Recorder

CHAT = "private-chat.6.conversation.123"
OTHER = "private-chat.6.conversation.124"
ROOM = "presence-company.6"
MILLISECOND = 1_000_000
HTTP_OK = 200
SERVER_ERROR = 500


class Story:
    """
    Tells a history, event by event, each a millisecond after the one before; `wait` lets more time pass.

    alice, bob and carol are in the conversation from the start. Messages get the ids 1, 2, 3 …
    """

    def __init__(self) -> None:
        self.now = 0
        self.recorder = Recorder(Header(run="told", target="told", dialect="reverb"), clock=lambda: self.now)
        self.recorder.test = "test_told"
        self._messages = 0
        self.record(TestStarted)
        self.roster("alice", "bob", "carol")

    @property
    def events(self) -> list[Event]:
        """What has been told so far."""
        return self.recorder.events

    def record(self, kind: type[Event], **fields: Any) -> Any:
        """Let something happen, a millisecond after what was before."""
        self.now += MILLISECOND
        return self.recorder.record(kind, **fields)

    def claim(self, **limits: float) -> None:
        """Let the test claim percentiles of its own (`p95`), in seconds."""
        self.events[0] = msgspec.structs.replace(self.events[0], budget=limits)

    def wait(self, milliseconds: int) -> None:
        """Let time pass."""
        self.now += milliseconds * MILLISECOND

    def roster(self, *people: str, change: str = "created", person: str = "", outcome: str = "ok") -> None:
        """Change who is in the conversation; nobody answers when the outcome is `silence`."""
        act = self.recorder.new_act()
        self.record(MembershipAsked, act=act, conversation="123", change=change, person=person)
        if outcome != "silence":
            self.record(
                MembershipAnswered, act=act, outcome=outcome, conversation="123", channel=CHAT, participants=people
            )

    def connect(self, *sockets: str) -> None:
        """Connect sockets, named like `bob#1`."""
        for socket in sockets:
            id_ = f"1.{1 + sum(isinstance(event, SocketOpened) for event in self.events)}"
            self.record(SocketOpened, who=_person(socket), socket=socket, socket_id=id_, activity_timeout=30.0)

    def log_in(self, who: str, token: int, *, ends: int = 0) -> None:
        """Let somebody be given a token, which may end by itself after so many milliseconds."""
        at = self.now + 2 * MILLISECOND  # when it will be answered
        self.credential(who, "log-in", token=token, ends=at + ends * MILLISECOND if ends else 0)

    def credential(self, who: str, change: str, *, outcome: str = "ok", **answer: Any) -> None:
        """Let somebody's credential change; nobody answers when the outcome is `silence`."""
        act = self.recorder.new_act()
        self.record(CredentialAsked, who=who, act=act, change=change)
        if outcome != "silence":
            self.record(CredentialAnswered, who=who, act=act, change=change, outcome=outcome, **answer)

    def disclose(self, what: str, **fields: Any) -> None:
        """Let something stand where it must not."""
        self.record(Disclosed, what=what, **fields)

    def join(self, *sockets: str, channel: str = CHAT, outcome: str = "ok", token: int = 0, **answer: Any) -> None:
        """Connect sockets and subscribe them."""
        for socket in sockets:
            self.connect(socket)
            self.subscribe(socket, channel=channel, outcome=outcome, token=token, **answer)

    def know(self, *weaknesses: str) -> None:
        """Let the target's dialect be known for these defects."""
        self.events[0] = msgspec.structs.replace(self.events[0], weaknesses=weaknesses)

    def forge(self, socket: str, *, channel: str = CHAT, outcome: str = "ok", **asked: Any) -> None:
        """Subscribe a socket with what was not signed for it."""
        who, act = _person(socket), self.recorder.new_act()
        facts = {"channel": channel, "channel_kind": "private", "signature": "invalid"} | asked
        self.record(SubscribeAsked, who=who, socket=socket, act=act, **facts)
        self.record(SubscribeAnswered, who=who, socket=socket, act=act, channel=channel, outcome=outcome)

    def follow(self, who: str, channel: str, **facts: Any) -> None:
        """Let somebody be granted a channel under another name, and look where that leads."""
        self.authorize(who, channel=channel, rule="", entitled="no")
        where = {"channel": channel, "canonical": CHAT, "subscribed": "ok"} | facts
        self.record(AliasFollowed, who=who, socket=f"{who}#9", **where)

    def whisper(self, socket: str, mark: str, **facts: Any) -> None:
        """Let a socket send a client event that nobody may hear."""
        sent = {"channel": CHAT, "event": "client-typing", "mark": mark, "forbidden": "its sender never joined"} | facts
        self.record(Whispered, who=_person(socket), socket=socket, **sent)

    def call(self, due: str, status: int | None = 200, **facts: Any) -> None:
        """Let alice call the HTTP API; she is refused with a 4xx."""
        outcome = "unknown" if status is None or status >= SERVER_ERROR else "ok" if status == HTTP_OK else "refused"
        answered = {"who": "alice", "act": self.recorder.new_act(), "status": status, "outcome": outcome}
        self.record(HttpAnswered, purpose="call the API", **answered)
        self.record(ApiCalled, **answered, **{"words": "an event", "due": due} | facts)

    def subscribe(self, *sockets: str, channel: str = CHAT, outcome: str = "ok", token: int = 0, **answer: Any) -> None:
        """Subscribe sockets that are connected; the signature was granted to a token."""
        for socket in sockets:
            who, act = _person(socket), self.recorder.new_act()
            asked = {"channel": channel, "channel_kind": "private", "signature": "valid", "token": token}
            self.record(SubscribeAsked, who=who, socket=socket, act=act, **asked)
            self.record(SubscribeAnswered, who=who, socket=socket, act=act, channel=channel, outcome=outcome, **answer)

    def attend(self, socket: str, me: str, *members: str, **answer: Any) -> None:
        """Subscribe a socket to the presence channel as member `me`; `members` are those that the answer lists."""
        types = ("string",) * len(members)
        self.join(socket, **({"channel": ROOM, "me": me, "members": members, "member_types": types} | answer))

    def announce(self, socket: str, member: str, event: str = ADDED, **fields: Any) -> FrameIn:
        """Tell a socket of a member."""
        facts = {"event": event, "channel": ROOM, "is_message": False, "member": member, "id_type": "string"}
        return self.hear(socket, "", "", **(facts | fields))

    def fault(self, name: str, *people: str, server: str = "") -> None:
        """Let a fault begin: of these people's network, or of a process; `heal` ends it."""
        self.record(FaultBegan, fault=name, what=name.partition("#")[0], people=people, server=server)

    def heal(self, name: str) -> None:
        """Let a fault end."""
        self.record(FaultEnded, fault=name)

    def try_again(self, socket: str, *, attempt: int = 1, code: int | None = 1006, waited: int = 0) -> str:
        """Let somebody who lost this socket try to come back; gives the act, for `tried`."""
        act = self.recorder.new_act()
        asked = {"act": act, "attempt": attempt, "code": code, "waited": waited * MILLISECOND}
        self.record(ReconnectAsked, who=_person(socket), socket=socket, **asked)
        return act

    def tried(self, socket: str, act: str, outcome: str = "ok") -> None:
        """Say what came of it."""
        self.record(ReconnectAnswered, who=_person(socket), socket=socket, act=act, outcome=outcome)

    def leave(self, socket: str, channel: str = CHAT) -> None:
        """Unsubscribe."""
        self.record(Unsubscribed, who=_person(socket), socket=socket, channel=channel)

    def close(self, socket: str, *, code: int = 1000, reason: str = "", by: str = "us") -> None:
        """End a connection."""
        self.record(SocketClosed, who=_person(socket), socket=socket, code=code, reason=reason, by=by)

    def ask(self, text: str = "Hello", *, who: str = "alice", excluded: str = "", **more: Any) -> MessageAsked:
        """Let somebody mean to send a message; `answer` says what came of it."""
        act = self.recorder.new_act()
        asked: MessageAsked = self.record(
            MessageAsked,
            who=who,
            act=act,
            meant=self.now + MILLISECOND,
            conversation="123",
            channel=CHAT,
            text=text,
            excluded=excluded,
            **more,
        )
        return asked

    def answer(
        self, asked: MessageAsked, *, outcome: str = "ok", status: int | None = 201, with_id: bool = True, **more: Any
    ) -> str:
        """Let the backend answer, with the next id; gives the id."""
        self._messages += with_id
        id_ = str(self._messages) if with_id else ""
        self.record(MessageAnswered, who=asked.who, act=asked.act, outcome=outcome, status=status, message=id_, **more)
        return id_

    def send(self, text: str = "Hello", *, who: str = "alice", excluded: str = "") -> str:
        """Let somebody send a message that the backend takes; gives its id."""
        return self.answer(self.ask(text, who=who, excluded=excluded))

    def hear(self, socket: str, message: str = "1", text: str = "Hello", **fields: Any) -> FrameIn:
        """Let a socket hear a message."""
        stamp = self.now + MILLISECOND
        facts = {"event": "MessageSent", "channel": CHAT, "arrived": stamp, "earliest": stamp, "is_message": True}
        frame: FrameIn = self.record(
            FrameIn, who=_person(socket), socket=socket, message=message, text=text, **(facts | fields)
        )
        return frame

    def read(self, who: str, *ids: str, asked: int | None = None, **fields: Any) -> MessagesRead:
        """Let somebody read the conversation; they asked at `asked`, or at the moment before the answer."""
        asked = self.now + MILLISECOND if asked is None else asked
        read: MessagesRead = self.record(
            MessagesRead, who=who, **({"conversation": "123", "asked": asked, "ids": ids} | fields)
        )
        return read

    def hear_event(self, socket: str, event: str = "client-typing", channel: str = CHAT) -> FrameIn:
        """Let a socket hear something that is no message."""
        return self.hear(socket, "", "", event=event, channel=channel, is_message=False)

    def authorize(
        self, who: str, *, signature: str = "valid", status: int | None = 200, channel: str = CHAT, **facts: Any
    ) -> None:
        """Let somebody ask for a signature with their own token, and the backend answer."""
        self.authorized(self.ask_authorization(who), signature=signature, status=status, channel=channel, **facts)

    def ask_authorization(self, who: str) -> HttpAsked:
        """Let somebody ask for a signature; `authorized` says what came of it."""
        act, path = self.recorder.new_act(), "/api/broadcasting/auth"
        asked: HttpAsked = self.record(HttpAsked, who=who, act=act, purpose="authorize", method="POST", path=path)
        return asked

    def authorized(self, asked: HttpAsked, *, status: int | None = 200, **facts: Any) -> HttpAnswered:
        """Let the backend answer; by default it signs the conversation's channel."""
        outcome = "unknown" if status is None or status >= SERVER_ERROR else "ok" if status == HTTP_OK else "refused"
        known = {"channel": CHAT, "signature": "valid", "credential": "live", "rule": "conversation"}
        said = known | {"entitled": "roster", "status": status, "outcome": outcome} | facts
        answered: HttpAnswered = self.record(HttpAnswered, who=asked.who, act=asked.act, purpose="authorize", **said)
        return answered

    def deny(self, who: str, status: int | None = 403, **facts: Any) -> None:
        """Let somebody ask for a signature, and get none."""
        self.authorize(who, signature="absent", status=status, **facts)

    def control(self, *, outcome: str = "ok", ago: int = 0, reason: str = "") -> None:
        """Look whether the endpoint grants alice, which it did so many milliseconds before, if it did."""
        at = self.now + MILLISECOND
        granted = at - ago * MILLISECOND if outcome == "ok" else 0
        self.record(ControlSeen, who="alice", outcome=outcome, channel=CHAT, granted_at=granted, reason=reason)

    def fence(self, socket: str) -> None:
        """Put a ping behind everything, and let its pong come."""
        act = self.recorder.new_act()
        self.record(FenceAsked, who=_person(socket), socket=socket, act=act, way="ping")
        self.hear(socket, "", "", event="pusher:pong", channel="", is_message=False, data_was_string=False)
        self.record(FenceAnswered, who=_person(socket), socket=socket, act=act, outcome="ok")

    def finish(self, *, arrival: int = 2_000, revocation: int = 5_000, **terms: Any) -> None:
        """Close the judgement, on terms in milliseconds."""
        self.record(TestFinished, arrival=arrival * MILLISECOND, revocation=revocation * MILLISECOND, **terms)


def _person(socket: str) -> str:
    return socket.partition("#")[0]


Teller = Callable[[Story], None]
STORIES: dict[str, Teller] = {}


def called(name: str) -> Callable[[Teller], Teller]:
    """Name the file of a history."""

    def keep(teller: Teller) -> Teller:
        STORIES[name] = teller
        return teller

    return keep
