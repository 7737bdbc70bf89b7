"""Open a target once, and a world around each test that asked for people; judged on the test's own loop."""

import functools
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from harness.plugin import progress, selection, walking
from harness.plugin.failure import note_logs
from harness.plugin.options import declaration_of, settings_of
from harness.plugin.run import run_of
from harness.plugin.watch import blamed_on_death, watched

if TYPE_CHECKING:
    from harness.topology.target import Target
    from harness.users.world import World

_WORLD = pytest.StashKey["World"]()


def check_run(config: pytest.Config) -> None:
    """Read all that the run was told before a test runs; raises `UsageError` for the first thing that is wrong."""
    from harness.errors import UsageError

    declaration, workers = declaration_of(config), run_of(config).workers
    if declaration.backend.adapter:
        from harness.users.adapter import load

        load(declaration)
    for word in settings_of(config).require:
        if reason := declaration.why_not(word):
            raise UsageError(f"--realtime-require names {word}, which cannot be exercised: {reason}")
    if declaration.world.conversation is not None and workers > 1:
        raise UsageError(
            f"target {declaration.name} has one fixed conversation, so its tests run one at a time: "
            f"leave out -n {workers}"
        )


def open_target(config: pytest.Config) -> "Target":
    """Start or attach to the target of this run; raises `EnvironmentFault` or `UsageError`."""
    from harness.config import cache_folder
    from harness.errors import EnvironmentFault
    from harness.history.recorder import Recorder
    from harness.topology import Share, open_deployment
    from harness.topology.target import Target

    settings, run, declaration = settings_of(config), run_of(config), declaration_of(config)
    run.is_opening = True
    try:
        deployment = open_deployment(
            declaration,
            seed=settings.seed,
            folder=run.folder_of_worker(),
            run=run.folder,
            share=Share(run.number, run.workers, _waiting_for(config, declaration.name), settings.reuse),
            cache=cache_folder(),
            patience=settings.patience,
        )
    except EnvironmentFault as fault:
        run.unopened = str(fault)
        raise
    run.is_opening = False
    recorder = Recorder(run.header(settings, declaration), worker=run.worker)
    return Target(deployment, recorder, patience=settings.patience)


def _waiting_for(config: pytest.Config, name: str) -> Callable[[str], None]:
    return lambda what: progress.tell(config, f"target {name} is not ready yet: {what}")


def target_of(item: pytest.Item) -> "Target | None":
    """Give the target that a test was handed, if it was handed one of ours."""
    from harness.topology.target import Target

    target = (getattr(item, "funcargs", None) or {}).get("target")
    return target if isinstance(target, Target) else None


def world_of(item: pytest.Item, target: object) -> "World":
    """Make the world of one test; a project that overrides `target` must give one of ours."""
    from harness.errors import UsageError
    from harness.topology.target import Target

    if not isinstance(target, Target):
        raise UsageError(f"the fixture `target` gave a {type(target).__name__}; the cast needs a harness.Target")
    _introduce(item, target)
    world = target.world(tolerated=selection.tolerated(item), budget=selection.budget(item))
    world.arrive = selection.arrival(item)  # type: ignore[assignment]  # one of the known words, see check_words
    item.stash[_WORLD] = world
    return world


def _introduce(item: pytest.Item, target: "Target") -> None:
    """Tell the target which test is running, and see that it can serve it; raises `NotExercised`."""
    from harness.errors import NotExercised

    run = run_of(item.config)
    run.kept.take(target.history)
    walking.accompany(item.config, target)
    target.test, target.replay, target.evidence = item.nodeid, replay_of(item), run.evidence_of(item.nodeid)
    for word in selection.capabilities(item):
        if reason := target.why_not(word):
            raise NotExercised(reason)
    if target.declaration.production and selection.is_shipped(item.path) and item.path.name != selection.PROBE:
        raise NotExercised(f"target {target.declaration.name} is production, where only the probe runs: a few seconds")


def replay_of(item: pytest.Item) -> str:
    """Write the command that runs this test again, on the same target and with the same seed."""
    from harness.users.reproduction import replay_command

    settings, declared_in = settings_of(item.config), item.config.getoption("realtime_config")
    options = {"seed": settings.seed, "target": settings.target}
    return replay_command(_command(item), options | ({"config": declared_in} if declared_in else {}))


def _command(item: pytest.Item) -> str:
    """Name a test so that a command finds it: an installed scenario has no path below the project."""
    if selection.is_shipped(item.path) and not item.path.is_relative_to(item.config.rootpath):
        return f"realtime run -k {getattr(item, 'originalname', item.name)}"
    return f'pytest "{item.nodeid}"'


@contextmanager
def skipping(item: pytest.Item) -> Iterator[None]:
    """Skip what the target cannot serve, with the reason; fail it when the run requires just that."""
    from harness.errors import NotExercised, UsageError

    try:
        yield
    except NotExercised as error:
        served_by = target_of(item) or declaration_of(item.config)
        for word in settings_of(item.config).require:
            reason = served_by.why_not(word)
            if reason and reason in str(error):
                raise UsageError(f"--realtime-require names {word}, which is not exercised: {error}") from None
        pytest.skip(f"not exercised: {error}")


def check_shape(item: pytest.Item) -> None:
    """Refuse a test whose people could never act, before anything is started for it; raises `UsageError`."""
    if not isinstance(item, pytest.Function) or "_realtime_world" not in item.fixturenames:
        return
    from harness.errors import UsageError

    if selection.is_property(item):
        raise UsageError(
            f"{item.name} draws examples, and people live for one of them: ask for `target` and open "
            "`async with target.world() as world` in the test"
        )
    if not selection.is_coroutine(item):
        raise UsageError(f"{item.name} asks for people, who live on an event loop: write it as `async def`")


@contextmanager
def judged(item: pytest.Function) -> Iterator[None]:
    """Put the world of a test around its call; without one, only tell the target which test is running."""
    target, world = target_of(item), item.stash.get(_WORLD, None)
    if target is None:
        yield
        return
    _introduce(item, target)
    note_logs(item, target)
    original = item.obj
    if world is not None:
        item.obj = _inside(original, world, target)
    try:
        with blamed_on_death(target, item.nodeid), progress.told(item, target):
            yield
    finally:
        item.obj = original


def abandon(item: pytest.Item) -> None:
    """Close what was opened for a test that never came to its judgement, before its event loop is closed."""
    if _WORLD in item.stash:
        item.stash[_WORLD].abandon()
        del item.stash[_WORLD]


def _inside(
    test: Callable[..., Coroutine[Any, Any, None]], world: "World", target: "Target"
) -> Callable[..., Coroutine[Any, Any, None]]:
    @functools.wraps(test)
    async def inside(**arguments: Any) -> None:
        _check_loop()
        async with watched(target) as lag, world:
            try:
                await test(**arguments)
            finally:
                lag.publish(target.history)

    return inside


def _check_loop() -> None:
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        from harness.errors import UsageError

        raise UsageError(
            "people live on an asyncio event loop, and this test runs on another: for anyio's plugin, "
            'let the fixture `anyio_backend` give "asyncio"'
        ) from None
