"""What a project may put in the place of our fixtures, and what it may not."""

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
