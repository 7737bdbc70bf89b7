"""What a project can ask of the plugin: options, their ini twins, markers. Nothing but pytest is imported here."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.config import Settings, TargetDeclaration

HELP = {
    "config": "file that declares targets (default: realtime.toml, or [tool.realtime] in pyproject.toml)",
    "target": "which target to prove (default: embedded, our reference stack as child processes)",
    "tier": "how much of the shipped scenarios to run: smoke, pr, release or nightly (default: smoke)",
    "report": "folder that gets one folder a run (default: reports)",
    "seed": "seed of the world and of everything random in the run (default: 1)",
    "patience": "factor on every deadline of ours, for slow machines (default: 1)",
    "require": "capabilities that must be exercised, separated by commas; one that cannot be is an error",
    "inconclusive": "what an inconclusive test does: fail or warn (default: warn in tiers smoke and pr)",
    "endurance": "seconds for which each shipped property draws examples in tier nightly (default: 300)",
    "reuse": "how long our servers in containers are kept for the next run, such as 10m (default: not at all)",
    "doctor": "whether a run in which something failed ends with a walk over the target: on or off (default: on)",
}
"""The options by name; each is also `realtime_NAME` in an ini file and `REALTIME_NAME` in the environment."""

MARKERS = (
    "realtime: a test of a realtime target (this is what `-m realtime` selects)",
    'arrive(how): bring the people of a test in as "nowhere", "logged-in" or "connected" (the default)',
    "needs(*capabilities): what the target must serve; without it the test is not exercised, with the reason",
    "tolerates(*observations, reason): observations, or their prefixes, that do not fail this test",
    'budget(p95="250ms", …): percentiles of the delivery latency that this test claims itself',
    "tier(name): the smallest tier that runs a shipped scenario: smoke, pr, release or nightly",
)

_SETTINGS = pytest.StashKey["Settings"]()
_DECLARATION = pytest.StashKey["TargetDeclaration"]()


def add_to(parser: pytest.Parser) -> None:
    """Add the options and ini values."""
    group = parser.getgroup("realtime", "realtime: prove delivery, and that nobody else hears")
    for name, text in HELP.items():
        group.addoption(f"--realtime-{name}", dest=f"realtime_{name}", metavar=name.upper(), default=None, help=text)
        parser.addini(f"realtime_{name}", text, default=None)
    parser.addini("realtime_scenarios", "add the shipped scenarios to what is collected", type="bool", default=False)


def given(config: pytest.Config) -> bool:
    """Tell whether somebody asked for anything on the command line."""
    return any(config.getoption(f"realtime_{name}") is not None for name in HELP)


def settings_of(config: pytest.Config) -> "Settings":
    """
    Decide the settings of this run, once.

    Raises `UsageError` with one sentence for whatever does not exist, and for a report folder that cannot be written.
    """
    if _SETTINGS not in config.stash:
        from harness.config import load

        asked = {name: config.getoption(f"realtime_{name}") for name in HELP}
        ini = {name: config.getini(f"realtime_{name}") for name in HELP}
        settings = load(asked, ini, config.invocation_params.dir, config.rootpath)
        if not config.getoption("collectonly"):
            _make(settings.report)
        config.stash[_SETTINGS] = settings
    return config.stash[_SETTINGS]


def are_settled(config: pytest.Config) -> bool:
    """Tell whether anybody asked for the settings of this run yet: nothing of ours took part in it until then."""
    return _SETTINGS in config.stash


def declaration_of(config: pytest.Config) -> "TargetDeclaration":
    """Read what the target of this run declares, once; raises `UsageError` when its table is wrong."""
    if _DECLARATION not in config.stash:
        from harness.config import target_declaration

        config.stash[_DECLARATION] = target_declaration(settings_of(config))
    return config.stash[_DECLARATION]


def _make(folder: Path) -> None:
    """Make the report folder before the run, so that a run does not end without a place for what it found."""
    from harness.errors import UsageError

    try:
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)  # another worker may do the same
            (folder / ".gitignore").write_text("# Created by realtime.\n*\n")
        reason = None if os.access(folder, os.W_OK | os.X_OK) else "Permission denied"
    except OSError as error:
        reason = error.strerror
    if reason:
        raise UsageError(
            f"the report folder {folder} cannot be written ({reason}); name another with --realtime-report"
        )
