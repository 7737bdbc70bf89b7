"""How a client opens its connection (PROTOCOL.md 1.1, 1.2)."""

from harness.rig.exercise import Exercise, Judgement, Scene, failed, of, passed
from harness.rig.manners import Manners
from harness.rig.stage import Stage

_HELD = 0.5
_WATCHED = 1.0


class AsksForTheApp(Exercise):
    """The address."""

    id = "connect.url"
    says = "It asks for /app/KEY and protocol 7."

    async def script(self, stage: Stage) -> None:
        """Wait for a client."""
        await stage.client()

    def judge(self, scene: Scene) -> Judgement:
        """Every address that was asked for is a right one."""
        asked = of(scene.all, "upgrade")
        wrong = [one for one in asked if one.problem]
        if wrong:
            return failed(f"{wrong[0].who}: {wrong[0].problem}")
        return passed(f"asked for {asked[-1].text.removeprefix('GET ')}")


class WaitsForTheHandshake(Exercise):
    """Nothing may be said, and nothing signed, before there is a socket id."""

    id = "connect.waits"
    says = "It says nothing, and asks for no authorization, before pusher:connection_established."

    async def script(self, stage: Stage) -> None:
        """Let a client in, and tell it its socket id late."""
        socket = await stage.fresh(Manners(establishes=False))
        stage.step("held", socket)
        await stage.quiet(stage.terms.seconds(_HELD, least=0.1))
        stage.step("told", socket)
        if not socket.is_over:
            stage.server.establish(socket)
        stage.server.behave(Manners())
        await stage.settle(socket)

    def judge(self, scene: Scene) -> Judgement:
        """Nothing came between the two steps."""
        told = scene.step("told")
        held = [one for one in scene.after("held") if told is None or one.at <= told.at]
        if early := of(held, "in"):
            return failed(f"it sent {early[0].event or 'a frame'} before pusher:connection_established")
        if asked := of(held, "asked"):
            return failed(f"it asked to be authorized for {asked[0].channel} before it had a socket id")
        return passed("it waited")


class OpensOneConnection(Exercise):
    """An app whose parts each open a connection pays twice, and hears everything twice."""

    id = "connect.once"
    says = "It opens one connection, not two."

    async def script(self, stage: Stage) -> None:
        """End what it has, and count what comes."""
        stage.step("counted")
        await stage.settled(Manners())
        await stage.quiet(stage.terms.seconds(_WATCHED, least=0.1))

    def judge(self, scene: Scene) -> Judgement:
        """One came."""
        opened = of(scene.after("counted"), "upgrade")
        if len(opened) > 1:
            return failed(f"it opened {len(opened)} connections where one was ended")
        return passed("it opened one")


ALL = (AsksForTheApp(), WaitsForTheHandshake(), OpensOneConnection())
