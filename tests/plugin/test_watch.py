"""A server that dies under a test is an environment fault, at once, whatever the test was waiting for."""

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., pytest.RunResult]
Read = Callable[[], dict[str, Any]]

DEATHS = """
    import asyncio
    import os
    import signal

    import pytest
    from chat import exchange, expect

    @pytest.fixture
    def kill(target):
        return lambda name: os.kill(target._deployment.pids()[name], signal.SIGKILL)

    async def test_waiting(alice, bob, conversation, kill):
        await exchange(alice, bob, conversation)
        kill("broadcaster")
        await asyncio.sleep(3600)

    async def test_next(alice): ...
"""


def test_a_test_that_waits_is_interrupted(project: pytest.Pytester, run: Run, verdict: Read) -> None:
    """The test errors with the last log lines instead of waiting on; so does every test after it; nothing is judged."""
    project.makepyfile(DEATHS)

    result = run()

    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at call of test_waiting*",
            "the broadcaster died (ended by SIGKILL); last lines of *",
            "*published 'MessageSent'*",
            "*ERROR at call of test_next*",
            "the broadcaster died*",
            "ENVIRONMENT *test_waiting*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    assert (result.ret, verdict()["verdict"], verdict()["exit_code"]) == (1, "INCONCLUSIVE", 3)
    assert verdict()["tests"] == {"ENVIRONMENT": 2}


@pytest.mark.parametrize(
    "act",
    [
        'await alice.send(conversation, "never")',
        "await expect(bob).to_receive('Nothing')",
    ],
)
def test_a_failure_that_a_death_led_to_is_blamed_on_it(
    project: pytest.Pytester, run: Run, verdict: Read, act: str
) -> None:
    """A refusal, or a message that did not come, because a server was dying says nothing about the product."""
    server = "backend" if "send" in act else "broadcaster"
    project.makepyfile(
        DEATHS.replace('kill("broadcaster")', f'kill("{server}")').replace("await asyncio.sleep(3600)", act)
    )

    result = run("-k", "waiting")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"the {server} died (ended by SIGKILL)*"])
    assert verdict()["findings"] == []


def test_the_lag_of_the_event_loop_is_published(project: pytest.Pytester, run: Run, verdict: Read) -> None:
    """A test that blocks the loop for half a second is told so in the validity of the run, and passes."""
    project.makepyfile(
        """
        import asyncio
        import time

        async def test_blocking(alice):
            await asyncio.sleep(0.05)
            time.sleep(0.5)
            await asyncio.sleep(0.05)

        async def test_short(alice): ...
        """
    )

    run().assert_outcomes(passed=2)

    (loop,) = [one for one in verdict()["validity"] if one["name"] == "event loop"]
    assert loop["holds"]
    assert loop["seen"].startswith("worst lag ")
    assert loop["seen"].endswith("test_blocking; published, never judged")
