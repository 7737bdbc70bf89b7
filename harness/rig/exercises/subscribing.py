"""How a client subscribes (PROTOCOL.md 2.1, 2.6)."""

from collections import Counter

from harness.rig.exercise import (
    Exercise,
    Judgement,
    Scene,
    failed,
    is_guarded,
    named,
    of,
    passed,
    subscribes,
    unexercised,
)
from harness.rig.manners import Manners
from harness.rig.stage import Stage

_HELD = 0.5

NO_CHANNEL = "it subscribed to nothing"
NO_GUARDED = "it subscribed to no private or presence channel"


class SubscribesOnce(Exercise):
    """A second subscribe doubles every event on some servers (PROTOCOL.md 2.2)."""

    id = "subscribe.once"
    says = "It subscribes to each channel once on a connection, also while the answer is due."

    async def script(self, stage: Stage) -> None:
        """Answer its subscribes late."""
        socket = await stage.settled(Manners(answers_subscribes=False))
        stage.step("unanswered", socket)
        await stage.quiet(stage.terms.seconds(_HELD, least=0.1))
        stage.server.behave(Manners())
        stage.server.answer_subscribes(socket)
        await stage.calm()

    def judge(self, scene: Scene) -> Judgement:
        """No channel was asked for twice on one connection."""
        asked = Counter((one.who, one.channel) for one in subscribes(scene.entries))
        if not asked:
            return unexercised(NO_CHANNEL)
        for (who, channel), count in asked.items():
            if count > 1:
                return failed(f"{who}: it subscribed to {channel} {count} times")
        return passed(f"it subscribed once to {named({channel for _, channel in asked})}")


class PassesOnTheSignature(Exercise):
    """What the endpoint signed is signed byte for byte."""

    id = "subscribe.signature"
    says = "It passes on auth and channel_data as the authorization endpoint gave them."

    async def script(self, stage: Stage) -> None:
        """Let it subscribe."""
        await stage.settled()

    def judge(self, scene: Scene) -> Judgement:
        """Every subscribe to a guarded channel so far was signed for some connection of the client."""
        asked = [one for one in subscribes(scene.all) if is_guarded(one.channel)]
        if not asked:
            return unexercised(NO_GUARDED)
        for one in asked:
            if one.signature == "absent":
                return failed(f"{one.who}: it subscribed to {one.channel} without auth")
            if one.signature == "invalid":
                return failed(f"{one.who}: what it subscribed to {one.channel} with is not what the endpoint gave it")
        return passed(f"it did for {named({one.channel for one in asked})}")


class SignsIn(Exercise):
    """Only clients that sign in are looked at."""

    id = "subscribe.signin"
    says = "If it signs its user in, it does so with what the user endpoint gave it for this connection."

    async def script(self, stage: Stage) -> None:
        """Let it do so, if it does."""
        await stage.settled()

    def judge(self, scene: Scene) -> Judgement:
        """Every sign-in so far was signed for its connection."""
        asked = of(scene.all, "in", event="pusher:signin")
        if not asked:
            return unexercised("it signed nobody in")
        wrong = [one for one in asked if one.signature != "valid"]
        if wrong:
            return failed(f"{wrong[0].who}: it signed in with what is not signed for this connection")
        return passed("it did")


ALL = (SubscribesOnce(), PassesOnTheSignature(), SignsIn())
