"""Whose connections a backend may have ended on purpose."""

from typing import Any

import pytest

from harness.history.cut_offs import CutOffs
from harness.history.events import CredentialAnswered, CredentialAsked, SocketClosed, SocketOpened


def explains(cut_offs: CutOffs, opened: int, closed: int, who: str = "bob") -> bool:
    """Ask whether the end of a connection is explained that was open from one time to another."""
    return cut_offs.explain(
        SocketClosed(n=0, at=closed, who=who, code=1006, reason="", by="them"),
        SocketOpened(n=0, at=opened, who=who, socket_id="1.1", activity_timeout=30.0),
    )


def asked(change: Any, at: int) -> CredentialAsked:
    """Let bob ask for a change of his credential."""
    return CredentialAsked(n=0, at=at, who="bob", act="1", change=change)


@pytest.mark.parametrize(
    ("opened", "closed", "explained"), [(10, 19, False), (10, 20, True), (20, 99, True), (21, 99, False)]
)
def test_what_was_open_when_a_right_was_lost_may_end(opened: int, closed: int, explained: bool) -> None:  # noqa: FBT001
    """From the question on; what was opened later has nothing to do with it, nor has another person."""
    cut_offs = CutOffs()
    cut_offs.lose(["alice", "bob"], 20)

    assert explains(cut_offs, opened, closed) is explained
    assert not explains(cut_offs, opened, closed, who="carol")


def test_the_last_loss_before_the_end_counts() -> None:
    """However many there were, in whichever order they became known."""
    cut_offs = CutOffs()
    for at in (50, 20, 30):
        cut_offs.lose(["bob"], at)

    assert [explains(cut_offs, opened, opened + 9) for opened in (15, 25, 31, 45)] == [True, True, False, True]


@pytest.mark.parametrize(("change", "explained"), [("log-in", False), ("log-out", True), ("revoke", True)])
def test_asking_for_the_end_of_a_credential_is_a_reason(change: Any, explained: Any) -> None:
    """Whatever the backend then says; logging in is none."""
    cut_offs = CutOffs()
    cut_offs.asked(asked(change, 20))

    assert explains(cut_offs, 10, 30) is explained


@pytest.mark.parametrize(("ends", "explained"), [(0, False), (25, True), (40, False)])
def test_a_token_that_ends_by_itself_is_a_reason_from_then_on(ends: int, explained: Any) -> None:
    """Not before, and not when it was given for good."""
    cut_offs = CutOffs()
    cut_offs.answered(
        CredentialAnswered(n=0, at=10, who="bob", act="1", change="log-in", outcome="ok", token=7, ends=ends)
    )

    assert explains(cut_offs, 10, 30) is explained


@pytest.mark.parametrize(
    ("opened", "closed", "explained"),
    [(30, 49, False), (30, 50, True), (55, 60, True), (59, 60, True), (60, 70, False)],
)
def test_the_time_of_a_token_begins_between_request_and_answer(opened: int, closed: int, explained: Any) -> None:
    """A backend whose answer was long on its way ends a connection before the time that we count from the answer."""
    cut_offs = CutOffs()
    cut_offs.asked(asked("log-in", 10))
    answer = CredentialAnswered(n=0, at=19, who="bob", act="1", change="log-in", outcome="ok", token=7, ends=59)
    cut_offs.answered(answer)

    assert explains(cut_offs, opened, closed) is explained
