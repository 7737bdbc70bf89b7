"""Which tests are ours, which of them run, and words that do not exist."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., pytest.RunResult]
Read = Callable[[], dict[str, Any]]

CHECKOUT = Path(__file__).parents[2]

PRETEND_SHIPPED = """
from pathlib import Path
from harness.plugin import selection

selection.scenario_folder = lambda: Path(__file__).parent / "shipped"
"""


def test_what_is_left_out_is_not_looked_at(project: pytest.Pytester, run_here: Run) -> None:
    """Neither a wrong word nor a wrong file matters to a run that selects none of our tests."""
    project.makefile(".toml", realtime="targets = [")
    project.makepyfile(
        """
        import pytest

        @pytest.mark.arrive("flying")
        async def test_ours(alice): ...

        def test_plain(): ...
        """
    )

    run_here("-k", "plain").assert_outcomes(passed=1, deselected=1)


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("arrive('flying')", "*test_it: arrive takes one of nowhere, logged-in, connected, not 'flying'"),
        ("needs('wings')", "*test_it: needs: 'wings' is no capability; known are secret, *"),
        ("tolerates('delivery.maybe', reason='x')", "*test_it: tolerates('delivery.maybe') is no observation; known*"),
        ("tolerates('delivery')", "*test_it: tolerates needs reason=*"),
        ("budget()", '*test_it: budget names no percentile; write budget(p95="250ms")'),
        ("budget('250ms')", "*test_it: budget takes percentiles by name, not '250ms'; write *"),
        ("budget(p95=250)", '*test_it: budget(p95=250) is no duration with a unit; write it as "250ms", *'),
        ("budget(p95='250')", "*test_it: budget(p95='250') is no duration with a unit; *"),
        ("budget(p95='fast')", "*test_it: budget(p95='fast') is no duration with a unit; *"),
        ("budget(delivery='1s')", "*test_it: budget: 'delivery' is no percentile; write p50, p95, p99 or p99.9"),
        ("budget(p50='2s', p95='1s')", "*test_it: budget: p95 = 1s is less than p50 = 2s, *"),
    ],
)
def test_an_unknown_word_ends_the_run_before_it_begins(
    project: pytest.Pytester, run_here: Run, marker: str, told: str
) -> None:
    """A marker word that nobody knows is a usage error: one sentence with what is allowed, and exit code 4."""
    project.makepyfile(f"import pytest\n@pytest.mark.{marker}\nasync def test_it(alice): ...")

    result = run_here()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {told}"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_budget_without_people_is_refused(project: pytest.Pytester, run_here: Run) -> None:
    """A marker that nothing is judged by would be a promise that nobody keeps."""
    project.makepyfile("import pytest\n@pytest.mark.budget(p95='1s')\ndef test_it(target): ...")

    result = run_here()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *test_it: budget is for a test that asks for people; *target.world(budget=…)"])


def test_what_a_target_cannot_serve_is_skipped_or_refused(project: pytest.Pytester, run: Run) -> None:
    """Not exercised is a skip with its reason; a run that requires that capability ends before its first test."""
    project.makepyfile(
        """
        import pytest
        from harness import NotExercised

        @pytest.mark.needs("containers")
        async def test_marked(alice): ...

        async def test_raised(alice, target):
            raise NotExercised(target.why_not("two_nodes"))

        async def test_exercised(alice): ...
        """
    )

    free, bound = run(), run("--realtime-require=two_nodes,containers")

    free.assert_outcomes(passed=1, skipped=2)
    assert free.ret == 0
    assert bound.ret == pytest.ExitCode.USAGE_ERROR
    bound.stderr.fnmatch_lines(
        ["ERROR: --realtime-require names two_nodes, which cannot be exercised: target embedded *"]
    )
    bound.stdout.no_fnmatch_line("*passed*")


def test_what_a_target_turns_out_not_to_serve_is_an_error_when_required(
    project: pytest.Pytester, run: Run, verdict: Read
) -> None:
    """A project's own target may serve less than was declared: a test that it skips otherwise is an error."""
    project.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def target(target):
            target.why_not = lambda word: f"no {word} today"
            return target
        """
    )
    project.makepyfile("import pytest\n@pytest.mark.needs('secret')\nasync def test_it(alice): ...")

    free, bound = run(), run("--realtime-require=secret")

    free.assert_outcomes(skipped=1)
    bound.assert_outcomes(errors=1)
    bound.stdout.fnmatch_lines(["--realtime-require names secret, which is not exercised: no secret today"])
    assert verdict()["tests"] == {"ERROR": 1}


def test_tests_of_a_project_that_use_our_target_are_marked(project: pytest.Pytester, run_here: Run) -> None:
    """Coroutines, plain functions and methods that ask for one of our fixtures are `realtime`; no others are."""
    project.makepyfile(
        """
        import pytest

        @pytest.fixture
        def own(target): ...

        async def test_cast(alice): ...
        def test_plain(target): ...
        class TestClass:
            def test_method(self, own): ...
        def test_other(): ...
        """
    )

    for by in ("-k", "-m"):
        result = run_here("--collect-only", "-q", by, "realtime")
        ours = [line.rpartition("::")[2] for line in result.outlines if "::" in line]
        assert ours == ["test_cast", "test_plain", "test_method"]


def test_a_role_that_nobody_plays_is_not_exercised(project: pytest.Pytester, run: Run, far: str) -> None:
    """A target whose cast lacks somebody skips the tests that ask for them, with the reason."""
    project.makefile(".toml", realtime=far)
    project.makepyfile("async def test_it(mallory): ...")

    result = run("-rs")

    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*target far declares no mallory; its cast is alice*"])


def test_shipped_scenarios_are_added_when_a_project_asks(project: pytest.Pytester, run: Run) -> None:
    """`realtime_scenarios` adds them, marked, to a run without arguments, and not to one of chosen files."""
    project.makepyfile(test_own="def test_own(): ...")
    wanted = ("--collect-only", "-q", "-o", "realtime_scenarios=true")

    marked, chosen = run(*wanted, "-m", "realtime"), run(*wanted, "test_own.py")

    marked.stdout.fnmatch_lines(["*test_messaging.py::*", "*/* tests collected (* deselected)*"])
    marked.stdout.no_fnmatch_line("test_own.py::*")
    chosen.stdout.fnmatch_lines(["test_own.py::test_own"])
    chosen.stdout.no_fnmatch_line("*test_messaging.py::*")
    assert not (project.path / "reports").exists()


def test_a_larger_tier_runs_more_of_what_is_shipped(project: pytest.Pytester, run: Run) -> None:
    """A shipped scenario runs from its tier on; a project's own tests are not left out, whatever they are marked."""
    project.makeconftest(PRETEND_SHIPPED)
    large = "import pytest\n@pytest.mark.tier('release')\nasync def test_large(alice): ...\n"
    text = f"{large}async def test_small(alice): ..."
    project.mkdir("shipped").joinpath("test_shipped.py").write_text(text)
    project.makepyfile(test_own=text)
    collected = {tier: run("--collect-only", "-q", f"--realtime-tier={tier}").outlines for tier in ("smoke", "release")}

    own = {"test_own.py::test_large", "test_own.py::test_small"}
    small, large = "shipped/test_shipped.py::test_small", "shipped/test_shipped.py::test_large"
    assert {line for line in collected["smoke"] if "::" in line} == {*own, small}
    assert {line for line in collected["release"] if "::" in line} == {*own, small, large}


def test_name_and_marker_select_the_same_here() -> None:
    """In this checkout `-k realtime` and `-m realtime` select the same tests, the scenarios among them."""
    options = ["--collect-only", "-q", "-p", "no:cacheprovider", "-W", "ignore", "tests", "scenarios"]
    script = f"import pytest; [pytest.main([*{options}, by, 'realtime']) for by in ('-k', '-m')]"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHONDONT"))}

    printed = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=True
    ).stdout

    collected = [line for line in printed.splitlines() if "::" in line]
    by_name, by_marker = collected[: len(collected) // 2], collected[len(collected) // 2 :]
    assert by_name
    assert by_name == by_marker
    assert any(line.startswith("scenarios/") for line in collected)
