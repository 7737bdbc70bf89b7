"""Histories of people who missed something for good, or for whom it took too long to come back."""

from story import Story, called


@called("delivery.missed-for-good")
def missed_for_good(story: Story) -> None:
    """Bob comes back after a cut and reads behind what he heard last: one of two is not there."""
    story.join("bob#1")
    story.send("zero")
    story.hear("bob#1", "1", "zero")
    story.fault("cut#1", "bob")
    story.close("bob#1", code=1006, by="them")
    story.send("one")
    story.send("two")
    story.heal("cut#1")
    act = story.try_again("bob#1")
    story.join("bob#2")
    story.read("bob", "3", after="1")
    story.tried("bob#2", act)


@called("delivery.missed-for-good--as-the-connection-ended")
def missed_as_the_connection_ended(story: Story) -> None:
    """It was owed to bob's socket, which the restart ended; his catch-up holds nothing."""
    story.join("bob#1", "carol#1")
    story.send()
    story.hear("carol#1")
    story.fault("restart#1", server="broadcaster")
    story.close("bob#1", code=1006, by="them")
    story.close("carol#1", code=1006, by="them")
    story.heal("restart#1")
    story.join("bob#2", "carol#2")
    story.read("bob")
    story.read("carol", "1")


@called("delivery.missed-for-good--without-a-fault")
def missed_without_a_fault(story: Story) -> None:
    """Bob had put his telephone away."""
    story.join("bob#1")
    story.close("bob#1")
    story.send()
    story.join("bob#2")
    story.read("bob")


@called("recovery.too-slow")
def too_slow(story: Story) -> None:
    """Bob tries as soon as the broadcaster is back, and is subscribed six seconds after that."""
    story.join("bob#1")
    story.fault("restart#1", server="broadcaster")
    story.close("bob#1", code=1006, by="them")
    story.tried("bob#1", story.try_again("bob#1"), "unknown")
    story.heal("restart#1")
    act = story.try_again("bob#1", attempt=2)
    story.wait(6_000)
    story.join("bob#2")
    story.tried("bob#2", act)
    story.fence("bob#2")


@called("recovery.too-slow--never-back")
def never_back(story: Story) -> None:
    """Bob's network is well again, and every attempt fails."""
    story.join("bob#1", "carol#1")
    story.fault("cut#1", "bob")
    story.close("bob#1", code=1006, by="them")
    story.heal("cut#1")
    story.tried("bob#1", story.try_again("bob#1"), "unknown")
    story.wait(6_000)
    story.tried("bob#1", story.try_again("bob#1", attempt=2), "unknown")
    story.fence("carol#1")


@called("recovery.too-slow--rosters")
def rosters_too_slow(story: Story) -> None:
    """Bob left in the fault, and alice is told six seconds after it, which is no ghost at the close any more."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", "1", "2")
    story.announce("alice#1", "2")
    story.fault("freeze#1", "bob")
    story.close("bob#1")
    story.heal("freeze#1")
    story.wait(6_000)
    story.announce("alice#1", "2", "pusher_internal:member_removed")
    story.fence("alice#1")
