"""Profiles: one a tier, steady but at night, without deadlines, and never loaded for anybody else."""

from pathlib import Path

import pytest
from hypothesis import settings

from harness.strategies.profiles import EXAMPLES, for_machines, profile


@pytest.mark.parametrize("tier", EXAMPLES)
def test_a_profile_is_known_by_its_name_and_not_loaded(tier: str) -> None:
    """`--hypothesis-profile` finds it; the default of everybody else stays."""
    before = settings.default

    chosen = profile(tier)

    assert settings.get_profile(f"realtime-{tier}").max_examples == EXAMPLES[tier] == chosen.max_examples
    assert chosen.deadline is None
    assert settings.default is before


@pytest.mark.parametrize("tier", ["smoke", "pr", "release"])
def test_by_day_the_same_examples_are_drawn(tier: str, tmp_path: Path) -> None:
    """No randomness, and no database; unless Hypothesis was given a seed, which then says what is drawn."""
    assert (profile(tier, database=tmp_path).derandomize, profile(tier).database) == (True, None)
    assert profile(tier, is_seeded=True).derandomize is False


def test_by_night_failing_examples_are_kept(tmp_path: Path) -> None:
    """At random, with the line that reproduces a failure, and where the next night looks first."""
    chosen = profile("nightly", database=tmp_path / "examples")

    assert (chosen.derandomize, chosen.print_blob) == (False, True)
    assert chosen.database is not None
    assert not (tmp_path / "examples").exists()
    assert profile("nightly").database is None


def test_a_machine_draws_fewer_examples_of_more_steps() -> None:
    """And is kept to one fault at a time."""
    chosen = for_machines(profile("pr"))

    assert (chosen.max_examples, chosen.stateful_step_count, chosen.report_multiple_bugs) == (48, 20, False)
    assert for_machines(settings(max_examples=1)).max_examples == 2
