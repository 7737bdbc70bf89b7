"""Authorization: leaks, wrong denials and failures are found; denials count when somebody who may join is granted."""

from collections import Counter
from typing import Any

import msgspec
import pytest

from harness.checkers import authorization
from harness.history.events import AliasFollowed, HttpAnswered, TestFinished
from harness.history.ledger import read

REVOCATION = 5_000_000_000
TERMS = TestFinished(n=1, at=0, revocation=REVOCATION)
CHAT = "private-chat.6.conversation.123"
COMPANY = "presence-company.6"
QUOTED = f"“{CHAT}”"


def check(events: list[Any]) -> list[Any]:
    """Judge events."""
    return authorization.check(events, read(events), TERMS)[0]


def counts(events: list[Any]) -> Counter[str]:
    """Count what was judged."""
    return authorization.check(events, read(events), TERMS)[1]


ONLY_PEOPLE = "403, and no signature: only alice, bob, carol may join"
UNKNOWN = "401, and no signature: nothing is signed for somebody whom the backend cannot know"
STATUS = "401 says that one has to log in, 403 that it would not help"
DECIDE = "a decision, also about a name that nobody expects: 200 with a signature, 401 or 403"
ALL_MAY = "200 with a signature: alice, bob, carol may join, and the token of bob had not ended"

FOUND = [
    (
        "authorization.granted-without-credential",
        f"bob got a signature for {QUOTED} without a token",
        UNKNOWN,
        "200, with a signature that is valid",
    ),
    (
        "authorization.granted-without-credential--dead",
        f"bob got a signature for {QUOTED} with a token that had ended",
        UNKNOWN,
        "200, with a signature that is valid",
    ),
    (
        "authorization.granted-without-credential--made-up",
        "bob got a signature for “private-orders.1” with a made-up token",
        UNKNOWN,
        "200, with a signature that is valid",
    ),
    (
        "authorization.granted-without-credential--in-a-denial",
        f"bob got a signature for {QUOTED} without a token",
        UNKNOWN,
        "401, with a signature that is unverifiable",
    ),
    (
        "authorization.granted-to-outsider",
        f"eve is not in the conversation and got a signature for {QUOTED}",
        ONLY_PEOPLE,
        "200, with a signature that is valid",
    ),
    (
        "authorization.granted-to-outsider--company",
        f"mallory, whom the rule 'company' does not let in, got a signature for “{COMPANY}”",
        "403, and no signature: the rule 'company' is not for mallory",
        "200, with a signature that is valid",
    ),
    (
        "authorization.granted-to-outsider--no-rule",
        "alice got a signature for “private-orders.1”, which follows no declared rule",
        "403, and no signature: what no rule declares is open to nobody",
        "200, with a signature that is valid",
    ),
    (
        "authorization.granted-to-outsider--limited-token",
        f"eve is not in the conversation and got a signature for {QUOTED}",
        ONLY_PEOPLE,
        "200, with a signature that is valid",
    ),
    (
        "authorization.granted-to-outsider--in-an-error",
        f"eve is not in the conversation and got a signature for {QUOTED}",
        ONLY_PEOPLE,
        "500, with a signature that is unverifiable",
    ),
    (
        "authorization.signature-invalid",
        f"bob was granted {QUOTED} with a signature that does not verify",
        (
            "signed with the broadcaster's secret for this socket and channel; if the broadcaster takes it,"
            " it is the secret that we were told which is wrong"
        ),
        "200, with a signature that is invalid",
    ),
    ("authorization.denied-to-insider", f"bob, who may join, got no grant for {QUOTED}", ALL_MAY, "403, “Forbidden”"),
    (
        "authorization.denied-to-insider--by-rule",
        f"eve, who may join, got no grant for “{COMPANY}”",
        "200 with a signature: the rule 'company' lets eve in, and the token of eve had not ended",
        "429, “”",
    ),
    (
        "authorization.denied-to-insider--anyone",
        f"eve, who may join, got no grant for “{COMPANY}”",
        "200 with a signature: the rule 'company' lets eve in, and the token of eve had not ended",
        "403, “”",
    ),
    (
        "authorization.denied-to-insider--no-signature",
        f"bob, who may join, got no grant for {QUOTED}",
        ALL_MAY,
        "200, “”",
    ),
    (
        "authorization.denied-to-insider--once-added",
        f"dave, who may join, got no grant for {QUOTED}",
        "200 with a signature: alice, bob, carol, dave may join, and the token of dave had not ended",
        "403, “”",
    ),
    (
        "authorization.denied-to-insider--created",
        f"bob, who may join, got no grant for {QUOTED}",
        ALL_MAY,
        "201, with a signature that is unverifiable",
    ),
    (
        "authorization.no-decision",
        f"bob got neither a signature nor a denial for {QUOTED}",
        "401: an app takes 302 for something else than a denial",
        "302, “”",
    ),
    (
        "authorization.no-decision--null-driver",
        f"eve got neither a signature nor a denial for {QUOTED}",
        "a 4xx: an app takes 200 for something else than a denial",
        "200, “”",
    ),
    ("authorization.wrong-status", f"bob was denied {QUOTED} with 403", f"401: {STATUS}", "403, “”"),
    ("authorization.wrong-status--not-found", f"eve was denied {QUOTED} with 404", f"403: {STATUS}", "404, “”"),
    (
        "authorization.error",
        "the endpoint failed with 500 when alice asked for “private-orders.1”",
        DECIDE,
        "500, “”",
    ),
    (
        "authorization.error--silence",
        f"the endpoint gave no answer when eve asked for {QUOTED}",
        DECIDE,
        "no answer, “”",
    ),
]


@pytest.mark.parametrize(("name", "summary", "expected", "seen"), FOUND, ids=[name for name, *_ in FOUND])
def test_each_way_of_failing_is_found(history: Any, name: str, summary: str, expected: str, seen: str) -> None:
    """The finding names the person and the channel, what should have been answered, and what was."""
    events = history(name)
    (found,) = check(events)

    (cause,) = [event for event in events if event.n in found.events]
    assert isinstance(cause, HttpAnswered)
    assert (found.id, found.who, found.where) == (name.partition("--")[0], cause.who, cause.channel)
    assert (found.summary, found.expected) == (summary, expected)
    assert found.hop.startswith("3, authorize")
    assert found.evidence == (f"{cause.at / 1e9:+.3f} s  {seen}",)


@pytest.mark.parametrize(
    "name",
    [
        "accepted--grants-and-denials",
        "accepted--grants-that-are-due",
        "accepted--denials-that-are-due",
        "accepted--nothing-is-due",
        "accepted--authorization-in-a-fault",
        "accepted--denied-while-coming-or-going",
    ],
)
def test_what_is_due_or_cannot_be_known_is_no_finding(history: Any, name: str) -> None:
    """Grants and denials that are owed, and answers to which anything may be right, raise no alarm and no doubt."""
    assert check(history(name)) == []
    assert authorization.doubts(history(name)) == []


@pytest.mark.parametrize(("beyond", "found"), [(0, []), (1, ["authorization.granted-to-outsider"])])
def test_a_removal_counts_when_its_budget_is_spent(story: Any, beyond: int, found: list[str]) -> None:
    """To the nanosecond; with nobody left, nobody may join, and the expectation says so."""
    story.roster(change="removed", person="bob")
    story.now += REVOCATION - 2_000_000 + beyond
    story.authorize("bob")

    assert [one.id for one in check(story.events)] == found
    assert {one.expected for one in check(story.events)} <= {"403, and no signature: only nobody may join"}


def test_a_dead_token_is_judged_at_once(story: Any) -> None:
    """The revocation budget is for what has to get around; whoever killed the token knows of it."""
    story.authorize("bob", credential="dead")

    assert [one.id for one in check(story.events)] == ["authorization.granted-without-credential"]


def test_a_rule_decides_before_the_people_of_a_conversation(story: Any) -> None:
    """Eve is in no conversation of the test, and her company's rule lets her in; of old histories nobody knows."""
    story.authorize("eve", entitled="yes")
    assert check(story.events) == []

    story.authorize("bob", entitled="", credential="unknown")
    story.deny("bob", entitled="")
    assert check(story.events) == []


@pytest.mark.parametrize(
    ("status", "signature", "found"),
    [
        (399, "absent", "authorization.no-decision"),
        (400, "absent", "authorization.wrong-status"),
        (428, "absent", "authorization.wrong-status"),
        (430, "absent", "authorization.wrong-status"),
        (499, "absent", "authorization.wrong-status"),
        (500, "absent", "authorization.error"),
        (599, "absent", "authorization.error"),
        (200, "valid", "authorization.granted-to-outsider"),
    ],
)
def test_an_answer_is_a_denial_by_its_status(story: Any, status: int, signature: str, found: str) -> None:
    """Every 4xx but that of a rate limit denies, and nothing below or above does."""
    story.authorize("eve", status=status, signature=signature)

    assert [one.id for one in check(story.events)] == [found]


def test_a_limited_token_is_no_excuse_for_another_status(story: Any) -> None:
    """Its person is known, so a denial is a 403 as with any other token of an outsider."""
    story.deny("eve", 401, credential="limited")

    (found,) = check(story.events)
    assert (found.id, found.summary) == ("authorization.wrong-status", f"eve was denied {QUOTED} with 401")
    assert found.expected == f"403: {STATUS}"


def test_an_error_with_a_signature_for_somebody_who_may_join_is_an_error(story: Any) -> None:
    """It grants nothing, since no client takes it, and leaks nothing."""
    story.authorize("bob", status=500, signature="unverifiable")

    assert [one.id for one in check(story.events)] == ["authorization.error"]


def test_a_signature_that_opens_nothing_need_not_verify(story: Any) -> None:
    """For a borrowed token it must, as for any grant that somebody will use."""
    story.authorize("eve", entitled="moot", signature="invalid")
    assert check(story.events) == []

    story.authorize("eve", credential="borrowed", signature="invalid")
    assert [one.id for one in check(story.events)] == ["authorization.signature-invalid"]


def test_other_requests_are_none_of_its_business(story: Any) -> None:
    """An answer to another purpose grants and denies nothing, whatever it says."""
    story.record(HttpAnswered, who="eve", act="9", purpose="post", status=403, outcome="refused", entitled="no")
    story.record(HttpAnswered, who="bob", act="8", purpose="get", status=500, outcome="unknown")
    story.hear("bob#1")

    assert (check(story.events), counts(story.events)) == ([], Counter())
    assert authorization.denials(story.events) == []


@pytest.mark.parametrize(
    ("name", "counted"),
    [
        ("accepted--denials-that-are-due", {"denied": 7, "denials owed": 7}),
        ("accepted--grants-that-are-due", {"granted": 3}),
        ("accepted--nothing-is-due", {"granted": 2}),
        ("accepted--authorization-in-a-fault", {}),
        ("authorization.wrong-status", {"denied": 1, "denials owed": 1}),
        ("authorization.no-decision", {"denials owed": 1}),
        ("authorization.granted-to-outsider--company", {"granted": 1, "denials owed": 1}),
        ("authorization.granted-without-credential", {"granted": 1, "denials owed": 1}),
        ("authorization.denied-to-insider", {}),
        ("authorization.error", {}),
        ("authorization.signature-invalid", {"granted": 1}),
    ],
)
def test_denials_are_counted_beside_those_that_were_owed(history: Any, name: str, counted: dict[str, int]) -> None:
    """Both are the same where every denial was given; only a denial to whom it is due counts."""
    assert counts(history(name)) == Counter(counted)


@pytest.mark.parametrize(
    ("name", "doubt"),
    [
        (
            "denials-without-a-control",
            "1 denied authorization proves nothing: nobody looked whether the endpoint would grant anybody",
        ),
        (
            "control-refused",
            (
                f"1 denied authorization proves nothing: the endpoint would not grant alice {CHAT} either: "
                "the authorization of alice was refused: 403"
            ),
        ),
        (
            "control-unknown",
            (
                "2 denied authorizations prove nothing: whether the endpoint would grant alice is unknown: "
                "target told declares no alice"
            ),
        ),
        (
            "control-stale",
            f"1 denied authorization proves nothing: the endpoint had last granted alice {CHAT} 60 s before",
        ),
    ],
)
def test_denials_without_a_positive_control_prove_nothing(history: Any, name: str, doubt: str) -> None:
    """The doubt says how many there were, and why; it is no finding."""
    events = history(f"inconclusive--{name}")

    (said,) = authorization.doubts(events)
    assert said == doubt
    assert check(events) == []


@pytest.mark.parametrize(("beyond", "doubts"), [(0, 0), (1, 1)])
def test_a_grant_vouches_for_a_minute(story: Any, beyond: int, doubts: int) -> None:
    """To the nanosecond; the latest look counts, and where nobody was denied there need be none."""
    story.wait(200_000)
    assert authorization.doubts(story.events) == []
    story.deny("eve")
    story.control(outcome="unknown")
    story.control(ago=60_000)
    story.events[-1] = msgspec.structs.replace(story.events[-1], at=story.events[-1].at + beyond)

    assert len(authorization.doubts(story.events)) == doubts


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("authorization.granted-without-ability", "security", "a token that lacks the ability to join"),
        ("authorization.malformed-socket-signed", "security", "a socket id that is none"),
        (
            "authorization.malformed-socket-error",
            "advice",
            "asked for a socket id that is none",
        ),
        ("authorization.granted-to-outsider--under-another-name", "security", "another name of"),
        ("authorization.alias-granted", "advice", "which is not the name of"),
    ],
)
def test_what_was_signed_for_the_wrong_thing_is_found(history: Any, name: str, kind: str, words: str) -> None:
    """A token without the ability, a socket that is none, a name that is not the channel's own."""
    (found,) = check(history(name))

    assert (found.id, found.kind) == (name.partition("--")[0], kind)
    assert words in found.summary


NO_ABILITY = "bob got a signature for “{}” with a token that lacks the ability to join"
NOT_IN_IT = "eve is not in the conversation and got a signature for “{}”, another name of {}"


@pytest.mark.parametrize(
    ("who", "facts", "canonical", "summary"),
    [
        ("bob", {"credential": "limited"}, CHAT, NO_ABILITY),
        ("bob", {"credential": "borrowed"}, CHAT, ""),
        ("eve", {"credential": "borrowed"}, CHAT, ""),
        ("eve", {"credential": "limited"}, CHAT, NOT_IN_IT),
        ("bob", {"entitled": ""}, "", ""),
    ],
)
def test_another_name_is_judged_by_who_asked_with_what(
    story: Any, who: str, facts: dict[str, Any], canonical: str, summary: str
) -> None:
    """What the token lacks comes first; nobody knows whose a borrowed one is, nor what a name of nothing reads like."""
    channel = f"{CHAT}x"
    story.authorize(who, **({"channel": channel, "rule": "", "entitled": "no"} | facts))
    story.record(AliasFollowed, who=who, channel=channel, canonical=canonical, subscribed="ok")

    assert [one.summary for one in check(story.events)] == ([summary.format(channel, QUOTED)] if summary else [])


def test_where_nobody_is_left_nobody_may_join_under_another_name(story: Any) -> None:
    """The expectation says so."""
    story.roster(change="deleted")
    story.follow("eve", f"{CHAT}x")

    (found,) = check(story.events)
    assert found.expected == "403, and no signature: only nobody may join, and under its own name"


@pytest.mark.parametrize(
    ("status", "counted", "found"),
    [
        (399, {}, []),
        (422, {"denials owed": 1, "denied": 1}, []),
        (429, {}, []),
        (500, {"denials owed": 1}, ["authorization.malformed-socket-error"]),
        (None, {}, []),
    ],
)
def test_a_socket_id_that_is_none_is_owed_a_denial(
    story: Any, status: int | None, counted: dict[str, int], found: list[str]
) -> None:
    """Any 4xx but that of a rate limit is one, an error is found, and what decides nothing does not count."""
    story.deny("bob", status, names_a_socket=False, entitled="moot")

    assert (counts(story.events), [one.id for one in check(story.events)]) == (Counter(counted), found)


def test_a_limited_token_is_owed_a_denial(history: Any) -> None:
    """Its 403 is right, and counts among the denials that were owed and given."""
    events = history("accepted--forgeries-refused")

    assert check(events) == []
    assert counts(events)["denied"] == 1
