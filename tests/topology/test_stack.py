"""The parts of the reference stack: credentials, a target filled in, proofs."""

import time
from pathlib import Path

import pytest

from harness.config import own_target
from harness.errors import EnvironmentFault
from harness.topology.log import Log
from harness.topology.stack import blamed_on, filled_in, new_app, prove_login, websocket

OURS = own_target("embedded", "embedded")
ALICE = {"name": "alice", "email": "a@x", "password": "p", "id": 1, "company": 1, "display_name": "Alice"}
EXTRA = {**ALICE, "name": None}


def test_credentials_are_new_each_time_and_not_shown() -> None:
    """A stack cannot be spoken to with those of another one."""
    one, other = new_app(), new_app()

    assert one != other
    assert one.secret not in repr(one)


def test_a_target_has_addresses_and_those_who_play_a_role() -> None:
    """The rest of the world is scenery."""
    app = new_app()

    target = filled_in(OURS, app, api_url="http://h:1", backend_url="http://h:2", people=[ALICE, EXTRA])

    assert (target.broadcaster.url, target.broadcaster.api_url, target.backend.url) == (
        "ws://h:1",
        "http://h:1",
        "http://h:2",
    )
    assert (target.broadcaster.key, target.broadcaster.secret) == (app.key, app.secret)
    assert [person.name for person in target.cast] == ["alice"]
    assert websocket("https://h") == "wss://h"


def test_a_stack_without_people_cannot_prove_itself() -> None:
    """There is nobody who could log in."""
    with pytest.raises(EnvironmentFault, match="nobody who could log in"):
        prove_login(OURS, time.monotonic() + 1)


def test_a_proof_that_failed_is_blamed_on_its_server(tmp_path: Path) -> None:
    """With the end of its log."""
    log = Log("backend", tmp_path / "backend.log")
    log.path.write_text("disk full\n")

    with (
        pytest.raises(EnvironmentFault, match=r"the backend is not ready \(no answer\); .*\n    disk full"),
        blamed_on(log),
    ):
        raise EnvironmentFault("no answer")
