"""The broadcaster alone: its apps by role, and nothing of it left when the block is over."""

import json
from pathlib import Path

import pytest
from websockets.sync.client import connect

from harness.errors import UsageError
from harness.topology.alone import HURRIED, ROLES, LoneBroadcaster, start_alone


def greeting(server: LoneBroadcaster, role: str) -> dict[str, object]:
    """Give the first frame that the app of a role says."""
    with connect(f"{server.url}/app/{server.apps[role].key}?protocol=7", proxy=None, compression=None) as client:
        frame: dict[str, object] = json.loads(client.recv(10))
    return frame


@pytest.mark.parametrize(
    ("dialect", "refusing"),
    [("reverb", {"origins"}), ("pusher", {"origins", "disabled"}), ("soketi", {"disabled"})],
)
def test_every_role_is_an_app_that_answers(dialect: str, refusing: set[str], tmp_path: Path) -> None:
    """With credentials of its own, at one address."""
    server = start_alone(dialect, tmp_path)
    try:
        answers = {role: greeting(server, role)["event"] for role in server.apps}
    finally:
        server.stop()

    assert answers == {role: "pusher:error" if role in refusing else "pusher:connection_established" for role in ROLES}
    assert len({app.key for app in server.apps.values()}) == len(ROLES)
    assert "secret" not in repr(server).lower()


def test_it_ends_with_its_owner_and_can_be_made_wrong(tmp_path: Path) -> None:
    """Hurried, with a receiver of webhooks, and with defects that are put into the place of others."""
    server = start_alone("pusher", tmp_path, receiver="http://127.0.0.1:1/", times=HURRIED, defects=["HT-01"])
    try:
        assert "hooked" in server.apps
        server.check()
        server.become(["CO-05"])
        assert (
            json.loads(str(greeting(server, "main")["data"]))["activity_timeout"] == HURRIED["activity_timeout"] * 2.4
        )
        with pytest.raises(UsageError, match="no defect 'XX-1'"):
            server.become(["XX-1"])
        assert "opened" in server.log()
    finally:
        server.stop()
    with pytest.raises(OSError, match="refused"):
        greeting(server, "main")


def test_what_it_refuses_is_the_callers_mistake(tmp_path: Path) -> None:
    """In its own words; nothing runs afterwards."""
    with pytest.raises(UsageError, match="sends no webhooks"):
        start_alone("reverb", tmp_path, receiver="http://127.0.0.1:1/")
