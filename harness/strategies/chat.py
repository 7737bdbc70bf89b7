"""
The chat as a state machine: people come, talk, are let in and put out, and after every step the guarantees hold.

::

    run_state_machine_as_test(functools.partial(ChatMachine, target), settings=settings(max_examples=50))

Every example is a world. The machine remembers only what it needs to know who may do what; who is owed what is the
business of the checkers that judge every test. A failure shrinks to the few steps that lead to it, and the error tells
them as a test that can be run. Operations and invariants: DEFECTS.md 5.4.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, initialize, invariant, multiple, rule

from harness.checkers.judgement import CHECKERS, judge
from harness.errors import AuthorizationDenied, GuaranteeBroken, Inconclusive, Refused, SendRefused
from harness.history.events import TestFinished
from harness.report.paragraph import error_of
from harness.topology.target import Target
from harness.users import fences
from harness.users.conversation import Conversation
from harness.users.script import Script
from harness.users.user import User

T = TypeVar("T")

MOST_PEOPLE: Final = 4
MOST_ROOMS: Final = 2
GREETINGS: Final = ("hello", "مرحبا", "\N{WAVING HAND SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-5}", "a\u200fb", '"no"')
"""What is said, before a number that makes each text unique."""

_LATER: Final = frozenset({"delivery", "consistency", "membership", "storing"})
"""Judges of what may still be under way, who wait for the end of an example."""
_AT_ONCE: Final = {name: check for name, check in CHECKERS.items() if name not in _LATER}
"""Judges of what must never be, who are asked after every step."""


@dataclass(eq=False)
class Phone:
    """
    Somebody's device, as the script calls it; `grip` is the token that it holds, shared by devices that share it.

    `is_known`: its connection holds the presence subscription by which the backend finds and ends it.
    """

    user: User
    word: str
    grip: "Grip"
    is_known: bool = False
    joined: dict["Room", str] = field(default_factory=dict)
    """The socket with which each room was joined; some servers take a second subscription for a mistake."""

    def __repr__(self) -> str:
        return self.word

    def listens_in(self, room: "Room") -> bool:
        """Tell whether the connection that it has now joined a room."""
        return bool(self.user.socket_id) and self.joined.get(room) == self.user.socket_id


@dataclass(eq=False)
class Grip:
    """A token: whether it lives."""

    lives: bool = True


@dataclass(eq=False)
class Room:
    """A conversation, as the script calls it, who opened it, and who is in it."""

    conversation: Conversation
    word: str
    host: Phone
    people: set[str] = field(default_factory=set)
    is_deleted: bool = False

    def __repr__(self) -> str:
        return self.word


class ChatMachine(RuleBasedStateMachine):
    """
    People of the test's own, in conversations of their own, on one target.

    It needs a target that registers people, lets them create conversations and change who is in them, and that may be
    written to. Raises `GuaranteeBroken` with the script as a note.
    """

    phones = Bundle("phones")
    rooms = Bundle("rooms")

    def __init__(self, target: Target) -> None:
        super().__init__()
        self._target = target
        self._runner = asyncio.Runner()
        self._script = Script(f"What the chat machine found on target {target.declaration.name}.")
        self._world = target.world()
        self._phones: list[Phone] = []
        self._rooms: list[Room] = []
        self._said = 0
        self._failed = False
        self._do(self._world.__aenter__())
        host, guest = self._newcomer(), self._newcomer()
        room = self._opened(host, guest)
        for phone in (host, guest):
            self._joins(phone, room)

    # Who is there

    @initialize(target=phones)
    def two_are_there(self) -> MultipleResults[Phone]:
        """Two people are there from the beginning."""
        return multiple(*self._phones)

    @initialize(target=rooms)
    def they_have_a_conversation(self) -> Room:
        """They talk with each other, and both listen."""
        return self._rooms[0]

    @rule(target=phones)
    def somebody_comes(self) -> Any:
        """Somebody registers, logs in and connects."""
        people = {phone.user.name for phone in self._phones}
        return self._newcomer() if len(people) < MOST_PEOPLE else multiple()

    @rule(target=phones, phone=phones)
    def takes_a_second_device(self, phone: Phone) -> Any:
        """A person comes on a further device, with the same token."""
        if not phone.grip.lives or sum(one.user.name == phone.user.name for one in self._phones) > 1:
            return multiple()
        word = f"{phone.word}_too"
        user = self._step(phone.user.another_device(), f"{word} = await {phone}.another_device()")
        self._phones.append(second := Phone(user, word, phone.grip))
        self._greets(second)
        return second

    @rule(phone=phones)
    def drops_and_returns(self, phone: Phone) -> None:
        """A device loses its connection and comes back: what it listened to it must ask for again."""
        self._step(phone.user.disconnect(), f"await {phone}.disconnect()")
        self._connects(phone)

    @rule(phone=phones)
    def logs_out(self, phone: Phone) -> None:
        """A person logs out: the token opens nothing more, and what it had opened is closed."""
        if not phone.grip.lives:
            return
        self._step(phone.user.log_out(), f"await {phone}.log_out()")
        phone.grip.lives = False
        self._are_closed({phone.user.name})
        self._talk(*(room for room in self._rooms if phone.user.name in room.people))

    @rule(phone=phones)
    def logs_in(self, phone: Phone) -> None:
        """A person logs in, with a token that is this device's alone."""
        self._step(phone.user.log_in(), f"await {phone}.log_in()")
        phone.grip = Grip()
        if not phone.is_known:
            self._connects(phone)

    # Who is in a conversation

    @rule(target=rooms, host=phones, guest=phones)
    def opens_a_conversation(self, host: Phone, guest: Phone) -> Any:
        """Somebody opens a conversation with somebody else."""
        if not host.grip.lives or host.user.name == guest.user.name or len(self._rooms) >= MOST_ROOMS:
            return multiple()
        return self._opened(host, guest)

    @rule(room=rooms, phone=phones)
    def is_let_in(self, room: Room, phone: Phone) -> None:
        """The host lets somebody in."""
        if self._is_open(room) and phone.user.name not in room.people:
            self._step(room.conversation.add(phone.user), f"await {room}.add({phone})")
            room.people.add(phone.user.name)
            self._talk(room)

    @rule(room=rooms, phone=phones)
    def is_put_out(self, room: Room, phone: Phone) -> None:
        """The host puts somebody out, who hears nothing more."""
        if self._is_open(room) and phone.user.name in room.people - {room.host.user.name}:
            self._step(room.conversation.remove(phone.user), f"await {room}.remove({phone})")
            room.people.discard(phone.user.name)
            self._are_closed({phone.user.name})
            self._talk(room)

    @rule(room=rooms)
    def is_deleted(self, room: Room) -> None:
        """The host deletes the conversation: nobody has it any more."""
        if self._is_open(room) and self._target.declaration.backend.contract.delete_conversation:
            self._step(room.conversation.delete(), f"await {room}.delete()")
            people, room.people, room.is_deleted = room.people, set(), True
            self._are_closed(people)

    # What they do in it

    @rule(room=rooms, phone=phones)
    def joins(self, room: Room, phone: Phone) -> None:
        """Somebody asks to listen: who is in it may, nobody else."""
        if not phone.user.socket_id:
            self._connects(phone)
        if not phone.listens_in(room):
            self._joins(phone, room)
        self._talk(room)

    @rule(room=rooms, phone=phones)
    def leaves(self, room: Room, phone: Phone) -> None:
        """Somebody stops to listen."""
        if phone.listens_in(room):
            self._step(phone.user.leave(room.conversation), f"await {phone}.leave({room})")
            del phone.joined[room]
            self._talk(room)

    @rule(room=rooms, phone=phones, greeting=st.sampled_from(GREETINGS))
    def says(self, room: Room, phone: Phone, greeting: str) -> None:
        """Somebody says something: who is in it may, and everybody who listens hears it."""
        self._say(room, phone, greeting)

    @rule(room=rooms, phone=phones)
    def reads(self, room: Room, phone: Phone) -> None:
        """Somebody catches up over HTTP: what they heard and what was said is there."""
        if phone.grip.lives and phone.user.name in room.people:
            self._step(phone.user.read(room.conversation), f"await {phone}.read({room})")

    # What always holds

    @invariant()
    def nothing_leaks(self) -> None:
        """Behind a fence on every socket: nobody heard, or was let into, what is not theirs, twice or mangled."""
        if self._failed:
            return
        self._do(self._fenced())
        context = self._world.context
        now = TestFinished(n=0, at=context.recorder.now(), **context.terms)
        found = error_of(judge([*self._world.events, now], _AT_ONCE), replay="", evidence="")
        if isinstance(found, GuaranteeBroken):
            self._tell(found)
            raise found

    def teardown(self) -> None:
        """Let everything arrive, judge the whole example, and close."""
        try:
            if self._failed:
                self._runner.run(self._world.finish())  # the report shall know its findings as well
            else:
                self._do(self._world.__aexit__(None, None, None))
        finally:
            self._runner.run(self._world.close())
            self._runner.close()

    # How

    def _newcomer(self) -> Phone:
        word = f"user{len({phone.user.name for phone in self._phones}) + 1}"
        user = self._step(self._world.new_user(word), f'{word} = await world.new_user("{word}")')
        self._phones.append(phone := Phone(user, word, Grip()))
        self._greets(phone)
        return phone

    def _talk(self, *rooms: Room) -> None:
        """Let the hosts say something: a right that was won or lost is seen when somebody speaks."""
        for room in rooms:
            if self._is_open(room):
                self._say(room, room.host, GREETINGS[self._said % len(GREETINGS)])

    def _say(self, room: Room, phone: Phone, greeting: str) -> None:
        self._said += 1
        text = f"{greeting} {self._said}"
        act = phone.user.send(room.conversation, text)
        self._allowed_to(phone, room, act, f"{phone}.send({room}, {text!a})", SendRefused)

    def _opened(self, host: Phone, guest: Phone) -> Room:
        word = f"room{len(self._rooms) + 1}"
        made = self._world.new_conversation(host.user, guest.user)
        conversation = self._step(made, f"{word} = await world.new_conversation({host}, {guest})")
        self._rooms.append(room := Room(conversation, word, host, {host.user.name, guest.user.name}))
        return room

    def _joins(self, phone: Phone, room: Room) -> None:
        act = phone.user.join(room.conversation)
        if self._allowed_to(phone, room, act, f"{phone}.join({room})", AuthorizationDenied):
            phone.joined[room] = phone.user.socket_id

    def _connects(self, phone: Phone) -> None:
        self._step(phone.user.connect(), f"await {phone}.connect()")
        phone.is_known = False
        self._greets(phone)

    def _greets(self, phone: Phone) -> None:
        """Join the company's presence channel, as an app of this contract does: that is how a backend finds it."""
        if not phone.grip.lives or self._target.why_not("presence"):
            return
        company = phone.user.person.company
        channel = self._target.channel("company", company=company)
        line = f'await {phone}.subscribe(target.channel("company", company={company!r}))'
        self._step(phone.user.subscribe(channel), line)
        phone.is_known = True

    def _is_open(self, room: Room) -> bool:
        return room.host.grip.lives and not room.is_deleted

    def _allowed_to(
        self, phone: Phone, room: Room, act: Coroutine[Any, Any, Any], line: str, refusal: type[Refused]
    ) -> bool:
        """Let somebody do what only people of the conversation may; anybody else must be refused. Tell which it was."""
        if phone.grip.lives and phone.user.name in room.people:
            self._step(act, f"await {line}")
            return True
        self._script.say(f"await {line}", refused=refusal.__name__)
        try:
            self._do(act)
        except refusal:
            return False
        self._tell(broken := GuaranteeBroken(f"{phone} must not do this and was let: {line}"))
        raise broken

    def _are_closed(self, people: set[str]) -> None:
        """Wait until the broadcaster ended the connections of people who lost a right, where the target promises it."""
        if self._target.declaration.backend.revokes != "closes":
            return
        for phone in self._phones:
            if phone.user.name in people and phone.is_known:
                phone.is_known = False
                self._step(phone.user.until_closed(), f"await {phone}.until_closed()")

    async def _fenced(self) -> None:
        doubts = await fences.raise_on(self._world.context, [one for one in self._world.connections if one.is_open])
        if doubts:
            raise Inconclusive(doubts[0])

    def _step(self, act: Coroutine[Any, Any, T], line: str) -> T:
        self._script.say(line)
        return self._do(act)

    def _do(self, act: Coroutine[Any, Any, T]) -> T:
        try:
            return self._runner.run(act)
        except (AuthorizationDenied, SendRefused):
            raise
        except Exception as error:
            self._tell(error)
            raise

    def _tell(self, error: Exception) -> None:
        """Put the steps that led to an error beside it."""
        self._failed = True
        error.add_note(self._script.text())
