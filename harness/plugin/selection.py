"""Which tests are ours, which of them run, and whether what they ask for exists."""

import functools
import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import pytest

ARRIVALS = ("nowhere", "logged-in", "connected")
_TIERS = ("smoke", "pr", "release", "nightly")
_FIXTURES = "harness.fixtures"
PROBE = "test_probe.py"
"""The shipped scenario that runs on a production system, alone."""


@functools.cache
def scenario_folder() -> Path | None:
    """Find the folder of the shipped scenarios, without importing one; None where they were not installed."""
    from importlib.util import find_spec

    spec = find_spec("harness.scenarios")
    folders = spec.submodule_search_locations if spec else None
    return Path(folders[0]).resolve() if folders else None


@functools.cache
def is_shipped(path: Path) -> bool:
    """Tell whether a file is one of the shipped scenarios."""
    folder = scenario_folder()
    return folder is not None and path.resolve().is_relative_to(folder)


def add_scenarios(config: pytest.Config) -> None:
    """Add the shipped scenarios to a run that was not told which files to look at, unless they are among them."""
    folder = scenario_folder()
    if folder is None or config.args_source is pytest.Config.ArgsSource.ARGS:
        return
    if not any(folder.is_relative_to((config.invocation_params.dir / one).resolve()) for one in config.args):
        config.args.append(str(folder))


def uses_target(item: pytest.Item) -> bool:
    """
    Tell whether a test asks, directly or through its fixtures, for our target.

    A project's own fixture called `target` is not ours unless it builds on ours, or the test is marked `realtime`.
    """
    names = getattr(item, "fixturenames", ())
    if "target" not in names:
        return False
    if "_realtime_world" in names:
        return True
    definitions = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {}).get("target")
    if not definitions:
        return False
    chosen = definitions[-1]
    builds_on_ours = chosen.func.__module__ == _FIXTURES or "target" in chosen.argnames
    return builds_on_ours or item.get_closest_marker("realtime") is not None


def is_ours(item: pytest.Item) -> bool:
    """Tell whether our markers mean anything on a test."""
    return uses_target(item) or is_shipped(item.path)


def is_coroutine(item: pytest.Function) -> bool:
    """Tell whether the body of a test is a coroutine function, also below `@given`."""
    return inspect.iscoroutinefunction(_property_of(item) or item.obj)


def is_property(item: pytest.Function) -> bool:
    """Tell whether Hypothesis draws the arguments of a test."""
    return _property_of(item) is not None


def _property_of(item: pytest.Function) -> object | None:
    return getattr(getattr(item.obj, "hypothesis", None), "inner_test", None)


def mark(nodes: Iterable[object]) -> None:
    """Mark our tests `realtime`; give the coroutines to pytest-asyncio, unless another plugin was asked to run them."""
    for node in nodes:
        if not isinstance(node, pytest.Function) or not is_ours(node):
            continue
        if node.get_closest_marker("realtime") is None:
            node.add_marker("realtime")
        claimed = node.get_closest_marker("asyncio") or node.get_closest_marker("anyio")
        if claimed is None and is_coroutine(node):
            node.add_marker("asyncio")


def deselect_by_tier(config: pytest.Config, items: list[pytest.Item], tier: str) -> None:
    """Leave out the shipped scenarios that only a larger tier runs; a project's own tests are its own business."""
    chosen = _TIERS.index(tier)
    runs = {id(item): not is_shipped(item.path) or _TIERS.index(_tier(item)) <= chosen for item in items}
    if left_out := [item for item in items if not runs[id(item)]]:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if runs[id(item)]]


def _tier(item: pytest.Item) -> str:
    marker = item.get_closest_marker("tier")
    name = str(marker.args[0]) if marker and marker.args else _TIERS[0]
    if name not in _TIERS:
        _refuse(item, f"tier({name!r}) is none; allowed are {', '.join(_TIERS)}")
    return name


def check_words(item: pytest.Item) -> None:
    """Refuse marker words that nobody knows, with the list of those that exist; raises `UsageError`."""
    for marker in item.iter_markers("arrive"):
        if marker.args not in [(how,) for how in ARRIVALS]:
            shown = ", ".join(map(repr, marker.args)) or "nothing"
            _refuse(item, f"arrive takes one of {', '.join(ARRIVALS)}, not {shown}")
    if item.get_closest_marker("needs"):
        from harness.config import checked_words

        checked_words(capabilities(item), f"{item.nodeid}: needs")
    tolerated(item)
    budget(item)


def arrival(item: pytest.Item) -> str:
    """Say how the people of a test arrive."""
    marker = item.get_closest_marker("arrive")
    return str(marker.args[0]) if marker else ARRIVALS[-1]


def capabilities(item: pytest.Item) -> list[str]:
    """List the capabilities that a test needs."""
    return [str(word) for marker in item.iter_markers("needs") for word in marker.args]


def tolerated(item: pytest.Item) -> list[tuple[str, str]]:
    """List what a test tolerates, with the reason; raises `UsageError` for what does not exist."""
    found: list[tuple[str, str]] = []
    for marker in item.iter_markers("tolerates"):
        from harness.checkers.observations import OBSERVATIONS, is_known

        reason = marker.kwargs.get("reason")
        if not isinstance(reason, str) or not reason:
            _refuse(item, "tolerates needs reason=…, so that a reader knows why")
        for word in marker.args:
            if not is_known(str(word)):
                _refuse(item, f"tolerates({word!r}) is no observation; known are {', '.join(OBSERVATIONS)}")
            found.append((str(word), str(reason)))
    return found


def budget(item: pytest.Item) -> dict[str, float]:
    """
    Give the percentile limits that a test claims itself, in seconds; empty when it claims none.

    Raises `UsageError` for what is no percentile or no duration, and where no world is judged by them.
    """
    marker = item.get_closest_marker("budget")
    if marker is None:
        return {}
    from harness.config import limits_in_code
    from harness.errors import UsageError

    if marker.args:
        _refuse(item, f'budget takes percentiles by name, not {marker.args[0]!r}; write budget(p95="250ms")')
    if "_realtime_world" not in getattr(item, "fixturenames", ()):
        _refuse(item, "budget is for a test that asks for people; in worlds of its own write target.world(budget=…)")
    try:
        return dict(limits_in_code(marker.kwargs))
    except UsageError as error:
        return _refuse(item, str(error))


def _refuse(item: pytest.Item, sentence: str) -> NoReturn:
    from harness.errors import UsageError

    raise UsageError(f"{item.nodeid}: {sentence}")
