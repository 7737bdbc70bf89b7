"""The catalogue: every defect of our servers, what convicts it, and words for whoever asks for another."""

import pytest

from harness.checkers.observations import OBSERVATIONS
from harness.errors import UsageError
from harness.faults.defects.catalogue import CATALOGUE, chosen
from harness.faults.defects.defect import Defect
from harness.protocol.dialects import dialect
from harness.servers.backend.defects import DEFECTS as OF_BACKEND
from harness.servers.broadcaster.defects import DEFECTS as OF_BROADCASTER

SERVERS = {"backend": OF_BACKEND, "broadcaster": OF_BROADCASTER}


def by(one: Defect) -> list[str]:
    """Name the servers that misbehave."""
    return ["backend", "broadcaster"] if one.by == "both" else [one.by]


@pytest.mark.parametrize("server", SERVERS)
def test_it_lists_what_a_server_can_have(server: str) -> None:
    """A defect that nobody lists would never be tried, and one that no server has could not be."""
    assert {one.id for one in CATALOGUE if server in by(one)} == set(SERVERS[server])


@pytest.mark.parametrize("one", CATALOGUE, ids=lambda one: one.id)
def test_a_defect_declares_what_convicts_it(one: Defect) -> None:
    """Observations that exist, tests to begin with, the words of its server, a dialect that is one."""
    assert one.convicted_by
    assert [id_ for id_ in one.convicted_by if id_ not in OBSERVATIONS] == []
    assert one.scenarios
    assert all(SERVERS[server][one.id].says == one.says for server in by(one) if server in SERVERS and one.by != "both")
    assert not one.dialect or dialect(one.dialect)


def test_ids_are_apart() -> None:
    """One id is one defect, whoever has it."""
    assert len({(one.id, one.by) for one in CATALOGUE}) == len(CATALOGUE)


def test_defects_are_chosen_by_id() -> None:
    """An id alone means its variants too; nothing means all."""
    assert [one.id for one in chosen(["AZ-36"])] == ["AZ-36", "AZ-36:read"]
    assert [one.id for one in chosen(["AZ-36:read"])] == ["AZ-36:read"]
    assert chosen([]) == list(CATALOGUE)


def test_an_unknown_id_is_answered_by_those_that_are_near() -> None:
    """Of the target that was asked for, not of all the world; and with where to find the others."""
    one = [one for one in CATALOGUE if one.id == "AZ-01"]
    with pytest.raises(
        UsageError, match=r"'az-02' is no defect .* near to it are AZ-01; `realtime prove --list` lists"
    ):
        chosen(["az-02"], one)
    with pytest.raises(UsageError, match=r"given; `realtime prove --list` lists all 1$"):
        chosen(["nothing like it"], one)
    with pytest.raises(UsageError, match=r"--list` lists 0$"):
        chosen(["AZ-01"], [])
    with pytest.raises(UsageError, match=r"can be given \(no origins\); `realtime prove --list` lists all 1"):
        chosen(["AZ-38"], CATALOGUE, {"AZ-38": "no origins"})
