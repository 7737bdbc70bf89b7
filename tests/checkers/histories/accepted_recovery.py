"""Histories of people who were away, and have all that was sent meanwhile, or of whom nobody knows."""

from story import Story, called

from harness.history.attendance import REMOVED


@called("accepted--missed-and-caught-up")
def missed_and_caught_up(story: Story) -> None:
    """One message is in the catch-up, one, which was under way as bob subscribed, is heard after all."""
    story.join("bob#1")
    story.fault("cut#1", "bob")
    story.close("bob#1", code=1006, by="them")
    story.send("one")
    story.heal("cut#1")
    act = story.try_again("bob#1")
    asked = story.ask("two")
    story.join("bob#2")
    story.answer(asked)
    story.hear("bob#2", "2", "two")
    story.read("bob", "1", "2")
    story.tried("bob#2", act)


@called("accepted--missed-and-never-read")
def missed_and_never_read(story: Story) -> None:
    """Bob never came back, and carol read before she had subscribed: they may find it yet."""
    story.join("bob#1", "carol#1")
    story.close("bob#1")
    story.close("carol#1")
    asked = story.ask()
    story.read("carol")
    story.answer(asked)
    story.read("alice", "1")
    story.join("carol#2")
    story.fence("carol#2")


@called("accepted--missed-by-a-catch-up-that-need-not-hold-it")
def missed_by_a_catch_up(story: Story) -> None:
    """Read behind a message that was under way together with it, and read as a page of several."""
    story.join("bob#1")
    asked = story.ask("one")
    story.send("two")
    story.hear("bob#1", "1", "two")
    story.close("bob#1")
    story.answer(asked)
    story.send("three")
    story.join("bob#2")
    story.read("bob", "3", after="1")
    story.read("bob", is_complete=False)


@called("accepted--heard-by-another-device")
def heard_by_another_device(story: Story) -> None:
    """Bob's telephone is off, his computer hears everything; carol is removed while she is away."""
    story.join("bob#1", "bob#2", "carol#1")
    story.close("bob#1")
    story.close("carol#1")
    story.roster("alice", "bob", change="removed", person="carol")
    story.send()
    story.hear("bob#2")
    story.join("bob#3")


@called("accepted--back-within-the-budget")
def back_within_the_budget(story: Story) -> None:
    """Bob is back four seconds after he could; his pause before that was his own, and carol never tried."""
    story.join("bob#1", "carol#1")
    story.fault("restart#1", server="broadcaster")
    story.close("bob#1", code=1006, by="them")
    story.close("carol#1", code=1006, by="them")
    story.tried("bob#1", story.try_again("bob#1"), "unknown")
    story.wait(10_000)
    story.heal("restart#1")
    story.wait(6_000)
    act = story.try_again("bob#1", attempt=2)
    story.wait(4_000)
    story.join("bob#2")
    story.tried("bob#2", act)
    story.wait(3_000)
    story.join("carol#2")
    story.fence("carol#2")


@called("accepted--a-phone-that-waits-in-a-pocket")
def phone_in_a_pocket(story: Story) -> None:
    """Bob comes back a minute after his network did, at once when he tries; his roster is right again then."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", "1", "2")
    story.announce("alice#1", "2")
    story.fault("cut#1", "bob")
    story.close("bob#1", code=1006, by="them")
    story.announce("alice#1", "2", REMOVED)
    story.heal("cut#1")
    story.wait(60_000)
    act = story.try_again("bob#1")
    story.attend("bob#2", "2", "1", "2")
    story.announce("alice#1", "2")
    story.tried("bob#2", act)
