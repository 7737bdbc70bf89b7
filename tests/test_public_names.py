"""The public names: each is there, imported when it is asked for, and loading the plugin loads next to nothing."""

import ast
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import harness


def modules_after(statement: str) -> set[str]:
    """List the modules that a fresh interpreter has loaded after a statement."""
    script = f"{statement}\nimport sys\nprint(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


def foreign(modules: Iterable[str]) -> set[str]:
    """Pick the modules that come from an installed distribution."""
    installed = packages_distributions()
    return {name.partition(".")[0] for name in modules if name.partition(".")[0] in installed}


@pytest.mark.parametrize("name", harness.__all__)
def test_a_public_name_can_be_imported(name: str) -> None:
    """It is what stands under the same name in the module that holds it, with a docstring."""
    thing = getattr(harness, name)

    assert thing.__name__ == name
    assert thing.__doc__
    assert thing is getattr(sys.modules[thing.__module__], name)


def test_what_is_offered_is_what_is_served() -> None:
    """The list is sorted, without repetition, and names exactly what the module can give; `dir` shows it."""
    assert set(harness.__all__) == set(harness._HOME_OF)
    assert len(harness.__all__) == len(set(harness.__all__))
    assert harness.__all__ == sorted(harness.__all__, key=lambda name: (name.islower(), name))


def test_what_type_checkers_see_is_what_is_served() -> None:
    """Every name is imported from the same home in the block that only type checkers read."""
    tree = ast.parse(Path(harness.__file__).read_text("utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module in harness._HOMES]

    assert {alias.name: node.module for node in imports for alias in node.names} == harness._HOME_OF


def test_a_name_that_does_not_exist_is_no_attribute() -> None:
    """Python's own error, naming module and attribute, so that `hasattr` and `from harness import` behave."""
    with pytest.raises(AttributeError, match="module 'harness' has no attribute 'nonsense'"):
        harness.nonsense  # noqa: B018  the access is the act
    assert not hasattr(harness, "nonsense")


def test_importing_the_package_loads_nothing_else() -> None:
    """Not even a module of ours."""
    loaded = modules_after("import harness")

    assert {name for name in loaded if name.startswith("harness.")} == set()
    assert foreign(loaded) - foreign(modules_after("pass")) <= {"harness"}


def test_loading_the_plugin_loads_pytest_and_the_standard_library_only() -> None:
    """A project whose tests do not ask for us pays next to nothing: no client, no server, no user is imported."""
    loaded = modules_after("import harness.plugin")

    ours = {name for name in loaded if name.startswith("harness.")}
    assert "harness.plugin" in ours
    assert {name for name in ours if name.split(".")[1] not in {"plugin", "fixtures", "errors"}} == set()
    assert foreign(loaded) - foreign(modules_after("import pytest")) <= {"harness"}


def test_asking_for_an_error_does_not_load_a_client() -> None:
    """Each name brings its own module and what that needs, no more."""
    loaded = modules_after("from harness import GuaranteeBroken")

    assert {name for name in loaded if name.startswith("harness.")} == {"harness.errors"}
