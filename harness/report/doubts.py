"""Why a run is no PASS although no test of it can be blamed."""

from harness.report.document import Document


def unproven(document: Document) -> list[str]:
    """List what keeps a run from being a success even where it was told only to warn of doubts."""
    reasons = [f"{document.cut_short}, so what was left is not proven"] if document.cut_short else []
    reasons += [f"required but not exercised: {word}" for word in document.required_not_exercised]
    return reasons + ([] if document.exercised else ["no realtime test was exercised, so nothing is proven"])


def doubtful(document: Document) -> list[str]:
    """List what makes the run INCONCLUSIVE: its own doubts, and tests that passed only when they were run again."""
    flaky = [f"flaky, passed only when it was run again: {test}" for test in document.flaky]
    return [*document.doubts, *flaky]
