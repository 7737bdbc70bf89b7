"""
How many examples the properties of the shipped scenarios draw: a profile of Hypothesis for each tier.

They are registered when such a scenario is collected, so that `--hypothesis-profile` knows them, and applied to shipped
scenarios alone; the profile of a project's own properties is its own business. None has a deadline or a health check:
what is slow is the target, or the machine.
"""

from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis.database import DirectoryBasedExampleDatabase

PREFIX: Final = "realtime-"
EXAMPLES: Final = {"smoke": 10, "pr": 120, "release": 2_400, "nightly": 100}
"""
Examples of a property; one asks for several names, so that `pr` tries more than 500 and `release` more than 10,000.

In tier `nightly` so many at a time, until the time of the property is over: it is looked at after each round.
"""

_COMMON: Final[dict[str, Any]] = {
    "deadline": None,
    "report_multiple_bugs": False,  # one failure, told in full
    "suppress_health_check": list(HealthCheck),
    "phases": [phase for phase in Phase if phase is not Phase.explain],  # it explains by lines of ours
}
_STEADY: Final[dict[str, Any]] = {"derandomize": True, "database": None}
"""The same examples in every run, so that a pull request is judged by what it changed."""


def register() -> None:
    """Make the profiles known; harmless when repeated."""
    for tier, examples in EXAMPLES.items():
        # Said outright: what is left out comes from the default, which Hypothesis makes another one on CI.
        choices = {"print_blob": True, "derandomize": False} if tier == "nightly" else _STEADY
        settings.register_profile(PREFIX + tier, settings(max_examples=examples, **_COMMON, **choices))


def profile(tier: str, *, is_seeded: bool = False, database: Path | None = None) -> settings:
    """
    Give the settings of a tier.

    `is_seeded`: the examples are drawn from a seed that Hypothesis was given, in every tier. `database` is the folder
    in which tier `nightly` keeps failing examples, to try them first in the next night.
    """
    register()
    chosen = settings.get_profile(PREFIX + tier)
    if settings.default is not None:  # what `--hypothesis-verbosity` asks for is kept there
        chosen = settings(chosen, verbosity=settings.default.verbosity)
    if is_seeded:
        chosen = settings(chosen, derandomize=False)
    if tier == "nightly":
        chosen = settings(chosen, database=DirectoryBasedExampleDatabase(database) if database else None)
    return chosen


def for_machines(chosen: settings) -> settings:
    """Give the settings for a state machine, of which an example is many steps: fewer of them, one fault at a time."""
    return settings(
        chosen,
        max_examples=max(2, chosen.max_examples * 2 // 5),
        stateful_step_count=20,
    )
