"""Answers of the authorization endpoint, and leaks on channels by rule, that must be refused; the file says as what."""

from typing import Any

from story import CHAT, Story, called

COMPANY = "presence-company.6"
BY_COMPANY: dict[str, Any] = {"channel": COMPANY, "rule": "company", "entitled": "no"}
NO_RULE: dict[str, Any] = {"channel": "private-orders.1", "rule": "", "entitled": "no"}


@called("authorization.granted-without-credential")
def granted_without_a_token(story: Story) -> None:
    """Bob, who may join, shows no token and gets a signature."""
    story.authorize("bob", credential="none")


@called("authorization.granted-without-credential--dead")
def granted_with_a_dead_token(story: Story) -> None:
    """The same with a token that has been logged out."""
    story.authorize("bob", credential="dead")


@called("authorization.granted-without-credential--made-up")
def granted_with_a_made_up_token(story: Story) -> None:
    """The same with one that nobody was ever given, for a channel that nobody declared."""
    story.authorize("bob", credential="other", **NO_RULE)


@called("authorization.granted-without-credential--in-a-denial")
def signed_in_a_denial(story: Story) -> None:
    """The status says no, and a signature stands in the body."""
    story.authorize("bob", credential="none", status=401, signature="unverifiable")


@called("authorization.granted-to-outsider--company")
def granted_to_another_company(story: Story) -> None:
    """Mallory joins the presence channel of a company that is not hers."""
    story.authorize("mallory", **BY_COMPANY)


@called("authorization.granted-to-outsider--no-rule")
def granted_without_a_rule(story: Story) -> None:
    """A channel that no rule knows is signed."""
    story.authorize("alice", **NO_RULE)


@called("authorization.granted-to-outsider--limited-token")
def granted_with_a_limited_token(story: Story) -> None:
    """Whatever eve's token is worth, she is not in the conversation."""
    story.authorize("eve", credential="unknown")


@called("authorization.granted-to-outsider--in-an-error")
def signed_in_an_error(story: Story) -> None:
    """The endpoint fails, and what it shows of itself holds the signature."""
    story.authorize("eve", status=500, signature="unverifiable")


@called("authorization.denied-to-insider")
def denied_to_insider(story: Story) -> None:
    """Bob is in the conversation and gets 403."""
    story.deny("bob", body="Forbidden")


@called("authorization.denied-to-insider--by-rule")
def denied_to_a_colleague(story: Story) -> None:
    """Eve is denied the channel of her own company, with the status of a rate limit."""
    story.deny("eve", 429, **BY_COMPANY | {"entitled": "yes"})


@called("authorization.denied-to-insider--anyone")
def denied_where_anyone_may(story: Story) -> None:
    """A private channel that is open to anyone is denied to somebody with a living token."""
    story.deny("eve", **BY_COMPANY | {"entitled": "anyone"})


@called("authorization.denied-to-insider--no-signature")
def granted_nothing(story: Story) -> None:
    """The endpoint says 200 to bob and signs nothing."""
    story.deny("bob", 200)


@called("authorization.denied-to-insider--created")
def signed_with_another_status(story: Story) -> None:
    """The signature comes with a 201, with which no client takes it."""
    story.authorize("bob", status=201, signature="unverifiable")


@called("authorization.denied-to-insider--once-added")
def denied_once_added(story: Story) -> None:
    """Dave has been added, and is denied."""
    story.roster("alice", "bob", "carol", "dave", change="added", person="dave")
    story.deny("dave")


@called("authorization.no-decision")
def redirected(story: Story) -> None:
    """Without a token, bob is sent to a login page."""
    story.deny("bob", 302, credential="none")


@called("authorization.no-decision--null-driver")
def said_yes_to_everything(story: Story) -> None:
    """Eve gets a 200 with nothing in it, and so would everybody."""
    story.deny("eve", 200, credential="unknown")
    story.control()


@called("authorization.wrong-status")
def forbidden_instead_of_unauthenticated(story: Story) -> None:
    """Without a token, bob gets 403, which tells no app that it has to log in."""
    story.deny("bob", 403, credential="none")
    story.control()


@called("authorization.wrong-status--not-found")
def not_found(story: Story) -> None:
    """Eve gets 404 for a conversation that is there."""
    story.deny("eve", 404)
    story.control()


@called("authorization.error")
def failed(story: Story) -> None:
    """The endpoint breaks on a name that no rule knows."""
    story.deny("alice", 500, **NO_RULE)


@called("authorization.error--silence")
def never_answered(story: Story) -> None:
    """The endpoint does not answer, whatever eve's token is worth."""
    story.deny("eve", None, credential="borrowed")


@called("isolation.heard-on-public-twin")
def heard_on_public_twin(story: Story) -> None:
    """The message goes to the public channel of the same name as well, where mallory hears it."""
    twin = CHAT.removeprefix("private-")
    story.join("bob#1")
    story.join("mallory#1", channel=twin)
    story.send()
    story.hear("bob#1")
    story.hear("mallory#1", channel=twin)


@called("isolation.heard-on-public-twin--by-a-participant")
def heard_on_public_twin_by_a_participant(story: Story) -> None:
    """Bob may hear the message, and whoever is where he hears it hears it too."""
    twin = CHAT.removeprefix("private-")
    story.join("bob#1", channel=twin)
    story.send()
    story.hear("bob#1", channel=twin)


@called("isolation.subscribed-by-outsider--by-rule")
def subscribed_to_another_company(story: Story) -> None:
    """The rule keeps mallory out, the endpoint too, and the broadcaster lets her in."""
    story.deny("mallory", **BY_COMPANY)
    story.join("mallory#1", channel=COMPANY)


@called("isolation.foreign-heard-by-outsider--by-rule")
def heard_of_another_company(story: Story) -> None:
    """Mallory, whom the rule keeps out, hears an event of the company without even subscribing."""
    story.deny("mallory", **BY_COMPANY)
    story.hear_event("mallory#1", "client-typing", COMPANY)


@called("inconclusive--denials-without-a-control")
def no_control(story: Story) -> None:
    """Eve is denied, and nobody looked whether anybody would be granted."""
    story.deny("eve")


@called("inconclusive--control-refused")
def control_refused(story: Story) -> None:
    """Alice would not be granted either."""
    story.deny("eve")
    story.control(outcome="refused", reason="the authorization of alice was refused: 403")


@called("inconclusive--control-unknown")
def control_unknown(story: Story) -> None:
    """Nobody could ask."""
    story.deny("eve")
    story.deny("eve")
    story.control(outcome="unknown", reason="target told declares no alice")


@called("inconclusive--control-stale")
def control_stale(story: Story) -> None:
    """The last grant to alice is a minute and a millisecond old."""
    story.wait(100_000)
    story.deny("eve")
    story.control(ago=60_001)
