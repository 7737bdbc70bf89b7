"""The plan: which defects a target can be given, and a reason for each of the others."""

import msgspec
import pytest

from harness.config import Service, own_target
from harness.errors import UsageError
from harness.faults.defects.catalogue import CATALOGUE
from harness.faults.defects.of_interceptor import INTERCEPTED, possible
from harness.faults.defects.unrealised import UNREALISED
from harness.proving.plan import possible_for, untried

EMBEDDED, CONTAINERS = own_target("embedded", "embedded"), own_target("containers", "containers")
REMOTE = own_target("staging", "remote")
AT_THE_END = {one.id for one in CATALOGUE if one.shows_at_the_end}


def test_our_servers_have_defects_themselves() -> None:
    """The interceptor adds what they cannot have; every id is there once."""
    for target, left_out in ((EMBEDDED, set[str]()), (CONTAINERS, AT_THE_END)):
        ids = [one.id for one in possible_for(target)]
        assert len(set(ids)) == len(ids)
        assert set(ids) == ({one.id for one in CATALOGUE} | set(INTERCEPTED)) - left_out
        assert {one.id: one.by for one in possible_for(target)}["DE-12"] == "backend"


def test_one_of_several_nodes_is_left_as_it_is() -> None:
    """The backend behind them is not."""
    nodes = msgspec.structs.replace(CONTAINERS.broadcaster, nodes=2)
    found = possible_for(msgspec.structs.replace(CONTAINERS, broadcaster=nodes))

    assert {one.by for one in found} == {"backend", "interceptor"}


def test_before_somebody_elses_servers_stands_the_interceptor() -> None:
    """A remote target, and images of a team's own; without the app's secret it does not sign."""
    own = msgspec.structs.replace(CONTAINERS, services={"app": Service(image="app")})
    assert {one.id for one in possible_for(own)} == set(INTERCEPTED)

    found = possible_for(REMOTE)
    assert {one.id for one in found} == {one.id for one in possible(has_secret=False)}
    assert {one.by for one in found} == {"interceptor"}


def test_a_target_that_grants_none_is_not_touched() -> None:
    """The error names what would have to be written."""
    target = msgspec.structs.replace(REMOTE, may=msgspec.structs.replace(REMOTE.may, defects=False))

    with pytest.raises(UsageError, match=r"staging cannot be given defects: not granted.*defects = true"):
        possible_for(target)


def test_whatever_is_not_tried_has_a_reason() -> None:
    """Those that this target cannot have, and those that nothing of ours can have yet."""
    remote = untried(REMOTE, possible_for(REMOTE))
    assert set(remote) == ({one.id for one in CATALOGUE} | set(INTERCEPTED) | set(UNREALISED)) - {
        one.id for one in possible_for(REMOTE)
    }
    assert all(remote.values())
    assert "cannot be told to have it" in remote[next(one.id for one in CATALOGUE if one.id not in INTERCEPTED)]
    assert "secret is not known" in remote["AZ-25"], "the interceptor can have it too, once it may sign"
    assert untried(EMBEDDED, possible_for(EMBEDDED)) == UNREALISED
    contained = untried(CONTAINERS, possible_for(CONTAINERS))
    assert set(contained) == set(UNREALISED) | AT_THE_END
    assert all("run on" in contained[id_] for id_ in AT_THE_END)


def test_nothing_is_both_realised_and_not() -> None:
    """A reason that is out of date would hide a defect."""
    assert not {one.partition(":")[0] for one in INTERCEPTED} & set(UNREALISED)
    assert not {one.id.partition(":")[0] for one in CATALOGUE} & set(UNREALISED)
