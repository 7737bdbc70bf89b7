"""Why a token that is none opened something: what was shown, and how it had ended, tells which look is missing."""

from typing import Any

import pytest

from harness.diagnosis.credentials import WEIGHERS

CHAT = "private-chat.6.conversation.123"
GRANTED = "authorization.granted-without-credential"
ENDED = ("AU-03", "AU-04", "AU-05")


def likelihoods(weigh: Any, id_: str, *suspects: str) -> list[str]:
    """Give how likely each of these suspects is, "" where nobody can say."""
    weights = [weigh(id_, suspect) for suspect in suspects]
    return [weight.likelihood if weight else "" for weight in weights]


@pytest.mark.parametrize(
    ("credential", "expected"),
    [
        ("none", ["likely", "unlikely", "unlikely", "unlikely", "unlikely"]),
        ("other", ["", "likely", "unlikely", "unlikely", "unlikely"]),
        ("dead", ["", "unlikely", "", "", ""]),
    ],
)
def test_what_was_shown_tells_what_was_not_looked_at(
    story: Any, weigh: Any, credential: str, expected: list[str]
) -> None:
    """AU-01 without a token, AU-02 with a made-up one; of a dead one it takes its end to say more."""
    story.authorize("bob", credential=credential)

    assert likelihoods(weigh, GRANTED, "AU-01", "AU-02", *ENDED) == expected


def test_a_denial_without_a_token_clears_the_endpoint_that_asks_for_none(story: Any, weigh: Any) -> None:
    """AU-01."""
    story.deny("bob", 401, credential="none")
    story.authorize("bob", credential="other")

    weight = weigh(GRANTED, "AU-01")
    assert (weight.likelihood, weight.because) == ("unlikely", f"bob was denied “{CHAT}” without a token")


@pytest.mark.parametrize(
    ("change", "suspect"), [("log-out", "AU-03"), ("revoke", "AU-03"), ("delete-account", "AU-05"), ("", "AU-04")]
)
def test_the_end_of_a_token_tells_who_did_not_notice(story: Any, weigh: Any, change: str, suspect: str) -> None:
    """AU-03 after a logout or a revocation, AU-04 past its time, AU-05 without its account; others are none of it."""
    story.log_in("bob", 1, ends=0 if change else 5)
    story.log_in("carol", 2)
    story.credential("carol", "log-out", token=2)
    if change:
        story.credential("bob", change, token=1)
    story.wait(100)
    story.authorize("bob", credential="dead")

    said = dict(zip(ENDED, likelihoods(weigh, GRANTED, *ENDED), strict=True))
    assert said == {one: "likely" if one == suspect else "unlikely" for one in ENDED}


def test_an_ability_that_a_token_lacks_was_not_looked_at(story: Any, weigh: Any) -> None:
    """AU-06; the ends of tokens have nothing to do with it."""
    story.authorize("bob", credential="limited")

    assert likelihoods(weigh, "authorization.granted-without-ability", "AU-06", *ENDED) == ["likely", *["unlikely"] * 3]


def test_a_credential_of_which_nobody_knows_says_nothing(story: Any, weigh: Any) -> None:
    """Eve's may be anything."""
    story.authorize("eve", credential="unknown")

    id_ = "authorization.granted-to-outsider"
    assert likelihoods(weigh, id_, "AU-01", "AU-02", "AU-06", *ENDED) == [""] * 6


@pytest.mark.parametrize(("granted", "likelihood"), [("form", "likely"), ("json", "unlikely"), ("", ""), (None, "")])
def test_an_encoding_that_is_not_read_is_denied(story: Any, weigh: Any, granted: str | None, likelihood: str) -> None:
    """AU-09: bob was granted in one encoding and denied in JSON; without a grant in a known one nobody can say."""
    if granted is not None:
        story.authorize("bob", encoding=granted)
    story.deny("bob", encoding="json")

    assert likelihoods(weigh, "authorization.denied-to-insider", "AU-09") == [likelihood]


def test_two_people_who_are_one_member_have_one_token(story: Any, weigh: Any) -> None:
    """AU-11; while everybody is somebody of their own, and unseen listeners are nobody, nothing is said."""
    story.authorize("eve")
    story.attend("bob#1", "2", "2")
    story.attend("carol#1", "")
    story.attend("dave#1", "")
    assert likelihoods(weigh, "authorization.granted-to-outsider", "AU-11") == [""]
    story.attend("carol#2", "2", "2")

    weight = weigh("authorization.granted-to-outsider", "AU-11")
    assert (weight.likelihood, weight.because) == ("likely", "bob, carol were both signed for as member “2”")


@pytest.mark.parametrize(
    ("change", "expected"),
    [("log-out", ["unlikely", "likely"]), ("revoke", ["likely", "unlikely"]), ("", ["likely", "unlikely"])],
)
def test_what_outlived_its_token_depends_on_how_that_ended(
    story: Any, weigh: Any, change: str, expected: list[str]
) -> None:
    """AU-17 after a logout, AU-16 after any other end."""
    story.log_in("bob", 1, ends=0 if change else 5)
    story.join("bob#1", token=1)
    if change:
        story.credential("bob", change, token=1)
    story.wait(10_000)
    story.send()
    story.hear("bob#1")
    story.finish()

    assert likelihoods(weigh, "isolation.heard-after-logout", "AU-16", "AU-17") == expected


@pytest.mark.parametrize("suspect", sorted(WEIGHERS))
def test_nothing_is_said_of_a_finding_about_nothing(weigh_bare: Any, suspect: str) -> None:
    """No answer, no end of a token."""
    assert weigh_bare(suspect) is None


@pytest.mark.parametrize(("what", "likelihood"), [("the app secret", "likely"), ("a password hash", "unlikely")])
def test_the_apps_secret_names_its_own_defect(story: Any, weigh: Any, what: str, likelihood: str) -> None:
    """HT-14: it is another mistake than to send a whole row."""
    story.disclose(what, place="answer", purpose="log in")

    assert weigh("payload.secret-disclosed", "HT-14").likelihood == likelihood
