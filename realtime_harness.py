"""
The entry point of the pytest plugin: a module of a name that nobody else has.

`harness` is a likely name for a folder. Where a project has one of its own, one of the two hides the other: this module
then says so, names both, and leaves the plugin out if it is ours that is hidden. It imports nothing of ours itself.
"""

from importlib.util import find_spec
from pathlib import Path

import pytest

_OURS = Path(__file__).resolve().parent / "harness"


def _found() -> Path | None:
    """Find what `import harness` gives, without importing it."""
    spec = find_spec("harness")
    if spec is None:
        return None
    return Path(spec.origin).resolve() if spec.origin else Path(next(iter(spec.submodule_search_locations or [])))


_FOUND = _found()
_IS_HIDDEN = _FOUND != _OURS / "__init__.py"

if not _IS_HIDDEN:
    pytest_plugins = ("harness.plugin",)


def pytest_load_initial_conftests(args: list[str]) -> None:
    """Explain why none of our options exists, to somebody who uses one; raises `pytest.UsageError`."""
    if _IS_HIDDEN and any(argument.startswith("--realtime") for argument in args):
        raise pytest.UsageError(_told(_FOUND))


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say that two packages have one name, where that is so."""
    if _IS_HIDDEN:
        return _told(_FOUND)
    for theirs in (config.rootpath / "harness" / "__init__.py", config.rootpath / "harness.py"):
        if theirs.is_file() and theirs.resolve() != _FOUND:
            return _told(theirs)
    return None


def _told(theirs: Path | None) -> str:
    fate = "the realtime plugin is off" if _IS_HIDDEN else "`import harness` finds the second"
    return f"realtime: {theirs} and {_OURS} of realtime-harness have the same name: {fate}; rename the first"
