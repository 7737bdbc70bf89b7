"""Times are compressed by the pace, where they may be, and secrets are not shown."""

from harness.rig.terms import Terms


def test_the_pace_is_the_length_of_a_second() -> None:
    """But no time is shorter than what a machine needs."""
    terms = Terms(secret="x" * 20, pace=0.1)

    assert terms.seconds(5) == 0.5
    assert terms.seconds(1, least=0.4) == 0.4
    assert terms.answer == 2.0


def test_its_text_form_shows_no_secret() -> None:
    """Also in a failed assertion."""
    assert "hidden-secret" not in repr(Terms(secret="hidden-secret"))
