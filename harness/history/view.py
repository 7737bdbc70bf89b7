"""A reader's window on a history: the events of one test, by kind."""

from collections.abc import Callable
from typing import TypeVar

from harness.errors import HarnessError
from harness.history.events import Event
from harness.history.ledger import Ledger, read

E = TypeVar("E", bound=Event)


class View:
    """What happened so far in one test; always up to date, never changed by looking."""

    def __init__(self, events: Callable[[], list[Event]]) -> None:
        self._events = events

    @property
    def events(self) -> list[Event]:
        """All events, in the order seen."""
        return self._events()

    @property
    def ledger(self) -> Ledger:
        """The events read into messages, listeners and hearings."""
        return read(self._events())

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind."""
        return [event for event in self._events() if isinstance(event, kind)]

    def last(self, kind: type[E]) -> E:
        """The newest event of a kind; raises `HarnessError` when there is none."""
        found = self.of(kind)
        if not found:
            raise HarnessError(f"this test's history holds no {kind.__name__} yet")
        return found[-1]
