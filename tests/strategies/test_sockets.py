"""Socket ids: well-formed ones are, malformed ones are not, and both have the classes that break something."""

import pytest
from hypothesis import find, given, settings

from harness.protocol.signatures import is_socket_id
from harness.strategies import malformed_socket_ids, socket_ids

QUIETLY = settings(database=None, derandomize=True, deadline=None, max_examples=5_000)


@settings(database=None, derandomize=True)
@given(socket_ids(), malformed_socket_ids())
def test_each_keeps_its_promise(good: str, bad: str) -> None:
    """One has the form of an id, the other has not."""
    assert is_socket_id(good)
    assert not is_socket_id(bad)


def test_a_socket_id_may_exceed_64_bits() -> None:
    """Its halves are no machine integers."""
    assert find(socket_ids(), lambda one: int(one.partition(".")[0]) > 2**64, settings=QUIETLY)


@pytest.mark.parametrize("wanted", ["", "1.", "1.1 ", "1.1\n", "1.1:private-x", "-1.1", "1" * 10_000], ids=repr)
def test_every_class_of_malformed_ids_is_there(wanted: str) -> None:
    """Half an id, one with a blank, with a channel behind it, and far too long."""
    assert find(malformed_socket_ids(), lambda one: one == wanted, settings=QUIETLY) == wanted
