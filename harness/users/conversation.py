"""What people share: a conversation with its channel, and a message once it was sent."""

from typing import TYPE_CHECKING, Any

import msgspec

from harness.config import EventShape
from harness.errors import HarnessError, Refused
from harness.history.events import MembershipAnswered, MembershipAsked, Outcome
from harness.users.belongings import making
from harness.users.reading import as_text, at_path
from harness.users.unexpected import look_at

if TYPE_CHECKING:
    from harness.users.context import Context
    from harness.users.session import Answer
    from harness.users.user import User


class SentMessage(msgspec.Struct, frozen=True, kw_only=True):
    """
    A message that the backend took.

    `id` is the backend's; `meant` is when its sender meant to send it, in nanoseconds of the history; `excluded` names
    the socket that must not hear it.
    """

    act: str
    id: str
    text: str
    sender: str
    conversation: str
    channel: str
    meant: int
    excluded: str = ""


class StoredMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message as the backend gives it over HTTP to somebody who catches up."""

    id: str
    text: str
    sender: str


def stored_message(item: Any, shape: EventShape) -> StoredMessage:
    """Read one entry of the backend's list by the contract's shape; what is missing is empty."""
    return StoredMessage(
        id=as_text(at_path(item, shape.id)),
        text=as_text(at_path(item, shape.text)),
        sender=as_text(at_path(item, shape.sender)),
    )


class Conversation:
    """
    A conversation and the people in it; what a fixture hands out is filled in before the test body runs.

    `participants` holds our names of people. Everybody else is an outsider, which is what isolation is judged by.
    """

    def __init__(self, context: "Context") -> None:
        self._context = context
        self._id = ""
        self._channel = ""
        self._host: User | None = None
        self.participants: tuple[str, ...] = ()
        self.company: int | str | None = None
        """The company whose it is, as far as somebody said."""
        self.people: set[str] = set()
        """Everybody who ever was in it, or may have been: their addition was asked for and not refused."""

    @property
    def is_there(self) -> bool:
        """Tell whether the backend knows it yet."""
        return bool(self._id)

    @property
    def id(self) -> str:
        """The backend's id of it, as text."""
        if not self._id:
            raise HarnessError(
                "this conversation is not there yet: ask for it in a coroutine test, or open it with "
                "`async with target.world() as world`, and use it inside"
            )
        return self._id

    @property
    def channel(self) -> str:
        """The name of its channel, by the rule that the target declares."""
        return self._channel if self.id else ""

    def __repr__(self) -> str:
        return f"<Conversation {self._id or 'not there yet'} of {', '.join(self.participants)}>"

    async def create(self, host: "User", people: dict[str, str], company: int | str | None) -> None:
        """
        Let `host` create it with these people (our name → the backend's id).

        Raises `Refused` when it may not, and when the answer holds no id.
        """
        act = self._asked("", "created")
        with making(self._context, "conversation"):
            answer = await host.session.follow(
                "create", host.contract.create, participants=[_id_value(one) for one in people.values()]
            )
        route = host.contract.create
        id_ = as_text(answer.at(route.id)) if route and answer.outcome == "ok" else ""
        if not id_:
            self._changed(act, (), "unknown" if answer.outcome == "ok" else answer.outcome)
            path = route.id if route else ""
            expected = look_at(self._context, "create", answer, wanted="the id of a conversation", path=path)
            raise Refused(f"{host.name} creating a conversation", answer.status, answer.body, expected=expected)
        self._host = host
        self._context.belongings.conversations[id_] = host.person
        self._known(act, id_, company, tuple(people))

    def declare(self, id_: str, company: int | str | None, participants: tuple[str, ...]) -> None:
        """Take a conversation that exists already, with the people that the target's declaration says are in it."""
        self._known(self._asked(id_, "declared"), id_, company, participants)

    async def add(self, person: "User") -> None:
        """Add somebody; raises `Refused` when the backend does not."""
        host, id_ = self._hosted(), await person.backend_id()
        act = self._asked(self.id, "added", person.name)
        was_in = person.name in self.people
        self.people.add(person.name)
        answer = await host.session.follow(
            "add a participant",
            host.contract.add_participant,
            place={"conversation": self.id},
            user=_id_value(id_),
        )
        if answer.outcome == "refused" and not was_in:
            self.people.discard(person.name)
        self._decided(act, answer, f"adding {person.name} to {self!r}", (*self.participants, person.name))

    async def remove(self, person: "User") -> None:
        """Remove somebody; what they hear after the revocation budget is a finding. Raises `Refused`."""
        host, id_ = self._hosted(), await person.backend_id()
        act = self._asked(self.id, "removed", person.name)
        place = {"conversation": self.id, "user": id_}
        answer = await host.session.follow("remove a participant", host.contract.remove_participant, place=place)
        others = tuple(name for name in self.participants if name != person.name)
        self._decided(act, answer, f"removing {person.name} from {self!r}", others)

    async def delete(self) -> None:
        """Delete the conversation: nobody is in it from then on. Raises `Refused` when the backend does not."""
        host = self._hosted()
        act = self._asked(self.id, "deleted")
        place = {"conversation": self.id}
        answer = await host.session.follow("delete a conversation", host.contract.delete_conversation, place=place)
        self._decided(act, answer, f"deleting {self!r}", ())
        self._context.belongings.conversations.pop(self.id, None)

    def _hosted(self) -> "User":
        if self._host is None:
            raise HarnessError(
                "a conversation that was there before the run is not changed; ask for one of the test's own"
            )
        return self._host

    def _asked(self, id_: str, change: str, person: str = "") -> str:
        act = self._context.recorder.new_act()
        self._context.recorder.record(MembershipAsked, act=act, conversation=id_, change=change, person=person)
        return act

    def _known(self, act: str, id_: str, company: int | str | None, participants: tuple[str, ...]) -> None:
        self._id, self.company = id_, company
        self._channel = self._context.channel_of(id_, company)
        self._context.conversations[id_] = self
        self._changed(act, participants)

    def _decided(self, act: str, answer: "Answer", words: str, participants: tuple[str, ...]) -> None:
        """Record how a change ended: without a yes the people are those of before."""
        self._changed(act, participants if answer.outcome == "ok" else self.participants, answer.outcome)
        if answer.outcome != "ok":
            raise Refused(words, answer.status, answer.body)

    def _changed(self, act: str, participants: tuple[str, ...], outcome: Outcome = "ok") -> None:
        self.participants = participants
        self.people.update(participants)
        self._context.recorder.record(
            MembershipAnswered,
            act=act,
            outcome=outcome,
            conversation=self._id,
            channel=self._channel,
            participants=participants,
        )


def _id_value(id_: str) -> int | str:
    """Send a numeric id as the number that backends validate for."""
    return int(id_) if id_.isascii() and id_.isdigit() else id_
