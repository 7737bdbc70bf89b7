"""
Write what is left of a run into its folder: its history, merged from all workers, and every artefact.

Each file gets its final name when it is whole, so nothing half-written ever stands under one. While a run goes on, its
folder holds `….part` files, which its end replaces; what is left of a run that never came to its end is read by
`harness.report.stored`.
"""

import contextlib
import gzip
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import IO, Final

from msgspec.structs import replace as changed

from harness.errors import EnvironmentFault
from harness.history.events import Event
from harness.history.recorder import Header, encoded
from harness.report.document import Document, Report
from harness.report.retention import forget_old_runs
from harness.report.stored import HISTORIES, OUTCOMES, PARTS
from harness.report.verdict import held_against

ARTEFACTS: Final[dict[str, str]] = {
    "report.html": "harness.report.html:render",
    "junit.xml": "harness.report.junit:render",
    "summary.md": "harness.report.markdown:render",
    "realtime.sarif": "harness.report.sarif:render",
    "authz-map.json": "harness.report.authorization_map:render",
    "verdict.json": "harness.report.stored:render",
}
"""
Every artefact by its file's name, as `module:function`: imported when it is written, takes a `Report`, gives text or
bytes.

The verdict is the last to be written: where it stands, everything before it has been tried.
"""

_LARGE: Final = 8_000_000
"""Bytes from which on a history is compressed: to a tenth, at 300 MB/s."""
_LEVEL: Final = 3


def write_run(folder: Path, report: Report) -> Document:
    """
    Write history and artefacts, point `latest` at the folder, and remove the parts; give the verdict as it was written.

    An artefact that crashes leaves the others alone and the run INCONCLUSIVE. Where nothing can be written, a full disk
    above all, that is an environment fault, and the verdict says so.
    """
    try:
        write_history(folder, report.header, report.events)
        for part in folder.glob(PARTS):
            part.unlink()
        document = write_report(folder, report)
    except OSError as error:
        return _not_written(folder, report, error)
    (folder / OUTCOMES).unlink(missing_ok=True)
    point_latest_at(folder)
    forget_old_runs(folder)
    return document


def write_history(folder: Path, header: Header, events: Iterable[Event]) -> None:
    """Store a whole history, compressed when it is large; raises `OSError`."""
    plain, compressed = (folder / name for name in HISTORIES)
    lines, small, size = encoded(header, events), [], 0
    for line in lines:
        small.append(line)
        size += len(line)
        if size > _LARGE:
            break
    else:
        replace_file(plain, small)
        compressed.unlink(missing_ok=True)
        return
    replace_file(compressed, chain(small, lines), through=_zipped)
    plain.unlink(missing_ok=True)


def write_report(folder: Path, report: Report, *, without: Iterable[str] = ()) -> Document:
    """
    Write every artefact but those left out; give the verdict as it was written.

    What cannot be made is held against the run in all that can be; raises `OSError` for what cannot be written.
    """
    made, crashed = _made(report, [name for name in ARTEFACTS if name not in without])
    if crashed:
        report = replace(report, document=held_against(report.document, "inconclusive", *crashed.values()))
        made, _ = _made(report, made)
    for name, content in made.items():
        replace_file(folder / name, [content])
    return report.document


def replace_file(
    path: Path, chunks: Iterable[bytes], *, through: Callable[[IO[bytes]], gzip.GzipFile] | None = None
) -> None:
    """Write a file under another name and give it its own when it is whole; leaves nothing when it raises `OSError`."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file, through(file) if through else contextlib.nullcontext(file) as target:
            target.writelines(chunks)
        unfinished.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise


def _zipped(file: IO[bytes]) -> gzip.GzipFile:
    return gzip.GzipFile("history.jsonl", "wb", _LEVEL, file, mtime=0)


def _made(report: Report, names: Iterable[str]) -> tuple[dict[str, bytes], dict[str, str]]:
    """Make artefacts; those that crash are named with why."""
    made: dict[str, bytes] = {}
    crashed: dict[str, str] = {}
    for name in names:
        try:
            content = renderer(name)(report)
        except Exception as error:  # noqa: BLE001 - whatever one of them stumbles over, the others are still written
            crashed[name] = f"{name} could not be written: {type(error).__name__}: {error}"
        else:
            made[name] = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
    return made, crashed


def renderer(name: str) -> Callable[[Report], str | bytes]:
    """Import what makes an artefact."""
    module, _, function = ARTEFACTS[name].partition(":")
    made: Callable[[Report], str | bytes] = getattr(import_module(module), function)
    return made


def _not_written(folder: Path, report: Report, error: OSError) -> Document:
    """Hold it against the run, and write what still fits: no file may say what is true no longer."""
    document = held_against(report.document, "environment", str(fault_of(folder, error)))
    document = changed(document, facts=changed(document.facts, folder=""))
    made, _ = _made(replace(report, document=document), reversed(ARTEFACTS))
    with contextlib.suppress(OSError):
        for name in ARTEFACTS:
            (folder / name).unlink(missing_ok=True)
    for name, content in made.items():
        with contextlib.suppress(OSError):
            replace_file(folder / name, [content])
            point_latest_at(folder)
    return document


def fault_of(folder: Path, error: OSError) -> EnvironmentFault:
    """Make the error that says why a run's folder cannot hold its report, and what to do."""
    return EnvironmentFault(
        f"the report cannot be written to {folder}: {error.strerror or error}; make room there, or name another "
        "folder for reports"
    )


def point_latest_at(folder: Path) -> None:
    """Let the link `latest` beside the folder of a run lead there, where the file system has links."""
    fresh = folder.parent / f".latest-{folder.name}"
    with contextlib.suppress(OSError):  # a file system without links still has the folder itself
        fresh.symlink_to(folder.name)
        fresh.replace(folder.parent / "latest")
    with contextlib.suppress(OSError):
        fresh.unlink(missing_ok=True)
