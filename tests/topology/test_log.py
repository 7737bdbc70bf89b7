"""A log shows its end, and an error quotes it."""

from pathlib import Path

from harness.topology.log import LAST_LINES, Log


def test_only_the_end_of_a_log_is_shown(tmp_path: Path) -> None:
    """However long it is, and whatever bytes are in it."""
    log = Log("server", tmp_path / "server.log")
    log.path.write_bytes(b"\xff first\n" + b"".join(f"line {number}\n".encode() for number in range(10_000)))

    lines = log.last_lines().splitlines()

    assert (len(lines), lines[-1]) == (LAST_LINES, "line 9999")


def test_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    """So that an error about a server can always be told."""
    log = Log("server", tmp_path / "server.log")

    assert log.last_lines() == ""
    assert str(log.fault("died")) == f"the server died; last lines of {log.path}: (its log is empty)"


def test_a_fault_quotes_the_log(tmp_path: Path) -> None:
    """Below the sentence that says what happened."""
    log = Log("server", tmp_path / "server.log")
    log.path.write_text("one\ntwo\n")

    assert str(log.fault("died")).endswith("server.log:\n    one\n    two")
