"""Section 10: what no client of good will sends, and whether anybody else notices."""

from harness.conformance.bench import Bench
from harness.conformance.case import Known, case
from harness.conformance.wire import frame

NO_FRAME = {"reverb": Known("error 4200", "PROTOCOL.md 13"), "soketi": Known("nothing", "PROTOCOL.md 2.2")}


@case("10.1.1", expects=("error *", "nothing"), tolerates="closed *", known=NO_FRAME, hostile=True)
async def test_no_json(bench: Bench) -> str:
    """A client sends text that is no JSON."""
    alice = await bench.open()
    await alice.send_text("{")
    return await alice.heard()


@case("10.3.1", expects="closed 1007", tolerates="closed *", hostile=True)
async def test_text_that_is_no_utf8(bench: Bench) -> str:
    """A client sends a text message that is no UTF-8."""
    alice = await bench.open()
    await alice.send_raw(frame(b'{"event":"\xff"}'))
    return await alice.heard()
