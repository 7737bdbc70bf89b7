"""Section 5: who may join is what the app's secret signed, and nothing else."""

from harness.conformance.bench import Bench
from harness.conformance.case import Known, case

REFUSED = {
    "reverb": Known("error 4009", "PROTOCOL.md 13"),
    "soketi": Known("subscription_error 401", "PROTOCOL.md 2.2"),
}


@case("5.1.1", expects="succeeded", needs=("secret",))
async def test_a_good_signature(bench: Bench) -> str:
    """A private channel is subscribed to with the app's signature."""
    alice, channel = await bench.open(), bench.channel("private")
    return await alice.subscribe(channel, bench.sign(alice, channel))


@case("5.2.1", expects="error *", tolerates="subscription_error *", known=REFUSED, needs=("secret",))
async def test_a_signature_of_another_secret(bench: Bench) -> str:
    """A private channel is subscribed to with a signature made with another secret."""
    alice, channel = await bench.open(), bench.channel("private")
    return await alice.subscribe(channel, bench.sign(alice, channel, secret="other"))
