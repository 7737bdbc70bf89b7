"""Histories that must be accepted although what came, what was read, or who was there looks odd."""

from story import ROOM, Story, called

from harness.history.attendance import REMOVED
from harness.history.digest import digest
from harness.history.events import HttpAsked, SubscribeAnswered, SubscribeAsked


@called("accepted--payloads-of-other-kinds")
def payloads_of_other_kinds(story: Story) -> None:
    """Client events are objects, an event may have no place for the text, and two documents may agree on a number."""
    story.join("bob#1")
    story.hear("bob#1", "", "", event="client-typing", is_message=False, data_was_string=False)
    story.hear("bob#1", "", "", event="pusher:cache_miss", is_message=False, data_was_string=False)
    story.answer(story.ask(), id_type="integer")
    story.hear("bob#1", "1", "", id_type="integer")
    story.read("bob", "1", "9", digests=(digest("Hello"), digest("not ours")))
    story.read("bob", "1", digests=("",))


@called("accepted--reads-that-may-lack-a-message")
def reads_that_may_lack_it(story: Story) -> None:
    """It is a page of several, it is behind a newer message, behind one of whom nobody knows, or asked too early."""
    story.join("bob#1")
    early = story.now
    story.send("one")
    story.hear("bob#1", "1", "one")
    story.send("two")
    story.hear("bob#1", "2", "two")
    story.read("bob", "2", is_complete=False)
    story.read("bob", after="2")
    story.read("bob", after="77")
    story.read("bob", asked=early)
    story.read("bob", conversation="124")


@called("accepted--reads-of-what-was-deleted")
def reads_of_what_was_deleted(story: Story) -> None:
    """Alice posted to a route of her own: it may have been one that deletes."""
    story.join("bob#1")
    story.send()
    story.hear("bob#1")
    story.record(HttpAsked, who="alice", act="99", purpose="post", method="POST", path="/api/messages/1/delete")
    story.read("bob")


@called("accepted--reads-of-who-came-later")
def reads_of_who_came_later(story: Story) -> None:
    """Dave sees what was said since he was added; what was refused is nowhere."""
    story.send()
    story.answer(story.ask("no"), outcome="refused", status=422, with_id=False)
    story.roster("alice", "bob", "carol", "dave", change="added", person="dave")
    story.read("dave")
    story.join("bob#1")
    story.fence("bob#1")


@called("accepted--members-come-and-go")
def members_come_and_go(story: Story) -> None:
    """Everybody is told, in whatever order: bob left and is back before alice hears that he had left."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", "1", "2")
    story.announce("alice#1", "2")
    story.leave("bob#1", ROOM)
    story.attend("bob#2", "2", "1", "2")
    story.announce("alice#1", "2", REMOVED)
    story.announce("alice#1", "2")
    story.wait(2_000)
    story.fence("bob#2")
    story.fence("alice#1")


@called("accepted--members-under-way")
def members_under_way(story: Story) -> None:
    """Carol came, and bob left, a millisecond too late for alice to be told in time."""
    story.attend("alice#1", "1", "1", "2")
    story.attend("bob#1", "2", "1", "2")
    story.leave("bob#1", ROOM)
    story.attend("carol#1", "3", "1", "3")
    story.fence("carol#1")
    story.wait(1_990)
    story.fence("alice#1")


@called("accepted--members-who-come-together")
def members_who_come_together(story: Story) -> None:
    """Alice and bob ask at the same time: the list that alice gets holds bob, and he is announced to her as well."""
    bob = {"who": "bob", "socket": "bob#1", "act": "99", "channel": ROOM}
    story.record(SubscribeAsked, **bob, channel_kind="presence", signature="valid")
    story.attend("alice#1", "1", "1", "2")
    story.record(SubscribeAnswered, **bob, outcome="ok", me="2", members=("1", "2"))
    story.announce("alice#1", "2")
    story.announce("bob#1", "1")


@called("accepted--members-who-are-somebody-else")
def members_who_are_somebody_else(story: Story) -> None:
    """Bob's account was in use before he came and is still; 9 is nobody of ours, whatever is said of them."""
    story.attend("alice#1", "1", "1", "2", "9")
    story.attend("bob#1", "2", "1", "2", "9")
    story.leave("bob#1", ROOM)
    story.announce("alice#1", "9")
    story.announce("alice#1", "9", REMOVED, id_type="integer")
    story.announce("alice#1", "2", REMOVED)
    story.announce("alice#1", "2")
    story.wait(2_000)
    story.fence("alice#1")


@called("accepted--members-with-somebody-unseen")
def members_with_somebody_unseen(story: Story) -> None:
    """Bob listens without a name, and whoever comes after that is told of everybody else."""
    story.attend("bob#1", "")
    story.attend("alice#1", "1", "1")
    story.wait(2_000)
    story.fence("alice#1")
    story.fence("bob#1")


@called("accepted--members-whose-connection-broke")
def members_whose_connection_broke(story: Story) -> None:
    """The server gave up bob's first socket before anybody knew; his second is there, and alice hears all of it."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", "1", "2")
    story.announce("alice#1", "2")
    story.announce("alice#1", "2", REMOVED)
    story.attend("bob#2", "2", "1", "2")
    story.announce("alice#1", "2")
    story.fence("alice#1")
