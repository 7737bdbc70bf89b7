"""The line of a value is found in whatever way TOML lets it be written."""

from pathlib import Path

import pytest

from harness.config.lines import line_in, line_of

FILE = '''# a comment with [[rules]] and pattern = "b" in it
text = """
[[rules]]
pattern = "b"
"""
[[rules]]
name = "first"
pattern = "a"

[[ rules ]]  # spelled with spaces
"pattern" = 'b'
name = "second"
[other]
pattern = "b"
'''


@pytest.mark.parametrize(("index", "line"), [(0, 8), (1, 11), (2, 0)])
def test_the_nth_table_of_a_list_is_found(index: int, line: int) -> None:
    """Neither comments nor texts that look like one are taken for it; one that is not there has no line."""
    assert line_of(FILE, "rules", index, "pattern") == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('rules = [{ pattern = "a" }, { pattern = "b" }]', 1),
        ('x = 1\nrules = [\n  { pattern = "a" },\n  { pattern = "b" },\n]\n', 4),
        ('x = 1\nrules = [\n  { pattern = "a" },\n  { pattern = "\\u0062" },\n]\n', 5),
        ('rules = "text"', 0),
        ("rules = [1, 2]", 0),
        ("rules = [{}]", 0),
        ("", 0),
    ],
)
def test_a_list_that_is_written_inline_has_lines_too(text: str, line: int) -> None:
    """The line that holds the value as it is spelled, else the one where the list ends."""
    assert line_of(text, "rules", 1, "pattern") == line


def test_a_file_that_cannot_be_read_any_more_has_no_lines(tmp_path: Path) -> None:
    """The complaint is made all the same."""
    (tmp_path / "binary.toml").write_bytes(b"\xff")
    (tmp_path / "rules.toml").write_text(FILE)

    assert line_in(tmp_path / "gone.toml", "rules", 0, "pattern") == 0
    assert line_in(tmp_path / "binary.toml", "rules", 0, "pattern") == 0
    assert line_in(tmp_path / "rules.toml", "rules", 0, "pattern") == 8
