"""Rights that outlived their end, and what nobody may send or be told; the file says as what it must be refused."""

from story import CHAT, ROOM, Story, called

from harness.history.digest import digest
from harness.history.events import Identified, PasswordsGuessed


@called("isolation.heard-after-logout")
def heard_after_logout(story: Story) -> None:
    """Bob logs out, his socket stays, and six seconds later it hears what alice sends."""
    story.log_in("bob", 7)
    story.join("bob#1", token=7)
    story.credential("bob", "log-out", token=7)
    story.wait(6_000)
    story.send()
    story.hear("bob#1")


@called("isolation.heard-after-logout--revoked-elsewhere")
def heard_after_revocation(story: Story) -> None:
    """All tokens of bob are revoked: what his phone and his laptop had opened is heard on."""
    story.log_in("bob", 7)
    story.log_in("bob", 8)
    story.join("bob#1", token=7)
    story.join("bob#2", token=8)
    story.credential("bob", "revoke")
    story.wait(6_000)
    story.send()
    story.hear("bob#1")
    story.hear("bob#2")


@called("isolation.heard-after-logout--expired")
def heard_after_expiry(story: Story) -> None:
    """Bob's token was good for a second, and he hears somebody type on a presence channel seven seconds later."""
    story.log_in("bob", 7, ends=1_000)
    story.attend("bob#1", "2", "2", token=7)
    story.wait(7_000)
    story.hear_event("bob#1", channel=ROOM)


@called("isolation.heard-after-logout--account-deleted")
def heard_after_account(story: Story) -> None:
    """Bob's account is gone, and he hears on although he has logged in as somebody else since."""
    story.log_in("bob", 7)
    story.join("bob#1", token=7)
    story.credential("bob", "delete-account")
    story.log_in("bob", 8)
    story.wait(6_000)
    story.send()
    story.hear("bob#1")


@called("isolation.heard-after-deletion")
def heard_after_deletion(story: Story) -> None:
    """The conversation is deleted, and six seconds later somebody is heard typing in it."""
    story.join("bob#1", "carol#1")
    story.roster(change="deleted")
    story.wait(6_000)
    story.hear_event("bob#1")


@called("payload.stored-unheard")
def stored_unheard(story: Story) -> None:
    """The backend failed behind storing: nobody hears the message, and it stands in the list."""
    story.join("bob#1", "carol#1")
    story.answer(story.ask("Hi"), outcome="unknown", status=500, with_id=False)
    story.fence("bob#1")
    story.read("bob", "41", digests=(digest("Hi"),))


@called("payload.stored-unheard--refused-and-heard-by-one")
def refused_and_heard_by_one(story: Story) -> None:
    """A message is refused, stored and broadcast, and carol alone hears it."""
    story.join("bob#1", "carol#1")
    story.answer(story.ask("Hi"), outcome="refused", status=413, with_id=False)
    story.hear("carol#1", "41", "Hi")
    story.read("bob", "41", digests=(digest("Hi"),))


@called("payload.secret-disclosed")
def secret_disclosed(story: Story) -> None:
    """The event of a message carries the sender's password hash, to everybody."""
    story.join("bob#1", "carol#1")
    story.send()
    for socket in ("bob#1", "carol#1"):
        story.hear(socket)
        who = socket.partition("#")[0]
        story.disclose("a password hash", who=who, socket=socket, place="frame", channel=CHAT)


@called("payload.secret-disclosed--in-an-answer")
def address_disclosed(story: Story) -> None:
    """Reading the messages gives alice's e-mail address to bob."""
    story.read("bob")
    story.disclose("an e-mail address of somebody else", who="bob", whose="alice", place="answer", purpose="read")


@called("payload.internals-disclosed")
def internals_disclosed(story: Story) -> None:
    """The endpoint fails with its stack trace in the body."""
    story.read("bob")
    story.disclose("a stack trace", who="bob", place="answer", purpose="send")


@called("authorization.sent-by-outsider")
def sent_by_outsider(story: Story) -> None:
    """Eve, who is not in the conversation, writes into it, and bob hears her."""
    story.join("bob#1")
    story.send(who="eve")
    story.hear("bob#1")


@called("authorization.read-by-outsider")
def read_by_outsider(story: Story) -> None:
    """Eve, who is not in the conversation, is given what was said there."""
    story.send()
    story.read("eve", "m1")


@called("authorization.read-by-outsider--after-the-deletion")
def read_after_deletion(story: Story) -> None:
    """Alice reads a conversation six seconds after it was deleted."""
    story.roster(change="deleted")
    story.wait(6_000)
    story.read("alice")


@called("authorization.logged-in-as-another")
def logged_in_as_another(story: Story) -> None:
    """Alice and bob log in at the same moment, and alice is given the token of bob, again and again."""
    for who, id_ in (("alice", "2"), ("bob", "2"), ("alice", "2"), ("alice", "1")):
        story.record(Identified, who=who, user_id=id_, expected={"alice": "1", "bob": "2"}[who])


@called("authorization.login-unlimited")
def guessed_without_end(story: Story) -> None:
    """Nobody stops alice, who guesses twice; bob is stopped."""
    story.join("carol#1")
    story.fence("carol#1")
    for who, stopped in (("bob", 5), ("alice", None), ("alice", None)):
        story.record(PasswordsGuessed, who=who, limit=5, stopped=stopped)


@called("authorization.sent-by-outsider--after-the-deletion")
def sent_after_deletion(story: Story) -> None:
    """Alice writes into a conversation six seconds after it was deleted."""
    story.roster(change="deleted")
    story.wait(6_000)
    story.send()


@called("authorization.sent-in-another-name")
def sent_in_another_name(story: Story) -> None:
    """Alice says that carol writes, and the backend believes it."""
    story.join("bob#1", "carol#1")
    story.answer(story.ask(author="1"))
    story.hear("bob#1", author="3")
    story.hear("carol#1", author="3")
