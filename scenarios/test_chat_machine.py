"""The chat as a state machine: whatever people do, in whatever order, who may hear it hears it, and nobody else."""

import functools
from typing import Any

import pytest
from hypothesis.stateful import run_state_machine_as_test

from harness.strategies.chat import ChatMachine
from harness.strategies.profiles import for_machines

pytestmark = [pytest.mark.needs("write", "create", "membership", "registration", "load"), pytest.mark.tier("pr")]


def test_whatever_people_do_the_right_ones_hear_it(target, property_settings):
    """People come, return, log out, open, enter and leave conversations; every guarantee holds at every step."""
    machine: Any = functools.partial(ChatMachine, target)
    run_state_machine_as_test(machine, settings=for_machines(property_settings))
