"""One module reads the environment, and what it gives to children is complete."""

import os
from pathlib import Path

import pytest

import harness
from harness.config.environment import cache_folder, child_environment, is_github_job, step_summary, variables


@pytest.mark.parametrize(
    ("variables_set", "folder"),
    [
        ({"REALTIME_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/a"),
        ({"XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/b/realtime-harness"),
        ({"HOME": "/c"}, "/c/.cache/realtime-harness"),
    ],
)
def test_the_cache_is_where_the_nearest_wish_puts_it(
    monkeypatch: pytest.MonkeyPatch, variables_set: dict[str, str], folder: str
) -> None:
    """Our own variable wins over the desktop's, that one over the platform's habit."""
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("os.environ", variables_set)
    assert cache_folder() == Path(folder)


def test_the_cache_follows_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    """On macOS caches live in the library."""
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr("os.environ", {"HOME": "/c"})
    assert cache_folder() == Path("/c/Library/Caches/realtime-harness")


@pytest.mark.parametrize("inherited", [None, "/elsewhere"])
def test_a_child_finds_our_package_first(monkeypatch: pytest.MonkeyPatch, inherited: str | None) -> None:
    """A folder called harness further down the path cannot take its place, and nothing inherited is lost."""
    monkeypatch.setattr("os.environ", {"PYTHONPATH": inherited, "KEPT": "yes"} if inherited else {"KEPT": "yes"})
    given = child_environment()
    first, *others = given["PYTHONPATH"].split(os.pathsep)
    assert Path(first, "harness") == Path(harness.__file__).parent
    assert others == ([inherited] if inherited else [])
    assert given["KEPT"] == "yes"


def test_variables_are_those_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that a test or a tool sets is seen."""
    monkeypatch.setenv("REALTIME_SEED", "7")
    assert variables()["REALTIME_SEED"] == "7"


@pytest.mark.parametrize(
    ("variables_set", "job", "summary"),
    [
        ({}, False, None),
        ({"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": "/s"}, True, Path("/s")),
        ({"GITHUB_ACTIONS": "false", "GITHUB_STEP_SUMMARY": ""}, False, None),
    ],
)
def test_a_job_of_github_is_known_by_its_variables(
    monkeypatch: pytest.MonkeyPatch, variables_set: dict[str, str], *, job: bool, summary: Path | None
) -> None:
    """Commands are for a runner that reads them, a summary for a step that has one."""
    monkeypatch.setattr("os.environ", variables_set)
    assert (is_github_job(), step_summary()) == (job, summary)
