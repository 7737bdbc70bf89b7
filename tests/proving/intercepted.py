"""
A pytest plugin for runs of the scenarios through the interceptor: `-p tests.proving.intercepted`.

What is wrong is in the variable `PROVING_INTERCEPTOR`, ids separated by commas, and `PROVING_SEED`; with none the
interceptor is there all the same. The run has everything else as it always is.
"""

import os
import time
from typing import Any

import pytest

VARIABLE, SEED = "PROVING_INTERCEPTOR", "PROVING_SEED"
READY_WITHIN = 10.0


def opened(config: pytest.Config) -> Any:
    """Start the stack, and an interceptor in front of it that ends with it."""
    from harness.config import cache_folder
    from harness.faults.interception import INTERCEPTOR, Interception, configuration
    from harness.history.recorder import Recorder
    from harness.plugin.options import declaration_of, settings_of
    from harness.plugin.run import run_of
    from harness.topology import open_deployment
    from harness.topology.process import ServerProcess
    from harness.topology.target import Target

    settings, run, declaration = settings_of(config), run_of(config), declaration_of(config)
    folder = run.folder_of_worker()
    process = ServerProcess("interceptor", INTERCEPTOR, folder)
    stack = open_deployment(declaration, seed=settings.seed, folder=folder, cache=cache_folder())
    process.configure(configuration(stack.target))
    interception = Interception(process, stack.target, process.announced(time.monotonic() + READY_WITHIN))
    wrong = [one for one in os.environ.get(VARIABLE, "").split(",") if one]
    interception.switch(*wrong, seed=int(os.environ.get(SEED, "1")))
    stack.target = interception.target

    class Behind(Target):
        def stop(self) -> None:
            super().stop()
            process.release()
            process.reap()

    return Behind(stack, Recorder(run.header(settings, declaration), worker=run.worker))


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Open the target so, instead of as the plugin does."""
    from harness.fixtures import OPEN_TARGET

    config.stash[OPEN_TARGET] = opened
