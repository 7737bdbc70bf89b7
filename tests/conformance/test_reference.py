"""Our broadcaster as it is examined, and anybody else's."""

from pathlib import Path

import pytest

from harness.config import own_target
from harness.conformance.reference import examined
from harness.conformance.server import Server
from harness.errors import UsageError


def test_ours_has_a_twin_with_compressed_timers(reference: Server) -> None:
    """Two processes, each with credentials of its own."""
    twin = reference.hurried

    assert reference.is_ours
    assert reference.missing(("secret", "api", "short_timers")) == ""
    assert twin is not None
    assert twin.url != reference.url
    assert twin.timers is not None
    assert twin.timers.ping_interval < 1


def test_a_target_of_somebodys_own_is_examined_itself(tmp_path: Path) -> None:
    """Nothing is started for it."""
    with examined(own_target("mine", "containers"), folder=tmp_path) as server:
        assert (server.name, server.is_ours, list(tmp_path.iterdir())) == ("mine", False, [])


def test_a_wrong_setting_is_told(tmp_path: Path) -> None:
    """And nothing runs on."""
    opened = examined(own_target("embedded", "embedded"), folder=tmp_path, defects=("XX-1",), patience=4)
    with pytest.raises(UsageError, match="no defect 'XX-1'"), opened:
        pass
