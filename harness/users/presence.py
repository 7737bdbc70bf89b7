"""Presence channels: what an acknowledgement lists, under which id somebody comes, and when rosters agree with both."""

from collections.abc import Callable
from typing import Any

from harness.history.attendance import Attendance
from harness.history.events import Event
from harness.history.faults import Faults
from harness.protocol.content import mapping, user_id
from harness.protocol.messages import Frame, decode_data
from harness.users.context import Context
from harness.users.reading import as_text, json_type


def roster_facts(frame: Frame, members: dict[str, Any] | None) -> dict[str, Any]:
    """Give the fields of `SubscribeAnswered` about a list; `members` is how the protocol's core read it."""
    if members is None:
        return {}
    presence = mapping(frame).get("presence")
    listed = presence if isinstance(presence, dict) else {}
    ids = _listed_ids(listed.get("ids"))
    types = {as_text(id_): json_type(id_) for id_ in ids or ()}
    return {
        "members": tuple(members),
        "member_types": tuple(types.get(id_, "") for id_ in members),
        "members_problem": _contradiction(listed.get("count"), ids, set(members)),
    }


def user_id_of(channel_data: str | None) -> str:
    """Give the id that a subscription is signed for, as text; "" for somebody unseen."""
    data = decode_data(channel_data)
    return (user_id(data) or "") if isinstance(data, dict) else ""


async def agree(context: Context, events: Callable[[], list[Event]]) -> None:
    """
    Wait until every roster of ours holds exactly those of us who are there.

    No longer than the arrival deadline, counted from the last arrival or departure of whoever is missing or a ghost, or
    from the end of the last fault; a fault that has not ended is not waited for.
    """
    recorder, attendance, faults = context.recorder, Attendance(), Faults()
    patience = round(context.target.budgets.arrival * context.patience * 1e9)
    while True:
        attendance.take(events())
        faults.take(events())
        limits = [due for gap in attendance.gaps() if (due := faults.due(gap.since, patience)) is not None]
        if not limits or not await recorder.changed(len(recorder.events), deadline=max(limits)):
            return


def _listed_ids(ids: Any) -> list[Any] | None:
    """Read the list of ids; PHP writes one with gaps in it as an object, and some servers leave it out."""
    if isinstance(ids, dict):
        return list(ids.values())
    return ids if isinstance(ids, list) else None


def _contradiction(count: Any, ids: list[Any] | None, members: set[str]) -> str:
    """Say how `count`, `ids` and `hash` differ; what a server does not list contradicts nothing."""
    sizes = {"count": count if type(count) is int else None, "ids": None if ids is None else len(ids)}
    told = {name: size for name, size in sizes.items() if size is not None} | {"hash": len(members)}
    if len(set(told.values())) > 1:
        return ", ".join(f"{name} {size}" for name, size in told.items())
    if ids is not None and {as_text(id_) for id_ in ids} != members:
        return "ids and hash name different people"
    return ""
