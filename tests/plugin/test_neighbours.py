"""We live beside a project's own fixtures, other plugins and other packages without getting in their way."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]

Run = Callable[..., pytest.RunResult]


def test_a_projects_own_fixtures_may_be_called_like_ours(project: pytest.Pytester, run: Run) -> None:
    """Own `network`, `history`, `sample`, and even people, work beside ours and break none of them."""
    project.makeconftest(
        """
        import pytest

        @pytest.fixture
        def network():
            return "own network"

        @pytest.fixture
        def history():
            return "own history"

        @pytest.fixture
        def sample():
            return "own sample"

        @pytest.fixture
        def mallory():
            return "own mallory"
        """
    )
    project.makepyfile(
        """
        from chat import exchange

        async def test_it(alice, bob, conversation, network, history, sample, mallory):
            assert {network, history, sample, mallory} == {
                "own network", "own history", "own sample", "own mallory"
            }
            await exchange(alice, bob, conversation)
        """
    )

    run().assert_outcomes(passed=1)


def test_an_unrelated_fixture_called_target_is_not_ours(project: pytest.Pytester, run_here: Run) -> None:
    """Tests that use a `target` of the project's own are neither marked, nor judged, nor reported."""
    project.makepyfile(
        """
        import pytest

        @pytest.fixture
        def target():
            return "a build target"

        def test_plain(target, request):
            assert target == "a build target"
            assert not request.node.get_closest_marker("asyncio")
        """
    )

    result = run_here()

    result.assert_outcomes(passed=1)
    assert not (project.path / "reports").exists()


def test_anyios_plugin_keeps_its_tests_and_runs_ours(project: pytest.Pytester, run: Run) -> None:
    """Its tests that do not ask for us are untouched; one that does is judged on the loop that anyio runs."""
    project.makeini(
        """
        [pytest]
        addopts = -p no:faker -p no:cacheprovider
        asyncio_default_fixture_loop_scope = function
        filterwarnings = error
        """
    )
    project.makepyfile(
        """
        import pytest
        from chat import exchange

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.mark.anyio
        async def test_theirs(request):
            assert not request.node.get_closest_marker("asyncio")

        @pytest.mark.anyio
        async def test_ours(alice, bob, conversation, request):
            assert not request.node.get_closest_marker("asyncio")
            await exchange(alice, bob, conversation)

        @pytest.mark.anyio
        async def test_judged(alice, bob, conversation):
            await bob.join(conversation)
            expectation = __import__("chat").expect(bob).to_receive("Nothing")
        """
    )

    result = run()

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["an expectation was made and never awaited*"])


def run_entry_point(project: pytest.Pytester, *options: str) -> subprocess.CompletedProcess[str]:
    """Run pytest with the entry point alone; with `-P` the working directory is not on Python's path."""
    python = [option for option in options if option == "-P"]
    command = [sys.executable, *python, "-m", "pytest", "-p", "realtime_harness", *(set(options) - {"-P"})]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=project.path, env=environment, capture_output=True, text=True, check=False)


def test_a_package_of_our_name_is_told_apart(project: pytest.Pytester) -> None:
    """Whichever of the two `import harness` finds, the plugin names both paths, and the project's tests run."""
    project.makeini("[pytest]")
    project.mkpydir("harness")
    project.makepyfile("def test_plain(): ...")
    theirs, ours = project.path / "harness" / "__init__.py", CHECKOUT / "harness"

    hidden, hiding = run_entry_point(project), run_entry_point(project, "-P")
    asked = run_entry_point(project, "--realtime-tier=pr")

    told = f"realtime: {theirs} and {ours} of realtime-harness have the same name"
    assert f"{told}: the realtime plugin is off" in hidden.stdout
    assert f"{told}: `import harness` finds the second" in hiding.stdout
    assert (hidden.returncode, hiding.returncode) == (0, 0)
    assert (asked.returncode, told in asked.stderr) == (pytest.ExitCode.USAGE_ERROR, True)


def test_loading_the_plugin_loads_nothing_heavy() -> None:
    """A project that does not ask for us pays for pytest, the standard library and our few modules."""
    script = "import pytest, sys; seen = set(sys.modules); import harness.plugin; print(*set(sys.modules) - seen)"

    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()

    packages = {name.partition(".")[0] for name in loaded}
    ours = {name for name in loaded if name.startswith("harness.")}
    assert packages - {"harness"} <= sys.stdlib_module_names
    assert not packages & {"asyncio", "ssl", "tomllib", "json", "socket"}
    assert all(name.startswith(("harness.plugin", "harness.fixtures")) for name in ours)
