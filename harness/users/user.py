"""
A simulated person: the verbs of the flow, each recorded, each raising `Refused` when the system says no.

::

    1 log_in → 2 connect → 3 authorize → 4 subscribe | join → 5 send → … 7 deliver (expect)
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack

import msgspec

from harness.config import Contract, Person
from harness.errors import HarnessError, SubscriptionRefused, UsageError
from harness.history.events import Identified, Signature
from harness.protocol.channels import ChannelKind, kind_of
from harness.users import reconnecting, sending, signing_in
from harness.users.authorization import Authorization, How, Question, ask, verified
from harness.users.carriers import carrier_of
from harness.users.catching_up import catch_up
from harness.users.connection import Connection
from harness.users.conversation import Conversation, SentMessage, StoredMessage
from harness.users.detours import Passage
from harness.users.personas import NOBODY
from harness.users.reconnecting import Reconnecting, Return
from harness.users.session import Answer, Session

if TYPE_CHECKING:
    from harness.users.world import World

OWN: Any = msgspec.UNSET
"""Stands for "whatever this person has": their own token, their own socket, a signature asked for on the way."""


class Subscription(msgspec.Struct, frozen=True):
    """An acknowledged subscription of one of our sockets; `expect(…)` takes it."""

    user: "User"
    channel: str


class User:
    """
    One person on one device.

    `name` is our word for the person (`alice`), `label` that of the device's socket (`alice#1`). A user belongs to the
    event loop of its first verb.
    """

    def __init__(self, world: "World", person: Person, label: str, *, expendable: bool = False) -> None:
        self.world = world
        self.person = person
        self.label = label
        self.labels: list[str] = []
        """The sockets that this device has had; it may have reconnected."""
        world.detours.people[person.name] = None
        self.contract: Contract = world.context.target.backend.contract
        self.session = Session(
            world.context.target.backend.url,
            person.name,
            recorder=world.context.recorder,
            redactor=world.context.redactor,
            timeout=world.context.answer_seconds,
            watch=world.context.reader.watch,
            passage=Passage(
                world.context.target.backend.transport,
                world.detours.dialled,
                carrier_of(self.contract),
                world.context.manners,
                world.context.adapter,
            ),
        )
        self.connection: Connection | None = None
        self.is_expendable = expendable
        """Whether the person is the test's own, so that their credentials may be killed."""
        self.returning = asyncio.Lock()
        """Held by whoever brings this device back after a loss."""
        self._connecting, self._coming_in = asyncio.Lock(), asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def name(self) -> str:
        """Our word for the person."""
        return self.person.name

    @property
    def socket_id(self) -> str:
        """The id that the broadcaster gave to this device's connection; empty when there is none."""
        return self.connection.socket_id if self.connection is not None and self.connection.is_open else ""

    def __repr__(self) -> str:
        return f"<User {self.label}>"

    # 1 login

    async def log_in(self, *, password: str = OWN, email: str = OWN, **fields: Any) -> None:
        """
        Log in, always anew; `fields` limit the token (`expires_in=0`), where the contract has a field for that.

        Raises `LoginRefused` when no token came back, `NotExercised` for a field that the contract lacks.
        """
        self._here()
        own = {"password": None if password is OWN else password, "email": None if email is OWN else email}
        await signing_in.log_in(self, **own, fields=fields)

    async def come_in(self) -> None:
        """Log in unless this person has a token already, on this device or, in a worker, on any; raises as `log_in`."""
        self._here()
        async with self._coming_in:
            if self.session.token is None:
                self.session.token = self.world.context.tokens.get(self.name)
            if self.session.token is None and self.person is not NOBODY:
                await self.log_in()

    async def log_out(self) -> None:
        """
        Log out, which revokes the token; only somebody of the test's own may (`new_user`), since tokens are shared.

        Raises `Refused` when the backend does not.
        """
        self._here()
        await signing_in.log_out(self)

    async def revoke(self) -> None:
        """End every token of this person, as from another device; for somebody of the test's own. Raises `Refused`."""
        self._here()
        await signing_in.revoke(self)

    async def delete_account(self) -> None:
        """Delete this person's account; for somebody of the test's own. Raises `Refused`."""
        self._here()
        await signing_in.delete_account(self)

    # 2 connect

    async def connect(self) -> None:
        """Open this device's socket, if it is not open; raises `Refused` or `EnvironmentFault`."""
        self._here()
        async with self._connecting:
            if self.connection is not None and self.connection.is_open:
                return
            world, label = self.world, self.world.new_label(self)
            self.connection = Connection(world.context, self.name, label, world.detours.dialled)
            self.label = self.connection.label
            self.labels.append(self.label)
            self.world.connections.append(self.connection)
            await self.connection.open()

    async def disconnect(self) -> None:
        """Close this device's socket, as an app that is put away does."""
        self._here()
        if self.connection is not None:
            await self.connection.close()

    async def another_device(self) -> "User":
        """Give the same person on a further device: the same token, a socket of its own, connected."""
        await self._begin()
        device = self.world.another_device(self)
        device.session.token = self.session.token
        await device.connect()
        return device

    async def until_closed(self, *, within: float | None = None) -> bool:
        """
        Wait until the broadcaster has ended this device's connection, `within` seconds, and tell whether it did.

        The default is the target's revocation budget: what is heard after that, of what was lost, is a finding.
        """
        self._here()
        recorder = self.world.context.recorder
        deadline = self.world.context.deadline(
            self.world.context.target.budgets.revocation if within is None else within
        )
        while self.socket_id:
            if not await recorder.changed(len(recorder.events), deadline=deadline):
                break
        return not self.socket_id

    # 3 authorize

    async def authorize(
        self, channel: str, *, bearer: str | None = OWN, socket_id: str = OWN, **how: Unpack[How]
    ) -> Authorization:
        """
        Ask the authorization endpoint for a signature, for this device's socket unless `socket_id` names another.

        `bearer` replaces the token (None: no token at all); `how` is told by `How`. Raises `AuthorizationDenied` for
        everything but a 200 with an `auth` in it.
        """
        connection = await self._connected()
        question = Question(
            channel=channel,
            socket_id=connection.socket_id if socket_id is OWN else socket_id,
            token=(self.session.token or None) if bearer is OWN else bearer,
            **how,
        )
        return await ask(self, question)

    # 4 subscribe

    async def subscribe(
        self,
        channel: str,
        *,
        auth: str | None = OWN,
        channel_data: str | None = None,
        forgery: str = "",
        weakness: str = "",
    ) -> Subscription:
        """
        Subscribe, and return once it is acknowledged.

        A private or presence channel is authorized on the way, unless `auth` says what to send (None: nothing).
        `forgery` says what is wrong with it and `weakness` which defect would let it in, for the history. Raises
        `AuthorizationDenied` or `SubscriptionRefused`.
        """
        connection, context = await self._connected(), self.world.context
        signature: Signature = "absent"
        if auth is OWN and kind_of(channel) is not ChannelKind.PUBLIC:
            granted = await self.authorize(channel)
            auth, channel_data, signature = granted.auth, granted.channel_data, granted.signature
        elif auth is OWN:
            auth = None
        elif auth is not None:
            signature = verified(
                context.target.broadcaster,
                auth,
                socket_id=connection.socket_id,
                channel=channel,
                channel_data=channel_data,
            )
        outcome, code, reason = await connection.subscribe(
            channel,
            auth=auth,
            channel_data=channel_data,
            signature="invalid" if forgery and signature == "unverifiable" else signature,
            forgery=forgery,
            weakness=weakness,
            token=context.credentials.opener(auth),
        )
        if outcome != "ok":
            raise SubscriptionRefused(f"the subscription of {self.label} to {channel}", code, reason)
        return Subscription(self, channel)

    async def join(self, conversation: Conversation) -> Subscription:
        """Authorize for a conversation's channel and subscribe to it."""
        await self._begin(conversation)
        return await self.subscribe(conversation.channel)

    async def leave(self, what: Conversation | Subscription | str) -> None:
        """Unsubscribe, and return once nothing of it can be under way any more."""
        connection = await self._connected()
        connection.unsubscribe(_channel_of(what))
        await connection.fence()

    async def whisper(
        self,
        what: Conversation | Subscription | str,
        event: str,
        data: Any = None,
        *,
        extra: Mapping[str, Any] | None = None,
        **facts: str,
    ) -> None:
        """
        Send a client event (`client-…`) to the others on a channel.

        `extra` are further members of the frame. `facts` go into the history: `forbidden` says why nobody may hear the
        text `mark` of it, `weakness` which defect lets it through (`Whispered`).
        """
        (await self._connected()).whisper(event, _channel_of(what), data, extra=extra, **facts)

    # 5 send

    async def send(
        self,
        conversation: Conversation,
        text: str,
        *,
        canary: bool = False,
        claims: Mapping[str, Any] | None = None,
    ) -> SentMessage:
        """
        Send a message, naming this device's socket so that it does not hear itself; returns once the backend took it.

        `claims` are further fields of the request, by the backend's names. Raises `SendRefused`; after a 5xx or no
        answer at all the message may be stored or broadcast, nobody knows.
        """
        await self._begin(conversation)
        return await sending.send(self, conversation, text, canary=canary, claims=claims)

    async def read(self, conversation: Conversation, *, after: SentMessage | str | None = None) -> list[StoredMessage]:
        """
        Read the messages of a conversation over HTTP, those behind `after` (a message or its id); raises `Refused`.

        Canaries, which the harness sent itself, are left out.
        """
        await self._begin(conversation)
        return await catch_up(self, conversation, after)

    # Coming back

    async def come_back(self, *what: Conversation | str, within: float | None = None) -> Return:
        """
        Come back after a loss, as a good client does: connect, subscribe anew, then catch up over HTTP.

        `what` are conversations, and channels by their names, which are not caught up with. A connection that seems
        open is tried first. Raises what the last attempt failed with, at once when it must not be made again, else
        after `within` seconds.
        """
        await self._begin()
        return await reconnecting.come_back(self, what, within)

    def reconnecting(self, *what: Conversation | str, within: float | None = None) -> Reconnecting:
        """
        Let this device come back by itself, as `come_back` does, for as long as a block lasts.

        ::

            async with bob.reconnecting(conversation):
                await servers.restart("broadcaster")

        Whoever is out when the block ends is back behind it, or it raises what was in the way.
        """
        return Reconnecting(self, what, within)

    async def get(self, path: str, **params: Any) -> Answer:
        """Ask any other route; nothing is raised, the answer tells."""
        await self._begin()
        return await self.session.ask("get", "GET", path, fields=params)

    async def post(self, path: str, *, json: dict[str, Any] | None = None, content: bytes | None = None) -> Answer:
        """Post JSON, or `content` as it is, to any other route; nothing is raised, the answer tells."""
        await self._begin()
        headers = {"Content-Type": "application/json"} if content is not None else {}
        return await self.session.ask("post", "POST", path, fields=json, content=content, headers=headers)

    async def backend_id(self) -> str:
        """Give the backend's id of this person, asking for it if nobody said it yet."""
        self._here()
        ids = self.world.context.ids
        if self.name not in ids:
            ids[self.name] = await signing_in.asked_who(self)
        return ids[self.name]

    async def identify(self) -> str:
        """
        Ask the backend whom it takes this person for, and give that id; raises `HarnessError`.

        Another id than the person's own is a finding: their token is somebody else's.
        """
        expected = await self.backend_id()
        id_ = await signing_in.asked_who(self)
        self.world.context.recorder.record(Identified, who=self.name, user_id=id_, expected=expected)
        return id_

    async def close(self) -> None:
        """Close the socket and the HTTP connections; the token stays valid."""
        if self.connection is not None:
            await self.connection.close()
        await self.session.close()

    def abandon(self) -> None:
        """Close, from outside its event loop, what was opened on it; nothing can be done once that is closed itself."""
        loop, is_left_open = self._loop, bool(self.socket_id) or not self.session.is_closed
        if is_left_open and loop is not None and not (loop.is_closed() or loop.is_running()):
            loop.run_until_complete(self.close())

    async def _begin(self, conversation: Conversation | None = None) -> None:
        """Come in first, where a fixture of the project's acts before its test."""
        if conversation is not None and not isinstance(conversation, Conversation):
            raise UsageError(f"{conversation!r} is no conversation; a channel by its name is for `subscribe`")
        self._here()
        await self.world.let_in(self, conversation)

    async def _connected(self) -> Connection:
        await self._begin()
        await self.connect()
        assert self.connection is not None  # noqa: S101  connect() sets it or raises
        return self.connection

    def _here(self) -> None:
        """Belong to the loop that is running, from the first verb on, for as long as the world is open."""
        self.world.require_open()
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        if self._loop is not loop:
            raise HarnessError(
                f"{self.name} belongs to another event loop: set asyncio_default_fixture_loop_scope and "
                "asyncio_default_test_loop_scope to the same scope, or use people where they are asked for"
            )


def _channel_of(what: Conversation | Subscription | str) -> str:
    return what if isinstance(what, str) else what.channel
