"""On which line of a TOML file a value stands; the parser of the standard library tells no positions."""

import tomllib
from pathlib import Path
from typing import Any


def line_in(file: Path, *path: str | int) -> int:
    """
    Give the number of the line where the value at `path` ends, counted from 1; 0 when that cannot be told.

    `path` is keys and indices from the root: `("targets", "staging", "channels", 1, "pattern")`. A file that is gone,
    or is another by now, gives 0: a complaint is about what was read, and its line only helps to find it.
    """
    try:
        return line_of(file.read_text(encoding="utf-8"), *path)
    except (OSError, ValueError):
        return 0


def line_of(text: str, *path: str | int) -> int:
    """
    Look for it in a text.

    The beginning of a file that already holds the value is a file of its own, so the shortest such beginning ends with
    its line. A list that is written inline is whole at its last line only; there, the line that has the value counts.
    """
    lines = text.splitlines(keepends=True)
    begin = 0
    for number in range(1, len(lines) + 1):
        try:
            table = tomllib.loads("".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            continue
        if (value := _at(table, path)) is not None:
            within = (line for line in range(begin, number) if str(value) in lines[line])
            return next(within, number - 1) + 1
        begin = number
    return 0


def _at(table: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        try:
            table = table[step]
        except (KeyError, IndexError, TypeError):
            return None
    return table
