"""The fixture `network`, in projects that ask for it: what it does, what it costs, and where it may not be had."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., pytest.RunResult]
Read = Callable[[], dict[str, Any]]

FAULTS = """
    import pytest
    from hypothesis import given, settings, strategies as st
    from harness import expect

    @pytest.mark.needs("faults")
    async def test_frozen(alice, bob, conversation, network):
        await bob.join(conversation)
        async with network.freeze(bob):
            message = await alice.send(conversation, "hello")
        await expect(bob).to_receive(message)

    @settings(max_examples=2, deadline=None)
    @given(latency=st.sampled_from([0.01, 0.02]))
    async def test_property(target, network_of, latency):
        async with target.world() as world:
            network = network_of(world)
            alice, bob = await world.user("alice"), await world.user("bob")
            async with network.slow(bob, latency=latency, jitter=0.01):
                assert bob.socket_id
"""


def test_faults_are_made_by_name_and_recorded(project: pytest.Pytester, run: Run, verdict: Read) -> None:
    """One process for both tests, which ends with them; none of their deliveries counts for a latency budget."""
    project.makepyfile(FAULTS)
    run("--realtime-seed=7").assert_outcomes(passed=2)

    report = project.path / "reports" / "latest"
    events = [json.loads(line) for line in (report / "history.jsonl").read_text().splitlines()[1:]]
    assert [event["fault"] for event in events if event["kind"] == "fault.began"] == ["freeze#1", "slow#1", "slow#1"]
    assert {event["via"] for event in events if event["kind"] == "socket.opened"} == {"proxy"}
    assert sorted(path.name for path in (report / "logs").iterdir()) == ["backend.log", "broadcaster.log", "proxy.log"]
    assert {one["samples"] for one in verdict()["budgets"]} == {0}


def test_nobody_passes_a_proxy_that_was_not_asked_for(project: pytest.Pytester, run: Run) -> None:
    """The process is not even started."""
    project.makepyfile(test_plain="from chat import exchange\nasync def test_plain(alice, bob, conversation):\n"
                       "    await exchange(alice, bob, conversation)\n")  # fmt: skip
    run().assert_outcomes(passed=1)
    report = project.path / "reports" / "latest"
    assert not (report / "logs" / "proxy.log").exists()
    assert '"via"' not in (report / "history.jsonl").read_text()


def test_a_target_that_grants_no_faults_has_none(project: pytest.Pytester, run: Run, far: str) -> None:
    """Not exercised, with the reason; the marker and the fixture say the same."""
    (project.path / "realtime.toml").write_text(far)
    project.makepyfile("async def test_it(network):\n    raise AssertionError\n")
    told = run("-rs")
    told.assert_outcomes(skipped=1)
    told.stdout.fnmatch_lines(["*not granted: *targets.far.may* does not say faults = true*"])


def test_a_proxy_that_dies_is_an_environment_fault(project: pytest.Pytester, run: Run) -> None:
    """Our own process failed, which says nothing of the target."""
    project.makepyfile(
        """
        import os, signal

        async def test_it(alice, network):
            os.kill(network._proxy.pid, signal.SIGKILL)
            await alice.until_closed(within=30)
        """
    )
    told = run()
    told.assert_outcomes(errors=1)
    told.stdout.fnmatch_lines(["*the proxy died (ended by SIGKILL)*"])
