"""
The pytest plugin: open, settle, judge and close around a test; say what came of it.

Loading it imports pytest and the standard library only: a project whose tests do not ask for us pays next to nothing.

::

    options ─→ selection ─→ running (a world around each call) ─→ outcome, failure ─→ closing (history, verdict)
"""

import warnings
from collections.abc import Generator
from typing import Any

import pytest

from harness import fixtures
from harness.plugin import closing, distribution, networking, options, outcome, properties, running, sampling, selection
from harness.plugin.failure import leave_out_our_code
from harness.plugin.run import run_of


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--realtime-…` and their ini twins."""
    options.add_to(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register what else we are; read the settings when somebody asked for any, so that a mistake is told first."""
    # pytest-asyncio, which comes along with us, warns every project that does not say what it will be told anyway;
    # where warnings are errors, nothing would run.
    warnings.filterwarnings("ignore", 'The configuration option "asyncio_default_fixture_loop_scope" is unset')
    properties.make_profiles_known(config)
    config.pluginmanager.register(closing.Collector(run_of(config)), "realtime-collector")
    config.pluginmanager.register(fixtures, "realtime-fixtures")
    config.stash[fixtures.OPEN_TARGET], config.stash[fixtures.MAKE_WORLD] = running.open_target, running.world_of
    config.stash[fixtures.OPEN_SAMPLE] = sampling.open_sample
    config.stash[fixtures.OPEN_NETWORK] = networking.open_network
    config.stash[fixtures.PROFILE] = properties.profile_of
    for marker in options.MARKERS:
        config.addinivalue_line("markers", marker)
    if options.given(config):
        _check(config)
    if config.getini("realtime_scenarios"):
        selection.add_scenarios(config)


def _check(config: pytest.Config) -> None:
    from harness.errors import UsageError

    try:
        options.declaration_of(config)
    except UsageError as error:
        distribution.refuse_here(error)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Print target and seed of a run that somebody asked for by option."""
    if not options.given(config):
        return None
    settings, topology = options.settings_of(config), options.declaration_of(config).topology
    line = f"realtime: target {settings.target} ({topology}), tier {settings.tier}, seed {settings.seed}"
    return f"{line}, hypothesis seed {properties.nightly_seed(config)}" if settings.tier == "nightly" else line


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Let the workers of a distributed run take part in this one."""
    distribution.initiate(node)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear why a worker ran nothing, and what it could not write down."""
    distribution.take_last_words(node)


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Mark the shipped scenarios."""
    if isinstance(collector, pytest.Module) and selection.is_shipped(collector.path):
        collector.add_marker("realtime")


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_pycollect_makeitem() -> Generator[None, Any, Any]:
    """Mark our tests before pytest-asyncio looks at them: it turns only marked ones into its own items."""
    made = yield
    selection.mark(made if isinstance(made, list) else [made])
    return made


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of what others left in, refuse words that nobody knows, before anything runs; leave out what larger tiers run."""
    ours = [item for item in items if selection.is_ours(item)]
    if not ours:
        return
    from harness.errors import UsageError

    try:
        for item in ours:
            selection.check_words(item)
        selection.deselect_by_tier(config, items, options.settings_of(config).tier)
        properties.apply(config, items)
        if not config.getoption("collectonly"):
            running.check_run(config)
    except UsageError as error:
        distribution.refuse(config, items, error)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Refuse a test whose people could never act; skip one that the target cannot serve."""
    if not selection.uses_target(item):
        return (yield)
    running.check_shape(item)
    with running.skipping(item):
        return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Open the world of a test that asked for people, and judge it when the test is over."""
    if not isinstance(item, pytest.Function) or not selection.uses_target(item):
        return (yield)
    with running.skipping(item), running.judged(item):
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Leave nothing open behind a test whose set-up failed: it would be held against the next one."""
    running.abandon(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write the verdict of a test on its report, and make a failure readable."""
    is_ours = selection.uses_target(item)
    if is_ours:
        leave_out_our_code(item, call)
    report = yield
    if is_ours:
        outcome.annotate(item, call, report)
    return report


def pytest_report_teststatus(report: pytest.CollectReport | pytest.TestReport) -> outcome.Status | None:
    """Name what is inconclusive, and what the environment did, apart from failures."""
    return outcome.status(report)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write history and verdict; a session that selected realtime tests and exercised none is no success."""
    closing.finish(session)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say in a few lines what was proven, what broke, and what was not looked at."""
    closing.summarize(terminalreporter, config)
