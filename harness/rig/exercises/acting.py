"""What a client sends when somebody uses the app: whispers, and leaving (PROTOCOL.md 2.1, 5)."""

from harness.rig.exercise import Exercise, Judgement, Scene, failed, is_guarded, of, passed, subscribes, unexercised
from harness.rig.log import Entry
from harness.rig.stage import Stage

_PROTOCOL = ("pusher:", "WebSocket ")


class Whispers(Exercise):
    """Client events."""

    id = "acts.whisper"
    says = "What it sends to other clients is called client-…, on a private or presence channel that it is on."
    act = "whisper"

    async def script(self, stage: Stage) -> None:
        """Have somebody type, unless somebody did already."""
        await stage.settled()
        if not _whispers(stage.log.entries):
            await stage.ask(
                self.act, "Do what others see at once: begin to type.", lambda: bool(_whispers(stage.log.entries))
            )
        await stage.calm()

    def judge(self, scene: Scene) -> Judgement:
        """Every one so far is well named and well placed."""
        heard = _whispers(scene.all)
        if not heard:
            return unexercised("it sent no client event")
        for one in heard:
            if not one.event.startswith("client-"):
                return failed(f"it sent an event called {one.event}, which servers drop or refuse")
            if not is_guarded(one.channel):
                return failed(f"it sent {one.event} on {one.channel or 'no channel'}, which is not private")
            if one.channel not in {joined.channel for joined in subscribes(scene.all, one.who)}:
                return failed(f"it sent {one.event} on {one.channel}, which it had not subscribed to")
        return passed(f"it sent {heard[0].event} on {heard[0].channel}")


class Unsubscribes(Exercise):
    """Who leaves a conversation hears no more of it."""

    id = "acts.unsubscribe"
    says = "Leaving a channel, it says so with pusher:unsubscribe, and does not join it again after an outage."
    act = "unsubscribe"

    async def script(self, stage: Stage) -> None:
        """Have somebody leave, then make an outage."""
        await stage.settled()
        seen = len(stage.log)

        def has_left() -> bool:
            return bool(of(stage.log.entries[seen:], "in", event="pusher:unsubscribe"))

        await stage.ask(self.act, "Leave a conversation: go back to a screen without it.", has_left)
        await stage.calm()
        left = {one.channel for one in of(stage.log.entries[seen:], "in", event="pusher:unsubscribe")}
        stage.channels -= left
        back = await stage.back(stage.cut(await stage.client()))
        if back is not None:
            await stage.settle(back)

    def judge(self, scene: Scene) -> Judgement:
        """It named what it was on, and stayed off it."""
        left = of(scene.entries, "in", event="pusher:unsubscribe")
        if not left:
            return unexercised("it unsubscribed from nothing")
        for one in left:
            if one.channel not in {joined.channel for joined in subscribes(scene.all, one.who)}:
                return failed(f"it unsubscribed from {one.channel or 'nothing'}, which it had not subscribed to")
        again = {one.channel for one in subscribes(scene.after("outage"))} & {one.channel for one in left}
        if again:
            return failed(f"after an outage it joined {', '.join(sorted(again))} again, which it had left")
        return passed(f"it left {left[0].channel}, and stayed away")


def _whispers(entries: list[Entry]) -> list[Entry]:
    return [one for one in of(entries, "in") if one.event and not one.event.startswith(_PROTOCOL)]


ALL = (Whispers(), Unsubscribes())
