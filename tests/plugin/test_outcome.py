"""What a test came to: judged whatever it asserted, in its own call, and told apart from what is no verdict."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., pytest.RunResult]
Read = Callable[[], dict[str, Any]]

LEAK = "[Send(everybody, action.text)]"
LOSS = "[]"

DOUBT = """
    import pytest
    from chat import exchange

    async def test_proven(alice, bob, conversation):
        await exchange(alice, bob, conversation)

    @pytest.mark.arrive("nowhere")
    async def test_doubtful(alice): ...
"""

OVERHEARD = """
    from hypothesis import Phase, given, settings, strategies as st
    from chat import exchange

    async def test_innocent(alice, bob, eve, conversation):
        await exchange(alice, bob, conversation)

    async def test_unlucky(alice, bob, eve, conversation):
        await exchange(alice, bob, conversation)
        assert alice is bob, "my own failure"

    @settings(deadline=None, phases=[Phase.generate])
    @given(number=st.integers())
    async def test_property(target, number):
        async with target.world() as world:
            alice, bob, eve = [await world.user(name) for name in ("alice", "bob", "eve")]
            await exchange(alice, bob, await world.new_conversation(alice, bob))
"""


def test_a_leak_fails_tests_that_assert_nothing_about_it(
    project: pytest.Pytester, run: Run, verdict: Read, defect: Callable[[str], None]
) -> None:
    """
    A leak is a failure in the call, not an error of the teardown, in tests and in the worlds of a property.

    A test's own failure goes first, with a note of what was found besides.
    """
    defect(LEAK)
    project.makepyfile(OVERHEARD)

    result = run()

    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "*_ test_innocent _*",
            "isolation.heard-by-outsider (security): eve *",
            "    hop  *",
            "    also *",
            "    replay *pytest*test_innocent*",
            "    evidence *reports/*/report.html#test-*",
            "*_ test_unlucky _*",
            "E *AssertionError: my own failure",
            "E *isolation.heard-by-outsider (security): eve *",
            "*_ test_property _*",
            "isolation.heard-by-outsider (security): eve *",
            "* number=0*",
            "*- realtime: FAIL -*",
            "FAIL security  *",
            "FAIL isolation.heard-by-outsider 3 times (security, hop 7*",
        ]
    )
    assert (result.ret, verdict()["verdict"], verdict()["exit_code"]) == (1, "FAIL", 5)


def test_a_lost_message_fails_a_test_that_never_looked(
    project: pytest.Pytester, run: Run, verdict: Read, defect: Callable[[str], None]
) -> None:
    """What was owed and never came is lost although nobody expected it, and the text names the hop."""
    defect(LOSS)
    project.makepyfile(
        """
        async def test_it(alice, bob, conversation):
            await bob.join(conversation)
            await alice.send(conversation, "gone")
        """
    )

    result = run("--realtime-patience=0.5")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["delivery.never-broadcast*", "    hop  *6, broadcast*"])
    assert verdict()["counts"]["lost"] == 1


def test_an_inconclusive_test_fails_or_warns(project: pytest.Pytester, run: Run, verdict: Read) -> None:
    """It is named and counted apart, is a property in JUnit, and keeps the run's verdict open even where it passes."""
    project.makepyfile(DOUBT)

    failing = run("--realtime-inconclusive=fail", "--junitxml=junit.xml")
    warning = run("--realtime-inconclusive=warn")

    for result, code in ((failing, 1), (warning, 0)):
        outcomes = result.parseoutcomes()
        assert (result.ret, outcomes["passed"], outcomes["inconclusive"]) == (code, 1, 1)
        result.stdout.fnmatch_lines(
            ["*.py .I*", "*- realtime: INCONCLUSIVE -*", "INCONCLUSIVE *test_doubtful: nothing was observed*"]
        )
    warning.stdout.fnmatch_lines(["*PytestWarning: INCONCLUSIVE*"])
    assert (verdict()["verdict"], verdict()["exit_code"], verdict()["tests"]) == (
        "INCONCLUSIVE",
        4,
        {"PASS": 1, "INCONCLUSIVE": 1},
    )
    properties = ET.parse(project.path / "junit.xml").findall(".//testcase[@name='test_doubtful']//property")  # noqa: S314
    assert [one.attrib for one in properties] == [{"name": "realtime_verdict", "value": "INCONCLUSIVE"}]


def test_what_a_test_tolerates_does_not_fail_it(
    project: pytest.Pytester, run: Run, verdict: Read, defect: Callable[[str], None]
) -> None:
    """Tolerated findings are listed with their reason; what is tolerated and holds is noted, so that it can go."""
    defect(LEAK)
    project.makepyfile(
        """
        import pytest
        from chat import exchange

        @pytest.mark.tolerates("isolation", "delivery.own-echo", "ordering", reason="known, ticket 7")
        async def test_it(alice, bob, eve, conversation):
            await exchange(alice, bob, conversation)
        """
    )

    result = run()

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["tolerated in vain: *test_it tolerates ordering, which did not break"])
    assert verdict()["verdict"] == "PASS"
    assert {finding["tolerated"] for finding in verdict()["tolerated"]} == {"known, ticket 7"}
    assert [one["observation"] for one in verdict()["unbroken"]] == ["ordering"]


def test_an_expected_failure_is_no_failure_and_an_unexpected_pass_is_none(
    project: pytest.Pytester, run: Run, verdict: Read, defect: Callable[[str], None]
) -> None:
    """`xfail` tolerates what broke, with its reason; a strict `xfail` that passes is a failure, as in pytest."""
    defect(LEAK)
    project.makepyfile(
        """
        import pytest
        from chat import exchange

        @pytest.mark.xfail(reason="known leak")
        async def test_leaks(alice, bob, eve, conversation):
            await exchange(alice, bob, conversation)

        @pytest.mark.xfail(strict=True)
        async def test_passes(carol): ...
        """
    )

    result = run()

    result.assert_outcomes(xfailed=1, failed=1)
    assert verdict()["tests"] == {"PASS": 1, "FAIL": 1}
    assert verdict()["findings"] == []
    assert "known leak" in verdict()["tolerated"][0]["tolerated"]


def test_a_test_that_is_wrong_itself_is_no_verdict_on_the_product(
    project: pytest.Pytester, run: Run, verdict: Read
) -> None:
    """A fixture that breaks, before or after the test, is an error of the run, and what it left open harms nobody."""
    project.makepyfile(
        """
        import gc

        import pytest
        import pytest_asyncio

        @pytest_asyncio.fixture
        async def broken(alice):
            await alice.connect()
            raise ValueError("before")

        @pytest.fixture
        def untidy():
            yield
            raise ValueError("after")

        async def test_never(broken): ...

        async def test_once(untidy, alice):
            gc.collect()
        """
    )

    result = run()

    result.assert_outcomes(passed=1, errors=2)
    assert (verdict()["tests"], verdict()["exercised"], verdict()["verdict"]) == ({"ERROR": 2, "PASS": 1}, 1, "FAIL")
