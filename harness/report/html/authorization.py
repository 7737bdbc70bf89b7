"""The authorization map as a page shows it: patterns by what people are to them, and what other tokens opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harness.history.events import Persona
from harness.report.authorization_map import AuthorizationMap, Decision, Row
from harness.report.authorization_words import PERSONAS, decided, who

_TONES: Final[dict[Decision, str]] = {"error": "bad", "mixed": "doubtful", "granted": "good", "denied": "plain"}


@dataclass(frozen=True, slots=True)
class Cell:
    """What was decided in words, "" for what nobody asked; `tone` is good, bad, doubtful or plain."""

    words: str = ""
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Line:
    """What people with a living token may do on the channels of one pattern: a cell for each kind of person."""

    pattern: str
    act: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Other:
    """What was decided of somebody whose token was no living one."""

    who: str
    act: str
    pattern: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class Matrix:
    """Everything that was decided: `people` heads the cells of `lines`."""

    people: list[str]
    lines: list[Line]
    others: list[Other]


def matrix(drawn: AuthorizationMap) -> Matrix:
    """Lay a map out; people of whom nothing was observed have no column."""
    live = [row for row in drawn.rows if row.credential == "live"]
    personas = [one for one in PERSONAS if any(row.persona == one for row in live)]
    keys = list(dict.fromkeys((row.pattern, row.act) for row in live))
    others: dict[tuple[str, str, str], list[Row]] = {}
    for row in drawn.rows:
        if row.credential != "live":
            others.setdefault((who(row), row.act, row.pattern), []).append(row)
    return Matrix(
        people=[PERSONAS[one] for one in personas],
        lines=[Line(pattern, act, _cells(live, personas, pattern, act)) for pattern, act in keys],
        others=[Other(*about, _cell(rows)) for about, rows in others.items()],
    )


def _cells(live: Sequence[Row], personas: Sequence[Persona], pattern: str, act: str) -> list[Cell]:
    about = [row for row in live if (row.pattern, row.act) == (pattern, act)]
    return [_cell([row for row in about if row.persona == one]) for one in personas]


def _cell(rows: Sequence[Row]) -> Cell:
    """Sum up the rows of one kind of person: one, or one for each encoding; an encoding must make no difference."""
    if not rows:
        return Cell()
    words = ", ".join(f"{decided(row)} ({row.encoding})" if row.encoding else decided(row) for row in rows)
    tones = {_TONES[row.decision] for row in rows}
    if "bad" in tones:
        return Cell(words, "bad")
    return Cell(words, tones.pop() if len(tones) == 1 else "doubtful")
