"""
Walk a target hop by hop, then say which hop is broken and why.

    report = await diagnose(target)
    report.first                 # the likeliest cause at the first broken hop, None when all is well
"""

import asyncio
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

import msgspec

from harness.config import TargetDeclaration
from harness.doctor.asking import Asker, Pace
from harness.doctor.causes import UNSEEN
from harness.doctor.hops import HOPS, Hop
from harness.doctor.observations import Seen
from harness.doctor.ranking import ranked, unknown
from harness.doctor.report import HopTold, Ranked, Report, Unseen
from harness.doctor.stated import Stated
from harness.doctor.walker import Came, Extent, Walker, is_local, skipped
from harness.history.redaction import Redactor
from harness.users.detours import address_of
from harness.users.manners import Manners

NOTHING: Final = Stated()
FULLY: Final = Extent()


async def diagnose(
    target: TargetDeclaration,
    *,
    stated: Stated = NOTHING,
    extent: Extent = FULLY,
    no_cast: str = "",
    manners: Manners | None = None,
) -> Report:
    """
    Walk a target that runs, or should, and give what was found; `no_cast` says why nobody could be made to play on it.

    Whoever asks the target too hands over the `manners` that they keep, so that both together keep to the pace.

    Nothing is raised for what a target does. What it may not do is "not exercised" with the reason; hops behind a
    broken one are "not reached", and have no causes. What is made on the way is deleted again, as far as there is a
    route for it.
    """
    walker = _prepared(target, stated, extent, manners or Manners(target.may.requests_per_second, waits=True))
    walker.seen.notes["no cast"] = no_cast
    told: dict[str, HopTold] = {}
    try:
        for hop in HOPS:
            told[hop.name] = await _walked(hop, walker, told)
    finally:
        await walker.close()
    return Report(
        target=target.name,
        topology=target.topology,
        backend=target.backend.url,
        broadcaster=target.broadcaster.url,
        dialect=target.broadcaster.dialect,
        hops=tuple(_explained(one, walker) for one in told.values()),
        unseen=tuple(_unseen(stated)),
    )


def _prepared(target: TargetDeclaration, stated: Stated, extent: Extent, manners: Manners) -> Walker:
    ways = (*target.backend.transport.secrets, *target.broadcaster.transport.secrets)
    redactor = Redactor((target.broadcaster.secret or "", *target.secrets.values, *ways, *stated.values))
    for person in target.cast:
        redactor.add(person.password)
    host, port = address_of(target.broadcaster.url)
    authorize = target.backend.contract.authorize
    notes = {
        "scheme": urlsplit(target.broadcaster.url).scheme,
        "host": host,
        "port": str(port),
        "authorize": authorize.path if authorize else "",
    }
    seen = Seen(
        stated=stated,
        dialect=target.broadcaster.dialect,
        key=target.broadcaster.key,
        is_backend_remote=not is_local(target.backend.url),
        events=target.backend.contract.event.names,
        notes=notes,
    )
    pace = Pace(manners)
    return Walker(
        target=target,
        stated=stated,
        extent=extent,
        asker=Asker(redactor, seconds=extent.seconds, pace=pace, way=target.backend.transport),
        api=Asker(redactor, seconds=extent.seconds, pace=pace, way=target.broadcaster.transport),
        pace=pace,
        redactor=redactor,
        seen=seen,
        until=asyncio.get_running_loop().time() + extent.whole if extent.whole else None,
    )


async def _walked(hop: Hop, walker: Walker, told: dict[str, HopTold]) -> HopTold:
    """Walk one hop, unless one that it needs does not work."""
    loop = asyncio.get_running_loop()
    began, waited = loop.time(), walker.pace.waited
    came = _barred(hop, told) or await _tried(hop, walker)
    took = loop.time() - began - (walker.pace.waited - waited)
    return HopTold(hop=hop.name, does=hop.does, state=came.state, came=came.text, seconds=max(0.0, took))


def _barred(hop: Hop, told: dict[str, HopTold]) -> Came | None:
    """Say why a hop cannot be reached, None when it can."""
    before = [told[name] for name in (*hop.needs, *hop.after)]
    if stopped := next((one for one in before if one.state in ("broken", "not reached")), None):
        root = stopped.came.removeprefix("behind ") if stopped.state == "not reached" else stopped.hop
        return Came("not reached", f"behind {root}")
    left_out = next((told[name] for name in hop.needs if told[name].state == "not exercised"), None)
    return skipped(left_out.came) if left_out is not None else None


async def _tried(hop: Hop, walker: Walker) -> Came:
    limit = asyncio.timeout_at(walker.until)
    try:
        async with limit:
            came = await hop.walk(walker)
    except Exception as error:  # noqa: BLE001 - a target may say anything; one hop is lost by it, not the walk
        if limit.expired():
            return skipped(f"the walk may last {walker.extent.whole:g} s, and they are over")
        return skipped(f"the doctor itself failed here, which is a fault of ours: {type(error).__name__}: {error}")
    if hop.is_judged_by_causes and came.state == "fine" and (causes := ranked(hop.name, walker.seen)):
        return Came("broken", causes[0].because)
    return came


def _explained(hop: HopTold, walker: Walker) -> HopTold:
    """Give the causes of a broken hop, now that everything is seen; secrets are taken out of all that is told."""
    hide = walker.redactor.hide
    causes: tuple[Ranked, ...] = ()
    if hop.state in ("broken", "advice"):
        causes = tuple(
            msgspec.structs.replace(one, because=hide(one.because), mend=_named(one.mend, walker))
            for one in ranked(hop.hop, walker.seen) or (unknown(hop.came),)
        )
    return msgspec.structs.replace(hop, came=hide(hop.came), causes=causes)


def _named(mend: str, walker: Walker) -> str:
    """Put the target's own name into the settings that are named."""
    return mend.replace("targets.NAME", f"targets.{walker.target.name}")


def _unseen(stated: Stated) -> Iterable[Unseen]:
    """List the modes that were looked for nowhere: what would have shown them was not stated."""
    has = {
        "client": stated.client is not None,
        "log": stated.log is not None,
        "env": bool(stated.environment),
    }
    for id_, (says, where) in UNSEEN.items():
        if not any(has[one] for one in where.split(" or ")):
            yield Unseen(id=id_, says=says, state=where)
