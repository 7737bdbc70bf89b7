"""Section 2: pings, pongs, and what becomes of the silent."""

from harness.conformance.bench import Bench
from harness.conformance.case import case


@case("2.1.1", expects="pong")
async def test_a_ping_is_answered(bench: Bench) -> str:
    """A client sends pusher:ping with an empty object."""
    alice = await bench.open()
    await alice.send("pusher:ping")
    return await alice.heard()
