"""Which defects a target can be given, by whom, and why not the others."""

from collections.abc import Iterable

from harness.config import TargetDeclaration
from harness.errors import UsageError
from harness.faults.defects.catalogue import CATALOGUE
from harness.faults.defects.defect import Defect
from harness.faults.defects.of_interceptor import INTERCEPTED, possible
from harness.faults.defects.unrealised import UNREALISED


def possible_for(declaration: TargetDeclaration) -> list[Defect]:
    """
    List what a target can be given: our servers have defects themselves, any other has an interceptor before it.

    Raises `UsageError` for a target that must not be given any.
    """
    if reason := declaration.why_not("defects"):
        raise UsageError(f"target {declaration.name} cannot be given defects: {reason}")
    own = [one for one in CATALOGUE if not _why_not_itself(declaration, one)]
    known = {one.id for one in own}
    has_secret = declaration.topology != "remote" or bool(declaration.broadcaster.secret)
    before = [_plain(one) for one in possible(has_secret=has_secret) if one.id not in known]
    return sorted((*own, *before), key=lambda one: one.id)


def untried(declaration: TargetDeclaration, able: Iterable[Defect]) -> dict[str, str]:
    """Say why a target cannot be given any but those it is `able` to have, what nobody realised included."""
    here = {one.id for one in able}
    reasons = {one.id: _why_not_itself(declaration, one) for one in CATALOGUE}
    reasons |= dict.fromkeys(INTERCEPTED, "the app's secret is not known, and the interceptor would sign with it")
    return {id_: reason for id_, reason in (reasons | UNREALISED).items() if id_ not in here}


def _why_not_itself(declaration: TargetDeclaration, one: Defect) -> str:
    """Say why the servers of a target cannot have a defect themselves, "" when they can."""
    if declaration.topology == "remote" or declaration.services:
        return f"the {'servers' if one.by == 'both' else one.by} of this target cannot be told to have it"
    if one.shows_at_the_end and declaration.topology != "embedded":
        return "it shows when its server ends, and the servers that are given defects run on"
    if one.by != "backend" and declaration.broadcaster.nodes > 1:
        return "a node among others cannot be told to have it: prove one node"
    return ""


def _plain(one: Defect) -> Defect:
    """Give a defect as it is reported, without what makes it."""
    return Defect(one.id, one.says, one.by, one.convicted_by, one.scenarios, one.dialect, one.shows_at_the_end)
