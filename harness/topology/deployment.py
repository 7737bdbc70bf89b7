"""What every topology answers with: a target that can be reached, and what is known about its servers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from harness.config import TargetDeclaration

Verb = Literal["pause", "resume", "kill", "stop", "start", "tell", "disconnect", "connect", "lose", "heal"]
"""What can be done to a server; what it takes beside the server's name stands in the settings of `do`."""


@dataclass(frozen=True)
class Figures:
    """What a server's process costs: files that it has open, sockets included, and bytes of memory."""

    descriptors: int
    memory: int


class Control(Protocol):
    """The servers of a deployment, by name, to be disturbed on purpose."""

    @property
    def servers(self) -> tuple[str, ...]:
        """Their names."""

    def do(self, verb: Verb, server: str, **settings: Any) -> None:
        """
        Do something to a server, and wait until it is done: a server that was started is ready then.

        While it lasts, `Deployment.check` does not report what was done. `resume` and `start` do nothing to one that
        runs, `connect` nothing to one that is connected, `heal` nothing where no packet is lost. `tell` says `settings`
        to the process, `lose` takes the `share` of packets that get lost.

        Raises `UsageError` for a name that is none and for what makes no sense now, `NotExercised` for what cannot be
        done here, and `EnvironmentFault` when it fails.
        """

    def figures(self, server: str) -> Figures:
        """
        Look at what a server's process costs.

        Raises `UsageError` for a name that is none, and `NotExercised` where nobody can look.
        """


class Deployment(Protocol):
    """A target that runs; whoever opened it stops it."""

    @property
    def target(self) -> TargetDeclaration:
        """The declaration with addresses, cast and secrets filled in."""

    @property
    def images(self) -> Mapping[str, str]:
        """What each server runs, by its name: an image and the id of its content. Empty where there are none."""

    @property
    def control(self) -> Control:
        """What can be done to the servers; raises `NotExercised` with the reason where nothing can, or nothing may."""

    def check(self) -> None:
        """Raise `EnvironmentFault` with the last log lines when a server of ours has died; must not wait."""

    def logs(self) -> dict[str, str]:
        """Give the last log lines of each server that we started, by its name."""

    def stop(self) -> None:
        """End everything that was started; a second call does nothing."""


@dataclass(frozen=True)
class Share:
    """
    Which of the processes of a run this is, counted from 0, and how many there are: each has people of its own.

    `tell` hears, now and then, what a start takes so long for; `keep` is for how many seconds containers of ours are
    kept when the run is over.
    """

    number: int = 0
    of: int = 1
    tell: Callable[[str], None] = lambda what: None  # noqa: ARG005 - nobody listens by default
    keep: float = 0.0

    def people(self, everybody: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Pick those who are this process's to play."""
        companies = sorted({person["company"] for person in everybody})
        each = len(companies) // self.of
        mine = companies[self.number * each : (self.number + 1) * each]
        return [person for person in everybody if person["company"] in mine]


ALONE: Final = Share()
"""The only process of a run."""
