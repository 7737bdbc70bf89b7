"""What a client makes of the authorization endpoint (PROTOCOL.md 4.2)."""

from collections import Counter

from harness.rig.exercise import (
    Exercise,
    Judgement,
    Scene,
    Unexercised,
    failed,
    is_guarded,
    named,
    of,
    passed,
    shown,
    subscribes,
    unexercised,
)
from harness.rig.log import Entry
from harness.rig.manners import Authorizing, Manners
from harness.rig.socket import Socket
from harness.rig.stage import Stage

_WATCHED = 3.0
_LEAST_WATCHED = 0.5
_MOST_ASKED = 3
"""Requests for one channel within the time above that are no hammering: one a second."""
_ON_ITS_WAY = 2.0
"""Real seconds after the end of a connection within which a request for it may arrive that was sent before."""
_SLOW = 2.0
_LATE = 1.0
NOTHING_ASKED = "it asked for no authorization: it subscribes to no private or presence channel"


class AsksAsDocumented(Exercise):
    """The request."""

    id = "auth.request"
    says = "It asks the authorization endpoint by POST, with socket_id and channel_name."

    async def script(self, stage: Stage) -> None:
        """Let it subscribe."""
        await stage.settled()

    def judge(self, scene: Scene) -> Judgement:
        """Every request so far can be understood."""
        asked = of(scene.all, "asked")
        if not asked:
            return unexercised(NOTHING_ASKED)
        wrong = [one for one in asked if one.problem]
        if wrong:
            return failed(f"{wrong[0].who}: {wrong[0].problem}")
        return passed(asked[-1].text)


class AsksForItsSocket(Exercise):
    """What is signed for another connection opens nothing."""

    id = "auth.socket-id"
    says = "It asks with the socket id of the connection that it has."

    async def script(self, stage: Stage) -> None:
        """Let it subscribe."""
        await stage.settled()

    def judge(self, scene: Scene) -> Judgement:
        """Every request so far named a connection that was the newest then."""
        newest, asked = "", 0
        ids: dict[str, str] = {}
        ended: dict[str, float] = {}
        for one in scene.all:
            if one.what == "established":
                newest = ids[one.who] = one.socket_id
            elif one.what == "closed":
                ended[ids.get(one.who, "")] = one.at
            elif one.what == "asked":
                asked += 1
                is_on_its_way = one.at - ended.get(one.socket_id, float("-inf")) < _ON_ITS_WAY
                if one.socket_id != newest and not is_on_its_way:
                    return failed(f"{one.who}: it asked with socket id {one.socket_id!r} while it had {newest!r}")
        return passed(f"{asked} of {asked} requests did") if asked else unexercised(NOTHING_ASKED)


class AsksAnew(Exercise):
    """A signature is for one connection (PROTOCOL.md 10, 31)."""

    id = "auth.fresh"
    says = "After a reconnect it asks the endpoint anew, and uses no signature of an earlier connection."

    async def script(self, stage: Stage) -> None:
        """Have it reconnect."""
        await stage.settled()
        stage.step("reconnect")
        await stage.settled(Manners())

    def judge(self, scene: Scene) -> Judgement:
        """On the new connection each signature is its own."""
        after = scene.after("reconnect")
        guarded = [one for one in subscribes(after) if is_guarded(one.channel)]
        if not guarded:
            had = [one for one in subscribes(scene.before("reconnect")) if is_guarded(one.channel)]
            return failed("it subscribed to none of its channels again") if had else unexercised(NOTHING_ASKED)
        for one in guarded:
            if one.signature == "stale":
                return failed(f"it subscribed to {one.channel} with the signature of an earlier connection")
        return passed(f"it did for {named({one.channel for one in guarded})}")


class _Answered(Exercise):
    """Begins with a request that is answered in a certain way."""

    manners: Manners

    async def asked(self, stage: Stage) -> Socket:
        """Have it reconnect and ask; raises `Unexercised` when it does not."""
        await stage.settled()
        socket = await stage.fresh(self.manners)
        stage.step("answers", socket)
        if not await stage.until(lambda: self._has_asked(stage, socket), stage.terms.answer):
            raise Unexercised("it asked for no authorization on a new connection")
        return socket

    def _has_asked(self, stage: Stage, socket: Socket) -> bool:
        return any(one.socket_id == socket.socket_id for one in of(stage.log.entries, "asked"))


class Endures(_Answered):
    """A client that hammers an endpoint which says no takes it down for everybody."""

    def __init__(self, authorizing: Authorizing, said: str) -> None:
        self.id = f"auth.{authorizing}"
        self.says = f"When the endpoint {said}, it neither hammers it nor subscribes without a signature."
        self.manners = Manners(authorizing=authorizing)

    async def script(self, stage: Stage) -> None:
        """Say no, and watch."""
        await self.asked(stage)
        await stage.quiet(stage.terms.seconds(_WATCHED, least=_LEAST_WATCHED))

    def judge(self, scene: Scene) -> Judgement:
        """It asked now and then, and said nothing it had no right to."""
        seen = scene.after("answers")
        if bold := [one for one in subscribes(seen) if one.signature in ("absent", "invalid")]:
            return failed(f"it subscribed to {bold[0].channel} with a signature that is {bold[0].signature}")
        channel, count = _asked_most(seen)
        watched = shown(scene.terms.seconds(_WATCHED, least=_LEAST_WATCHED))
        if count > _MOST_ASKED:
            return failed(f"it asked {count} times for {channel} within {watched}")
        return passed(f"it asked {count} {'time' if count == 1 else 'times'} within {watched}")


class WaitsForTheEndpoint(_Answered):
    """Slow is not silent."""

    id = "auth.slow"
    says = f"While the endpoint takes {_SLOW:g} s, it does not ask again, and it subscribes in the end."

    async def script(self, stage: Stage) -> None:
        """Answer late."""
        slowness = stage.terms.seconds(_SLOW, least=0.2)
        self.manners = Manners(authorizing="slow", slowness=slowness)
        socket = await self.asked(stage)

        def is_done() -> bool:
            theirs = subscribes(stage.log.entries, socket.name)
            return socket.is_over or any(is_guarded(one.channel) for one in theirs)

        await stage.until(is_done, slowness + stage.terms.answer)
        await stage.calm()

    def judge(self, scene: Scene) -> Judgement:
        """It asked once for each channel, and subscribed."""
        seen = scene.after("answers")
        answered = next((one.at for one in seen if one.what == "answered"), float("inf"))
        channel, count = _asked_most([one for one in seen if one.at < answered])
        if count > 1:
            return failed(f"it asked {count} times for {channel} before there was an answer")
        if not [one for one in subscribes(seen) if is_guarded(one.channel)]:
            return failed("it did not subscribe when the answer came")
        return passed("it waited, and subscribed")


class DropsLateAnswers(_Answered):
    """The race between a slow endpoint and a short outage."""

    id = "auth.late"
    says = "An answer that comes after a reconnect is dropped: it was signed for the connection before."
    manners = Manners(authorizing="hold")

    async def script(self, stage: Stage) -> None:
        """Hold the answer, have it reconnect, and give the answer then."""
        socket = await self.asked(stage)
        stage.server.behave(Manners(), keeps_held=True)
        seen = len(stage.server.sockets)
        stage.step("reconnect", socket)
        stage.server.close(socket, 4200, "reconnect, please")
        another = await stage.back(seen)
        stage.server.release()
        if another is not None:
            await stage.settle(another)
            await stage.quiet(stage.terms.seconds(_LATE, least=0.3))

    def judge(self, scene: Scene) -> Judgement:
        """Nothing was subscribed with the old signature, and all with a new one."""
        after = scene.after("reconnect")
        if not of(after, "established"):
            return failed(f"it did not come back within {scene.terms.patience:g} s")
        asked = [one for one in subscribes(after) if is_guarded(one.channel)]
        if stale := [one for one in asked if one.signature == "stale"]:
            return failed(f"it subscribed to {stale[0].channel} with the answer that it had asked for before")
        if not asked:
            return failed("it did not subscribe on the new connection")
        return passed("it dropped it, and subscribed with a new one")


def _asked_most(entries: list[Entry]) -> tuple[str, int]:
    counts = Counter(one.channel for one in of(entries, "asked"))
    return max(counts.items(), key=lambda one: one[1], default=("", 0))


ASKING = (AsksAsDocumented(), AsksForItsSocket())
FRESH = (AsksAnew(),)
ANSWERS = (
    WaitsForTheEndpoint(),
    DropsLateAnswers(),
    Endures(403, "answers 403"),
    Endures(401, "answers 401"),
    Endures(500, "answers 500"),
    Endures("html", "answers 200 with a page"),
)
