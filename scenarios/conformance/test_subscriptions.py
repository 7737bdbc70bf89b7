"""Section 3: subscribing, hearing, unsubscribing."""

from harness.conformance.bench import Bench
from harness.conformance.case import Known, case


@case("3.1.1", expects="succeeded")
async def test_a_public_channel(bench: Bench) -> str:
    """A client subscribes to a public channel."""
    alice = await bench.open()
    return await alice.subscribe(bench.channel())


@case("3.1.2", expects="event MessageSent", needs=("api",))
async def test_an_event_is_heard(bench: Bench) -> str:
    """An event is published on a public channel that a client is subscribed to."""
    alice, channel = await bench.open(), bench.channel()
    await alice.subscribe(channel)
    await bench.publish(channel)
    return await alice.heard()


@case(
    "3.3.1",
    expects="error null",
    tolerates=("succeeded", "error *"),
    known={"reverb": Known("succeeded", "PROTOCOL.md 13"), "soketi": Known("succeeded", "PROTOCOL.md 2.2")},
)
async def test_a_second_subscription(bench: Bench) -> str:
    """A client subscribes to a channel that it is subscribed to."""
    alice, channel = await bench.open(), bench.channel()
    await alice.subscribe(channel)
    return await alice.subscribe(channel)
