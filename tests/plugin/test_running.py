"""People come in, act and are judged on the test's own event loop, whatever loops a project is configured for."""

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., pytest.RunResult]

SHAPES = """
import pytest
from chat import exchange

async def test_function(alice, bob, conversation):
    await exchange(alice, bob, conversation)

class TestClass:
    @pytest.mark.parametrize("again", [1, 2])
    async def test_method(self, alice, bob, conversation, again):
        await exchange(alice, bob, conversation)
"""

FIXTURES = """
import pytest_asyncio
from chat import expect

@pytest_asyncio.fixture
async def listener(bob, conversation):
    await bob.join(conversation)
    return bob

@pytest_asyncio.fixture
async def sent(listener, alice, conversation):
    assert (await alice.get("/api/user")).status == 200
    return await alice.send(conversation, "early")

async def test_it(listener, sent, eve):
    await expect(listener).to_receive(sent)
    await expect(eve).not_to_receive(sent)
"""


@pytest.mark.parametrize(
    ("mode", "fixtures", "tests"),
    [
        ("strict", "function", "function"),
        ("auto", "session", "session"),
        ("auto", "function", "session"),
        ("strict", "session", "function"),
    ],
)
def test_every_shape_of_test_runs_on_every_loop(
    project: pytest.Pytester, run: Run, mode: str, fixtures: str, tests: str
) -> None:
    """Functions, methods and parametrized tests pass in both modes and for every mixture of loop scopes."""
    project.makepyfile(SHAPES)
    scopes = ["-o", f"asyncio_default_fixture_loop_scope={fixtures}", "-o", f"asyncio_default_test_loop_scope={tests}"]

    run("-o", f"asyncio_mode={mode}", *scopes).assert_outcomes(passed=3)


def test_a_fixture_of_the_project_may_act_before_the_test(project: pytest.Pytester, run: Run) -> None:
    """People come in, and the conversation is made, on the first verb: an asynchronous fixture may use them."""
    project.makepyfile(FIXTURES)

    run().assert_outcomes(passed=1)


def test_a_fixture_on_another_loop_is_told_which_settings_to_change(project: pytest.Pytester, run: Run) -> None:
    """Somebody who was used on two loops says so, and names the two settings."""
    project.makepyfile(FIXTURES)

    result = run("-o", "asyncio_default_test_loop_scope=session")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*asyncio_default_fixture_loop_scope*asyncio_default_test_loop_scope*"])


def test_what_can_never_act_is_refused_before_anything_starts(project: pytest.Pytester, run: Run) -> None:
    """A plain function, and a property that asks for people, each get one sentence, no traceback and no stack."""
    project.makepyfile(
        """
        from hypothesis import given, strategies as st

        def test_plain(alice): ...

        @given(st.text())
        async def test_property(bob, text): ...
        """
    )

    result = run()

    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [
            "test_plain asks for people*async def*",
            "test_property draws examples*target.world()*",
        ]
    )
    result.stdout.no_fnmatch_line("*harness/plugin*")
    assert not list(project.path.glob("reports/*/logs"))


def test_a_property_opens_a_world_an_example(project: pytest.Pytester, run: Run) -> None:
    """`target.world()` judges every example; a passing property passes, in strict mode and without a marker."""
    project.makepyfile(
        """
        from hypothesis import given, settings, strategies as st
        from chat import exchange

        @settings(max_examples=3, deadline=None)
        @given(text=st.text(min_size=1, max_size=5))
        async def test_property(target, text):
            async with target.world() as world:
                alice, bob = await world.user("alice"), await world.user("bob")
                await exchange(alice, bob, await world.new_conversation(alice, bob))
        """
    )

    run().assert_outcomes(passed=1)


def test_the_replay_command_names_the_file_that_was_asked_for(project: pytest.Pytester, run: Run) -> None:
    """A run of targets from elsewhere is repeated with them; one that found its file by itself finds it again."""
    project.makefile(".toml", elsewhere="")
    project.makepyfile("def test_it(target): assert target.replay == ''")

    given, found = run("--realtime-config=elsewhere.toml"), run()

    given.stdout.fnmatch_lines(["*--realtime-config=elsewhere.toml*"])
    found.stdout.no_fnmatch_line("*--realtime-config*")


def test_a_shipped_scenario_is_repeated_by_our_command(run: Run, verdict: Any) -> None:
    """It has no path below the project that a reader could give to pytest."""
    name = "test_both_hear_each_other"
    run("--pyargs", "harness.scenarios", "-k", name).assert_outcomes(passed=1)

    (told,) = verdict()["outcomes"]
    assert told["replay"] == f"realtime run -k {name} --realtime-seed=1 --realtime-target=embedded"


def test_arrivals_say_how_far_people_come(project: pytest.Pytester, run: Run) -> None:
    """Nowhere has no token, logged in has no socket, connected has both."""
    project.makepyfile(
        """
        import pytest

        @pytest.mark.arrive("nowhere")
        async def test_nowhere(alice):
            assert (alice.session.token, alice.socket_id) == (None, "")
            await alice.log_in()

        @pytest.mark.arrive("logged-in")
        async def test_logged_in(alice):
            assert alice.session.token and not alice.socket_id
            assert (await alice.get("/api/user")).status == 200

        async def test_connected(alice):
            assert alice.session.token and alice.socket_id
        """
    )

    run().assert_outcomes(passed=3)
