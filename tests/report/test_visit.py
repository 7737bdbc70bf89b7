"""What the doctor found, in words."""

from typing import Any

import msgspec

from harness.doctor.hops import HOPS
from harness.doctor.report import HopTold, Ranked
from harness.doctor.walker import State
from harness.report import visit as told
from harness.report.visit import Cause, Hop, Visit, merged

KEY = Cause(id="3", says="the key is wrong", likelihood="likely", because="4001 came", mend="take the other")
WRONG = (
    Hop(hop="upgrade", state="fine", came="101"),
    Hop(hop="key", state="broken", came="4001", causes=(KEY, msgspec.structs.replace(KEY, id="6"))),
    Hop(hop="ping", state="not reached", came="behind key"),
)
FINE = (Hop(hop="upgrade", state="fine", came="101"), Hop(hop="ramp", state="not exercised", came="ask for it"))


def test_a_broken_hop_is_told_with_its_likeliest_cause() -> None:
    """What to look at, the evidence, the remedy, the hops that are broken, and how far the walk came."""
    visit = Visit(hops=WRONG)

    assert visit.headline == "first look at: the key is wrong [3, likely]"
    assert visit.details == (
        ("because", "4001 came"),
        ("mend", "take the other"),
        ("broken", "key: 4001"),
        ("hops", "1 fine, 1 broken, 1 not reached"),
    )


def test_what_is_no_fault_of_the_product_is_said_to_be_the_environments() -> None:
    """A name that does not resolve says nothing about a chat."""
    gone = Hop(hop="name", state="broken", came="", causes=(msgspec.structs.replace(KEY, is_environment=True),))

    assert Visit(hops=(gone,)).headline.endswith("[3, likely, in the environment]")


def test_a_target_that_is_fine_by_now_is_news_too() -> None:
    """With what would not work for everybody; a target on which nothing could be tried is not called fine."""
    redirects = Hop(hop="guard", state="advice", came="302", causes=(KEY,))

    assert Visit(hops=(*FINE, redirects)).headline.startswith("all hops are fine now: ")
    assert Visit(hops=(*FINE, redirects)).details == (
        ("note", "guard: the key is wrong"),
        ("hops", "1 fine, 1 advice, 1 not exercised"),
    )
    assert Visit(hops=FINE[1:]).headline == "no hop could be walked"


def test_a_walk_that_failed_says_so() -> None:
    """It is a fault of ours, and nothing is said about the target."""
    visit = Visit(failed="ValueError: oh")

    assert visit.headline == "could not walk the target, which is a fault of ours: ValueError: oh"
    assert visit.details == ()


def test_workers_that_found_the_same_are_told_together() -> None:
    """Their names stand there; who found something else stands alone."""
    visits = [Visit(workers=(name,), hops=hops) for name, hops in (("gw2", WRONG), ("gw0", FINE), ("gw1", WRONG))]

    first, second = merged(visits)

    assert (first.workers, first.hops, second.workers) == (("gw1", "gw2"), WRONG, ("gw0",))
    assert first.details[-1] == ("workers", "gw1, gw2")
    assert merged(()) == ()


def test_it_holds_what_a_doctor_reports() -> None:
    """Every state of a hop, and every word about a cause, is known here too."""
    cause: dict[str, Any] = {name: getattr(KEY, name) for name in Ranked.__struct_fields__}
    hop = HopTold(hop=HOPS[0].name, does="looks", state="broken", came="gone", causes=(Ranked(**cause),))

    assert told.State == State
    assert msgspec.convert(msgspec.to_builtins(hop), Hop) == Hop(
        hop=HOPS[0].name, state="broken", came="gone", causes=(KEY,)
    )
