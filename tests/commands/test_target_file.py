"""The file that `realtime up` writes declares the stack to another terminal."""

from pathlib import Path

import msgspec
import pytest

from harness.commands.target_file import MARK, check_writable, declaration_text, write
from harness.config import Broadcaster, Person, TargetDeclaration, load, own_target, target_declaration
from harness.errors import UsageError


@pytest.fixture
def target() -> TargetDeclaration:
    """Declare a stack that runs; its people have names that try the file's spelling."""
    ours = own_target("embedded", "embedded")
    return msgspec.structs.replace(
        ours,
        backend=msgspec.structs.replace(ours.backend, url="http://127.0.0.1:8000"),
        broadcaster=Broadcaster(
            url="ws://127.0.0.1:8080", api_url="http://127.0.0.1:8080", app_id="7", key="a-key", secret="a-secret"
        ),
        cast=(
            Person(name="alice", email="alice@x", password='q"u\\o\x7ft\te', company=1, id=1, display_name="ليلى"),
            Person(name="mallory", email="mallory@x", password="plain", company=2, id=7),
        ),
    )


def test_what_is_written_is_read_back(target: TargetDeclaration, tmp_path: Path) -> None:
    """Another process gets the same addresses, contract, people, channels, secrets and budgets, as a remote target."""
    write(tmp_path / "realtime.toml", target)
    read = target_declaration(load({}, {}, tmp_path, tmp_path))
    replace = msgspec.structs.replace
    ways = {
        "backend": replace(target.backend, transport=read.backend.transport),
        "broadcaster": replace(target.broadcaster, transport=read.broadcaster.transport),
    }
    assert read == replace(target, name="up", topology="remote", may=read.may, folder=read.folder, **ways)
    assert (read.backend.transport.headers, read.backend.transport.proxy) == ((), "")


def test_everything_that_addresses_can_serve_is_granted(target: TargetDeclaration, tmp_path: Path) -> None:
    """Only what is done where the servers run is lost on the way: logs are read, servers restarted."""
    write(tmp_path / "realtime.toml", target)
    read = target_declaration(load({}, {}, tmp_path, tmp_path))
    assert read.capabilities == target.capabilities - {"logs", "restart"}


def test_the_file_is_for_its_owner_only(target: TargetDeclaration, tmp_path: Path) -> None:
    """It holds passwords, also while it is being written, and leaves nothing else behind."""
    file = tmp_path / "realtime.toml"
    write(file, target)
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_of_ours_is_replaced(target: TargetDeclaration, tmp_path: Path) -> None:
    """The next stack has other addresses."""
    file = tmp_path / "realtime.toml"
    file.write_text(f"{MARK} earlier")
    write(file, target)
    assert file.read_text() == declaration_text(target)


@pytest.mark.parametrize(
    ("present", "complaint"),
    [("theirs", "exists and was not written by"), ("", "exists and was not written by"), (None, "cannot be replaced")],
)
def test_what_somebody_else_made_is_left_alone(
    target: TargetDeclaration, tmp_path: Path, present: str | None, complaint: str
) -> None:
    """A project's own declarations are never overwritten; nor is a folder."""
    file = tmp_path / "realtime.toml"
    file.mkdir() if present is None else file.write_text(present)
    with pytest.raises(UsageError, match=complaint):
        write(file, target)
    assert file.is_dir() or file.read_text() == present


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """The complaint comes before anything is started."""
    with pytest.raises(UsageError, match="nowhere does not exist or cannot be written to"):
        check_writable(tmp_path / "nowhere" / "realtime.toml")


def test_a_write_that_fails_leaves_nothing(
    target: TargetDeclaration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a file with passwords is worse than none."""

    def full(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="the disk is full"):
        write(tmp_path / "realtime.toml", target)
    assert list(tmp_path.iterdir()) == []
