"""Observations are a closed list, each with all that a finding needs."""

import pytest

from harness.checkers.findings import finding
from harness.checkers.observations import OBSERVATIONS, is_known
from harness.checkers.verdict import FindingClass

ADVICE = {
    *("authorization.wrong-status", "authorization.malformed-socket-error", "authorization.alias-granted"),
    *(
        "subscription.known-weakness",
        "subscription.name-unchecked",
        "api.limit-ignored",
        "protocol.backlog-unbounded",
        "protocol.unsubscribed-unnoticed",
        "authorization.login-unlimited",
    ),
}


@pytest.mark.parametrize("id_", OBSERVATIONS)
def test_an_observation_says_what_where_and_why_perhaps(id_: str) -> None:
    """Each has an area, a class that counts, a hop, a sentence, and suspects of the catalogue without repetition."""
    observation = OBSERVATIONS[id_]

    assert observation.id == id_
    assert id_.partition(".")[0] in {
        "api",
        "authorization",
        "consistency",
        "delivery",
        "isolation",
        "latency",
        "membership",
        "ordering",
        "payload",
        "protocol",
        "recovery",
        "subscription",
    }
    assert (observation.kind is FindingClass.ADVICE) == (observation.id in ADVICE)
    assert observation.hop[0] in "1234567"
    assert observation.says
    assert observation.suspects
    assert len(set(observation.suspects)) == len(observation.suspects)


def test_leaks_are_of_class_security() -> None:
    """Whoever heard, got, said or was told what is not theirs ends a run with the code of security."""
    secure = {id_ for id_, observation in OBSERVATIONS.items() if observation.kind is FindingClass.SECURITY}

    leaks = {id_ for id_ in OBSERVATIONS if id_.startswith("isolation.")}
    assert secure == leaks | {
        *("authorization.granted-to-outsider", "authorization.granted-without-credential"),
        *("authorization.granted-without-ability", "authorization.malformed-socket-signed"),
        *("authorization.alias-leaks", "authorization.sent-by-outsider", "authorization.sent-in-another-name"),
        *("authorization.read-by-outsider", "authorization.logged-in-as-another"),
        *("protocol.socket-id-repeated", "api.heard-elsewhere"),
        *("subscription.forgery-accepted", "subscription.forged-event-delivered"),
        *("membership.identity-spoofed", "membership.emptied", "membership.effect-of-denied-join"),
        *("payload.secret-disclosed", "payload.internals-disclosed"),
        "api.forgery-accepted",
    }


@pytest.mark.parametrize(
    ("prefix", "known"),
    [
        ("delivery", True),
        ("delivery.", True),
        ("delivery.lost", True),
        ("delivery.los", False),
        ("deliver", False),
        ("delivery.lost.twice", False),
        ("", False),
        (".", False),
    ],
)
def test_only_ids_and_dotted_prefixes_are_known(prefix: str, known: bool) -> None:  # noqa: FBT001  a table's column
    """A prefix ends at a dot, so a misspelt id is found out; a finding matches by the same rule."""
    assert is_known(prefix) is known
    assert finding("delivery.lost", "lost").matches(prefix) is known
