"""
Membership: every roster of a presence channel holds exactly those of us who are there, and says so without noise.

The model is who of our people is subscribed (`history.attendance`). A roster is judged at the close, on a socket that
passed its last fence, and only when whoever is missing or a ghost last came or left a whole arrival deadline before
that fence was asked for, as did the end of any fault in between. Somebody may leave and return before a socket is told,
so announcements are counted, not timed. Ids that are also somebody else's, or of whom nobody knows whether they are
there, are never judged. A member who left and came back within a moment, and was announced so, is no finding: that is
what happened.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from harness.checkers import evidence
from harness.checkers.findings import Finding, finding
from harness.checkers.grouping import grouped, times
from harness.history.attendance import ADDED, REMOVED, Attendance, Gap, Told, Visit
from harness.history.events import Event, FrameIn, SocketClosed, TestFinished
from harness.history.ledger import Ledger

_Key = tuple[str, str]


class _News(NamedTuple):
    """What a socket was told of a member during one visit."""

    visit: Visit
    told: Told

    @property
    def key(self) -> _Key:
        """The channel and the member."""
        return self.told.frame.channel, self.told.frame.member


def check(events: list[Event], ledger: Ledger, terms: TestFinished) -> tuple[list[Finding], Counter[str]]:
    """Judge every list, every announcement, and the rosters at the close; the same flaw is one finding."""
    attendance = Attendance()
    attendance.take(events)
    news = [_News(visit, told) for visit in attendance.visits for told in visit.told]
    ours = [one for one in news if attendance.is_ours(*one.key)]
    contradicting = [visit for visit in attendance.visits if visit.since.members_problem]
    removed = {} if ledger.faults.all else _removed_while_present(attendance, ours)
    found = [_contradicting(group) for group in grouped(contradicting, lambda visit: visit.since.channel)]
    found += [_retyped(group) for group in grouped(filter(_is_retyped, ours), lambda one: one.key[0])]
    twice = [one for one in ours if _is_twice(attendance, one)]
    found += [_added_twice(attendance, group) for group in grouped(twice, lambda one: one.key)]
    found += removed.values()
    gaps = [
        gap
        for gap in attendance.gaps()
        if _is_overdue(attendance, gap, ledger.faults.due(gap.since, terms.arrival), removed.keys())
    ]
    found += [
        _gap(attendance, group, terms.arrival)
        for group in grouped(gaps, lambda gap: (gap.visit.since.channel, gap.user_id, gap.is_ghost))
    ]
    return found, Counter({"presence subscriptions": len(attendance.visits)})


def _is_retyped(one: _News) -> bool:
    """Tell whether an id changed its JSON type between list and announcement, or between two announcements."""
    before, after = one.told.known.id_type if one.told.known else "", one.told.frame.id_type
    return bool(before and after and before != after)


def _is_twice(attendance: Attendance, one: _News) -> bool:
    """
    Tell whether somebody was announced who stood in the roster already.

    A server may put who is just coming into the list of somebody who is coming too, and announce them as well.
    """
    known, visit = one.told.known, one.visit
    if one.told.frame.event != ADDED or known is None:
        return False
    if known.frame is not None:
        return True
    others = (other for other in attendance.people[one.key[0]][one.key[1]] if other is not visit)
    return not any(other.asked < visit.since.n and other.since.n > visit.asked for other in others)


def _removed_while_present(attendance: Attendance, ours: list[_News]) -> dict[_Key, Finding]:
    """Find whom some socket heard leave more often than they may have left."""
    left: dict[tuple[int, _Key], list[FrameIn]] = {}
    for one in ours:
        if one.told.frame.event == REMOVED and one.key not in attendance.uncertain:
            left.setdefault((one.visit.since.n, one.key), []).append(one.told.frame)
    found: dict[_Key, Finding] = {}
    for (_, key), frames in left.items():
        departures = attendance.departures(*key)
        if len(frames) > departures + _breaks(attendance, key):
            found.setdefault(key, _removed(attendance, key, frames, departures))
    return found


def _breaks(attendance: Attendance, key: _Key) -> int:
    """Count the sockets of somebody that the server may have given up before, or without, our knowing."""
    visits = attendance.people[key[0]][key[1]]
    by_them = [one for one in visits if isinstance(one.ended, SocketClosed) and one.ended.by == "them"]
    silent = [one for one in visits if one.ended is None and attendance.passed(one.since.socket) is None]
    return len(by_them) + len(silent)


def _is_overdue(attendance: Attendance, gap: Gap, due: int | None, removed: Iterable[_Key]) -> bool:
    """Tell whether a roster should have been mended by now: nothing is under way, and whoever is missing is alive."""
    passed = attendance.passed(gap.visit.since.socket)
    if passed is None or due is None or passed < due:
        return False
    if gap.is_ghost:
        return True
    key = (gap.visit.since.channel, gap.user_id)
    devices = [visit for visit in attendance.people[key[0]][key[1]] if visit.ended is None]
    return key not in removed and any(attendance.passed(device.since.socket) is not None for device in devices)


def _contradicting(group: list[Visit]) -> Finding:
    first = group[0].since
    return finding(
        "membership.list-contradicts-itself",
        f"the members that {first.socket} was told of do not add up: {first.members_problem}",
        who=first.who,
        where=first.channel,
        expected="`count`, `ids` and `hash` tell of the same people, each of them once",
        evidence=evidence.bounded(
            [visit.since for visit in group],
            lambda since: f"{evidence.moment(since.at)}  {since.socket} was told: {since.members_problem}",
        ),
        about=[visit.since for visit in group],
    )


def _retyped(group: list[_News]) -> Finding:
    told = group[0].told
    before = told.known.id_type if told.known else ""
    return finding(
        "membership.id-type-changed",
        f"a member's id was of JSON type {before} first, and {told.frame.id_type} when {_news(told.frame)}",
        who=told.frame.who,
        where=told.frame.channel,
        expected="one type in the list and in every announcement",
        evidence=evidence.bounded([one.told.frame for one in group], _line),
        about=[one.told.frame for one in group],
    )


def _added_twice(attendance: Attendance, group: list[_News]) -> Finding:
    frames, key = [one.told.frame for one in group], group[0].key
    return finding(
        "membership.added-twice",
        f"{_name(attendance, key)} was announced {times(len(frames))} to somebody who knew that already",
        who=frames[0].who,
        where=key[0],
        expected="member_added once for each person, for the first of their sockets, and not to themselves",
        evidence=evidence.bounded(frames, _line),
        about=frames,
    )


def _removed(attendance: Attendance, key: _Key, frames: list[FrameIn], departures: int) -> Finding:
    name = _name(attendance, key)
    return finding(
        "membership.removed-while-present",
        f"{frames[0].socket} was told {times(len(frames))} that {name} had left, whose last socket left "
        f"{times(departures) if departures else 'never'}",
        who=frames[0].who,
        where=key[0],
        expected="member_removed when the last of a person's sockets has left, and not before",
        evidence=evidence.bounded(frames, _line),
        about=frames,
    )


def _gap(attendance: Attendance, group: list[Gap], arrival: int) -> Finding:
    gap = group[0]
    key = (gap.visit.since.channel, gap.user_id)
    name, sockets = _name(attendance, key), ", ".join(one.visit.since.socket for one in group)
    what, had = ("is a ghost to", "left") if gap.is_ghost else ("is missing to", "come")
    return finding(
        "membership.ghost" if gap.is_ghost else "membership.missing",
        f"{name} {what} {sockets}",
        who=gap.visit.since.who,
        where=key[0],
        expected=f"rosters tell of it within {arrival / 1e9:g} s when somebody has {had}",
        evidence=[
            f"since {evidence.moment(gap.since)}  neither {name} nor {gap.visit.since.who} has come or left",
            *evidence.bounded(attendance.people[key[0]][key[1]], _attended),
            *evidence.bounded([told.frame for told in gap.visit.told if told.frame.member == gap.user_id], _line),
        ],
        about=[one.visit.since for one in group],
    )


def _name(attendance: Attendance, key: _Key) -> str:
    return attendance.people[key[0]][key[1]][0].since.who


def _attended(visit: Visit) -> str:
    ended = f"left at {evidence.moment(visit.ended.at)}" if visit.ended else "is still there"
    return f"{evidence.moment(visit.since.at)}  {visit.since.socket} came as member {visit.since.me}, and {ended}"


def _line(frame: FrameIn) -> str:
    return f"{evidence.moment(frame.arrived)}  {frame.socket} was told that {_news(frame)}"


def _news(frame: FrameIn) -> str:
    return f"member {evidence.quoted(frame.member)} {'came' if frame.event == ADDED else 'left'}"
