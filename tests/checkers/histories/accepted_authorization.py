"""Answers of the authorization endpoint that must be accepted: what is due, and where nobody can say what is."""

from refused_authorization import BY_COMPANY, COMPANY, NO_RULE
from story import OTHER, Story, called

from harness.history.events import FaultBegan


@called("accepted--denials-that-are-due")
def due_denials(story: Story) -> None:
    """401 without a living token, whoever asks; 403 for whom no rule lets in; either where nobody knows the token."""
    for credential in ("none", "dead", "other"):
        story.deny("bob", 401, credential=credential)
    story.deny("eve", 403)
    story.deny("mallory", 403, **BY_COMPANY)
    story.deny("alice", 403, **NO_RULE)
    story.deny("eve", 401, credential="unknown")
    story.wait(60_000)
    story.control(ago=60_000)


@called("accepted--grants-that-are-due")
def due_grants(story: Story) -> None:
    """To participants, to colleagues, and to anyone where anyone may join, token or not."""
    story.authorize("bob")
    story.authorize("eve", **BY_COMPANY | {"entitled": "yes"})
    story.authorize("eve", **BY_COMPANY | {"entitled": "anyone", "credential": "none"})


@called("accepted--nothing-is-due")
def nothing_due(story: Story) -> None:
    """Where a signature opens nothing, where a token is borrowed or limited, and where a rate limit speaks."""
    story.deny("bob", 500, entitled="moot")
    story.authorize("eve", entitled="moot", signature="invalid")
    story.authorize("eve", credential="borrowed")
    story.deny("bob", 403, credential="borrowed")
    story.deny("bob", 403, credential="unknown")
    story.deny("eve", 401, credential="none", entitled="anyone")
    story.deny("alice", 403, channel=OTHER)
    story.deny("eve", 200, channel=OTHER)
    story.deny("eve", 429)
    story.control()


@called("accepted--authorization-in-a-fault")
def in_a_fault(story: Story) -> None:
    """Nobody answers through a fault of ours."""
    story.record(FaultBegan, fault="cut(backend)")
    story.deny("bob", None)
    story.deny("bob", 502)


@called("accepted--denied-while-coming-or-going")
def coming_or_going(story: Story) -> None:
    """Dave's addition, or carol's removal, was under way; of bob's nobody knows how it ended."""
    asked = story.ask_authorization("dave")
    story.roster("alice", "bob", "carol", "dave", change="added", person="dave")
    story.authorized(asked, status=403, signature="absent")
    asked = story.ask_authorization("carol")
    story.roster("alice", "bob", "dave", change="removed", person="carol")
    story.authorized(asked, status=403, signature="absent")
    story.roster(change="removed", person="bob", outcome="silence")
    story.roster("alice", "bob", "dave", "frank", change="added", person="frank")
    story.deny("bob")
    story.control()


@called("accepted--listening-by-rule")
def listening_by_rule(story: Story) -> None:
    """Eve listens to her company's channel, and hears it."""
    story.authorize("eve", **BY_COMPANY | {"entitled": "yes"})
    story.join("eve#1", channel=COMPANY)
    story.hear_event("eve#1", "client-typing", COMPANY)
