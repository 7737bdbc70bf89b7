"""Files that nobody vouches for: pipes, devices, binaries, and what has no end."""

import os
from pathlib import Path

import pytest

from harness.scaffold.laravel import read_laravel
from harness.scaffold.reading import LARGEST, text_of


def test_a_file_is_read_as_text_up_to_its_limit(tmp_path: Path) -> None:
    """What is no UTF-8 is replaced."""
    file = tmp_path / "binary"
    file.write_bytes(b"\xff\xfea" + b"b" * 2 * LARGEST)

    assert text_of(file).startswith("\ufffd\ufffdab")
    assert len(text_of(file)) == LARGEST


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    """A pipe that nobody writes to, a device without end, a folder, and nothing."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    for name in ("pipe", "device", ".", "missing"):
        with pytest.raises(OSError, match=r".+"):
            text_of(tmp_path / name)


def test_an_application_full_of_traps_is_read_all_the_same(tmp_path: Path) -> None:
    """Each adds nothing, and holds nothing up."""
    for name in ("routes", "config", "app/Events"):
        (tmp_path / name).mkdir(parents=True)
    os.mkfifo(tmp_path / ".env")
    os.mkfifo(tmp_path / "routes/channels.php")
    (tmp_path / "routes/api.php").symlink_to("/dev/zero")
    (tmp_path / "routes/web.php").write_text("<?php " + "/*" * 400_000)
    (tmp_path / "config/broadcasting.php").write_bytes(os.urandom(4096))

    assert read_laravel(tmp_path).env_file == ""
    (tmp_path / ".env").unlink()
    (tmp_path / ".env").write_bytes(b"\xff\xfe=\xff\nAPP_URL=http://localhost:8000\n" + b"A" * 3 * LARGEST)
    assert read_laravel(tmp_path).backend_url == "http://localhost:8000"
