"""Histories of tests that claim percentiles of their own: too slow, fast enough, and what decides nothing."""

from story import MILLISECOND, Story, called

from harness.history.events import MessageAnswered, Sampled

ENOUGH = 5
"""Messages without which one look claims nothing of a median."""


def exchange(story: Story, *, took: int, slip: int = 0, earliest: int | None = None) -> None:
    """Let bob hear a message so many milliseconds after it was meant; it was written `slip` after that."""
    asked = story.ask()
    story.now = asked.meant + (took - 1) * MILLISECOND
    stamp = asked.meant + took * MILLISECOND
    since = stamp if earliest is None else asked.meant + earliest * MILLISECOND
    number = str(len(story.events))
    story.hear("bob#1", number, arrived=stamp, earliest=since, exact=earliest is None)
    story.record(
        MessageAnswered,
        who="alice",
        act=asked.act,
        outcome="ok",
        status=201,
        message=number,
        sent=asked.meant + slip * MILLISECOND,
    )


def begin(story: Story, **limits: float) -> None:
    """Let the test claim these limits, and bob listen."""
    story.claim(**limits)
    story.join("bob#1")


@called("latency.budget-exceeded")
def too_slow(story: Story) -> None:
    """Five messages take 30 ms each, and the median was to be 20."""
    begin(story, p50=0.020)
    for _ in range(ENOUGH):
        exchange(story, took=30)


@called("latency.budget-exceeded--beside-one-that-is-not-claimed")
def too_slow_in_one(story: Story) -> None:
    """What is broken is broken, whatever the other percentiles may be."""
    begin(story, p50=0.020, p99=0.050)
    for _ in range(ENOUGH):
        exchange(story, took=30)


@called("accepted--within-the-budget")
def within(story: Story) -> None:
    """Five messages take 20 ms each, just what was agreed; a tenth of that as slip is allowed."""
    begin(story, p50=0.020)
    for _ in range(ENOUGH):
        exchange(story, took=20, slip=2)


@called("accepted--slow-without-a-budget")
def slow_without_a_budget(story: Story) -> None:
    """A test that claims nothing is not judged by how long its messages took, if they were no later than allowed."""
    story.join("bob#1")
    for _ in range(ENOUGH):
        exchange(story, took=1_900)


@called("accepted--slow-after-the-last-look")
def slow_after_the_last_look(story: Story) -> None:
    """What was decided at the last look stays; nobody looks at what comes behind it."""
    begin(story, p50=0.020)
    for _ in range(ENOUGH):
        exchange(story, took=20)
    story.record(Sampled, look=1, looks=1, samples=ENOUGH)
    exchange(story, took=500)


@called("inconclusive--too-few-for-the-budget")
def too_few(story: Story) -> None:
    """Four messages say nothing of a median."""
    begin(story, p50=0.020)
    for _ in range(ENOUGH - 1):
        exchange(story, took=30)


@called("inconclusive--too-few-for-five-looks")
def too_few_for_five_looks(story: Story) -> None:
    """Five planned looks share the error, so that five messages are not enough, though no look was taken yet."""
    begin(story, p50=0.020)
    story.record(Sampled, look=0, looks=5)
    for _ in range(ENOUGH):
        exchange(story, took=30)


@called("inconclusive--the-limit-between-the-bounds")
def between_the_bounds(story: Story) -> None:
    """Some are faster, some slower than the limit."""
    begin(story, p50=0.020)
    for took in (10, 10, 20, 30, 30):
        exchange(story, took=took)


@called("inconclusive--read-together")
def read_together(story: Story) -> None:
    """Frames that were read together came at 30 ms at the latest, and at 10 at the earliest."""
    begin(story, p50=0.020)
    for _ in range(ENOUGH):
        exchange(story, took=30, earliest=10)


@called("inconclusive--written-late-by-ourselves")
def written_late(story: Story) -> None:
    """The harness wrote its requests 5 ms late, a quarter of the limit: the latency is not the system's alone."""
    begin(story, p50=0.020)
    for _ in range(ENOUGH):
        exchange(story, took=30, slip=5)


@called("inconclusive--a-budget-of-nothing")
def nothing_was_sent(story: Story) -> None:
    """A test that claims a percentile and sends nothing has not shown it."""
    begin(story, p50=0.020)
    story.fence("bob#1")
