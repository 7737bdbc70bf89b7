"""
A run that pytest-xdist spreads over workers: they learn which run it is, and say what is wrong with it.

A worker cannot end a run with a usage error, which xdist takes for a crash; it runs nothing, and the controller raises
the error in its place.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from harness.plugin.run import run_of

if TYPE_CHECKING:
    from harness.errors import UsageError

_KEY = "realtime_refusal"
_REFUSAL = pytest.StashKey[str]()
_FAULTS = "realtime_faults"
_VISITS = "realtime_visits"


def initiate(node: Any) -> None:
    """Tell a worker which run it takes part in."""
    node.workerinput.update(run_of(node.config).as_workerinput())


def refuse(config: pytest.Config, items: list[pytest.Item], error: "UsageError") -> None:
    """End a run before its first test, with one sentence; raises `pytest.UsageError`, here or in the controller."""
    if run_of(config).worker:
        items.clear()
        config.workeroutput[_KEY] = str(error)  # type: ignore[attr-defined]  # xdist's own
    else:
        refuse_here(error)


def refuse_here(error: "UsageError") -> NoReturn:
    """Turn an error of ours into pytest's, which ends a run with its sentence and exit code 4."""
    raise pytest.UsageError(str(error)) from None


def tell_faults(config: pytest.Config, faults: Iterable[str], visits: Iterable[dict[str, Any]]) -> None:
    """Tell the controller what a worker could not write down, and what the doctor found there."""
    config.workeroutput[_FAULTS], config.workeroutput[_VISITS] = list(faults), list(visits)  # type: ignore[attr-defined]  # xdist's own


def take_last_words(node: Any) -> None:
    """Hear what a worker that ended had to say."""
    said = getattr(node, "workeroutput", {})
    if said.get(_KEY):
        node.config.stash[_REFUSAL] = str(said[_KEY])
    run_of(node.config).kept.faults += said.get(_FAULTS, ())
    run_of(node.config).visits += said.get(_VISITS, ())


def raise_refusal(config: pytest.Config) -> None:
    """Raise what a worker could not; raises `pytest.UsageError`."""
    if _REFUSAL in config.stash:
        raise pytest.UsageError(config.stash[_REFUSAL])
