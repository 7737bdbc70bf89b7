"""What all users of a world share: the target, the history, how frames are read, which tokens there are."""

import secrets
from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING, Any

from harness.config import ChannelRule, Person, TargetDeclaration
from harness.errors import NotExercised, UsageError
from harness.history.events import HttpAnswered
from harness.history.recorder import Recorder
from harness.history.redaction import Redactor
from harness.protocol.channels import Pattern
from harness.users.adapter import load
from harness.users.belongings import Belongings
from harness.users.credentials import Credentials
from harness.users.manners import Manners
from harness.users.reading import Reader

if TYPE_CHECKING:
    from harness.users.conversation import Conversation

_SHORTEST_WAIT = 2.0
CONVERSATION_RULE = "conversation"


@dataclass(eq=False, repr=False)
class Context:
    """One target, as the users of one worker see it."""

    target: TargetDeclaration
    recorder: Recorder
    patience: float = 1.0
    redactor: Redactor = field(default_factory=Redactor)
    tokens: dict[str, str] = field(default_factory=dict)
    """One login per person and worker: the bearer token by the person's name."""
    ids: dict[str, str] = field(default_factory=dict)
    """The backend's id of a person, as far as it is known."""
    conversations: dict[str, "Conversation"] = field(default_factory=dict)
    """The conversations of this worker, by their ids."""
    canaries: set[str] = field(default_factory=set)
    """The texts, and the ids as far as known, of messages that the harness sent itself."""
    pongs_keep_order: bool | None = None
    """Whether a pong comes behind the events that were queued before it: None until that was tried or is declared."""
    grants: dict[str, HttpAnswered] = field(default_factory=dict)
    """The latest authorization that was granted to a person's own living token, by name."""

    nonce: str = field(default_factory=lambda: f"rt{secrets.token_hex(4)}")
    """What the addresses of people begin with whom this worker makes."""
    belongings: Belongings = field(default_factory=Belongings)

    def __post_init__(self) -> None:
        """Learn what must never be shown."""
        self.people: dict[str, Person] = {person.name: person for person in self.target.cast}
        """Everybody whom the users of this worker play, by name: the cast, and whoever registered since."""
        for person in self.target.cast:
            self.redactor.add(person.password, "a password", person.name)
            if person.id is not None:
                self.ids[person.name] = str(person.id)
        self.belongings.people |= {
            person.name: person for person in self.target.cast if person.name in self.target.made
        }
        self.redactor.add(self.target.broadcaster.secret or "", "the app secret")
        for way in (self.target.backend.transport, self.target.broadcaster.transport):
            for secret in way.secrets:
                self.redactor.add(secret)
        self._nodes = cycle((self.target.broadcaster.url, *self.target.broadcaster.other_urls))
        is_remote = self.target.topology == "remote"
        self.manners = Manners(self.target.may.requests_per_second, waits=is_remote, production=self.target.production)
        self.adapter = load(self.target)
        self.credentials = Credentials(self.recorder.now, self.target.backend.contract.ability)
        self.rules: tuple[tuple[ChannelRule, Pattern], ...] = tuple(
            (rule, Pattern(rule.pattern)) for rule in self.target.channels
        )
        """The declared channel rules, each with its pattern."""
        self.reader = Reader(self.target.backend.contract.event, self.redactor, self.people)

    @property
    def answer_seconds(self) -> float:
        """How long a verb waits for its answer before it says that none came."""
        return max(_SHORTEST_WAIT, self.target.budgets.arrival) * self.patience

    def next_socket_url(self) -> str:
        """Give the address of a WebSocket, as the SDKs write it (PROTOCOL.md, 1.1); each node in its turn."""
        broadcaster = self.target.broadcaster
        url = next(self._nodes)
        return f"{url}/app/{broadcaster.key}?protocol=7&client=realtime-harness&version=0.1"

    def is_canary(self, id_: str, text: str) -> bool:
        """Tell whether the harness sent this message itself: nobody who looks for messages wrote it or wants it."""
        return not self.canaries.isdisjoint((id_, text))

    def pattern_of(self, rule: str) -> Pattern:
        """Give the pattern of a channel rule; raises `NotExercised` when the target declares none of that name."""
        for declared_rule, pattern in self.rules:
            if declared_rule.name == rule:
                return pattern
        known = ", ".join(one.name for one in self.target.channels) or "none"
        raise NotExercised(f"target {self.target.name} declares no channel rule {rule!r}; its rules are {known}")

    def channel(self, rule: str, **values: int | str | None) -> str:
        """
        Name a channel by one of the declared rules; a value that is None is left out.

        Raises `NotExercised` when the target declares no such rule, `UsageError` when a value is missing or cannot
        stand in a name.
        """
        pattern = self.pattern_of(rule)
        try:
            return pattern.fill(**{name: str(value) for name, value in values.items() if value is not None})
        except ValueError as error:
            raise UsageError(f"target {self.target.name}, channel rule {rule!r}: {error}") from None

    def channel_of(self, conversation: str, company: int | str | None) -> str:
        """Name the channel of a conversation; `channel` says what it raises."""
        return self.channel(CONVERSATION_RULE, conversation=conversation, company=company)

    def grant_expected(self, who: str, channel: str) -> str:
        """Say why this person should be granted a channel, "" when nobody declared that they may join it."""
        for conversation in self.conversations.values():
            if conversation.channel == channel and who in conversation.participants:
                return f"a grant: {who} is in conversation {conversation.id}"
        return ""

    def had_right(self, who: str, channel: str) -> bool:
        """Tell whether this person was in the conversation of a channel once, and is no longer."""
        return any(
            one.channel == channel and who in one.people and who not in one.participants
            for one in self.conversations.values()
        )

    @property
    def terms(self) -> dict[str, Any]:
        """The terms of a judgement, in nanoseconds, as `TestFinished` holds them."""
        budgets = self.target.budgets
        arrival, recovery = budgets.arrival * self.patience, budgets.recovery * self.patience
        terms = {"arrival": arrival, "revocation": budgets.revocation, "recovery": recovery}
        return {name: round(seconds * 1e9) for name, seconds in terms.items()}

    def deadline(self, seconds: float | None = None) -> int:
        """Give the moment, on the history's clock, until which to wait; by default as long as an answer may take."""
        wait = self.answer_seconds if seconds is None else seconds * self.patience
        return self.recorder.now() + round(wait * 1e9)


def declared(target: TargetDeclaration, name: str) -> Person | None:
    """Find a person of the cast by role."""
    return next((person for person in target.cast if person.name == name), None)
