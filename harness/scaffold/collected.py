"""Where pytest looks for the tests of a project, so that a first one is found there."""

import configparser
import fnmatch
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

FIRST_TEST: Final = "tests/test_realtime.py"
"""Where it stands in a project that says nothing of its tests."""

_SECTIONS: Final = {
    "pytest.toml": "pytest",
    ".pytest.toml": "pytest",
    "pytest.ini": "pytest",
    ".pytest.ini": "pytest",
    "pyproject.toml": "tool.pytest",
    "tox.ini": "pytest",
    "setup.cfg": "tool:pytest",
}
"""File → section, in the order in which pytest takes the first that has it."""


def first_test(folder: Path) -> str:
    """Give the path below `folder` at which pytest finds a test; what cannot be read says nothing."""
    said = _settings(folder)
    places = [place for place in _words(said.get("testpaths")) if _is_inside(place)]
    usual = [place for place in ("tests", "test") if (folder / place).is_dir()]
    place = next((one for one in places if not one.endswith(".py") and "*" not in one), (usual or ["tests"])[0])
    name, patterns = "test_realtime.py", [one for one in _words(said.get("python_files")) if one.endswith(".py")]
    if patterns and not any(fnmatch.fnmatch(name, one) for one in patterns):
        name = patterns[0].replace("*", "realtime")
    return str(PurePosixPath(place) / name)


def _is_inside(place: str) -> bool:
    return not PurePosixPath(place).is_absolute() and ".." not in PurePosixPath(place).parts


def _settings(folder: Path) -> Mapping[str, Any]:
    for name, section in _SECTIONS.items():
        try:
            text = (folder / name).read_text(encoding="utf-8")
            found = _of_toml(text, section) if name.endswith(".toml") else _of_ini(text, section)
        except (OSError, ValueError, configparser.Error):
            continue
        if found is not None:
            return found
    return {}


def _of_toml(text: str, section: str) -> Mapping[str, Any] | None:
    table: Any = tomllib.loads(text)
    for part in section.split("."):
        table = table.get(part) if isinstance(table, dict) else None
    if isinstance(table, dict) and isinstance(table.get("ini_options"), dict):
        table = table["ini_options"]
    return table if isinstance(table, dict) else None


def _of_ini(text: str, section: str) -> Mapping[str, str] | None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    return parser[section] if parser.has_section(section) else None


def _words(value: object) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [str(one) for one in value] if isinstance(value, list) else []
