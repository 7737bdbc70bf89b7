"""The chat machine finds what is broken, says who and where, and shows the steps as a test."""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from harness.config.durations import Seconds
from harness.config.reference import own_target
from harness.errors import GuaranteeBroken
from harness.history.recorder import Header, Recorder
from harness.strategies.chat import ChatMachine
from harness.topology.embedded import start
from harness.topology.target import Target


def opened(folder: Path, revokes: Literal["closes", "unknown"], revocation: float) -> Target:
    """Start a stack that closes what a lost right had opened, or not, and that agreed to a budget for it in seconds."""
    plain = own_target("embedded", "embedded")
    declaration = msgspec.structs.replace(
        plain,
        backend=msgspec.structs.replace(plain.backend, revokes=revokes),
        budgets=msgspec.structs.replace(plain.budgets, revocation=Seconds(revocation)),
    )
    stack = start(declaration, seed=1, folder=folder, cache=folder)
    return Target(stack, Recorder(Header(run="told", target="embedded", dialect="reverb")))


@pytest.fixture
def healthy(tmp_path: Path) -> Iterator[Target]:
    """Give a target as it should be."""
    with opened(tmp_path, "closes", 2) as target:
        yield target


@pytest.fixture
def plain_laravel(tmp_path: Path) -> Iterator[Target]:
    """Give a target that closes nothing, and agreed that a lost right ends at once."""
    with opened(tmp_path, "unknown", 0) as target:
        yield target


def run(target: Target, examples: int) -> None:
    """Let the machine act, the same way every time."""
    machine: Any = functools.partial(ChatMachine, target)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=15,
            deadline=None,
            database=None,
            derandomize=True,
            report_multiple_bugs=False,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_healthy_target_passes(healthy: Target) -> None:
    """Whatever people do; every example was judged."""
    run(healthy, 8)

    assert len(healthy.judgements) >= 8
    assert {judgement.verdict for judgement in healthy.judgements} == {"PASS"}


def test_a_right_that_outlives_its_end_is_found_and_told_as_a_test(plain_laravel: Target) -> None:
    """Few steps are left of it, and they are a test that can be run."""
    with pytest.raises(GuaranteeBroken, match=r"isolation\.heard-after-(removal|logout|deletion)") as broken:
        run(plain_laravel, 40)

    script = broken.value.__notes__[0]
    assert "async def test_what_was_found(target):" in script
    assert len(script.splitlines()) < 25
    compile(script, "found.py", "exec")
