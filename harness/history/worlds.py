"""Cut a history into worlds: one test, or one example of a property, each; what checkers judge one at a time."""

from collections.abc import Iterable

from harness.history.events import Event, TestFinished, TestStarted


def worlds(events: Iterable[Event]) -> list[list[Event]]:
    """
    Cut the merged history of a run, worker by worker, at every beginning of a test.

    A world ends with its judgement; what comes behind it is the closing of sockets. The order is that of beginnings.
    """
    found: list[list[Event]] = []
    open_: dict[str, list[Event]] = {}
    for event in events:
        if isinstance(event, TestStarted):
            open_[event.worker] = [event]
            found.append(open_[event.worker])
        elif event.worker in open_:
            open_[event.worker].append(event)
            if isinstance(event, TestFinished):
                del open_[event.worker]
    return found


def terms(world: list[Event]) -> tuple[TestStarted | None, TestFinished | None]:
    """Give what a test declared when it began, and the terms on which it was judged; None where one is missing."""
    started = next((event for event in world if isinstance(event, TestStarted)), None)
    finished = next((event for event in reversed(world) if isinstance(event, TestFinished)), None)
    return started, finished
