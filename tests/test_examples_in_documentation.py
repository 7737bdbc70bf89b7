"""Whatever a page shows is run: tests as tests, declarations as declarations, commands as commands."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from harness.commands.exits import Exit
from harness.config import load, target_declaration
from harness.conformance.known import checked
from harness.conformance.suite import collect

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_FILE = re.compile(r"# ([\w-]+\.(?:py|toml))\n")
"""How a block begins that stands in a file of the page's project."""
_ASSUMED = "import pytest\n\nfrom harness import AuthorizationDenied, expect\n\n\n"
"""What a block leaves out that an earlier one of its page has."""


def blocks(language: str) -> list[object]:
    """Give page and text of every block of a language, each under a name of its own."""
    found = []
    for page in PAGES:
        for number, (kind, text) in enumerate(_BLOCK.findall(page.read_text(encoding="utf-8"))):
            if kind == language:
                found.append(pytest.param(text, id=f"{page.stem}-{number}"))
    return found


def run(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run something in a project's folder, with the programs of this very installation first."""
    programs = str(Path(sys.executable).parent)
    given = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", **environment}
    return subprocess.run(
        command,
        cwd=folder,
        env=given,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_every_test_that_is_shown_passes(tmp_path: Path) -> None:
    """All blocks of Python are one project's tests, on the embedded stack."""
    for number, block in enumerate(blocks("python")):
        text: str = block.values[0]  # type: ignore[attr-defined]
        assumed = "" if text.startswith('"""') else _ASSUMED
        (tmp_path / f"test_{number}.py").write_text(assumed + text, encoding="utf-8")

    told = run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], tmp_path, REALTIME_TARGET="embedded")

    assert told.returncode == 0, told.stdout + told.stderr
    assert len(list(tmp_path.glob("test_*.py"))) >= 6


@pytest.mark.parametrize("text", blocks("toml"))
def test_every_declaration_that_is_shown_is_read(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block is a `realtime.toml`, or a part of one, which is completed by the least that a target needs."""
    for name in _VARIABLE.findall(text):
        monkeypatch.setenv(name, "12345")
    for name in re.findall(r'"([\w./-]+\.(?:pem|crt|key))"', text):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a certificate, were this one")
    if re.match(r'"[\d.*]+" = ', text):
        assert checked("shown", text, [case.id for case in collect()]).name == "shown"
        return
    (name,) = tomllib.loads(text).get("targets", {"embedded": {}})
    (tmp_path / "realtime.toml").write_text(_completed(text, name))

    settings = load({"target": name}, {}, tmp_path, tmp_path)

    assert target_declaration(settings).name == name


def _completed(text: str, name: str) -> str:
    declared = tomllib.loads(text).get("targets", {}).get(name, {})
    parts = {
        "topology": f'[targets.{name}]\ntopology = "remote"\n',
        "backend": f'[targets.{name}.backend]\nurl = "http://localhost"\n',
        "broadcaster": f'[targets.{name}.broadcaster]\nurl = "ws://localhost"\nkey = "k"\n',
        "cast": f'[[targets.{name}.cast]]\nname = "alice"\nemail = "a@x"\npassword = "p"\ncompany = 6\n',
    }
    is_ours = name in ("embedded", "containers") or declared.get("topology") in ("embedded", "containers")
    makes = "seed" in declared or "companies" in declared.get("world", {})
    missing = (
        []
        if is_ours
        else [part for key, part in parts.items() if key not in declared and not (makes and key == "cast")]
    )
    return text + "\n" + "\n".join(missing)


@pytest.mark.parametrize("text", blocks("yaml"))
def test_every_job_that_is_shown_is_yaml(text: str) -> None:
    """CI reads what it is shown."""
    assert yaml.safe_load(text)


@pytest.mark.parametrize(("ci", "number"), [("github", 0), ("gitlab", 1)])
def test_the_jobs_that_are_shown_are_those_of_init_and_run(ci: str, number: int, tmp_path: Path) -> None:
    """Their commands are those that `realtime init` writes, and pass in what it wrote; one scenario is enough."""
    assert run(["realtime", "init", "--yes", "--ci", ci], tmp_path).returncode == 0
    (written,) = [*tmp_path.glob(".github/workflows/*.yml"), *tmp_path.glob(".gitlab-ci.yml")]
    shown = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "docs" / "ci.md").read_text(), re.DOTALL | re.MULTILINE)[number]

    commands = _commands(shown)

    assert commands == _commands(written.read_text())
    for command in commands[1:] if ci == "github" else ():
        some = ["-k", "original_fault"] if command.startswith("realtime run") else []
        told = run([*shlex.split(command), *some], tmp_path)
        assert told.returncode == 0, f"{command}\n{told.stdout}{told.stderr}"


def _commands(text: str) -> list[str]:
    """Give the commands of a job."""
    job = yaml.safe_load(text)
    job = job.get("jobs", job)["realtime"]
    return job["script"] if "script" in job else [step["run"] for step in job["steps"] if "run" in step]


@pytest.mark.parametrize("text", blocks("json"))
def test_every_answer_that_is_shown_is_json(text: str) -> None:
    """But for what was left out, which three dots stand for."""
    assert json.loads(re.sub(r",?\s*…", "", text))


@pytest.fixture(scope="module")
def somebodys_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a stack, and declare it as `staging` with a key of last year, as a page shows it."""
    file = tmp_path_factory.mktemp("up") / "realtime.toml"
    command = [sys.executable, "-m", "harness", "up", "--target-file", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=file.parent) as served:
        assert served.stdout is not None
        served.stdout.readline()
        declared = re.sub(r"targets\.up\b", "targets.staging", file.read_text()).replace('"up"', '"staging"')
        yield re.sub(r'^key = ".*"$', 'key = "app-key-of-last-year"', declared, flags=re.MULTILINE)
        served.terminate()
        served.stdout.read()


def _imports(kind: str) -> str:
    return _ASSUMED if kind == "python" else ""


def _node(folder: Path) -> None:
    """Give a project the packages that its client imports."""
    packages = ROOT / "tests" / "foreign" / "node_modules"
    if not packages.is_dir():
        npm = shutil.which("npm")
        assert npm is not None, "the client of this page is pusher-js, which needs Node.js with npm"
        subprocess.run([npm, "install", "--no-audit", "--no-fund"], cwd=packages.parent, check=True, timeout=300)
    (folder / "node_modules").symlink_to(packages)


class Step:
    """A command that a page shows, and the lines that it is said to print; `…` stands for any number of lines."""

    def __init__(self, command: str) -> None:
        self.command = command
        self.printed: list[str] = []

    def is_told_by(self, output: str) -> bool:
        """Tell whether the lines stand in the output, in any order; times and other numbers may differ."""
        lines = {_shape(line) for line in output.splitlines()}
        return all(_shape(line) in lines for line in self.printed if line.strip() and not _SKIPPED.search(line))


_SKIPPED = re.compile(r"…|^report ")
"""What was left out, and where a report of another run lies."""


def _shape(line: str) -> str:
    """Give a line without its numbers, and without the folder of the scenarios, which an installation has elsewhere."""
    return re.sub(r"\b[0-9a-f]{12,}\b|\d+([.:]\d+)*", "N", " ".join(line.replace("scenarios/", "").split()))


def steps(text: str) -> Iterator[Step]:
    """Give the commands of a block of a terminal, each with what it prints."""
    step = None
    for line in text.splitlines():
        if line.startswith("$ "):
            if step:
                yield step
            step = Step(line[2:])
        elif step:
            step.printed.append(line)
    if step:
        yield step


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "```console" in page.read_text(encoding="utf-8")], ids=lambda page: page.stem
)
def test_every_command_that_is_shown_prints_what_is_shown(page: Path, tmp_path: Path, somebodys_stack: str) -> None:
    """The commands of a page run one after the other in one project; ours is installed already."""
    if page.stem == "rig":
        _node(tmp_path)
    declared = somebodys_stack if page.stem == "doctor" else ""
    if declared:
        (tmp_path / "realtime.toml").write_text(declared)
    for kind, text in _BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind == "js":
            (tmp_path / text.split(":")[0].removeprefix("// ")).write_text(text, encoding="utf-8")
        elif file := _FILE.match(text):
            (tmp_path / file[1]).write_text(_imports(kind) + text, encoding="utf-8")
        for step in steps(text) if kind == "console" else ():
            if "pip install" in step.command:
                continue
            told = run(shlex.split(step.command), tmp_path)
            # 4: a load that a page has time for is too short to claim a percentile.
            allowed = (0, 1, Exit.INCONCLUSIVE, Exit.SECURITY)
            assert told.returncode in allowed, f"{step.command}\n{told.stdout}{told.stderr}"
            assert step.is_told_by(told.stdout), (
                f"{step.command}\n{told.stdout}{told.stderr}\n--- shown:\n{step.printed}"
            )
