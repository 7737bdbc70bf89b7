"""Histories in which a fault explains what would be a finding without it."""

from story import ROOM, Story, called

from harness.history.attendance import REMOVED
from harness.history.digest import digest


@called("accepted--late-after-a-fault")
def late_after_a_fault(story: Story) -> None:
    """Bob was frozen for five seconds and hears the message a second after that; then the broadcaster was, too."""
    story.join("bob#1", "carol#1")
    story.fault("freeze#1", "bob")
    story.send()
    story.hear("carol#1")
    story.wait(5_000)
    story.heal("freeze#1")
    story.wait(1_000)
    story.fault("pause#2", server="broadcaster")
    story.wait(3_000)
    story.heal("pause#2")
    story.hear("bob#1")


@called("accepted--late-as-its-sender-was-cut-off")
def late_as_its_sender_was_cut_off(story: Story) -> None:
    """Alice meant to send while her own network was frozen."""
    story.join("bob#1")
    story.fault("freeze#1", "alice")
    asked = story.ask()
    story.wait(5_000)
    story.heal("freeze#1")
    story.answer(asked)
    story.hear("bob#1")


@called("accepted--a-fault-that-never-ended")
def fault_that_never_ended(story: Story) -> None:
    """Whatever bob did not hear is unknown, since his network never came back; what he heard before is delivered."""
    story.join("bob#1", "carol#1")
    story.send("one")
    story.hear("bob#1", "1", "one")
    story.hear("carol#1", "1", "one")
    story.fault("freeze#1", "bob")
    story.send("two")
    story.hear("carol#1", "2", "two")
    story.wait(9_000)


@called("accepted--disconnected-by-a-restart")
def disconnected_by_a_restart(story: Story) -> None:
    """The broadcaster restarts: everybody is disconnected, and what was under way to them is unknown."""
    story.join("bob#1", "carol#1")
    story.send()
    story.hear("carol#1")
    story.fault("restart#1", server="broadcaster")
    story.close("bob#1", code=1006, by="them")
    story.wait(800)
    story.heal("restart#1")
    story.close("carol#1", code=1006, by="them")
    story.join("bob#2", "carol#2")


@called("accepted--members-after-a-fault")
def members_after_a_fault(story: Story) -> None:
    """Whoever left through a frozen network is a ghost until that lets their word through, and a while after."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", "1", "2")
    story.announce("alice#1", "2")
    story.fault("freeze#1", "bob")
    story.close("bob#1")
    story.wait(5_000)
    story.heal("freeze#1")
    story.wait(1_000)
    story.fence("alice#1")


@called("accepted--members-in-a-fault-that-never-ended")
def members_in_a_fault(story: Story) -> None:
    """Nobody knows what a roster should be told while the network is frozen."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", "1", "2")
    story.announce("alice#1", "2")
    story.announce("alice#1", "2", REMOVED)
    story.announce("alice#1", "2")
    story.fault("freeze#1", "bob")
    story.leave("bob#1", ROOM)
    story.wait(5_000)
    story.fence("alice#1")


@called("accepted--stored-in-a-fault")
def stored_in_a_fault(story: Story) -> None:
    """The backend could not publish and said so; whoever reads finds the message all the same."""
    story.join("bob#1")
    story.fault("unreachable#1", server="backend")
    story.answer(story.ask(), outcome="unknown", status=500, with_id=False)
    story.heal("unreachable#1")
    story.read("bob", "1", digests=(digest("Hello"),))
    story.fence("bob#1")


@called("accepted--held-up-until-after-a-removal")
def held_up_until_after_a_removal(story: Story) -> None:
    """Carol hears, long after her removal, what was sent before it: her network had held it up."""
    story.join("bob#1", "carol#1")
    story.fault("freeze#1", "carol")
    story.send()
    story.hear("bob#1")
    story.roster("alice", "bob", change="removed", person="carol")
    story.wait(9_000)
    story.heal("freeze#1")
    story.hear("carol#1")
