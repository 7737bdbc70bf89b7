"""The shapes of a file accept what the declarations know, and nothing else."""

import msgspec
import pytest

from harness.config.contract import FIELD_WORDS
from harness.config.tables import (
    BackendTable,
    BroadcasterTable,
    OwnBackendTable,
    OwnBroadcasterTable,
    OwnTable,
    RemoteTable,
)


def test_every_route_of_the_contract_can_be_overridden() -> None:
    """A route that the tables forgot could not be told to us."""
    assert set(FIELD_WORDS) < set(BackendTable.__struct_fields__)


@pytest.mark.parametrize(
    "shape", [BackendTable, BroadcasterTable, OwnBackendTable, OwnBroadcasterTable, OwnTable, RemoteTable]
)
def test_unknown_keys_are_refused(shape: type[msgspec.Struct]) -> None:
    """A misspelt key is an error, not a default."""
    assert shape.__struct_config__.forbid_unknown_fields


def test_a_stack_of_ours_is_told_no_addresses() -> None:
    """Addresses, people and secrets of a stack that we start are ours to know."""
    assert set(OwnTable.__struct_fields__) == {"topology", "backend", "broadcaster", "may", "budgets"}
    assert OwnBackendTable.__struct_fields__ == ("revokes", "database", "authentication")
