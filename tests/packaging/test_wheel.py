"""The wheel, installed into a virtual environment of its own and used from outside the checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

pytest.importorskip("build", reason="builds the wheel")
pytest.importorskip("pip", reason="installs the wheel")

CHECKOUT = Path(__file__).parents[2]
SOURCES = {"harness": "harness", "scenarios": "harness/scenarios"}
"""Where our folders stand in the wheel."""


def call(command: list[object], folder: Path, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder with nothing of ours, or of pytest's, in its environment."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("REALTIME_", "PYTEST_")) and name != "PYTHONPATH"
    }
    result = subprocess.run(
        [str(word) for word in command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert not check or result.returncode == 0, f"{result.stdout}\n{result.stderr}"
    return result


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy, so that nothing is left in the checkout."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE", *CHECKOUT.glob("*.py")):
        shutil.copy(CHECKOUT / name, copy)
    for name in SOURCES:
        shutil.copytree(CHECKOUT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    call([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", copy / "dist"], copy)
    return next((copy / "dist").glob("*.whl"))


@pytest.fixture(scope="session")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel where our dependencies, but not our checkout, can be imported; give the folder of programs."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    paths = sysconfig.get_paths(vars={"base": str(home), "platbase": str(home)})
    # A path file in a path file's folder is not read: an editable installation of ours stays out of sight.
    borrowed = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    (Path(paths["purelib"]) / "borrowed.pth").write_text("\n".join(borrowed))
    scripts = Path(paths["scripts"])
    pip = [sys.executable, "-m", "pip", "--python", scripts / "python", "--disable-pip-version-check"]
    call([*pip, "install", "--no-deps", "--no-index", "--force-reinstall", wheel], home)
    return scripts


def test_the_wheel_carries_every_file_of_ours(wheel: Path) -> None:
    """Modules, scenarios, the chat page, the marker of typed packages and our ini file; no tests."""
    carried = {name for name in zipfile.ZipFile(wheel).namelist() if not name.startswith("realtime_harness-")}
    expected = {
        f"{home}/{path.relative_to(CHECKOUT / folder).as_posix()}"
        for folder, home in SOURCES.items()
        for path in (CHECKOUT / folder).rglob("*")
        if path.is_file()
        and not any(part.startswith((".", "__pycache__")) for part in path.relative_to(CHECKOUT).parts)
    }

    assert carried - {"realtime_harness.py"} == expected
    (plugin,) = metadata.PathDistribution(
        zipfile.Path(wheel) / f"{wheel.name.rsplit('-', 3)[0]}.dist-info"
    ).entry_points.select(group="pytest11")
    assert {f"{plugin.value.replace('.', '/')}{end}" for end in (".py", "/__init__.py")} & carried
    assert {"harness/py.typed", "harness/run.ini", "harness/servers/backend/page/index.html"} <= carried


def test_the_installed_scenarios_pass(programs: Path, tmp_path: Path) -> None:
    """`pytest --pyargs harness.scenarios -m realtime` is green in an empty folder, without our checkout or its ini."""
    where = call([programs / "python", "-c", "import harness; print(harness.__file__)"], tmp_path).stdout
    options = ["--pyargs", "harness.scenarios", "-m", "realtime", "-p", "no:cacheprovider", "-q"]

    result = call([programs / "python", "-m", "pytest", *options], tmp_path)

    assert Path(where.strip()).is_relative_to(programs.parent)
    assert "realtime: PASS" in result.stdout
    assert (tmp_path / "reports" / "latest" / "verdict.json").is_file()


def test_a_new_project_has_a_green_verdict_after_three_commands(
    programs: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """One installs (the fixture did, and is not timed), one writes the files, one runs them."""
    began = time.monotonic()

    wrote = call([programs / "realtime", "init", "--yes"], tmp_path)
    ran = call([programs / "python", "-m", "pytest", "-m", "realtime"], tmp_path)

    seconds = time.monotonic() - began
    record_property("seconds to a first verdict", round(seconds, 1))
    sys.stdout.write(f"\nfrom an empty folder to a first green verdict: {seconds:.1f} s behind the installation\n")
    assert "wrote  tests/test_realtime.py" in wrote.stdout
    assert "realtime: PASS" in ran.stdout
    assert "1 passed" in ran.stdout


@pytest.mark.parametrize("program", [("realtime",), ("python", "-m", "harness")])
def test_the_command_is_installed(programs: Path, tmp_path: Path, program: tuple[str, ...]) -> None:
    """`realtime --help` and `python -m harness --help` name the subcommands."""
    name, *rest = program

    result = call([programs / name, *rest, "--help"], tmp_path)

    assert {"run", "up"} <= set(result.stdout.split())
