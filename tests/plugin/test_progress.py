"""A test that takes long says that it goes on."""

from collections.abc import Callable

import pytest

Run = Callable[..., pytest.RunResult]

SOON = """
from harness.plugin import progress

progress._FIRST_SECONDS = 0.01
"""


def test_a_long_test_tells_what_it_has_seen(project: pytest.Pytester, run: Run) -> None:
    """On a line of its own, past pytest's capture of what tests print; one that is over soon says nothing."""
    project.makeconftest(SOON)
    project.makepyfile(
        """
        import asyncio
        import threading
        from chat import exchange

        async def test_long(alice, bob, conversation):
            await exchange(alice, bob, conversation)
            print("this is captured")
            while "progress" in {thread.name for thread in threading.enumerate()} and not told():
                await asyncio.sleep(0.01)

        def told():
            from harness.plugin import progress
            return progress.__dict__.setdefault("seen", [])
        """
    )
    project.makeconftest(
        SOON
        + """
seen = progress.__dict__.setdefault("seen", [])
words = progress._seen

def _seen(events):
    said = words(events)
    if said.startswith("1 messages"):
        seen.append(said)
    return said

progress._seen = _seen
"""
    )

    result = run()

    result.stdout.fnmatch_lines(["realtime: *test_long goes on: * s, 1 messages sent, * frames heard"])
    result.stdout.no_fnmatch_line("*this is captured*")


def test_a_run_without_a_terminal_is_silent(project: pytest.Pytester, run: Run) -> None:
    """A worker of a distributed run has none, and neither has a run that switched it off."""
    project.makeconftest(SOON)
    project.makepyfile("import asyncio\n\nasync def test_it(alice):\n    await asyncio.sleep(0.05)")

    assert run("-p", "no:terminal").ret == 0


def test_a_long_start_is_told_on_the_terminal(project: pytest.Pytester, run: Run) -> None:
    """What is waited for stands there before any test is over."""
    project.makeconftest(
        """
        import harness.topology

        opened = harness.topology.open_deployment

        def slow(*args, share, **kwargs):
            share.tell("app: GET /up gets no answer")
            return opened(*args, share=share, **kwargs)

        harness.topology.open_deployment = slow
        """
    )
    project.makepyfile("async def test_it(alice): ...")

    run().stdout.fnmatch_lines(["realtime: target embedded is not ready yet: app: GET /up gets no answer"])
