"""Histories that must be refused, one or more for each observation; the file is called what is observed."""

from story import OTHER, Story, called


@called("delivery.lost")
def lost(story: Story) -> None:
    """Bob hears the message, carol, who listens too, does not."""
    story.join("bob#1", "carol#1")
    story.send()
    story.hear("bob#1")
    story.fence("carol#1")


@called("delivery.never-broadcast")
def never_broadcast(story: Story) -> None:
    """The backend took the message and told nobody."""
    story.join("bob#1")
    story.send()
    story.fence("bob#1")


@called("delivery.late")
def late(story: Story) -> None:
    """Bob hears it half a second after the deadline."""
    story.join("bob#1")
    story.send()
    story.wait(2_500)
    story.hear("bob#1")


@called("delivery.duplicated")
def duplicated(story: Story) -> None:
    """Bob hears it twice."""
    story.join("bob#1")
    story.send()
    story.hear("bob#1")
    story.hear("bob#1")


@called("delivery.own-echo")
def own_echo(story: Story) -> None:
    """The socket that was named in X-Socket-ID hears the message all the same."""
    story.join("alice#1", "bob#1")
    story.send(excluded="alice#1")
    story.hear("bob#1")
    story.hear("alice#1")


@called("ordering.reordered")
def reordered(story: Story) -> None:
    """The second message, sent after the first was answered, is heard first."""
    story.join("bob#1")
    story.send("one")
    story.send("two")
    story.hear("bob#1", "2", "two")
    story.hear("bob#1", "1", "one")


@called("ordering.reordered--around-one-in-flight")
def reordered_around_one(story: Story) -> None:
    """A message that was in flight beside both stands between the two that are the wrong way round."""
    story.join("bob#1")
    between = story.ask("between")
    story.send("one")
    last = story.ask("two")
    story.answer(between)
    story.answer(last)
    story.hear("bob#1", "3", "two")
    story.hear("bob#1", "2", "between")
    story.hear("bob#1", "1", "one")


@called("isolation.heard-by-outsider")
def heard_by_outsider(story: Story) -> None:
    """Eve, who is not in the conversation, hears its message without even subscribing."""
    story.join("bob#1")
    story.connect("eve#1")
    story.send()
    story.hear("bob#1")
    story.hear("eve#1")


@called("isolation.heard-after-removal")
def heard_after_removal(story: Story) -> None:
    """Carol still hears a second after the five that she may."""
    story.join("bob#1", "carol#1")
    story.roster("alice", "bob", change="removed", person="carol")
    story.wait(6_000)
    story.send()
    story.hear("bob#1")
    story.hear("carol#1")


@called("isolation.heard-without-subscription")
def heard_without_subscription(story: Story) -> None:
    """Carol is in the conversation, but the frame comes before her subscription was acknowledged."""
    story.join("bob#1")
    story.connect("carol#1")
    story.send()
    story.hear("bob#1")
    story.hear("carol#1")
    story.join("carol#1")


@called("isolation.heard-without-subscription--refused")
def heard_although_refused(story: Story) -> None:
    """Carol's subscription was refused, and she hears the channel."""
    story.join("bob#1")
    story.join("carol#1", outcome="refused", code=4009, reason="Connection is unauthorized")
    story.send()
    story.hear("bob#1")
    story.hear("carol#1")


@called("isolation.heard-on-wrong-channel")
def heard_on_wrong_channel(story: Story) -> None:
    """The message goes to another conversation's channel, where bob hears it."""
    story.join("bob#1")
    story.join("bob#1", channel=OTHER)
    story.send()
    story.hear("bob#1", channel=OTHER)


@called("isolation.foreign-heard-by-outsider")
def foreign_heard_by_outsider(story: Story) -> None:
    """Eve hears what somebody who is not of this run sent to the conversation."""
    story.connect("eve#1")
    story.hear("eve#1", "77", "not ours")


@called("isolation.foreign-heard-by-outsider--client-event")
def whisper_heard_by_outsider(story: Story) -> None:
    """Eve hears that somebody is typing."""
    story.connect("eve#1")
    story.hear_event("eve#1")


@called("isolation.subscribed-by-outsider")
def subscribed_by_outsider(story: Story) -> None:
    """Eve's subscription is acknowledged; nothing is sent, so she hears nothing yet."""
    story.join("bob#1", "eve#1")
    story.fence("eve#1")


@called("isolation.subscribed-by-outsider--after-removal")
def subscribed_after_removal(story: Story) -> None:
    """Carol was removed six seconds ago, and may subscribe."""
    story.roster("alice", "bob", change="removed", person="carol")
    story.wait(6_000)
    story.join("carol#1")
    story.fence("carol#1")


@called("protocol.malformed-frame")
def malformed_frame(story: Story) -> None:
    """Bob gets half a frame."""
    story.join("bob#1")
    facts = {"event": "", "channel": "", "is_message": False, "problem": "not JSON", "raw": '{"event":', "size": 9}
    story.hear("bob#1", "", "", **facts)


@called("protocol.connection-broken")
def connection_broken(story: Story) -> None:
    """Bob's client gives up: what came was no UTF-8."""
    story.join("bob#1")
    story.fence("bob#1")
    story.close("bob#1", code=1007, reason="invalid start byte at position 0")


@called("protocol.connection-closed")
def connection_closed(story: Story) -> None:
    """The broadcaster closes a connection that is in use."""
    story.join("bob#1")
    story.fence("bob#1")
    story.close("bob#1", code=4201, reason="Pong reply not received in time", by="them")


@called("protocol.told-not-to-return")
def told_not_to_return(story: Story) -> None:
    """The broadcaster is restarted, and tells bob, whom that cuts off, to stay away."""
    story.join("bob#1")
    story.fence("bob#1")
    story.close("bob#1", code=4003, reason="Application disabled", by="them")


@called("authorization.granted-to-outsider")
def granted_to_outsider(story: Story) -> None:
    """Eve gets a signature, and does nothing with it."""
    story.authorize("bob")
    story.authorize("eve")


@called("authorization.signature-invalid")
def signature_invalid(story: Story) -> None:
    """Bob may join, and what he is given does not open the channel."""
    story.authorize("bob", signature="invalid")
