"""Every defect that a target can be given, and how one is found by its id."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from harness.errors import UsageError
from harness.faults.defects.defect import Defect
from harness.faults.defects.reference.authentication import AUTHENTICATION
from harness.faults.defects.reference.authorization import AUTHORIZATION
from harness.faults.defects.reference.delivery import DELIVERY
from harness.faults.defects.reference.operation import OPERATION

CATALOGUE: Final[tuple[Defect, ...]] = (*AUTHENTICATION, *AUTHORIZATION, *DELIVERY, *OPERATION)

_NEAR: Final = 5


def chosen(
    ids: Iterable[str], among: Iterable[Defect] = CATALOGUE, reasons: Mapping[str, str] = MappingProxyType({})
) -> list[Defect]:
    """
    Pick defects by their ids, all of them where none is named; `AZ-25` means its variants too.

    Raises `UsageError` for an id that is none of these: with its reason if there is one, else with those that are near.
    """
    possible, wanted = list(among), list(ids)
    for id_ in wanted:
        if not any(_is(one, id_) for one in possible):
            why = f" ({reasons[id_]})" if id_ in reasons else ""
            near = get_close_matches(id_.upper(), dict.fromkeys(one.id for one in possible), n=_NEAR)
            like = f"near to it are {', '.join(near)}; " if near and not why else ""
            raise UsageError(
                f"{id_!r} is no defect that this target can be given{why}; {like}`realtime prove --list` lists"
                f" {'all ' * bool(possible)}{len({one.id for one in possible})}"
            )
    return [one for one in possible if not wanted or any(_is(one, id_) for id_ in wanted)]


def _is(defect: Defect, id_: str) -> bool:
    return id_ in (defect.id, defect.id.partition(":")[0])
