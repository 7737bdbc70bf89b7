"""One case on one bench: what the server did, what that is worth, and whether others on it noticed."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

from harness.conformance.answers import NO_ANSWER, NOTHING
from harness.conformance.bench import Bench
from harness.conformance.case import Case, Grade
from harness.conformance.peer import Astray, Peer
from harness.conformance.standing import wanting
from harness.errors import EnvironmentFault, GuaranteeBroken, NotExercised

_CASE_WITHIN: Final = 4
"""Times the seconds that a server has for one answer."""
_QUOTED: Final = 300
_CANARY: Final = "Canary"


@dataclass(frozen=True)
class Result:
    """What came of one case."""

    case: Case
    grade: Grade
    behaviour: str
    """In the words of `answers`; the reason where it was not exercised."""
    said: str = ""
    """What explains it: what the server said last, or what others on it noticed."""
    dialect: str = ""
    log: list[dict[str, Any]] = field(default_factory=list)

    @property
    def case_id(self) -> str:
        """The id of the case."""
        return self.case.id

    def demand(self) -> None:
        """Raise `GuaranteeBroken` for a failure, with what was expected; `NotExercised` for what was not."""
        if self.grade is Grade.NOT_EXERCISED:
            raise NotExercised(self.behaviour)
        if self.grade is Grade.FAILED:
            raise GuaranteeBroken(self.told())

    def told(self) -> str:
        """Write a paragraph on it."""
        known = self.case.known.get(self.dialect)
        expected = [*self.case.expects, *([f"{known.behaviour} (known of {self.dialect})"] if known else [])]
        lines = [
            f"{self.case.id} {self.case.says}",
            f"  expected  {' or '.join(expected) or 'nothing in particular'}",
            f"  observed  {self.behaviour}",
            *([f"  said      {self.said}"] if self.said else []),
            *(f"    {step['at_ms']:8.1f} ms  {_step(step)}" for step in self.log[-12:]),
        ]
        return "\n".join(lines)


async def examine(case: Case, bench: Bench) -> Result:
    """
    Try a case and grade what came of it; leaves the server as it was.

    Raises `EnvironmentFault` when there is no server any more: behind a failure that is looked at, so that what is only
    its end, or its silence, is no failure of this case and of all that come after it.
    """
    server = bench.server
    if reason := server.missing(case.needs):
        return Result(case, Grade.NOT_EXERCISED, reason, dialect=server.dialect)
    tried = bench.hurried if "short_timers" in case.needs else bench
    try:
        canary = await _Canary.placed(tried) if case.hostile else None
        behaviour = await _behaviour(case, tried)
        noticed = await canary.noticed() if canary is not None else ""
        grade = Grade.FAILED if noticed else case.grade(behaviour, server.dialect, is_ours=server.is_ours)
        if grade is Grade.FAILED or NO_ANSWER in behaviour:
            await _still_stands(tried)
    except NotExercised as error:
        return Result(case, Grade.NOT_EXERCISED, str(error), dialect=server.dialect)
    except EnvironmentFault as error:
        bench.down = f"it went away during case {case.id} ({case.says}) {error}"
        raise EnvironmentFault(f"{server.name}: {bench.down}") from error
    finally:
        await tried.close()
    return Result(case, grade, behaviour, noticed or _last_said(bench.log), server.dialect, list(bench.log))


async def _still_stands(bench: Bench) -> None:
    again = bench.another
    try:
        if why := await wanting(again):
            raise EnvironmentFault(f"it {why}")
    finally:
        await again.close()


async def _behaviour(case: Case, bench: Bench) -> str:
    try:
        async with asyncio.timeout(_CASE_WITHIN * bench.within):
            return await case.run(bench)
    except Astray as error:
        return str(error)
    except TimeoutError:
        return NO_ANSWER


class _Canary:
    """Somebody else on the server, who must not notice what is done to it."""

    def __init__(self, bench: Bench, peer: Peer, channel: str) -> None:
        self._bench = bench
        self._peer = peer
        self._channel = channel

    @classmethod
    async def placed(cls, bench: Bench) -> "_Canary":
        """Put somebody on a channel of its own; raises `EnvironmentFault` when that is impossible before anything."""
        peer, channel = await bench.open(), bench.channel()
        heard = peer.greeting if peer.is_over else await peer.subscribe(channel)
        if heard != "succeeded":
            raise EnvironmentFault(f"nobody can subscribe to a public channel: {heard}")
        return cls(bench, peer, channel)

    async def noticed(self) -> str:
        """Say what is not as it was before, "" when everything is."""
        due = NOTHING
        if self._bench.has("api"):
            due = f"event {_CANARY}"
            answer = await self._bench.publish(self._channel, _CANARY)
            if answer.status != 200:  # noqa: PLR2004 - OK
                return f"a publish was answered with {answer.words} afterwards"
        if (heard := await self._peer.heard()) != due:
            return f"somebody else heard {heard} afterwards, instead of {due}"
        if (greeting := (await self._bench.open()).greeting) != "established":
            return f"a new client heard {greeting} afterwards, instead of established"
        return ""


def _last_said(log: list[dict[str, Any]]) -> str:
    """Quote the last thing that a server said of its own: an error, the end, an answer."""
    for step in reversed(log):
        if "closed" in step and step["closed"]["reason"]:
            return str(step["closed"]["reason"])[:_QUOTED]
        said = step.get("in", "")
        if said and "pusher:pong" not in said:
            return str(said)[:_QUOTED]
        if "http" in step or "refused" in step:
            return str((step.get("http") or step["refused"])["body"])[:_QUOTED]
    return ""


def _step(step: dict[str, Any]) -> str:
    kind = next(name for name in step if name not in ("at_ms", "who"))
    sign = {"in": "◀", "out": "▶"}.get(kind, kind)
    return f"{step['who']} {sign} {str(step[kind])[:_QUOTED]}"
