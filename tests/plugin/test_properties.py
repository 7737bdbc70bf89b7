"""How many examples a property draws: ours by the tier, a project's own as the project says."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.plugin import properties

Run = Callable[..., pytest.RunResult]

COUNTED = """
import pathlib

from hypothesis import given, settings, strategies as st

@given(number=st.integers())
def test_it(target, number):
    with open("drawn", "a") as file:
        print(number, file=file)
"""


@pytest.fixture
def drawn(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, run: Run) -> Callable[..., list[str]]:
    """Give a function that runs a property, and tells what it drew; it counts as shipped unless told otherwise."""

    def counted(*options: str, shipped: bool = True) -> list[str]:
        (project.path / "drawn").unlink(missing_ok=True)
        project.makepyfile(test_counted=COUNTED)
        if shipped:
            project.makeconftest(
                "from harness.plugin import selection\n"
                f"selection.scenario_folder = lambda: __import__('pathlib').Path({str(project.path)!r})\n"
            )
        run(*options).assert_outcomes(passed=1, warnings=0)
        return (project.path / "drawn").read_text().splitlines()

    return counted


def test_the_tier_says_how_many(drawn: Callable[..., list[str]]) -> None:
    """The same ones in every run."""
    smoke = drawn("--realtime-inconclusive=warn", "-W", "ignore")

    assert len(smoke) == 10
    assert drawn("-W", "ignore") == smoke
    assert len(drawn("--realtime-tier=pr", "-W", "ignore")) == 120


def test_a_seed_of_hypothesis_keeps_its_meaning(drawn: Callable[..., list[str]]) -> None:
    """One and the same draws the same, another one draws others."""
    one, again, other = (drawn(f"--hypothesis-seed={seed}", "-W", "ignore") for seed in (1, 1, 2))

    assert one == again
    assert one != other


def test_a_profile_of_ours_can_be_asked_for_by_name(drawn: Callable[..., list[str]]) -> None:
    """`--hypothesis-profile` finds it before anything was collected."""
    assert len(drawn("--hypothesis-profile=realtime-pr", "-W", "ignore")) == 120


def test_a_projects_own_property_is_its_own_business(drawn: Callable[..., list[str]]) -> None:
    """It draws what Hypothesis draws by default."""
    assert len(drawn("-W", "ignore", shipped=False)) == 100


def test_at_night_a_property_goes_on_until_its_time_is_over(
    project: pytest.Pytester, drawn: Callable[..., list[str]]
) -> None:
    """With other examples each time; the seed is printed, and repeats them."""
    night = ("--realtime-tier=nightly", "--realtime-inconclusive=warn", "-W", "ignore")
    by_chance = drawn(*night, "--realtime-endurance=4")  # many times what a round takes on a loaded machine
    short = (*night, "--realtime-endurance=0.4", "--hypothesis-seed=7")
    seeded, again = drawn(*short), drawn(*short)

    assert len(by_chance) >= 200
    shorter = min(len(seeded), len(again))
    assert seeded[:shorter] == again[:shorter]
    assert by_chance[:100] != seeded[:100]


def test_the_seed_of_a_night_is_in_the_header(project: pytest.Pytester, run: Run) -> None:
    """So that it can be told to somebody."""
    project.makepyfile("def test_it(): pass")

    run("--realtime-tier=nightly").stdout.re_match_lines(
        [r"realtime: target .* tier nightly, seed 1, hypothesis seed \d+"]
    )


def test_a_machine_can_have_the_settings_of_the_tier(project: pytest.Pytester, run: Run) -> None:
    """A fixture gives them."""
    project.makepyfile("def test_it(property_settings):\n    assert property_settings.max_examples == 120")

    run("--realtime-tier=pr").assert_outcomes(passed=1)


def test_no_profile_is_made_known_without_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis is not imported for a project that asks for a profile of its own, or for none."""
    asked: dict[str, Any] = {"--hypothesis-profile": "mine"}
    config: Any = type("Config", (), {"getoption": lambda _self, name, default=None: asked.get(name, default)})()
    monkeypatch.setattr("harness.strategies.profiles.register", lambda: pytest.fail("not asked for"))

    properties.make_profiles_known(config)
    asked.clear()
    properties.make_profiles_known(config)
