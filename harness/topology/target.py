"""A target that runs, as one worker uses it: its deployment, its history, and the worlds that tests open on it."""

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Self

from harness.checkers.judgement import Judgement
from harness.config import TargetDeclaration
from harness.errors import NotExercised
from harness.history.events import ProcessExited, ProcessStarted
from harness.history.recorder import Recorder
from harness.topology.deployment import Control, Deployment
from harness.topology.process import ServerProcess
from harness.users.belongings import apart, clear
from harness.users.context import Context
from harness.users.world import World


class Target:
    """
    The system under test: addresses, cast and rules in `declaration`, everything that happens to it in `history`.

    `test`, `replay` and `evidence` describe the test that is running; worlds opened meanwhile carry them.
    """

    def __init__(self, deployment: Deployment, recorder: Recorder, *, patience: float = 1.0) -> None:
        self._deployment = deployment
        self._beside: list[ServerProcess] = []
        self.context = Context(deployment.target, recorder, patience)
        self.test = ""
        self.replay = ""
        self.evidence = ""
        self.before_stop: Callable[[], None] = lambda: None
        """Called when it is about to stop, while everything still runs."""
        self.judgements: list[Judgement] = []
        """What was judged since somebody last took it."""
        recorder.record(ProcessStarted, process=self.declaration.name, detail=self.declaration.topology)
        for server, image in deployment.images.items():
            recorder.record(ProcessStarted, process=server, detail=image)

    @property
    def declaration(self) -> TargetDeclaration:
        """What this target declares, with the addresses and people of the running stack filled in."""
        return self._deployment.target

    @property
    def history(self) -> Recorder:
        """The growing record of this worker."""
        return self.context.recorder

    def why_not(self, capability: str) -> str:
        """Say why a capability is not served, "" when it is; raises `UsageError` for a word that is none."""
        reason = self.declaration.why_not(capability)
        if not reason and capability == "restart":
            try:
                _ = self.control
            except NotExercised as error:
                return str(error)
        return reason

    def pattern(self, rule: str) -> str:
        """Give the pattern of one of its channel rules; raises `NotExercised` when it declares none of that name."""
        return self.context.pattern_of(rule).text

    def channel(self, rule: str, **values: int | str | None) -> str:
        """
        Name a channel by one of the declared rules: `target.channel("company", company=6)`.

        Raises `NotExercised` when the target declares no such rule, `UsageError` when a value is missing or cannot
        stand in a name.
        """
        return self.context.channel(rule, **values)

    def world(self, *, tolerated: Iterable[tuple[str, str]] = (), budget: Mapping[str, float] | None = None) -> World:
        """
        Open a world with `async with`: people by name, a conversation, judged when it is left.

        For properties: one world an example. A test that asks for people by fixture has one around it already.
        `budget` are percentile limits in seconds (`{"p95": 0.25}`) for the deliveries of this world alone.
        """
        return World(
            self.context,
            self.test,
            check=self.check,
            tolerated=tolerated,
            budget=budget,
            replay=self.replay,
            evidence=self.evidence,
            judged=self.judgements.append,
        )

    def check(self) -> None:
        """Raise `EnvironmentFault` when a server of ours has died, once more each time somebody asks."""
        try:
            self._deployment.check()
            for process in self._beside:
                process.check()
        except Exception as error:
            self.history.record(ProcessExited, process=self.declaration.name, detail=str(error).partition("\n")[0])
            raise

    @property
    def control(self) -> Control:
        """What can be done to the servers; raises `NotExercised` with the reason where nothing can, or nothing may."""
        return self._deployment.control

    def logs(self) -> dict[str, str]:
        """Give the last log lines of the servers that we started, secrets taken out."""
        logs = self._deployment.logs() | {process.name: process.last_lines() for process in self._beside}
        return {name: self.context.redactor.hide(lines) for name, lines in logs.items()}

    def accompany(self, process: ServerProcess) -> None:
        """Take a process of ours that stands beside the servers: watched, quoted and ended together with them."""
        self._beside.append(process)

    def stop(self) -> None:
        """End what was started for this target, and delete what was made on one that is somebody else's."""
        try:
            self.before_stop()
        finally:
            self._stop()

    def _stop(self) -> None:
        if self.declaration.topology == "remote" and self.context.belongings:
            apart(lambda: clear(World(self.context)))
        beside, self._beside = self._beside, []
        for process in beside:
            process.release()
        self._deployment.stop()
        for process in beside:
            process.reap()

    def __repr__(self) -> str:
        return f"<Target {self.declaration.name}>"

    def __enter__(self) -> Self:
        """Use a target as a context manager outside pytest."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()
