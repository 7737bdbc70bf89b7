"""Tests with percentiles of their own: what the marker and `sample` come to, and how far a sample is, on a terminal."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., pytest.RunResult]
Read = Callable[[], dict[str, Any]]

TESTS = """
    import pytest

    @pytest.mark.budget(p90="5s")
    async def test_sampled(alice, bob, conversation, sample):
        await bob.join(conversation)
        async for number in sample:
            await alice.send(conversation, f"sample {number}")

    @pytest.mark.budget(p50="5s")
    async def test_counted(alice, bob, conversation):
        await bob.join(conversation)
        for number in range(5):
            await alice.send(conversation, f"message {number}")

    @pytest.mark.budget(p50="5s")
    async def test_too_few(alice, bob, conversation):
        await bob.join(conversation)
        await alice.send(conversation, "one")
"""


def test_percentiles_of_tests_are_decided_or_in_doubt(project: pytest.Pytester, run: Run, verdict: Read) -> None:
    """A sample extends until it can claim; deliveries without one are looked at once; too few are INCONCLUSIVE."""
    project.makepyfile(TESTS)

    run().assert_outcomes(passed=2, warnings=1)

    budgets = {one["test"].partition("::")[2]: one["budgets"][0] for one in verdict()["outcomes"]}
    assert {name: (one["claim"], one["samples"], one["needed"]) for name, one in budgets.items()} == {
        "test_sampled": ("within", 44, 44),
        "test_counted": ("within", 5, 5),
        "test_too_few": ("not claimed", 1, 5),
    }
    assert (verdict()["verdict"], verdict()["tests"]) == ("INCONCLUSIVE", {"PASS": 2, "INCONCLUSIVE": 1})


def test_a_backend_that_is_too_slow_fails(
    project: pytest.Pytester, run: Run, verdict: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirty milliseconds before every publish break a budget of twenty: class slo, exit code 1."""
    slow = project.mkdir("slow")
    (slow / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'harness.servers.backend' in sys.orig_argv:\n"
        "    import asyncio\n"
        "    from harness.servers.backend.publisher import Publisher\n"
        "    publish = Publisher.publish\n"
        "    async def publish_late(self, *args, **kwargs):\n"
        "        await asyncio.sleep(0.03)\n"
        "        await publish(self, *args, **kwargs)\n"
        "    Publisher.publish = publish_late\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(slow), prepend=os.pathsep)
    project.makepyfile(TESTS.replace('p90="5s"', 'p50="20ms"'))

    result = run("-k", "sampled")

    result.assert_outcomes(failed=1)
    (found,) = verdict()["findings"]
    assert (found["id"], found["class"], verdict()["exit_code"]) == ("latency.budget-exceeded", "slo", 1)
    assert found["evidence"][0].startswith("at p95: send slip ")


def test_without_the_marker_the_budgets_of_the_target_count(project: pytest.Pytester, run: Run, verdict: Read) -> None:
    """A project's own fixture of the same name is none of ours."""
    project.makefile(".toml", realtime='[targets.embedded.budgets]\ndelivery = { p80 = "5s" }')
    project.makepyfile(
        test_ours="""
        async def test_ours(alice, bob, conversation, sample):
            await bob.join(conversation)
            async for number in sample:
                await alice.send(conversation, f"sample {number}")
        """,
        test_theirs="""
        import pytest

        @pytest.fixture
        def sample():
            return 7

        async def test_theirs(alice, sample):
            assert sample == 7
        """,
    )

    run().assert_outcomes(passed=2)

    budgets = {one["test"].partition("::")[2]: one["budgets"] for one in verdict()["outcomes"]}
    assert [(one["percentile"], one["claim"]) for one in budgets["test_ours"]] == [("p80", "within")]
    assert budgets["test_theirs"] == []
    assert [one["percentile"] for one in verdict()["budgets"]] == ["p80"]


def test_a_terminal_shows_how_far_a_sample_is(project: pytest.Pytester) -> None:
    """In a line that writes over itself, past pytest's capture; nothing of it in a pipe."""
    project.makepyfile(TESTS.replace('p90="5s"', 'p99="5s"'))
    command = [sys.executable, "-m", "pytest", "-q", "-k", "sampled"]

    near, far = pty.openpty()
    shown = subprocess.Popen(command, cwd=project.path, stdout=far, stderr=far)
    os.close(far)
    written = bytearray()
    while True:
        try:
            written += os.read(near, 65536)
        except OSError:  # how Linux says that nobody writes to a terminal any more
            break
    assert shown.wait() == 0
    os.close(near)
    piped = subprocess.run(command, cwd=project.path, capture_output=True, text=True, check=True)

    assert b"\rsample " in written
    assert b"/459" in written
    assert "sample " not in piped.stdout
