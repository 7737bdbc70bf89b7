"""
Run each module of protocol, checkers and statistics with its own test file alone, and demand all of its branches.

    python -m tests.own_coverage [PART …]

A module that is only covered by other modules' tests has no tests of its own (STYLE.md, rule 18).
"""

import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = ("protocol", "checkers", "statistics")
WHOLE = "100%"


def modules(parts: tuple[str, ...]) -> list[Path]:
    """List the modules that must reach 100 % alone; a package's `__init__` holds no code."""
    found: list[Path] = []
    for part in parts:
        place = ROOT / "harness" / part
        found += [place] if place.is_file() else sorted(place.rglob("*.py"))
    return [module for module in found if module.name != "__init__.py"]


def own_tests(module: Path) -> Path:
    """Name the test file that mirrors a module; dialects are a table, and tested as one."""
    if module.parent.name == "dialects":
        module = module.parent.with_suffix(".py")
    return ROOT / "tests" / module.relative_to(ROOT / "harness").with_name(f"test_{module.name}")


def covered(module: Path) -> str:
    """Run a module's own tests under coverage; give "" when every branch ran, else what is missing."""
    with tempfile.TemporaryDirectory() as folder:
        data, tests = f"--data-file={folder}/coverage", str(own_tests(module))
        coverage = (sys.executable, "-m", "coverage")
        run = [
            *coverage,
            "run",
            "--branch",
            data,
            f"--include={module}",
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            tests,
        ]
        ran = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
        if ran.returncode:
            return f"{tests} fails:\n{ran.stdout}{ran.stderr}"
        subprocess.run([*coverage, "combine", "-q", data, folder], cwd=ROOT, capture_output=True, check=False)
        report = [*coverage, "report", data, "--show-missing", f"--include={module}"]
        said = subprocess.run(report, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    line = next((line for line in said.splitlines() if line.startswith("harness")), "nothing was measured")
    return "" if WHOLE in line else line


def main() -> int:
    """Print a line for each module that falls short, and a count."""
    asked = modules(tuple(sys.argv[1:]) or PARTS)
    with ThreadPoolExecutor(2) as pool:
        missing = dict(zip(asked, pool.map(covered, asked), strict=True))
    short = {module: lack for module, lack in missing.items() if lack}
    for module, lack in short.items():
        print(f"{module.relative_to(ROOT)}: {lack}")
    print(f"{len(asked) - len(short)} of {len(asked)} modules reach {WHOLE} from their own test file")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
