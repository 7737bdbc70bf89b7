"""What a project may put in the place of our fixtures, and what it may not."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., pytest.RunResult]
Read = Callable[[], dict[str, Any]]

OWN = """
    from pathlib import Path

    import pytest
    from harness import Target
    from harness.config import cache_folder, own_target
    from harness.history.recorder import Recorder
    from harness.topology import open_deployment

    @pytest.fixture(scope="session")
    def target(tmp_path_factory):
        declaration = own_target("mine", "embedded")
        deployment = open_deployment(
            declaration, seed=7, folder=tmp_path_factory.mktemp("logs"), cache=cache_folder()
        )
        with Target(deployment, Recorder()) as mine:
            yield mine

    @pytest.fixture
    def conversation(conversation):
        conversation.label = "seen"
        return conversation

    @pytest.fixture
    def new_user(new_user):
        async def named():
            return await new_user("zoe")
        return named
"""


def test_target_conversation_and_new_people_may_be_the_projects_own(
    project: pytest.Pytester, run: Run, verdict: Read
) -> None:
    """Whoever brings a `Target` gets cast, judgement, history and report on it; the other two build on ours."""
    project.makeconftest(OWN)
    project.makepyfile(
        """
        import pytest
        from chat import exchange

        async def test_people(alice, bob, conversation, target):
            assert target.declaration.name == "mine"
            await exchange(alice, bob, conversation)

        async def test_newcomer(alice, bob, conversation, new_user, history):
            zoe = await new_user()
            await exchange(alice, bob, conversation)
            assert (zoe.name, conversation.label) == ("zoe", "seen")
            assert history.events
            await zoe.log_out()

        @pytest.mark.realtime
        @pytest.mark.asyncio
        async def test_world(target):
            async with target.world() as world:
                await world.user("alice")
        """
    )

    run().assert_outcomes(passed=3)

    assert (verdict()["tests"], verdict()["counts"]["delivered"]) == ({"PASS": 3}, 2)
    assert "test_people" in (project.path / "reports" / "latest" / "history.jsonl").read_text()


def test_something_else_called_target_is_refused(project: pytest.Pytester, run: Run) -> None:
    """People need a target of ours; one sentence says what came instead."""
    project.makepyfile(
        """
        import pytest

        @pytest.fixture
        def target():
            return "https://staging.example.com"

        async def test_it(alice): ...
        """
    )

    result = run()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["the fixture `target` gave a str; the cast needs a harness.Target"])


def test_servers_are_disturbed_and_mended(project: pytest.Pytester, run: Run) -> None:
    """A test pauses and restarts; what one leaves behind is mended at its end, and the next finds all well."""
    project.makepyfile(
        """
        from chat import exchange

        async def test_restart(alice, bob, conversation, servers):
            await servers.restart("backend")
            await exchange(alice, bob, conversation)

        async def test_left_behind(alice, bob, conversation, servers):
            await exchange(alice, bob, conversation)
            block = servers.unreachable_broadcaster()
            await block.__aenter__()

        async def test_after(alice, bob, conversation):
            await exchange(alice, bob, conversation)
        """
    )

    run().assert_outcomes(passed=3)

    history = (project.path / "reports" / "latest" / "history.jsonl").read_text().splitlines()
    faults = [json.loads(line) for line in history if '"fault.' in line]
    assert [fault["fault"] for fault in faults] == ["restart#1", "restart#1", "unreachable#1", "unreachable#1"]


def test_a_server_that_nobody_has_is_a_mistake(project: pytest.Pytester, run: Run, far: str) -> None:
    """Those there are stand beside it; a target that runs elsewhere has none."""
    project.makepyfile(
        """
        async def test_it(alice, servers):
            async with servers.paused("reverb"):
                pass
        """
    )

    result = run()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*there is no server 'reverb'; there are broadcaster, backend*"])
    (project.path / "realtime.toml").write_text(far)
    assert run().parseoutcomes().get("skipped") == 1
