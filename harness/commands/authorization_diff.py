"""`realtime report --authz-diff OLD NEW`: what a build lets people do that another did not, and the other way round."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click

from harness.commands.exits import Exit, gravest
from harness.errors import plain
from harness.report.authorization_changes import Change, Kind, changes
from harness.report.authorization_map import AuthorizationMap, read_map

_EXIT: Final[dict[Kind, Exit]] = {
    "widened": Exit.SECURITY,
    "first granted": Exit.INCONCLUSIVE,
    "narrowed": Exit.FAILURE,
    "broken": Exit.FAILURE,
    "gone": Exit.INCONCLUSIVE,
    "harmless": Exit.PASS,
}
"""
The exit code of each kind of change (DESIGN.md, section 5).

A map does not know who ought to be let in, so whoever is newly let in is a matter of security (5): a reviewer who meant
it takes the new map as the old one. Somebody who is no longer let in, and an error in place of a decision, are a
failure (1): a build on which a participant cannot join is as broken as one on which nobody hears anything, and it does
no harm to a gate to stop for a rule that was tightened on purpose once. What only one of the maps observed proves
nothing (4), a first grant least of all: whether that is new, the old map cannot say. A refusal harms nobody.
"""


def show_difference(old: Path, new: Path) -> Exit:
    """Say what changed, gravest first, and give the exit code; raises `UsageError` for what is no map and no run."""
    before, after = read_map(old), read_map(new)
    found = changes(before, after)
    click.echo("\n".join(_lines(before, after, found)))
    return _exit(after, found)


def _lines(before: AuthorizationMap, after: AuthorizationMap, found: list[Change]) -> list[str]:
    told = [f"{change.kind}: {plain(change.says)}" for change in found]
    if not after.rows:
        return [*told, "the new map holds no decision, so nothing is proven"]
    return told or [f"nothing changed: all {len(before.rows)} rows of the old map are in the new one"]


def _exit(after: AuthorizationMap, found: Iterable[Change]) -> Exit:
    """Nothing observed is never a pass."""
    codes = [_EXIT[change.kind] for change in found]
    return gravest([*codes, Exit.PASS if after.rows else Exit.INCONCLUSIVE])
