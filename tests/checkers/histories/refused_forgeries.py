"""Grants, names, signatures and events that were let through; the file says as what each must be refused."""

from story import CHAT, ROOM, Story, called

ALIAS = "private-chat.6.conversation.0123"


@called("authorization.granted-without-ability")
def granted_without_ability(story: Story) -> None:
    """Bob may join, and is signed for with a token that may only read."""
    story.authorize("bob", credential="limited")


@called("authorization.malformed-socket-signed")
def signed_for_no_socket(story: Story) -> None:
    """A signature is given for a socket id that is none."""
    story.authorize("bob", names_a_socket=False, entitled="moot")


@called("authorization.malformed-socket-error")
def failed_for_no_socket(story: Story) -> None:
    """The endpoint fails on a socket id that is none, and denies another with a 4xx."""
    story.authorize("alice")
    story.deny("bob", 500, names_a_socket=False, entitled="moot")
    story.deny("bob", 422, names_a_socket=False, entitled="moot")
    story.deny("bob", 429, names_a_socket=False, entitled="moot")
    story.control()


@called("authorization.alias-granted")
def dead_channel(story: Story) -> None:
    """Bob is granted his conversation with a zero before its number, subscribes, and hears nothing."""
    story.follow("bob", ALIAS)


@called("authorization.alias-granted--subscribed-to")
def dead_channel_outside_every_rule(story: Story) -> None:
    """A name that follows no rule is signed, and subscribed to in order to see where it leads."""
    story.join("bob#9", channel=f"{CHAT}.x")
    story.follow("bob", f"{CHAT}.x")


@called("authorization.alias-granted--refused-by-the-broadcaster")
def flaw_of_the_contract(story: Story) -> None:
    """What was signed cannot be subscribed to."""
    story.follow("bob", f"{CHAT}\n", subscribed="refused")


@called("authorization.alias-granted--not-followed-to-the-end")
def not_followed(story: Story) -> None:
    """Nobody could look where the name leads."""
    story.follow("bob", f"{CHAT}{'x' * 300}", subscribed="unknown", reason="no answer")


@called("authorization.alias-leaks")
def leaking(story: Story) -> None:
    """What is said in the conversation is heard under another name, and the other way round."""
    story.follow("bob", ALIAS, heard_there=True, heard_back=True)


@called("authorization.granted-to-outsider--under-another-name")
def outsider_under_another_name(story: Story) -> None:
    """Eve is no participant, and is granted the conversation under another name."""
    story.follow("eve", ALIAS)


@called("subscription.forgery-accepted")
def forgery_accepted(story: Story) -> None:
    """A signature cut short, and none at all, let carol in."""
    story.connect("carol#1")
    story.forge("carol#1", forgery="a signature cut short by one digit", weakness="AZ-25")
    story.forge("carol#1", signature="absent", weakness="AZ-25")
    story.forge("carol#1", outcome="refused", forgery="a signature of zeros", weakness="AZ-25")


@called("subscription.forgery-accepted--without-a-word-of-its-kind")
def tampered(story: Story) -> None:
    """A signature that does not verify is let in."""
    story.connect("carol#1")
    story.forge("carol#1")


@called("subscription.known-weakness")
def known_weakness(story: Story) -> None:
    """The server is known not to look at the key, and does not on two channels."""
    story.know("AZ-26", "AZ-34")
    story.connect("carol#1")
    story.join("bob#1", channel="news")
    story.forge("carol#1", forgery="a signature under another key", weakness="AZ-26")
    story.forge("carol#1", channel=ROOM, forgery="a signature without its key", weakness="AZ-26")
    story.whisper("carol#1", "on a public channel", channel="news", weakness="AZ-34")
    story.hear("bob#1", "", "", event="client-typing", channel="news", is_message=False, raw="on a public channel")


@called("subscription.forged-event-delivered")
def forged_event(story: Story) -> None:
    """What eve whispers without having joined is heard by bob, not by herself; what follows it is not judged."""
    story.join("bob#1")
    story.hear("bob#1", "", "", event="client-typing", is_message=False, raw="too early: the mark")
    story.whisper("eve#1", "the mark", weakness="AZ-32")
    story.join("eve#1", channel="news")
    story.hear("eve#1", "", "", event="client-typing", channel="news", is_message=False, raw="an echo of the mark")
    story.hear("bob#1", "", "", event="client-typing", is_message=False, raw="with the mark in it")


@called("subscription.name-unchecked")
def no_name(story: Story) -> None:
    """Eve is let in under two names that are none, and refused under a third."""
    story.authorize("alice")
    story.connect("eve#1")
    for name, outcome in (("a" * 300, "ok"), ("a b", "ok"), ("a/b", "refused")):
        facts = {"channel_kind": "public", "signature": "absent", "forgery": "", "weakness": "CO-18"}
        story.forge("eve#1", channel=name, outcome=outcome, **facts)


@called("membership.identity-spoofed")
def spoofed(story: Story) -> None:
    """Bob is signed for under a name that he chose."""
    story.authorize("bob", channel=ROOM, rule="company", entitled="yes", is_echoed=True)


@called("membership.identity-spoofed--two-people-are-one")
def two_are_one(story: Story) -> None:
    """Bob and carol are both signed for as member 2."""
    story.attend("bob#1", "2", "2")
    story.attend("carol#1", "2", "2")


@called("membership.effect-of-denied-join")
def announced_though_denied(story: Story) -> None:
    """Mallory, who is known as member 7 from another company's channel, is denied this one and announced there."""
    story.attend("alice#1", "1", "1")
    story.attend("mallory#1", "7", "7", channel="presence-company.7")
    story.deny("mallory", channel=ROOM, rule="company", entitled="no")
    story.announce("alice#1", "7")
    story.control()


@called("membership.effect-of-denied-join--listed-though-refused")
def listed_though_refused(story: Story) -> None:
    """The broadcaster refuses carol, and lists her to bob."""
    story.attend("carol#1", "3", outcome="refused", members=None)
    story.attend("bob#1", "2", "2", "3")


@called("membership.emptied")
def emptied(story: Story) -> None:
    """Bob joins without a name, and alice is told that nobody is there, herself included."""
    story.attend("bob#1", "")
    story.attend("alice#1", "1")


@called("subscription.known-weakness--unseen")
def known_to_be_emptied(story: Story) -> None:
    """The same on a server that is known for it."""
    story.know("AZ-31")
    story.attend("bob#1", "")
    story.attend("alice#1", "1")
    story.attend("carol#1", "3")
    story.fence("carol#1")
