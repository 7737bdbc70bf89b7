"""What a client does when its connection ends without a close frame, which clients see as 1006 (PROTOCOL.md 1.5)."""

from collections.abc import Sequence
from statistics import median

from harness.rig.exercise import Exercise, Judgement, Scene, failed, named, of, passed, shown, subscribes, waits
from harness.rig.log import Entry
from harness.rig.manners import Manners
from harness.rig.stage import Stage

_NUMBERS = {1: "first", 2: "second", 3: "third"}
_ROUNDS = 5
_STORM = 0.5
"""Seconds between attempts that many clients together turn into a storm."""
_GROWTH = 1.3
_ATTEMPTS = 2
_UNREACHABLE_FOR = 60.0


class Resubscribes(Exercise):
    """Clients are known that come back once and never again (FIELD.md, G4)."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.id = f"outage.{_NUMBERS[number]}"
        self.says = (
            f"After the {_NUMBERS[number]} outage it comes back and subscribes to the same channels, each signed for "
            "the new connection."
        )

    async def script(self, stage: Stage) -> None:
        """Make as many outages as are left to be the number."""
        for _ in range(max(1, self.number - stage.outages)):
            socket = await stage.settled()
            back = await stage.back(stage.cut(socket))
            if back is None:
                return
            await stage.settle(back)

    def judge(self, scene: Scene) -> Judgement:
        """What was subscribed before is subscribed behind it, rightly."""
        after = scene.after("outage")
        if not of(after, "established"):
            return failed(f"it did not come back within {scene.terms.patience:g} s")
        before = _wanted(scene.before("outage"))
        again = subscribes(after)
        if missing := before - {one.channel for one in again}:
            return failed(f"it came back and did not subscribe to {named(missing)} again")
        for one in again:
            if one.signature == "stale":
                return failed(f"it subscribed to {one.channel} with the signature of an earlier connection")
            if one.signature in ("invalid", "absent"):
                return failed(f"it subscribed to {one.channel} with a signature that is {one.signature}")
        waited = next(waits(after), 0.0)
        return passed(f"it came back after {shown(waited)} and subscribed to {named(before) or 'nothing, as before'}")


class _Pausing(Exercise):
    """Judges the pauses between attempts."""

    def _of(self, pauses: list[float], scene: Scene) -> Judgement:
        later = pauses[1:]  # the first may be at once: a connection that was fine until now
        told = ", ".join(map(shown, pauses))
        if later and median(later) < scene.terms.seconds(_STORM):
            return failed(f"it storms the server: it tried again after {told}")
        grows = bool(later) and later[-1] > _GROWTH * later[0]
        remark = "" if grows else "its pauses do not grow: clients that lose a server together come back together"
        return passed(f"it tried again after {told}", *filter(None, [remark]))


class DoesNotStorm(_Pausing):
    """A server that restarts under load is brought down again by its own clients."""

    id = "outage.storm"
    says = "When connections end again and again, it makes pauses between its attempts."

    async def script(self, stage: Stage) -> None:
        """Cut each connection as soon as it is established."""
        socket = await stage.client()
        for _ in range(_ROUNDS):
            another = await stage.back(stage.cut(socket))
            if another is None:
                return
            socket = another

    def judge(self, scene: Scene) -> Judgement:
        """It came back each time, not at once each time."""
        pauses = list(waits(scene.entries))
        came = len(of(scene.entries, "established"))
        if came < _ROUNDS:
            return failed(f"it gave up: after outage {came + 1} it did not come back within {scene.terms.patience:g} s")
        return self._of(pauses, scene)


class ReturnsToADeadServer(_Pausing):
    """A server that is not there at all looks otherwise than one that ends connections."""

    id = "outage.unreachable"
    says = "While no connection comes about at all, it tries again with pauses, and comes back in the end."

    async def script(self, stage: Stage) -> None:
        """Refuse a few attempts before the handshake, then let it in."""
        socket = await stage.client()
        limit = max(stage.terms.patience, stage.terms.seconds(_UNREACHABLE_FOR))
        stage.server.behave(Manners(admits=False))
        seen = stage.cut(socket)
        for attempt in range(1, _ATTEMPTS + 1):
            wanted = seen + attempt
            if not await stage.until(lambda wanted=wanted: len(stage.server.sockets) >= wanted, limit):  # type: ignore[misc]
                return
        stage.server.behave(Manners())
        stage.step("reachable")
        await stage.until(lambda: bool(stage.server.open), limit)

    def judge(self, scene: Scene) -> Judgement:
        """It is back, and paused between its attempts."""
        tried = len(of(scene.after("outage"), "upgrade"))
        if not of(scene.after("reachable"), "established"):
            return failed(f"it gave up after {tried} {'attempt' if tried == 1 else 'attempts'}")
        return self._of(list(waits(scene.entries)), scene)


def _wanted(entries: Sequence[Entry]) -> set[str]:
    """Give the channels that the client is on, or was when it last could."""
    wanted: set[str] = set()
    for one in of(entries, "in"):
        if one.event == "pusher:subscribe":
            wanted.add(one.channel)
        elif one.event == "pusher:unsubscribe":
            wanted.discard(one.channel)
    return wanted


ALL = (*map(Resubscribes, _NUMBERS), DoesNotStorm())
UNREACHABLE = (ReturnsToADeadServer(),)
