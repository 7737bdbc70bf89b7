"""Declarations are found near the tests, within the project, in one of two spellings."""

from pathlib import Path

import pytest

from harness.config.document import Place, expanded, find_document, read_document
from harness.errors import UsageError

OWN = 'default_target = "own"\n'
PROJECT = '[tool.realtime]\ndefault_target = "project"\n'
PLACE = Place(Path("realtime.toml"), "targets.staging")


def test_the_nearest_file_wins(tmp_path: Path) -> None:
    """Of two files on the way up, the one beside the tests counts."""
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "realtime.toml").write_text('default_target = "far"\n')
    (tmp_path / "a" / "realtime.toml").write_text(OWN)
    assert find_document(below, tmp_path).table == {"default_target": "own"}


def test_the_project_file_is_read_below_its_table(tmp_path: Path) -> None:
    """`[tool.realtime]` holds what realtime.toml would, and complaints name the key as it stands there."""
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    found = find_document(tmp_path, tmp_path)
    assert found.table == {"default_target": "project"}
    assert found.place.below("targets").key == "tool.realtime.targets"


def test_a_project_file_without_the_table_declares_nothing(tmp_path: Path) -> None:
    """Other tools' tables are none of our business."""
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert find_document(tmp_path, tmp_path) is None


def test_both_spellings_in_one_folder_are_refused(tmp_path: Path) -> None:
    """Nobody could say which of the two counts."""
    (tmp_path / "realtime.toml").write_text(OWN)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    with pytest.raises(UsageError, match=r"both declare targets; keep one of them"):
        find_document(tmp_path, tmp_path)


@pytest.mark.parametrize("boundary", ["rootdir", "repository"])
def test_the_search_ends_at_the_project(tmp_path: Path, boundary: str) -> None:
    """A file above the rootdir or the repository's root belongs to somebody else."""
    (tmp_path / "realtime.toml").write_text(OWN)
    project = tmp_path / "project"
    (project / "tests").mkdir(parents=True)
    if boundary == "repository":
        (project / ".git").mkdir()
    root = project if boundary == "rootdir" else tmp_path
    assert find_document(project / "tests", root) is None


def test_a_start_outside_the_root_looks_in_both_and_no_further(tmp_path: Path) -> None:
    """Installed scenarios are started from anywhere; the project's file is still found, a stranger's is not."""
    outside, project = tmp_path / "outside" / "deep", tmp_path / "project"
    outside.mkdir(parents=True)
    project.mkdir()
    (tmp_path / "outside" / "realtime.toml").write_text("nobody = 'reads this'\n")
    (project / "realtime.toml").write_text(OWN)
    assert find_document(outside, project).table == {"default_target": "own"}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"a = ", "is no TOML"), (b"\xff\xfe", "is no TOML"), (None, "cannot be read: Is a directory")],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, complaint: str) -> None:
    """One sentence with the file and the reason, not a parser's traceback."""
    file = tmp_path / "realtime.toml"
    file.write_bytes(content) if content is not None else file.mkdir()
    with pytest.raises(UsageError, match=f"realtime.toml {complaint}"):
        read_document(file)


def test_a_project_table_that_is_none_is_refused(tmp_path: Path) -> None:
    """`tool.realtime = 1` is a mistake, not an absence."""
    (tmp_path / "pyproject.toml").write_text("[tool]\nrealtime = 1\n")
    with pytest.raises(UsageError, match=r"tool.realtime is no table"):
        read_document(tmp_path / "pyproject.toml")


def test_variables_are_filled_in_wherever_a_text_stands() -> None:
    """Tables and lists are walked; numbers stay what they are; several variables may stand in one text."""
    table = {
        "url": "https://${HOST}:${PORT}/",
        "cast": [{"password": "${PASSWORD}", "company": 6}],
        "plain": "$HOST {x}",
    }
    filled = expanded(table, {"HOST": "h", "PORT": "1", "PASSWORD": "${HOST}"}, PLACE)
    assert filled == {"url": "https://h:1/", "cast": [{"password": "${HOST}", "company": 6}], "plain": "$HOST {x}"}


@pytest.mark.parametrize("variables", [{}, {"ALICE_PASSWORD": ""}])
def test_a_missing_variable_is_named_with_its_key(variables: dict[str, str]) -> None:
    """CI sets what it does not know to nothing, which is as missing as unset."""
    with pytest.raises(UsageError) as missing:
        expanded({"cast": [{"password": "${ALICE_PASSWORD}"}]}, variables, PLACE)
    assert str(missing.value) == (
        "realtime.toml: targets.staging.cast[0].password needs the environment variable ALICE_PASSWORD, "
        "which is not set or empty"
    )
