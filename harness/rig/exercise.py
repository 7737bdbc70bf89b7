"""
What an exercise is: a script that a client is put through, and rules that judge what came of it.

The script acts and waits, and decides nothing; the rules read what passed, and wait for nothing. So every judgement can
be made again from the log, and every rule can be tried on a log of one's own.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

import msgspec

from harness.protocol.channels import ChannelKind, kind_of
from harness.rig.log import Entry, What
from harness.rig.terms import Terms

if TYPE_CHECKING:
    from harness.rig.stage import Stage


class Word(StrEnum):
    """What is said of an exercise."""

    PASS = "PASS"  # noqa: S105  no password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOT_EXERCISED = "NOT EXERCISED"


class Judgement(msgspec.Struct, frozen=True):
    """A word and its reason in plain words; remarks are worth knowing and change nothing."""

    word: Word
    reason: str
    remarks: tuple[str, ...] = ()


def passed(reason: str, *remarks: str) -> Judgement:
    """Say that the client did what it must."""
    return Judgement(Word.PASS, reason, remarks)


def failed(reason: str, *remarks: str) -> Judgement:
    """Say what the client did that it must not, or the other way round."""
    return Judgement(Word.FAIL, reason, remarks)


def unknown(reason: str, *remarks: str) -> Judgement:
    """Say why nobody can tell."""
    return Judgement(Word.INCONCLUSIVE, reason, remarks)


def unexercised(reason: str) -> Judgement:
    """Say why there was nothing to look at."""
    return Judgement(Word.NOT_EXERCISED, reason)


class Unready(Exception):
    """The client is not where an exercise begins; the message says where it is."""


class Unexercised(Exception):
    """There is nothing to look at; the message says why."""


class Exercise(ABC):
    """One thing that a client must do, or must not."""

    id: str
    says: str
    """What the client must do, in one sentence."""
    ends_client: ClassVar[bool] = False
    """A client that does right does not come back: it must be started anew."""
    act: ClassVar[str] = ""
    """One word, for a test driver, of what has to be done in the app; empty when nothing has to."""

    @abstractmethod
    async def script(self, stage: "Stage") -> None:
        """Put the client through it; raises `Unready` or `Unexercised`."""

    @abstractmethod
    def judge(self, scene: "Scene") -> Judgement:
        """Read what came of it."""


class Scene:
    """What passed during an exercise, and before it."""

    def __init__(self, before: Sequence[Entry], entries: Sequence[Entry], terms: Terms) -> None:
        self.entries = entries
        self.all = [*before, *entries]
        self.terms = terms

    def step(self, name: str) -> Entry | None:
        """Find the last step of the script that is called so."""
        return next((one for one in reversed(self.entries) if one.what == "step" and one.text == name), None)

    def after(self, name: str) -> list[Entry]:
        """List what came behind that step, nothing when the script did not get there."""
        step = self.step(name)
        return [] if step is None else list(self.entries[self.entries.index(step) + 1 :])

    def before(self, name: str) -> list[Entry]:
        """List what came before that step, in this exercise and earlier."""
        step = self.step(name)
        return self.all if step is None else self.all[: self.all.index(step)]


def of(entries: Sequence[Entry], what: What, *, who: str = "", event: str = "") -> list[Entry]:
    """List entries of a kind, those of one connection or event if it is named."""
    return [
        one for one in entries if one.what == what and (not who or one.who == who) and (not event or one.event == event)
    ]


def subscribes(entries: Sequence[Entry], who: str = "") -> list[Entry]:
    """List the subscribes of the client."""
    return of(entries, "in", who=who, event="pusher:subscribe")


def is_guarded(channel: str) -> bool:
    """Tell whether joining a channel takes a signature."""
    return kind_of(channel) is not ChannelKind.PUBLIC


def waits(entries: Sequence[Entry]) -> Iterator[float]:
    """Give how long it took the client to ask for a connection, each time that we ended or refused one."""
    ended: float | None = None
    for one in entries:
        if one.what == "refused" or (one.what == "closed" and one.by == "rig"):
            ended = one.at
        elif one.what == "upgrade" and ended is not None:
            yield one.at - ended
            ended = None


def shown(seconds: float) -> str:
    """Write a time."""
    seconds = max(seconds, 0.0)
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def named(channels: Sequence[str] | set[str]) -> str:
    """Write channels."""
    return ", ".join(sorted(channels))
