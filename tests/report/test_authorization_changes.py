"""What changed between two builds is told in words that a reviewer takes in at once, and what did not is not told."""

from typing import Any

import pytest

from harness.report.authorization_changes import KINDS, changes
from harness.report.authorization_map import AuthorizationMap, Decision, Row

THEIRS = "private-chat.{other company}.conversation.{another}"


def row(decision: Decision = "denied", **fields: Any) -> Row:
    """Make a row about somebody of another company."""
    saw = ("denied", "granted") if decision == "mixed" else ()
    about: dict[str, Any] = {"pattern": THEIRS, "act": "join", "persona": "other company", "saw": saw}
    return Row(**about | fields, decision=decision)


def told(old: list[Row], new: list[Row]) -> list[tuple[str, str]]:
    """Compare two maps."""
    return [tuple(one) for one in changes(AuthorizationMap(rows=tuple(old)), AuthorizationMap(rows=tuple(new)))]


@pytest.mark.parametrize(
    ("old", "new", "kind", "says"),
    [
        ("denied", "granted", "widened", "this build newly lets HER, which was denied"),
        ("denied", "mixed", "widened", "this build newly lets HER at times, which was denied"),
        ("error", "granted", "widened", "this build newly lets HER, which was error"),
        ("mixed", "granted", "widened", "this build newly lets HER, which was mixed"),
        ("granted", "denied", "narrowed", "this build no longer lets HER, which was granted"),
        ("granted", "mixed", "narrowed", "this build no longer lets HER every time, which was granted"),
        ("mixed", "denied", "narrowed", "this build no longer lets HER, which was mixed"),
        ("granted", "error", "broken", "this build newly answers with an error whether to let HER, which was granted"),
        ("denied", "error", "broken", "this build newly answers with an error whether to let HER, which was denied"),
        ("error", "denied", "harmless", "this build now refuses to let HER, where it answered with an error"),
        ("granted", None, "gone", "it was no longer observed whether this build lets HER, which was granted"),
        (None, "granted", "first granted", "this build lets HER (granted), and the old map never saw that asked"),
        (None, "mixed", "first granted", "this build lets HER (mixed), and the old map never saw that asked"),
        (None, "error", "broken", "this build answers with an error whether to let HER; never asked before"),
        (None, "denied", "harmless", "this build was seen for the first time not to let HER"),
    ],
)
def test_every_change_has_a_kind_and_a_sentence(old: Any, new: Any, kind: str, says: str) -> None:
    """Who, what, and what it was before."""
    found = told([row(old)] if old else [], [row(new)] if new else [])

    assert found == [(kind, says.replace("HER", f"another company's member join {THEIRS}"))]


@pytest.mark.parametrize("decision", ["granted", "denied", "mixed", "error"])
def test_what_stayed_is_not_told(decision: Decision) -> None:
    """Nor are two maps of nothing."""
    assert told([row(decision)], [row(decision)]) == []
    assert told([], []) == []


def test_the_gravest_is_told_first() -> None:
    """Whatever the order in the maps."""
    personas: list[Any] = ["participant", "colleague", "self", "visitor", "other company", "former participant"]
    ways: list[tuple[Any, Any]] = [
        ("denied", "granted"), (None, "granted"), ("granted", "denied"), ("denied", "error"), ("granted", None),
        (None, "denied"),
    ]  # fmt: skip
    paired = list(zip(personas, ways, strict=True))
    old = [row(was, persona=who) for who, (was, _) in paired if was]
    new = [row(now, persona=who) for who, (_, now) in paired if now]

    assert [kind for kind, _ in told(old, new)] == list(KINDS)


def test_a_row_for_all_encodings_stands_for_each_of_them() -> None:
    """One encoding that comes to something else is told alone; one that nobody asked in is said to be gone."""
    split = [row("denied", encoding="form"), row("granted", encoding="json")]

    assert [(kind, "asked as json" in words) for kind, words in told([row()], split)] == [("widened", True)]
    assert [(kind, "asked as json" in words) for kind, words in told(split, [row()])] == [("narrowed", True)]
    assert [kind for kind, _ in told(split, split[:1])] == ["gone"]
    assert told(split, split) == []


def test_what_is_mixed_otherwise_is_told() -> None:
    """An error among grants that became a denial among grants is a narrowing of some."""
    before = row("mixed", saw=("error", "granted"))

    assert [kind for kind, _ in told([before], [row("mixed")])] == ["widened"]
