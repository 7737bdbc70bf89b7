"""What may be done to a server when, whatever it runs in (real ones: test_children, test_contained)."""

import time
from typing import Any

import pytest

from harness.errors import EnvironmentFault, NotExercised, UsageError
from harness.topology.tending import Tended, Tending


class Server(Tended):
    """Writes down what is done to it, and fails when it is told to."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.done: list[str] = []
        self.failing = ""

    def _note(self, what: str) -> None:
        if self.failing == what:
            raise EnvironmentFault(f"it cannot {what}")
        self.done.append(what)

    def pause(self) -> None:
        """Note it."""
        self._note("pause")

    def resume(self) -> None:
        """Note it."""
        self._note("resume")

    def end(self, how: str) -> None:
        """Note it."""
        self._note(how)

    def begin(self, deadline: float) -> None:
        """Note it."""
        assert deadline > time.monotonic()
        self._note("begin")

    def tell(self, message: dict[str, Any]) -> None:
        """Note it."""
        self._note(f"tell {message}")

    def look(self) -> None:
        """Note it."""
        self._note("look")


@pytest.fixture
def server() -> Server:
    """Give a server."""
    return Server("hub")


@pytest.fixture
def tending(server: Server) -> Tending:
    """Give it as the only one of a stack."""
    return Tending({"hub": server}, ready_within=30)


def test_a_name_that_is_none_is_told_with_those_there_are(tending: Tending) -> None:
    """And when a stack has ended, there are none."""
    assert tending.servers == ("hub",)
    with pytest.raises(UsageError, match="no server 'bus'; there are hub"):
        tending.do("pause", "bus")
    tending.release()
    tending.check()
    with pytest.raises(UsageError, match="none any more"):
        tending.do("pause", "hub")


def test_a_server_that_is_down_is_not_looked_at(tending: Tending, server: Server) -> None:
    """Until it is back; ending it a second time is refused."""
    tending.do("kill", "hub")
    tending.check()
    with pytest.raises(UsageError, match="the hub is down already: it cannot be made to stop"):
        tending.do("stop", "hub")
    tending.do("start", "hub")
    tending.do("start", "hub")
    tending.check()
    assert server.done == ["resume", "kill", "begin", "resume", "resume", "look"]


def test_a_paused_server_goes_on_before_it_is_ended(tending: Tending, server: Server) -> None:
    """And is not paused a second time before that; one that could not be paused is not."""
    server.failing = "pause"
    with pytest.raises(EnvironmentFault, match="it cannot pause"):
        tending.do("pause", "hub")
    server.failing = ""
    tending.do("pause", "hub")
    with pytest.raises(UsageError, match="the hub is paused already"):
        tending.do("pause", "hub")
    tending.do("stop", "hub")
    assert server.done == ["pause", "resume", "stop"]
    assert (server.is_paused, server.is_down) == (False, True)


def test_a_server_that_does_not_come_back_stays_a_fault(tending: Tending, server: Server) -> None:
    """With why, each time somebody looks."""
    tending.do("kill", "hub")
    server.failing = "begin"
    for again in (lambda: tending.do("start", "hub"), tending.check):
        with pytest.raises(EnvironmentFault, match="the hub could not be started again: it cannot begin"):
            again()


def test_what_cannot_be_done_is_not_exercised(tending: Tending, server: Server) -> None:
    """Only a container has a network of its own."""
    tending.do("tell", "hub", word=1)
    with pytest.raises(NotExercised, match="the hub cannot be made to disconnect: it runs in no container"):
        tending.do("disconnect", "hub")
    assert server.done == ["tell {'word': 1}"]
