"""The chat as a state machine: whatever people do, in whatever order, who may hear it hears it, and nobody else."""

import functools
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from harness.strategies.chat import ChatMachine

pytestmark = [pytest.mark.needs("write", "create", "membership", "registration", "load"), pytest.mark.tier("pr")]


def test_whatever_people_do_the_right_ones_hear_it(target):
    """People come, return, log out, open, enter and leave conversations; every guarantee holds at every step."""
    machine: Any = functools.partial(ChatMachine, target)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=20,
            deadline=None,
            database=None,
            derandomize=True,
            report_multiple_bugs=False,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
