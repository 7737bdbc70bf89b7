"""How a failure of ours reads: the project's line and our paragraph, none of our code, and no chatter of servers."""

from collections.abc import Callable

import pytest

from harness.plugin.failure import _worth_showing

Run = Callable[..., pytest.RunResult]


def test_a_failure_shows_the_projects_lines_and_none_of_ours(project: pytest.Pytester, run: Run) -> None:
    """
    A refusal shows the line that met it; an assertion of the project's reads as ever.

    What servers say when all is well is left to the run's folder. Whoever asks for the full trace gets our code, too.
    """
    project.makepyfile(
        """
        def compare(left, right):
            assert left == right

        async def test_refused(eve, conversation):
            await eve.join(conversation)

        async def test_compared(alice):
            compare(alice.name, "bob")
        """
    )

    short, full = run(), run("--full-trace", "-k", "refused")

    short.stdout.fnmatch_lines(
        [
            ">       await eve.join(conversation)",
            "E       harness.errors.AuthorizationDenied: *403*",
            ">       compare(alice.name, *",
            "E       AssertionError: assert 'alice' == 'bob'",
        ]
    )
    short.stdout.no_fnmatch_line("*harness/users/*")
    short.stdout.no_fnmatch_line("*INFO*")
    full.stdout.fnmatch_lines(["*harness/users/*"])


def test_what_went_wrong_in_a_server_is_shown_with_the_test_that_met_it(project: pytest.Pytester, run: Run) -> None:
    """The last lines that are new since the test began, safe for a terminal; the next failure does not show them."""
    project.makepyfile(
        """
        async def test_it(alice, target):
            target.logs = lambda: {"backend": "WARNING the disk is slow\\x1b[2J\\nINFO all is well"}
            assert False

        async def test_next(alice):
            assert False
        """
    )

    result = run()

    result.assert_outcomes(failed=2)
    said = [line for line in result.outlines if line.startswith("WARNING")]
    assert said == ["WARNING the disk is slow\\x1b[2J"]
    assert sum("meanwhile -" in line for line in result.outlines) == 1


@pytest.mark.parametrize(
    ("before", "now", "shown"),
    [
        ("", "", ""),
        ("", "a b", "a b"),
        ("a b", "a b", ""),
        ("a b", "b c", "c"),
        ("a b", "c d", "c d"),
        ("a b a", "b a b a", "b a"),
        ("", "a b c d e f g", "c d e f g"),
    ],
)
def test_only_what_is_new_in_a_log_is_shown(before: str, now: str, shown: str) -> None:
    """Two ends of one log overlap; of what is new, the last five lines."""
    assert _worth_showing(before.split(), now.split()) == shown.split()


def test_what_a_server_says_when_all_is_well_is_no_news() -> None:
    """Nor is an empty line; a traceback has no level and is shown."""
    log = ["2026-01-01 INFO opened", "DEBUG x", "", "WARNING slow", "Traceback (most recent call last):", "INFORMAL"]
    assert _worth_showing([], log) == log[3:]


def test_a_test_that_is_used_wrongly_has_nothing_to_do_with_the_servers(project: pytest.Pytester, run: Run) -> None:
    """A usage error is one sentence; what servers said meanwhile has nothing to do with it."""
    project.makepyfile(
        """
        from harness.errors import UsageError

        async def test_it(alice, target):
            target.logs = lambda: {"backend": "WARNING the disk is slow"}
            raise UsageError("not like this")
        """
    )

    result = run()

    result.stdout.fnmatch_lines(["*UsageError: not like this", "ERROR (1): UsageError: not like this"])
    result.stdout.no_fnmatch_line("WARNING*")


def test_a_property_shows_its_example_in_fifteen_lines(project: pytest.Pytester, run: Run) -> None:
    """What was expected, which example broke it, and how to run it again; no frames of an event loop."""
    project.makepyfile(
        """
        from harness import expect
        from hypothesis import given, settings, strategies as st

        @settings(max_examples=3, deadline=None, database=None)
        @given(status=st.sampled_from([401]))
        async def test_property(target, status):
            async with target.world() as world:
                eve, alice = await world.user("eve"), await world.user("alice")
                conversation = await world.new_conversation(alice)
                await expect(eve).to_be_denied(conversation.channel, status)
        """
    )

    lines = run().outlines
    told = lines[next(n for n, line in enumerate(lines) if line.startswith("___")) + 1 :]
    told = told[: next(n for n, line in enumerate(told) if line.startswith("---"))]

    assert len(told) <= 15
    assert "no proper denial" in told[0]
    for word in ("status=401", "replay", "evidence"):
        assert any(word in line for line in told), word
