"""Histories that must be accepted although something in them looks odd, and one that proves nothing."""

from story import CHAT, OTHER, Story, called

from harness.history.events import MembershipAnswered, MembershipAsked


@called("accepted--everybody-hears-it")
def everybody_hears_it(story: Story) -> None:
    """Everybody of the conversation hears the message, before its answer even; eve, who listens elsewhere, does not."""
    story.join("alice#1", "bob#1", "carol#1")
    story.join("eve#1", channel="private-user.4")
    asked = story.ask(excluded="alice#1")
    story.hear("bob#1")
    story.hear("carol#1")
    story.answer(asked)
    story.fence("eve#1")


@called("accepted--in-flight-at-a-disconnect")
def in_flight_at_a_disconnect(story: Story) -> None:
    """Bob's connection ends while the message is under way: nobody knows."""
    story.join("bob#1", "carol#1")
    story.send()
    story.close("bob#1")
    story.hear("carol#1")


@called("accepted--in-flight-at-a-removal")
def in_flight_at_a_removal(story: Story) -> None:
    """Carol is removed while the message is under way, and of bob nobody knows whether he is."""
    story.join("alice#2", "bob#1", "carol#1")
    story.send()
    story.roster("alice", "bob", change="removed", person="carol")
    story.roster(change="removed", person="bob", outcome="silence")
    story.hear("alice#2")


@called("accepted--send-refused")
def send_refused(story: Story) -> None:
    """The backend says no to a message, which is then owed to nobody."""
    story.join("bob#1")
    story.answer(story.ask(), outcome="refused", status=422, with_id=False)
    story.fence("bob#1")


@called("accepted--send-without-an-answer")
def send_without_an_answer(story: Story) -> None:
    """Nobody knows of two messages whether they were taken: lost, doubled, turned round, all may be."""
    story.join("bob#1", "carol#1")
    story.answer(story.ask("one"), outcome="unknown", status=500, with_id=False)
    story.ask("two")
    story.hear("bob#1", "9", "two")
    story.hear("bob#1", "8", "one")
    story.hear("bob#1", "8", "one")


@called("accepted--sender-left-out")
def sender_left_out(story: Story) -> None:
    """The sending socket does not hear its message; the sender's other device does."""
    story.join("alice#1", "alice#2")
    story.send(excluded="alice#1")
    story.hear("alice#2")
    story.fence("alice#1")


@called("accepted--sent-at-the-same-time")
def sent_at_the_same_time(story: Story) -> None:
    """Two messages in flight at once may arrive in any order."""
    story.join("bob#1")
    one, two = story.ask("one"), story.ask("two")
    story.answer(one)
    story.answer(two)
    story.hear("bob#1", "2", "two")
    story.hear("bob#1", "1", "one")


@called("accepted--removed-within-the-budget")
def removed_within_the_budget(story: Story) -> None:
    """Carol hears, and even subscribes, a second after her removal; five are allowed."""
    story.join("bob#1", "carol#1")
    story.roster("alice", "bob", change="removed", person="carol")
    story.wait(1_000)
    story.join("carol#2")
    story.send()
    story.hear("bob#1")
    story.hear("carol#1")


@called("accepted--while-being-added")
def while_being_added(story: Story) -> None:
    """Dave subscribes and hears before the answer to his addition is here; of frank nobody knows whether he is in."""
    story.join("bob#1")
    story.roster(change="added", person="frank", outcome="silence")
    act = story.recorder.new_act()
    story.record(MembershipAsked, act=act, conversation="123", change="added", person="dave")
    story.join("dave#1", "frank#1")
    story.send()
    for socket in ("bob#1", "dave#1", "frank#1"):
        story.hear(socket)
    people = ("alice", "bob", "carol", "dave")
    story.record(MembershipAnswered, act=act, outcome="ok", conversation="123", channel=CHAT, participants=people)


@called("accepted--under-way-when-leaving")
def under_way_when_leaving(story: Story) -> None:
    """A frame comes after bob has left: it was under way."""
    story.join("bob#1")
    story.send()
    story.leave("bob#1")
    story.hear("bob#1")


@called("accepted--a-message-of-others")
def message_of_others(story: Story) -> None:
    """Bob hears what somebody who is not of this run sent, and that somebody is typing."""
    story.join("bob#1")
    story.hear("bob#1", "77", "not ours")
    story.hear_event("bob#1")


@called("accepted--same-text-without-ids")
def same_text_without_ids(story: Story) -> None:
    """Two messages without an id have the same text: nothing tells which of them was lost."""
    story.join("bob#1")
    story.answer(story.ask(), with_id=False)
    story.answer(story.ask(), with_id=False)
    story.hear("bob#1", "")


@called("accepted--never-established")
def never_established(story: Story) -> None:
    """A connection that was refused before it had a socket id was not in use."""
    story.join("bob#1")
    story.fence("bob#1")
    story.close("eve#1", code=4001, reason="App key not found", by="them")


@called("inconclusive--nothing-observed")
def nothing_observed(story: Story) -> None:
    """The target neither answered nor sent anything."""
    story.connect("bob#1")


@called("accepted--grants-and-denials")
def grants_and_denials(story: Story) -> None:
    """Participants get signatures, an outsider gets none, and a channel that nobody declared is not judged."""
    story.authorize("alice")
    story.authorize("bob", signature="unverifiable")
    story.deny("eve")
    story.authorize("eve", channel=OTHER)
    story.roster("alice", "carol", change="removed", person="bob")
    story.authorize("bob")
    story.control()
