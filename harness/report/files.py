"""Write what is left of a run into its folder: its history, merged from all workers, and every artefact."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from harness.history.events import Event
from harness.history.recorder import Header, Recorder, load, merge, store
from harness.report.document import Report

ARTEFACTS: dict[str, Callable[[Report], str]] = {}


def store_part(folder: Path, worker: str, recorder: Recorder) -> None:
    """Write the history of one worker beside those of the others."""
    store(folder / _part(worker), recorder.header, recorder.events)


def _part(worker: str) -> str:
    return f"history-{worker}.jsonl" if worker else "history.jsonl"


def merge_history(folder: Path) -> tuple[Header, list[Event]]:
    """Bring the histories of the workers, if there are several, into `history.jsonl`, and give the whole of it."""
    parts = sorted(folder.glob("history-*.jsonl"))
    if not parts:
        whole = folder / _part("")
        return load(whole) if whole.exists() else (Header(), [])
    loaded = [load(part) for part in parts]
    header, events = loaded[0][0], merge(events for _, events in loaded)
    store(folder / _part(""), header, events)
    for part in parts:
        part.unlink()
    return header, events


def write_report(folder: Path, report: Report) -> None:
    """Write every artefact into the folder of the run and point `latest` at it."""
    text = msgspec.json.format(msgspec.json.encode(report.document), indent=2)
    (folder / "verdict.json").write_bytes(text + b"\n")
    _point_latest_at(folder)


def _point_latest_at(folder: Path) -> None:
    fresh = folder.parent / f".latest-{folder.name}"
    with contextlib.suppress(OSError):  # a file system without links still has the folder itself
        fresh.symlink_to(folder.name)
        fresh.replace(folder.parent / "latest")
    fresh.unlink(missing_ok=True)
