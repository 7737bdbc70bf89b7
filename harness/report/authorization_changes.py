"""What changed between the authorization maps of two builds, in words, the gravest first."""

from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from msgspec.structs import replace

from harness.report.authorization_map import AuthorizationMap, Decision, Row
from harness.report.authorization_words import told

Kind = Literal["widened", "first granted", "narrowed", "broken", "gone", "harmless"]

KINDS: Final[tuple[Kind, ...]] = ("widened", "first granted", "narrowed", "broken", "gone", "harmless")
"""
The kinds of change, gravest first.

`widened`: somebody is let in who was seen refused; `first granted`: somebody is let in of whom the old map says
nothing; `narrowed`: somebody is let in no longer; `broken`: an error instead of a decision; `gone`: not observed any
more; `harmless`: a refusal that was not observed before, or was an error.
"""

_LETS_IN: Final = ("granted", "mixed")


class Change(NamedTuple):
    """What became of one row; `says` is one sentence without its full stop."""

    kind: Kind
    says: str


def changes(old: AuthorizationMap, new: AuthorizationMap) -> list[Change]:
    """Compare what both observed; a row for all encodings stands for each that the other map tells apart."""
    before, after = _by_encoding(old.rows), _by_encoding(new.rows)
    found = [
        change for about in sorted({*before, *after}) for change in _of_one(before.get(about, {}), after.get(about, {}))
    ]
    return sorted(found, key=lambda change: KINDS.index(change.kind))


def _by_encoding(rows: Iterable[Row]) -> dict[tuple[str, ...], dict[str, Row]]:
    found: dict[tuple[str, ...], dict[str, Row]] = {}
    for row in rows:
        found.setdefault(row.key[:-1], {})[row.encoding] = row
    return found


def _of_one(before: dict[str, Row], after: dict[str, Row]) -> Iterator[Change]:
    """Compare row by row; an encoding that one side does not tell apart has that side's row for all of them."""
    encodings = {*before, *after}
    if len(encodings) > 1:
        encodings -= {""}
    for encoding in sorted(encodings):
        old, new = (side.get(encoding) or side.get("") for side in (before, after))
        if (row := new or old) and (change := _of_row(replace(row, encoding=encoding), old, new)):
            yield change


def _of_row(row: Row, old: Row | None, new: Row | None) -> Change | None:
    if new is None:
        return Change(
            "gone", f"it was no longer observed whether this build lets {told(row)}, which was {old and old.decision}"
        )
    if old is None:
        return _first(row, new.decision)
    if (old.decision, old.saw) == (new.decision, new.saw):
        return None
    return _other(row, old.decision, new.decision)


def _first(row: Row, now: Decision) -> Change:
    if now in _LETS_IN:
        return Change("first granted", f"this build lets {told(row)} ({now}), and the old map never saw that asked")
    if now == "error":
        return Change("broken", f"this build answers with an error whether to let {told(row)}; never asked before")
    return Change("harmless", f"this build was seen for the first time not to let {told(row)}")


def _other(row: Row, was: Decision, now: Decision) -> Change:
    if now == "granted" or (now == "mixed" and was != "granted"):
        some = " at times" if now == "mixed" else ""
        return Change("widened", f"this build newly lets {told(row)}{some}, which was {was}")
    if now == "error":
        return Change("broken", f"this build newly answers with an error whether to let {told(row)}, which was {was}")
    if was in _LETS_IN:
        some = " every time" if now == "mixed" else ""
        return Change("narrowed", f"this build no longer lets {told(row)}{some}, which was {was}")
    return Change("harmless", f"this build now refuses to let {told(row)}, where it answered with an error")
