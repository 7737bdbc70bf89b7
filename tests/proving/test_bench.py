"""The bench: one warm stack a dialect, other people each time, a dead one replaced."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from harness.config import own_target
from harness.errors import UsageError
from harness.faults.defects.catalogue import chosen
from harness.faults.defects.of_interceptor import possible
from harness.proving.bench import Bench
from harness.proving.examination import HEALTHY
from harness.topology.embedded import EmbeddedStack
from harness.topology.target import Target


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Have a bench for three examinations."""
    one = Bench(own_target("embedded", "embedded"), seed=1, folder=tmp_path, casts=3, patience=1)
    yield one
    one.stop()


def opened(bench: Bench, id_: str, config: pytest.Config) -> Target:
    """Open the target with one defect, or with none."""
    healthy = msgspec.structs.replace(HEALTHY, scenarios=("some",))
    return bench.opened(chosen([id_])[0] if id_ else healthy)(config)


def embedded(bench: Bench) -> EmbeddedStack:
    """Give the one stack that runs."""
    (ground,) = bench._grounds.values()
    assert isinstance(ground.stack, EmbeddedStack)
    return ground.stack


def test_one_stack_serves_all_defects_of_a_dialect(bench: Bench, pytestconfig: pytest.Config) -> None:
    """Each with people who never played before; another dialect is another stack."""
    first, second = (opened(bench, id_, pytestconfig).declaration for id_ in ("AZ-01", ""))
    other = opened(bench, "AZ-26", pytestconfig).declaration

    assert first.broadcaster.url == second.broadcaster.url != other.broadcaster.url
    assert (first.broadcaster.dialect, other.broadcaster.dialect) == ("reverb", "pusher")
    assert [one.name for one in first.cast] == [one.name for one in second.cast]
    assert not {one.email for one in first.cast} & {one.email for one in second.cast}
    assert first.why_not("restart")


def test_a_stack_that_died_is_replaced(bench: Bench, pytestconfig: pytest.Config) -> None:
    """What one defect did to it is not the next one's trouble."""
    first = opened(bench, "AZ-01", pytestconfig)
    pid = embedded(bench).pids()["backend"]
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    second = opened(bench, "AZ-01", pytestconfig)

    assert first.declaration.backend.url != second.declaration.backend.url
    second.check()
    assert set(second.logs()) == {"broadcaster", "backend"}


def test_an_examination_does_not_end_the_stack(bench: Bench, pytestconfig: pytest.Config) -> None:
    """Stopping its target leaves it to the next."""
    opened(bench, "", pytestconfig).stop()

    assert opened(bench, "", pytestconfig).declaration.cast
    with pytest.raises(UsageError, match="the backend has no defect 'AZ-99'"):
        embedded(bench).become({"backend": ["AZ-99"]})


def test_what_no_server_can_have_stands_before_them(bench: Bench, pytestconfig: pytest.Config) -> None:
    """People reach the stack through the interceptor, for as long as a defect is its."""
    lost = possible(has_secret=True)[0]

    through = bench.opened(lost)(pytestconfig).declaration
    past = opened(bench, "", pytestconfig).declaration

    assert through.backend.url != past.backend.url
    assert through.broadcaster.url != past.broadcaster.url
    assert through.broadcaster.secret == past.broadcaster.secret


@pytest.mark.parametrize("id_", ["", "CO-06"])
def test_whoever_restarts_servers_has_a_stack_of_their_own(bench: Bench, pytestconfig: pytest.Config, id_: str) -> None:
    """The healthy run of all tests, and a defect that shows when its server ends; it ends with its target."""
    target = bench.opened(chosen([id_])[0] if id_ else HEALTHY)(pytestconfig)
    try:
        assert not target.declaration.why_not("restart")
        assert not bench._grounds
        target.check()
    finally:
        target.stop()
