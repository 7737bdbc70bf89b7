"""
How many examples the shipped properties draw: what the tier says, and in tier nightly until their time is over.

A project's own properties keep the profile that the project chose; nothing is loaded for all tests of a run.
"""

import functools
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import pytest

from harness.plugin import selection
from harness.plugin.options import settings_of
from harness.plugin.run import run_of

if TYPE_CHECKING:
    from hypothesis import settings

_PREFIX = "realtime-"
_DATABASE = "hypothesis"
"""The folder of failing examples, beside the folders of the runs."""


def make_profiles_known(config: pytest.Config) -> None:
    """Register ours before Hypothesis looks for the one that was asked for by name."""
    if str(config.getoption("--hypothesis-profile", None) or "").startswith(_PREFIX):
        from harness.strategies import profiles

        profiles.register()


def profile_of(config: pytest.Config) -> "settings":
    """Give the settings of this run's tier, or of the profile of ours that `--hypothesis-profile` names."""
    from harness.strategies import profiles

    asked = str(config.getoption("--hypothesis-profile", None) or "")
    tier = asked.removeprefix(_PREFIX) if asked.startswith(_PREFIX) else settings_of(config).tier
    is_seeded = config.getoption("--hypothesis-seed", None) is not None
    return profiles.profile(tier, is_seeded=is_seeded, database=settings_of(config).report / _DATABASE)


def apply(config: pytest.Config, items: Iterable[pytest.Item]) -> None:
    """Let the shipped properties draw as many examples as the tier has."""
    properties = [
        item
        for item in items
        if isinstance(item, pytest.Function) and selection.is_shipped(item.path) and selection.is_property(item)
    ]
    if not properties:
        return
    chosen = profile_of(config)
    for item in properties:
        # The same function may be in several items, and was given settings if this process ran a session before.
        vars(item.obj).pop("_hypothesis_internal_settings_applied", None)
        chosen(item.obj)
        item.obj = enduring(config, item.obj)


def enduring(config: pytest.Config, test: Callable[..., None]) -> Callable[..., None]:
    """In tier nightly, repeat a test with other examples until its time is over; else give it back."""
    if settings_of(config).tier != "nightly":
        return test
    from hypothesis import seed

    @functools.wraps(test)
    def repeated(*arguments: Any, **named: Any) -> None:
        until = time.monotonic() + settings_of(config).endurance
        number = nightly_seed(config)
        while True:
            seed(number)(test)(*arguments, **named)
            number += 1
            if time.monotonic() >= until:
                return

    return repeated


def nightly_seed(config: pytest.Config) -> int:
    """Give what the examples of tier nightly are drawn from: `--hypothesis-seed`, or another number in each run."""
    asked = str(config.getoption("--hypothesis-seed", None) or "")
    return int(asked) if asked.isdigit() else int(run_of(config).wall * 1_000)
