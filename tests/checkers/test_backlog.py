"""What waits for somebody who reads nothing."""

from typing import Any

from harness.checkers import backlog
from harness.history.events import TestFinished
from harness.history.ledger import read


def check(events: list[Any]) -> Any:
    """Judge what was kept."""
    return backlog.check(events, read(events), TestFinished(n=1, at=0))


def test_more_than_a_network_holds_is_found(history: Any) -> None:
    """Fourteen megabytes waited for carol; of what bob had not heard nobody knows where it was."""
    (one,), counts = check(history("protocol.backlog-unbounded"))

    assert (one.id, one.kind, one.who) == ("protocol.backlog-unbounded", "advice", "carol")
    assert one.summary == "14 MB were kept for carol#1, which read nothing, and sent when it did again"
    assert one.expected == "whoever reads nothing is cut off before 12 MB wait for them, and catches up"
    assert one.evidence == ("+0.010 s  freeze of carol",)
    assert counts == {"freezes": 1}


def test_what_a_network_holds_is_none_of_the_servers(history: Any) -> None:
    """Nor is anything counted where nobody froze."""
    assert check(history("accepted--frozen-for-a-moment")) == ([], {"freezes": 1})
    assert check(history("accepted--everybody-hears-it")) == ([], {})
