"""Puts one client through exercises, one after the other, and says what became of each."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

import msgspec

from harness.errors import EnvironmentFault
from harness.rig.exercise import Exercise, Judgement, Scene, Unexercised, Unready, Word, of, unexercised, unknown
from harness.rig.guest import Guest
from harness.rig.log import MOST, Entry, Log
from harness.rig.manners import Manners
from harness.rig.result import Result, Sheet
from harness.rig.server import Server
from harness.rig.stage import Nobody, Stage
from harness.rig.status import Status
from harness.rig.terms import Terms

_GIVES_UP_AFTER = 2
"""Exercises in a row without a client, after which the others are not waited for."""

_TOO_MUCH = (
    f"the client said, or came, so often that {MOST} entries of the log are full; what came later is not looked at"
)


class Rig:
    """
    One run; `told` is given each result at once, and `asked` what somebody has to do in the app.

    `guest` starts the client, where it can be started so; else somebody does.
    """

    def __init__(
        self,
        terms: Terms,
        told: Callable[[Result], None] = lambda _: None,
        guest: Guest | None = None,
        asked: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.terms = terms
        self.results: list[Result] = []
        self.log = Log()
        self.log.redactor.add(terms.secret)
        self._told = told
        self._status = Status()
        self._server = Server(terms, self.log, self._status.page)
        self._asked = asked
        self._stage = Stage(terms, self.log, self._server, guest, self._ask)
        self._absent = 0

    async def run(
        self,
        exercises: Sequence[Exercise],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        ready: Callable[[int], None] = lambda _: None,
    ) -> None:
        """
        Listen, tell the port to `ready`, and do the exercises; `results` grow meanwhile.

        Raises `EnvironmentFault` when the port is taken, and when no client ever comes.
        """
        stage = self._stage
        stage.host, stage.port = host, await self._server.start(host, port)
        try:
            ready(stage.port)
            for number, exercise in enumerate(exercises, 1):
                self._status.began(exercise, number, len(exercises))
                await self._do(exercise)
        finally:
            await asyncio.shield(self._end())

    def sheet(self, exercises: Sequence[Exercise]) -> Sheet:
        """Give what came of the run so far; exercises that it did not come to are not exercised."""
        done = {one.id for one in self.results}
        missing = [
            _result(one, unexercised("the run ended before"), 0.0, ()) for one in exercises if one.id not in done
        ]
        return Sheet(
            dialect=self.terms.dialect.name,
            key=self._server.desk.key,
            channels=tuple(sorted(self._stage.channels)),
            pace=self.terms.pace,
            seed=self.terms.seed,
            seconds=round(self.log.now(), 3),
            results=(*self.results, *missing),
            interrupted=bool(missing),
        )

    async def _do(self, exercise: Exercise) -> None:
        began, seen = time.monotonic(), len(self.log)
        judgement = await self._script(exercise)
        entries = self.log.entries
        scene = Scene(entries[:seen], entries[seen:], self.terms)
        judgement = judgement or exercise.judge(scene)
        has_left = any(one.by == "client" for one in scene.entries)
        status = await self._stage.last_words() if has_left and judgement.word is Word.FAIL else self._stage.guest_ended
        if status is not None:
            remark = f"the process of the client had ended by itself, with status {status}"
            judgement = msgspec.structs.replace(judgement, remarks=(*judgement.remarks, remark))
        if self.log.is_full:
            judgement = msgspec.structs.replace(judgement, remarks=(*judgement.remarks, _TOO_MUCH))
        self._server.behave(Manners())
        if exercise.ends_client:
            self._stage.retire()
        result = _result(exercise, judgement, time.monotonic() - began, tuple(scene.entries))
        self.results.append(result)
        self._status.ended(result)
        self._told(result)

    async def _script(self, exercise: Exercise) -> Judgement | None:
        """Play the script; gives a judgement where there is nothing that its own rules could read."""
        if self.log.is_full:
            return unexercised(_TOO_MUCH)
        if self._absent >= _GIVES_UP_AFTER:
            return unexercised("the client did not come back")
        try:
            await exercise.script(self._stage)
        except Nobody:
            raise EnvironmentFault(self._nobody()) from None
        except Unready as error:
            self._absent += 1
            # A client that was told to stay away has to be started by somebody, who may not be there.
            return unexercised(str(error)) if self._stage.is_retired else unknown(str(error))
        except Unexercised as error:
            return unexercised(str(error))
        self._absent = 0
        return None

    def _nobody(self) -> str:
        """Say why nothing can be said: nobody came, or somebody who could not be let in."""
        stage, patience = self._stage, f"{self.terms.patience:g} s"
        if refused := of(self.log.entries, "upgrade"):
            key = f" under the key {self.terms.key!r}" if self.terms.key else ""
            return f"no client could be let in within {patience}: it asked for {refused[0].text}, not /app/KEY{key}"
        if of(self.log.entries, "tls"):
            return f"a client began TLS, which the rig does not speak: have it use ws://{stage.host}:{stage.port}"
        address = f"ws://{stage.host}:{stage.port}"
        if stage.guest_ended is not None:
            return f"no client connected to {address}: its command ended with status {stage.guest_ended}"
        return f"no client connected to {address} within {patience}; start it, or raise --patience"

    def _ask(self, act: str, sentence: str) -> None:
        """Show what somebody has to do, as long as it is so."""
        self._status.ask(act, sentence)
        if sentence:
            self._asked(sentence)

    async def _end(self) -> None:
        with contextlib.suppress(OSError):
            await self._stage.stop()
        await self._server.stop()


def _result(exercise: Exercise, judgement: Judgement, seconds: float, log: tuple[Entry, ...]) -> Result:
    return Result(
        id=exercise.id,
        says=exercise.says,
        word=judgement.word,
        reason=judgement.reason,
        remarks=judgement.remarks,
        seconds=round(seconds, 3),
        log=log,
    )
