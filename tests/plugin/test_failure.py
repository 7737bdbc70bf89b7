"""How a failure of ours reads: the project's line and our paragraph, none of our code."""

from collections.abc import Callable

import pytest

Run = Callable[..., pytest.RunResult]


def test_a_failure_shows_the_projects_lines_and_none_of_ours(project: pytest.Pytester, run: Run) -> None:
    """
    A refusal shows the line that met it and the servers' last lines; an assertion of the project's reads as ever.

    Whoever asks for the full trace gets our code, too.
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
            "*- realtime: last lines of the broadcaster -*",
            ">       compare(alice.name, *",
            "E       AssertionError: assert 'alice' == 'bob'",
        ]
    )
    short.stdout.no_fnmatch_line("*harness/users/*")
    full.stdout.fnmatch_lines(["*harness/users/*"])


def test_a_test_that_is_used_wrongly_has_nothing_to_do_with_the_servers(project: pytest.Pytester, run: Run) -> None:
    """A usage error is one sentence; the servers' last lines, which say nothing about it, are left out."""
    project.makepyfile(
        """
        from harness.errors import UsageError

        async def test_it(alice):
            await alice.connect()
            raise UsageError("not like this")
        """
    )

    result = run()

    result.stdout.fnmatch_lines(["*UsageError: not like this", "ERROR (1): UsageError: not like this"])
    result.stdout.no_fnmatch_line("*last lines of the*")
