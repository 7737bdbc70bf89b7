"""What is wrong behind a healthy backend, as its parent says it."""

import time
from typing import Any

import pytest

from harness.errors import EnvironmentFault, UsageError
from harness.servers.backend.faults import FaultSwitch
from harness.servers.backend.services import Services


@pytest.fixture
def switch(services: Services) -> FaultSwitch:
    """Give a switch of an application that serves."""
    made = FaultSwitch()
    made.services = services
    return made


@pytest.mark.asyncio
async def test_a_delay_holds_for_each_question(switch: FaultSwitch, services: Services, capsys: Any) -> None:
    """Whoever asks waits that long; afterwards nobody does."""
    store = services.store
    switch.take({"faults": {"database_delay": 0.05}})
    began = time.monotonic()
    assert await store.run(store.has_people)
    assert time.monotonic() - began >= 0.05

    switch.take({"faults": {}})
    assert store.slowness.seconds == 0
    assert capsys.readouterr().out.splitlines() == [
        '{"faults":{"database_delay":0.05,"broadcaster_unreachable":false}}',
        '{"faults":{"database_delay":0.0,"broadcaster_unreachable":false}}',
    ]


@pytest.mark.asyncio
async def test_a_broadcaster_out_of_reach_gets_nothing(switch: FaultSwitch, services: Services, api: Any) -> None:
    """The publish fails as one that was refused; the next one after the fault arrives."""
    switch.take({"faults": {"broadcaster_unreachable": True}})
    with pytest.raises(EnvironmentFault, match="cannot be reached"):
        await services.publisher.publish("public", "Event", {})
    assert api.publishes == []

    switch.take({"faults": {}})
    await services.publisher.publish("public", "Event", {})
    assert len(api.publishes) == 1
    await services.publisher.close()


def test_another_run_may_begin_on_the_same_servers(switch: FaultSwitch, services: Services) -> None:
    """The database is put back before anything is said to be done, and nothing is wrong any more."""
    begun: list[float] = []
    switch.begin_anew = lambda: begun.append(services.store.slowness.seconds)
    switch.take({"faults": {"database_delay": 0.05}})
    switch.take({"faults": {}, "anew": True})

    assert begun == [0.05]
    assert services.store.slowness.seconds == 0


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"faults": {"database_delay": -1}}, "faults.database_delay"),
        ({"faults": {"database_delay": 61}}, "faults.database_delay"),
        ({"faults": {"disk": 1}}, "unknown field `disk`"),
        ({"fault": {}}, "unknown field `fault`|missing required field `faults`"),
    ],
)
def test_what_is_not_understood_changes_nothing(
    switch: FaultSwitch, services: Services, message: Any, reason: str
) -> None:
    """One sentence says where it is wrong."""
    with pytest.raises(UsageError, match=reason):
        switch.take(message)
    assert services.store.slowness.seconds == 0


def test_a_message_may_come_too_early() -> None:
    """Before anything serves, there is nothing to be wrong."""
    with pytest.raises(UsageError, match="not ready yet"):
        FaultSwitch().take({"faults": {}})
