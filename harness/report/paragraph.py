"""How a broken guarantee reads in a terminal: at most fifteen lines, of which the first says it all."""

from collections.abc import Iterator, Sequence
from typing import Final

from harness.checkers.findings import Finding
from harness.checkers.judgement import Judgement
from harness.checkers.observations import OBSERVATIONS
from harness.checkers.verdict import FindingClass, Verdict
from harness.errors import GuaranteeBroken, Inconclusive, plain

LIMIT: Final = 15
"""Lines of a failure; the report has everything."""

_LEAST = 7
"""What is left for a finding beside an expectation that failed: its first line, hop, a suspect, where to look."""
_SUSPECTS = 3
_OTHERS = 3
"""How many further observations of the same test are named, one line each."""
_CLASSES = tuple(FindingClass)
_IDS = tuple(OBSERVATIONS)

_Field = tuple[str, str]


def error_of(
    judgement: Judgement, *, replay: str = "", evidence: str = "", told: int = 0
) -> GuaranteeBroken | Inconclusive | None:
    """
    Turn a judgement into the exception that tells it, or None when everything held.

    `replay` is the command that runs the test again, `evidence` where the report tells of it; `told` is the number of
    lines that an expectation of the test's own takes already.
    """
    where = [(label, text) for label, text in (("replay", replay), ("evidence", evidence)) if text]
    if judgement.verdict is Verdict.FAIL:
        return GuaranteeBroken("\n".join(_broken(judgement.broken, where, max(LIMIT - told, _LEAST))))
    if judgement.verdict is Verdict.INCONCLUSIVE:
        return Inconclusive("\n".join(_doubtful(judgement.doubts, where)))
    return None


def gravity(one: Finding) -> tuple[int, int]:
    """Give what findings are sorted by, the gravest first: their class, then their place among the observations."""
    return _CLASSES.index(one.kind), _IDS.index(one.id) if one.id in OBSERVATIONS else len(_IDS)


def _broken(findings: Sequence[Finding], where: list[_Field], limit: int) -> list[str]:
    """Tell the gravest finding in full, or as far as the limit allows, and others in a line an observation."""
    first, *others = sorted(findings, key=gravity)
    groups: dict[str, list[Finding]] = {}
    for one in others:
        groups.setdefault(one.id, []).append(one)
    named = [("also", _summed(group)) for group in groups.values()]
    shown = _OTHERS if limit == LIMIT else 1
    if len(named) > shown:
        named = [*named[: shown - 1], ("also", f"… {len(named) - shown + 1} more observations in the report")]
    room = limit - 1 - len(named) - len(where)
    headline = plain(f"{first.id} ({first.kind}): {first.summary}")
    return [headline, *_aligned([*_told(first, room), *named, *where])]


def _summed(group: Sequence[Finding]) -> str:
    times = f", {len(group)} times" if len(group) > 1 else ""
    return f"{group[0].id} ({group[0].kind}){times}: {group[0].summary}"


def _doubtful(doubts: Sequence[str], where: list[_Field]) -> list[str]:
    room = LIMIT - len(where)
    shown = list(doubts) if len(doubts) <= room else [*doubts[: room - 1], f"… {len(doubts) - room + 1} more doubts"]
    return [*map(plain, shown), *_aligned(where)]


def _told(one: Finding, room: int) -> list[_Field]:
    """Write the fields of a finding, evidence cut to the room that the others leave."""
    fields = [("hop", one.hop), *([("expected", one.expected)] if one.expected else [])]
    suspects = [("suspects", str(suspect)) for suspect in one.suspects[:_SUSPECTS]]
    seen = [_seen(line) for line in one.evidence]
    suspects = suspects[: max(room - len(fields), 0)]
    room -= len(fields) + len(suspects)
    if len(seen) > room:
        seen = [*seen[: max(room - 2, 0)], ("", f"… {len(seen) - room + 1} more lines …"), seen[-1]] if room > 1 else []
    return [*fields, *seen, *suspects][: room + len(fields) + len(suspects)]


def _seen(line: str) -> _Field:
    """Label a line of evidence by what it begins with."""
    for word, label in (("meanwhile ", "meanwhile"), ("fault ", "faults")):
        if line.startswith(word):
            return label, line.removeprefix(word)
    return "seen", line


def _aligned(fields: Sequence[_Field]) -> Iterator[str]:
    """Write labels in a column, each once for the lines that belong together."""
    before = ""
    for label, text in fields:
        yield f"    {label if label != before else '':<12}{plain(text)}".rstrip()
        before = label or before
