"""A run that is asked for something that does not exist ends at once, with one clear sentence."""

from collections.abc import Callable

import pytest

Run = Callable[..., pytest.RunResult]


def assert_told(result: pytest.RunResult, sentence: str) -> None:
    """Check for exit code 4, the sentence, and that nobody's code is shown."""
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {sentence}"])
    for stream in (result.stdout, result.stderr):
        stream.no_fnmatch_line("*Traceback*")
        stream.no_fnmatch_line("*INTERNALERROR*")


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("target=nowhere", "--*-target is 'nowhere'; allowed are embedded, containers"),
        ("require=write,wings", "--*-require names: 'wings' is no capability; known are secret, *"),
        ("inconclusive=maybe", "--*-inconclusive is 'maybe'; allowed are fail, warn"),
        ("config=missing.toml", "*missing.toml cannot be read: *"),
        ("report=test_it.py/reports", "the report folder *test_it.py/reports cannot be written (*); name another*"),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_collected(
    project: pytest.Pytester, run_here: Run, option: str, told: str
) -> None:
    """Unknown values, targets and capabilities, a missing file and an unwritable report folder."""
    project.makepyfile(test_it="async def test_it(alice): ...")

    assert_told(run_here(f"--realtime-{option}"), told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("targets = [", "*realtime.toml is no TOML: *"),
        (
            'default_target = "far"\n[targets.far]\ntopology = "remote"\n[targets.far.backend]',
            "*backend.url is missing",
        ),
        ('default_target = "far"\n[targets.far]\ntopology = "embedded"\nwings = 2', "*targets.far.wings is no key*"),
    ],
)
def test_a_wrong_file_is_told_before_a_test_runs(project: pytest.Pytester, run_here: Run, text: str, told: str) -> None:
    """A file that is no TOML, a table with a missing field, and one with a key too many name the file and the key."""
    project.makefile(".toml", realtime=text)
    project.makepyfile("async def test_it(alice): ...")

    assert_told(run_here(), told)


def test_what_the_environment_and_the_ini_file_say_is_checked_too(
    project: pytest.Pytester, run_here: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong value names where it stands; the environment goes before the ini file."""
    project.makepyfile("async def test_it(alice): ...")

    assert_told(run_here("-o", "realtime_tier=huge"), "realtime_tier in the ini file is 'huge'; allowed are smoke, *")
    monkeypatch.setenv("REALTIME_TIER", "tiny")
    assert_told(run_here("-o", "realtime_tier=huge"), "REALTIME_TIER is 'tiny'; allowed are smoke, *")


def test_a_wrong_file_is_none_of_the_business_of_other_tests(project: pytest.Pytester, run_here: Run) -> None:
    """Where no test asks for us, nothing of ours is read."""
    project.makefile(".toml", realtime="targets = [")
    project.makepyfile("def test_it(): ...")

    run_here().assert_outcomes(passed=1)
