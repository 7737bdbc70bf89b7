"""Rights that end as they should, or of whose end nobody knows, and messages of whose fate nothing can be said."""

from story import Story, called

from harness.history.digest import digest


@called("accepted--cut-off-after-a-logout")
def cut_off_after_a_logout(story: Story) -> None:
    """The backend ends the connections of whoever logged out, and a message that was under way is still heard."""
    story.log_in("bob", 7)
    story.join("bob#1", token=7)
    story.join("carol#1")
    story.send()
    story.credential("bob", "log-out", token=7)
    story.hear("bob#1")
    story.hear("carol#1")
    story.close("bob#1", by="them", code=1006)


@called("accepted--cut-off-with-the-conversation")
def cut_off_with_the_conversation(story: Story) -> None:
    """The conversation is deleted, and whoever was connected is not any more."""
    story.join("bob#1", "carol#1")
    story.fence("bob#1")
    story.roster(change="deleted")
    for socket in ("bob#1", "carol#1"):
        story.close(socket, by="them", code=1006)


@called("accepted--subscribed-anew-after-a-logout")
def subscribed_anew(story: Story) -> None:
    """Bob logs in again, and authorizes the same socket with his new token; another channel is nobody's business."""
    story.log_in("bob", 7)
    story.join("bob#1", token=7)
    story.join("bob#2", channel="news", token=7)
    story.credential("bob", "log-out", token=7)
    story.log_in("bob", 8)
    story.subscribe("bob#1", token=8)
    story.wait(6_000)
    story.send()
    story.hear("bob#1")
    story.hear_event("bob#2", "Headline", channel="news")


@called("accepted--a-logout-of-which-nobody-knows")
def logout_unknown(story: Story) -> None:
    """The backend never said whether it took the token, or which token opened the channel is not known."""
    story.log_in("bob", 7)
    story.join("bob#1", token=7)
    story.join("carol#1")
    story.credential("bob", "log-out", token=7, outcome="unknown")
    story.credential("carol", "log-out")
    story.wait(6_000)
    story.send()
    story.hear("bob#1")
    story.hear("carol#1")


@called("accepted--a-deletion-of-which-nobody-knows")
def deletion_unknown(story: Story) -> None:
    """Whether the conversation is deleted is not known: its people may hear, and are owed nothing."""
    story.join("bob#1", "carol#1")
    story.roster(change="deleted", outcome="silence")
    story.wait(6_000)
    story.send()
    story.hear("bob#1")


@called("accepted--stored-in-spite-of-an-error")
def stored_in_spite_of_an_error(story: Story) -> None:
    """Everybody hears the first; nobody listens where the second is; the third text was meant twice."""
    story.join("bob#1")
    story.answer(story.ask("one"), outcome="unknown", status=500, with_id=False)
    story.hear("bob#1", "41", "one")
    story.leave("bob#1")
    story.answer(story.ask("two"), outcome="unknown", status=500, with_id=False)
    for status in (500, 503):
        story.answer(story.ask("three"), outcome="unknown", status=status, with_id=False)
    texts = ("one", "two", "three")
    story.read("bob", "41", "42", "43", digests=tuple(map(digest, texts)))


@called("accepted--sent-by-those-who-may")
def sent_by_those_who_may(story: Story) -> None:
    """Carol sends right after her removal, dave while he is added, and frames name the author, or nobody."""
    story.join("bob#1")
    story.roster("alice", "bob", change="removed", person="carol")
    story.send("as carol", who="carol")
    story.hear("bob#1", "1", "as carol")
    story.answer(story.ask("as alice", author="1"))
    story.hear("bob#1", "2", "as alice", author="1")
    story.send("as bob", who="alice")
    story.hear("bob#1", "3", "as bob", author="9")
