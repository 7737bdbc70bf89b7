"""Signs of life, both ways (PROTOCOL.md 1.4)."""

from websockets.frames import Frame, Opcode

from harness.rig.exercise import Exercise, Judgement, Scene, failed, of, passed, shown, unknown
from harness.rig.manners import Manners
from harness.rig.stage import Stage

_TIMEOUT = 2.0
"""The activity timeout that is announced; the usual ones are 30 to 120."""
_GRACE = 5.0
_LEAST_GRACE = 2.0
_PONG_WAIT = 40.0
"""The specification has a client wait 30 s for a pong."""
_PINGS = ("pusher:ping", "WebSocket ping")


class AnswersPings(Exercise):
    """Reverb prunes who does not."""

    id = "ping.answers"
    says = "It answers pusher:ping with pusher:pong."

    async def script(self, stage: Stage) -> None:
        """Ping it."""
        stage.answers_pings = None
        await stage.fence(await stage.settled())

    def judge(self, scene: Scene) -> Judgement:
        """A pong came."""
        if of(scene.after("ping"), "in", event="pusher:pong"):
            return passed("it answered")
        if of(scene.after("ping"), "closed"):
            return failed("it ended the connection instead")
        return failed(f"no pusher:pong came within {shown(scene.terms.answer)}: servers prune such a client")


class AnswersControlPings(Exercise):
    """Pusher itself pings so."""

    id = "ping.control"
    says = "It answers a ping of WebSocket itself with its pong."

    async def script(self, stage: Stage) -> None:
        """Ping it below the protocol."""
        socket = await stage.settled()
        stage.step("ping", socket)
        seen = len(stage.log)
        socket.send_frame(Frame(Opcode.PING, b"rig"))

        def is_answered() -> bool:
            return socket.is_over or bool(of(stage.log.entries[seen:], "in", event="WebSocket pong"))

        await stage.until(is_answered, stage.terms.answer)

    def judge(self, scene: Scene) -> Judgement:
        """A pong came."""
        if of(scene.after("ping"), "in", event="WebSocket pong"):
            return passed("it answered")
        return failed(f"no pong came within {shown(scene.terms.answer)}")


class Asks(Exercise):
    """Else nobody notices that a connection is dead: TCP does not say so for many minutes."""

    id = "ping.asks"
    says = f"After the activity timeout that the server announced ({_TIMEOUT:g} s), it pings by itself."

    async def script(self, stage: Stage) -> None:
        """Say nothing, and wait."""
        terms = stage.terms
        seen = len(stage.log)
        socket = await stage.settled(Manners(activity_timeout=terms.seconds(_TIMEOUT)))
        stage.step("silence", socket)

        def has_pinged() -> bool:
            theirs = of(stage.log.entries[seen:], "in", who=socket.name)
            return socket.is_over or any(one.event in _PINGS for one in theirs)

        await stage.until(has_pinged, terms.seconds(_TIMEOUT) + terms.seconds(_GRACE, least=_LEAST_GRACE))
        await stage.calm()

    def judge(self, scene: Scene) -> Judgement:
        """A ping came on that connection."""
        silence = scene.step("silence")
        who = silence.who if silence is not None else ""
        if pings := [one for one in of(scene.entries, "in", who=who) if one.event in _PINGS]:
            return passed(f"it sent a {pings[0].event}")
        if of(scene.after("silence"), "closed", who=who):
            return failed("it ended the connection without having pinged")
        waited = scene.terms.seconds(_TIMEOUT) + scene.terms.seconds(_GRACE, least=_LEAST_GRACE)
        return failed(f"no ping came within {shown(waited)}: it does not follow the server's activity_timeout")


class GivesUp(Exercise):
    """A half-open connection is only noticed so."""

    id = "ping.gives-up"
    says = "When no pong comes, it gives the connection up and makes another."

    async def script(self, stage: Stage) -> None:
        """Let it ping, and leave it without an answer."""
        terms = stage.terms
        timeout = terms.seconds(_TIMEOUT)
        socket = await stage.settled(Manners(activity_timeout=timeout, answers_pings=False))
        stage.step("silence", socket)
        seen = len(stage.server.sockets)
        limit = timeout + terms.seconds(_PONG_WAIT, least=_LEAST_GRACE)
        await stage.until(lambda: len(stage.server.sockets) > seen, limit)
        stage.server.behave(Manners())

    def judge(self, scene: Scene) -> Judgement:
        """It pinged, and another connection came."""
        silence = scene.step("silence")
        pings = [one for one in of(scene.entries, "in", who=silence.who if silence else "") if one.event in _PINGS]
        if not pings:
            return unknown("it sent no ping that could have been left without an answer (ping.asks)")
        if another := of(scene.after("silence"), "upgrade"):
            return passed(f"it made another {shown(another[0].at - pings[0].at)} after its ping")
        limit = scene.terms.seconds(_PONG_WAIT, least=_LEAST_GRACE)
        return failed(f"it had no pong for {shown(limit)} and made no other connection")


ANSWERING = (AnswersPings(), AnswersControlPings())
ASKING = (Asks(),)
GIVING_UP = (GivesUp(),)
