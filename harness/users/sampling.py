"""
Draw messages until the percentiles that a test claims are decided (DESIGN.md, section 10).

The test's body sends; this only says how often, and looks. The looks are planned first and recorded, so that a judge
who reads the history later spends the same share of the error on each.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Self

import msgspec

from harness.checkers.latency import Budget, claims_of_test, quantile_of, timings_of_test
from harness.errors import NotExercised, UsageError
from harness.history.events import Sampled
from harness.history.ledger import Ledger
from harness.statistics.percentiles import Claim
from harness.statistics.sequential import Plan, is_decided, plan
from harness.users import fences

if TYPE_CHECKING:
    from harness.users.world import World


class Progress(msgspec.Struct, frozen=True):
    """How far a sample is: messages drawn, how many there are at the next look, and what the last look found."""

    drawn: int
    next_look: int
    budgets: tuple[Budget, ...] = ()

    def __str__(self) -> str:
        """Write it on one line."""
        return "  ".join([f"sample {self.drawn}/{self.next_look}", *map(str, self.budgets)])


class Sample:
    """
    Turns of a test's body, as many as its percentiles need; `async for number in sample:` counts them from 1.

    Each turn sends one message; what everybody owed hears of it is judged against the test's budget, or the target's
    where it has none. There are five looks at most: the first after as many turns as the strictest percentile needs (90
    for p95, 459 for p99), the last, which is the cap, after ten times as many. It ends at the first look at which every
    percentile is within its limit, or one beyond, or a message lost, and at the cap: what is undecided then makes the
    test INCONCLUSIVE. A `break` leaves what was drawn to the judgement. Raises `NotExercised` for a target that may not
    be loaded, `UsageError` where there is no budget.
    """

    def __init__(self, world: "World", tell: Callable[[Progress], None] = lambda progress: None) -> None:  # noqa: ARG005
        target = world.context.target
        if reason := target.why_not("load"):
            raise NotExercised(reason)
        world.claim(target.budgets.delivery)
        self._world = world
        self._tell = tell
        self._plan: Plan = plan(quantile_of(name) for name in world.budget)
        self._looks = 0
        self._drawn = 0
        self._budgets: tuple[Budget, ...] = ()
        self._is_drawing = self._is_over = False

    @property
    def cap(self) -> int:
        """How many turns there are at most."""
        return self._plan.cap

    def __aiter__(self) -> Self:
        """Begin; raises `UsageError` the second time, as more looks would be wrong more often than the plan says."""
        if self._is_drawing:
            raise UsageError("`sample` was drawn from already; a test has one loop over it")
        self._is_drawing = True
        self._world.context.recorder.record(Sampled, look=0, looks=self._plan.looks)
        return self

    async def __anext__(self) -> int:
        """Give the number of the next turn; ends when more turns would change nothing."""
        if not self._is_over and self._drawn == self._plan.sizes[self._looks]:
            self._is_over = await self._has_enough()
        if self._is_over:
            raise StopAsyncIteration
        self._drawn += 1
        self._tell(Progress(self._drawn, self._plan.sizes[self._looks], self._budgets))
        return self._drawn

    async def _has_enough(self) -> bool:
        """Look, once everything that was sent has arrived or no longer can in time."""
        world = self._world
        ledger = await fences.deliveries(world.context, lambda: world.events)
        self._looks += 1
        world.context.recorder.record(Sampled, look=self._looks, looks=self._plan.looks, samples=self._drawn)
        events = world.events
        self._budgets = claims_of_test(events, timings_of_test(events, ledger), world.budget)
        heard_nothing = not any(budget.samples for budget in self._budgets)
        is_at_the_cap = self._looks == self._plan.looks
        return (
            is_at_the_cap
            or heard_nothing
            or is_decided(Claim(budget.claim) for budget in self._budgets)
            or _has_lost(ledger)
        )


def _has_lost(ledger: Ledger) -> bool:
    """Tell whether something that is owed did not come: the test is broken, whatever the percentiles are."""
    return any(
        debt.listening.ended is None and not ledger.heard(debt.message, debt.listening.socket)
        for debt in ledger.debts()
    )
