"""What a client does at each class of close codes (PROTOCOL.md 1.5)."""

from harness.rig.exercise import Exercise, Judgement, Scene, failed, of, passed, shown, unknown, waits
from harness.rig.manners import Manners
from harness.rig.stage import Stage

_AT_ONCE = 3.0
"""Real seconds that a client may take which comes back at once: a slow machine is no back-off."""
_BACK_OFF = 1.0
_AWAY = 6.0
_LEAST_AWAY = 1.0


class _Closing(Exercise):
    code: int

    async def script(self, stage: Stage) -> None:
        """End its connection with the code, and wait for another."""
        socket = await stage.settled()
        stage.step("close", socket)
        seen = len(stage.server.sockets)
        stage.server.close(socket, self.code, "said by the rig")
        await stage.back(seen)

    def _wait(self, scene: Scene) -> float | Judgement:
        wait = next(waits(scene.after("close")), None)
        if wait is None:
            return failed(f"it did not come back within {scene.terms.patience:g} s")
        return wait


class ComesBackAtOnce(_Closing):
    """4200 to 4299: reconnect now."""

    id, code = "close.4200", 4200
    says = "Closed with 4200 (reconnect now), it comes back at once."

    def judge(self, scene: Scene) -> Judgement:
        """It was back soon."""
        wait = self._wait(scene)
        if isinstance(wait, Judgement):
            return wait
        return (passed if wait <= _AT_ONCE else failed)(f"it came back after {shown(wait)}")


class BacksOff(_Closing):
    """4100 to 4199: try later."""

    id, code = "close.4100", 4100
    says = "Closed with 4100 (try later), it waits a second or more and comes back."

    def judge(self, scene: Scene) -> Judgement:
        """It was back, not too soon."""
        wait, least = self._wait(scene), scene.terms.seconds(_BACK_OFF)
        if isinstance(wait, Judgement):
            return wait
        if wait < 0.95 * least:
            return failed(f"it came back after {shown(wait)}, where {shown(least)} is the least")
        return passed(f"it came back after {shown(wait)}")


class _Away(Exercise):
    ends_client = True

    async def watch(self, stage: Stage) -> None:
        """See whether it stays away."""
        await stage.quiet(stage.terms.seconds(_AWAY, least=_LEAST_AWAY))

    def judge(self, scene: Scene) -> Judgement:
        """Nobody asked for a connection without TLS behind the code."""
        if not scene.step("close"):
            return unknown("the client was gone before the code could be sent")
        after = scene.after("close")
        if again := of(after, "upgrade"):
            closed = next((one.at for one in after if one.what == "closed"), again[0].at)
            return failed(f"it asked for the same connection again after {shown(again[0].at - closed)}")
        said = "it began TLS instead" if of(after, "tls") else "it stayed away"
        return passed(f"{said} for {shown(scene.terms.seconds(_AWAY, least=_LEAST_AWAY))}")


class StaysAway(_Away):
    """4001 to 4099: refused; the same request will be refused again."""

    id = "close.4001"
    says = "Closed with 4001 (refused), it does not come back unchanged."

    async def script(self, stage: Stage) -> None:
        """End its connection with the code, and watch."""
        socket = await stage.settled()
        stage.step("close", socket)
        stage.server.close(socket, 4001, "Application does not exist")
        await self.watch(stage)


class StaysAwayWhenRefused(_Away):
    """Reverb says so in a frame, and then just ends TCP; others close with the code too (PROTOCOL.md 1.6)."""

    id = "close.4001-handshake"
    says = "Told 4001 by pusher:error instead of the handshake, it does not come back unchanged."

    async def script(self, stage: Stage) -> None:
        """Refuse a connection that it asks for, and watch."""
        stage.step("close")
        await stage.fresh(Manners(refuses=4001))
        stage.step("close")
        await self.watch(stage)


class GoesToTls(_Away):
    """4000: with TLS only."""

    id = "close.4000"
    says = "Closed with 4000 (TLS only), it comes back with TLS or not at all."

    async def script(self, stage: Stage) -> None:
        """End its connection with the code, and watch."""
        socket = await stage.settled()
        stage.step("close", socket)
        stage.server.close(socket, 4000, "TLS only")
        await self.watch(stage)


RETURNING = (ComesBackAtOnce(), BacksOff())
FINAL = (StaysAway(), StaysAwayWhenRefused(), GoesToTls())
