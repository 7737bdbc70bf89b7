"""
Change the judges one small way at a time and demand that a test notices: `python -m tests.mutation [MODULE …]`.

mutmut makes the mutants of `checkers/` and `protocol/signatures` in a copy of the project and runs their tests against
each. A survivor is a line that nobody tests, unless tests/explained_mutants.toml says why it makes no difference; an
explanation that fits no survivor any more is told as well.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
EXPLAINED = Path(__file__).with_name("explained_mutants.toml")
COPIED = ("harness", "scenarios", "tests", "realtime_harness.py", "conftest.py", "README.md", "pyproject.toml")
SUBJECTS = ("harness/checkers/*.py", "harness/protocol/signatures.py")
LEFT_OUT = ("observations.py", "suspects.py")
"""Tables of words: what they say is no behaviour."""
TESTS = ("tests/checkers", "tests/protocol/test_signatures.py")


class Mutant(NamedTuple):
    """A change of one function that no test noticed: the lines taken out, and those put in."""

    function: str
    was: str
    now: str


def configuration(modules: list[str]) -> str:
    """Write mutmut's part of pyproject.toml."""
    arguments = ["-p", "no:cacheprovider", "-q", "--hypothesis-profile=mutation"]
    values = {
        "source_paths": modules,
        "also_copy": [name for name in COPIED if name != "pyproject.toml"],
        "pytest_add_cli_args": arguments,
        "pytest_add_cli_args_test_selection": list(TESTS),
    }
    return "\n[tool.mutmut]\n" + "".join(f"{name} = {value!r}\n" for name, value in values.items())


def subjects(asked: list[str]) -> list[str]:
    """List the modules to change: those asked for, else all of them."""
    found = [path for pattern in SUBJECTS for path in sorted(ROOT.glob(pattern)) if path.name not in LEFT_OUT]
    modules = [path.relative_to(ROOT).as_posix() for path in found if path.name != "__init__.py"]
    return [module for module in modules if not asked or any(word in module for word in asked)]


def copy_project(folder: Path, modules: list[str]) -> None:
    """Copy what the tests need, with a configuration for mutmut; the checkout itself is not touched."""
    ignore = shutil.ignore_patterns("node_modules", "__pycache__", "benchmarks")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignore)
        else:
            shutil.copy(source, folder / name)
    # A folder on the path that is not there when Python starts is never looked into later.
    (folder / "mutants").mkdir()
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(configuration(modules))


def mutmut(folder: Path, *arguments: str) -> str:
    """Run a command of mutmut in the copy and give what it printed; of the progress, the end: how many, how fast."""
    # The child must find the mutants: not the checkout that is installed, nor the unchanged copy in its folder.
    environment = os.environ | {"PYTHONPATH": str(folder / "mutants"), "PYTHONSAFEPATH": "1", "COLUMNS": "200"}
    command = [sys.executable, "-m", "mutmut", *arguments]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    said = "\n".join(ran.stdout.strip().splitlines()[-2:]) if arguments == ("run",) else ran.stdout
    if ran.returncode not in (0, 1) or (arguments == ("run",) and "mutations/second" not in ran.stdout):
        raise SystemExit(f"mutmut {' '.join(arguments)} failed:\n{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}")
    return said


def survivors(folder: Path) -> list[Mutant]:
    """List what survived, with the lines that differ."""
    states = [line.strip().partition(": ") for line in mutmut(folder, "results").splitlines()]
    names = [name for name, _, state in states if state and state not in {"killed", "timeout"}]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda name: survivor(name, mutmut(folder, "show", name)), names))


def survivor(name: str, diff: str) -> Mutant:
    """Read a mutant from its name and its difference."""
    lines = diff.splitlines()
    was = [line[1:].strip() for line in lines if line.startswith("-") and not line.startswith("---")]
    now = [line[1:].strip() for line in lines if line.startswith("+") and not line.startswith("+++")]
    function = name.partition("__mutmut_")[0].replace(".x_", ".").replace("xǁ", "").replace("ǁ", ".")
    return Mutant(function, " ".join(was), " ".join(now))


def explanations() -> dict[Mutant, str]:
    """Read why some mutants make no difference."""
    entries = tomllib.loads(EXPLAINED.read_text("utf-8")).get("mutant", [])
    return {Mutant(one["function"], one["was"], one["now"]): one["because"] for one in entries}


def main() -> None:
    """Print the survivors that nobody explained; exits with 1 when there are any, or explanations without use."""
    modules = subjects(sys.argv[1:])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_project(folder, modules)
        print(mutmut(folder, "run").strip())
        alive = survivors(folder)
    known = explanations()
    unexplained = [one for one in alive if one not in known]
    unused = [one for one in known if one not in alive] if len(sys.argv) == 1 else []
    for one in unexplained:
        print(f"survived  {one.function}\n    was  {one.was}\n    now  {one.now}")
    for one in unused:
        print(f"explained but gone  {one.function}: {one.now}")
    print(f"{len(alive)} survivors in {len(modules)} modules, {len(alive) - len(unexplained)} explained")
    sys.exit(1 if unexplained or unused else 0)


if __name__ == "__main__":
    main()
