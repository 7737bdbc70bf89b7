"""A walk as text that is safe for a terminal, and as JSON that holds everything."""

import json

import msgspec

from harness.doctor.report import HopTold, Ranked, Report, Unseen
from harness.doctor.telling import as_json, as_text

CAUSE = Ranked(id="4", says="other secrets", likelihood="likely", because="4009", mend="make them the same")
REPORT = Report(
    target="staging",
    topology="remote",
    backend="https://chat.example.com",
    broadcaster="wss://ws.example.com",
    dialect="reverb",
    hops=(
        HopTold(hop="ping", does="pings", state="fine", came="pong", seconds=0.004),
        HopTold(
            hop="subscribe",
            does="subscribes everybody",
            state="broken",
            came="\x1b[2J4009",
            seconds=0.1,
            causes=(CAUSE, *(CAUSE for _ in range(4))),
        ),
        HopTold(hop="send", does="sends", state="not reached", came="behind subscribe"),
    ),
    unseen=(Unseen(id="8", says="mixed content", state="client or log"),),
)


def test_the_text_says_what_came_why_and_what_mends_it() -> None:
    """Each hop on its line, a broken one with three causes at most, and the way to see what is unseen."""
    text = as_text(REPORT)

    assert "ok      ping              pings: pong  4 ms" in text
    assert "BROKEN  subscribe         subscribes everybody: \\x1b[2J4009  100 ms" in text
    assert text.count("mend     make them the same") == 3
    assert "-       send              not reached: behind subscribe\n" in text
    assert "  8  mixed content (--client FILE or --client-log FILE)" in text
    assert text.endswith("1 broken, in the product (1 fine, 1 not reached); first look at: other secrets")


def test_json_holds_the_whole_report() -> None:
    """All causes, the verdict and the first suspect."""
    told = json.loads(as_json(REPORT))

    assert (told["verdict"], told["first"]["id"], len(told["hops"][1]["causes"])) == ("broken", "4", 5)


def test_a_target_without_a_broken_hop_is_told_as_such() -> None:
    """What was not exercised is counted, and an advice is no fault."""
    hops = (
        REPORT.hops[0],
        HopTold(hop="guard", does="asks", state="advice", came="302", causes=(CAUSE,)),
        HopTold(hop="send", does="sends", state="not exercised", came="not granted"),
    )
    made = Report(target="t", topology="embedded", backend="", broadcaster="", dialect="reverb", hops=hops, unseen=())

    assert as_text(made).endswith("no hop is broken (1 fine, 1 not exercised); 1 to look at")
    unsent = (*hops[:1], HopTold(hop="delivery", does="waits", state="not exercised", came="not granted"))
    told = as_text(msgspec.structs.replace(made, hops=unsent))
    assert told.endswith("no hop is broken (1 fine, 1 not exercised); no message was sent: not granted")
    assert "cannot be seen" not in as_text(made)
