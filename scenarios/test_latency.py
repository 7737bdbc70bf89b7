"""Delivery stays within the budget that the target agreed to, percentile by percentile."""

import pytest

from harness import GuaranteeBroken, Inconclusive, expect
from harness.history.ledger import Ledger
from harness.statistics.percentiles import Claim, decide, percentile

MESSAGES = 300
"""One more than p99 needs to be claimed at one look."""


@pytest.mark.needs("write", "load", "stamps")
async def test_three_hundred_messages_meet_the_delivery_budget(alice, bob, conversation, target, history):
    """Alice sends them one after another; how long each took to Bob's socket is the kernel's word, not ours."""
    await bob.join(conversation)
    messages = [await alice.send(conversation, f"sample {number}") for number in range(MESSAGES)]
    deliveries = [await expect(bob).to_receive(message) for message in messages]

    for name, limit in target.declaration.budgets.delivery.items():
        quantile = float(name.removeprefix("p")) / 100
        claim, estimate = decide([delivery.interval for delivery in deliveries], quantile, limit)
        seen = f"{name} of {MESSAGES} deliveries against a budget of {limit * 1000:g} ms: {claim}, {estimate}"
        lag, slip = own_error(history.ledger, quantile)
        own = f"  our own part: send slip {slip * 1000:.3f} ms, seen - arrived {lag * 1000:.3f} ms at {name}"
        if claim in (Claim.UNDECIDED, Claim.NOT_CLAIMED) or slip > limit / 10:
            raise Inconclusive(f"{seen}\n{own}")
        if claim is Claim.BEYOND:
            raise GuaranteeBroken(f"{seen}\n  hop       5 to 7, from send to delivery\n{own}")


def own_error(ledger: Ledger, quantile: float) -> tuple[float, float]:
    """Give what the harness adds, in seconds: how late it saw frames, and how late it wrote requests (the slip)."""
    lags = [hearing.frame.at - hearing.frame.arrived for hearing in ledger.hearings]
    slips = [message.answered.sent - message.asked.meant for message in ledger.messages if message.answered]
    return percentile(lags, quantile) / 1e9, percentile(slips, quantile) / 1e9
