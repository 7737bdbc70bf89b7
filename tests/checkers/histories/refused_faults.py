"""Histories that a fault does not excuse."""

from story import Story, called

from harness.history.events import ProcessMeasured


@called("delivery.lost--after-a-fault")
def lost_after_a_fault(story: Story) -> None:
    """Bob's network came back, his socket had never ended, and the message never arrived."""
    story.join("bob#1", "carol#1")
    story.fault("freeze#1", "bob")
    story.send()
    story.hear("carol#1")
    story.heal("freeze#1")
    story.wait(2_000)
    story.fence("bob#1")


@called("delivery.late--after-a-fault")
def late_after_a_fault(story: Story) -> None:
    """Bob hears it more than two seconds after his network came back."""
    story.join("bob#1")
    story.fault("freeze#1", "bob")
    story.send()
    story.wait(1_000)
    story.heal("freeze#1")
    story.wait(2_500)
    story.hear("bob#1")


@called("delivery.late--in-the-fault-of-another")
def late_in_the_fault_of_another(story: Story) -> None:
    """It is carol's network that is frozen; bob hears the message after five seconds all the same."""
    story.join("bob#1")
    story.fault("freeze#1", "carol")
    story.send()
    story.wait(5_000)
    story.hear("bob#1")
    story.heal("freeze#1")


@called("protocol.connection-closed--of-whom-no-fault-touched")
def closed_without_a_fault(story: Story) -> None:
    """Carol's network fails, and bob is disconnected."""
    story.join("bob#1", "carol#1")
    story.fault("cut#1", "carol")
    story.close("carol#1", code=1006, by="them")
    story.close("bob#1", code=1006, by="them")
    story.heal("cut#1")


@called("protocol.connection-closed--in-a-fault-of-the-backend")
def closed_in_a_fault_of_the_backend(story: Story) -> None:
    """A backend that is down ends no WebSocket."""
    story.join("bob#1")
    story.fault("down#1", server="backend")
    story.close("bob#1", code=1006, by="them")
    story.heal("down#1")


@called("protocol.connection-closed--long-after-a-fault")
def closed_long_after_a_fault(story: Story) -> None:
    """Bob's network had been well again for three seconds."""
    story.join("bob#1")
    story.fault("freeze#1", "bob")
    story.heal("freeze#1")
    story.wait(3_000)
    story.close("bob#1", code=4201, by="them")


@called("protocol.connection-closed--opened-after-the-fault")
def closed_though_opened_after_the_fault(story: Story) -> None:
    """The connection was made when the fault was over."""
    story.fault("restart#1", server="broadcaster")
    story.heal("restart#1")
    story.join("bob#1")
    story.close("bob#1", code=1006, by="them")


@called("membership.ghost--after-a-fault")
def ghost_after_a_fault(story: Story) -> None:
    """Bob is gone, his network came back, and alice is never told."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", "1", "2")
    story.announce("alice#1", "2")
    story.fault("freeze#1", "bob")
    story.close("bob#1")
    story.heal("freeze#1")
    story.wait(3_000)
    story.fence("alice#1")


@called("authorization.error--after-a-fault")
def error_after_a_fault(story: Story) -> None:
    """Everybody comes back at once when the network is well again, and the endpoint cannot serve them."""
    story.fault("cut#1", "bob", "carol")
    story.heal("cut#1")
    story.deny("bob", 503)


@called("authorization.error--in-the-fault-of-another")
def error_in_the_fault_of_another(story: Story) -> None:
    """It is carol's network that is cut; bob gets no answer."""
    story.fault("cut#1", "carol")
    story.deny("bob", None)
    story.heal("cut#1")


@called("protocol.backlog-unbounded")
def kept_without_end(story: Story) -> None:
    """Carol reads nothing while bob hears 14 MB, and hears all of it when she does; the rest came later, to both."""
    story.join("bob#1", "carol#1")
    story.fault("freeze#1", "carol")
    for part in "ab":
        hear_much(story, "bob#1", part)
    story.heal("freeze#1")
    for part in "abc":
        hear_much(story, "carol#1", part)
    hear_much(story, "bob#1", "c")


@called("accepted--frozen-for-a-moment")
def frozen_for_a_moment(story: Story) -> None:
    """Half of that is what buffers of a network hold."""
    story.join("bob#1", "carol#1")
    story.fault("freeze#1", "carol")
    hear_much(story, "bob#1", "a")
    story.heal("freeze#1")
    hear_much(story, "carol#1", "a")


def hear_much(story: Story, socket: str, part: str) -> None:
    """Let seven megabytes be heard."""
    what = {"event": "client-typing", "is_message": False, "size": 7_000_000, "sha256": part}
    story.hear(socket, "", "", **what)


@called("protocol.connections-kept")
def kept_open(story: Story) -> None:
    """Three connections end, and six files stay open with the broadcaster; with the backend five do."""
    story.join("bob#1", "bob#2", "bob#3")
    for process in ("broadcaster", "backend"):
        story.record(ProcessMeasured, process=process, descriptors=12, memory=2**20)
    for number in (1, 2, 3):
        story.close(f"bob#{number}")
    for process, more in (("broadcaster", 6), ("backend", 5)):
        story.record(ProcessMeasured, process=process, descriptors=12 + more, memory=2**20)
    story.connect("bob#4")
    story.fence("bob#4")
