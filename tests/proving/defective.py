"""
A pytest plugin for runs of the scenarios on servers with defects: `-p tests.proving.defective`.

Their ids, separated by commas, are in the variables `PROVING_BACKEND` and `PROVING_BROADCASTER`; the run has everything
else as it always is, but for the broadcaster's timers: a test waits until silence is noticed. What it needs of ours it
imports when pytest has loaded our plugin.
"""

import os
from typing import Any

import pytest

VARIABLES = {"backend": "PROVING_BACKEND", "broadcaster": "PROVING_BROADCASTER"}


def opened(config: pytest.Config) -> Any:
    """Start the stack with its defects."""
    from harness.config import cache_folder
    from harness.history.recorder import Recorder
    from harness.plugin.options import declaration_of, settings_of
    from harness.plugin.run import run_of
    from harness.topology.embedded import COMPRESSED, Trial, start
    from harness.topology.target import Target

    settings, run, declaration = settings_of(config), run_of(config), declaration_of(config)
    stack = start(
        declaration,
        seed=settings.seed,
        folder=run.folder_of_worker(),
        cache=cache_folder(),
        timers=COMPRESSED,
        trial=Trial(
            {server: os.environ[name].split(",") for server, name in VARIABLES.items() if os.environ.get(name)}
        ),
    )
    return Target(stack, Recorder(run.header(settings, declaration), worker=run.worker))


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Open the target so, instead of as the plugin does."""
    from harness.fixtures import OPEN_TARGET

    config.stash[OPEN_TARGET] = opened
