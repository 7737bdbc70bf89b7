"""Read what a run left: its verdict and its history; of a run that never came to its end, what its parts still tell."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from harness.checkers.run import judge_run
from harness.errors import UsageError
from harness.history.events import Event
from harness.history.recorder import PART, Header, load, merge
from harness.report.document import SCHEMA, Document, Facts, Outcome, Report
from harness.report.recheck import untold
from harness.report.verdict import document_of

HISTORIES: Final = ("history.jsonl", "history.jsonl.gz")
"""The names of a whole history; a folder holds one of them."""

PARTS: Final = f"history*.jsonl{PART}"
"""The histories that the processes of a run are still writing."""

OUTCOMES: Final = f"outcomes.jsonl{PART}"
"""What tests came to while a run goes on: a line of `Facts`, then an `Outcome` a line."""

VERDICT: Final = "verdict.json"

INTERRUPTED: Final = "the run was interrupted"


class _Schema(msgspec.Struct):
    schema: str = ""


def render(report: Report) -> bytes:
    """Write `verdict.json`."""
    return msgspec.json.format(as_json(report.document), indent=2) + b"\n"


def as_json(value: Any) -> bytes:
    """Encode a value; half a surrogate pair, which no JSON can hold, becomes its escape so that the rest is kept."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(_escaped(msgspec.to_builtins(value)))


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_escaped(name): _escaped(member) for name, member in value.items()}
    return [_escaped(member) for member in value] if isinstance(value, list | tuple) else value


def read_run(folder: Path) -> Report:
    """
    Read the folder of a run.

    While parts stand in it, its run goes on or was killed: the verdict is then made from them, and says so. Raises
    `UsageError` for a folder that holds no history, and for a file that is not what its name says.
    """
    if not os.path.isdir(folder):  # noqa: PTH112 — says no to a name that is too long, where `Path.is_dir` raises
        raise UsageError(f"{folder} is no folder of a run; name one that holds a history and a verdict")
    if is_unfinished(folder):
        return _unfinished(folder)
    header, events = _read_history(folder)
    if (folder / VERDICT).exists():
        return Report(read_verdict(folder / VERDICT), header, events)
    facts = _facts(header, events, folder)
    return _report([], facts, "no verdict says which tests were to run", header, events)


def _read_history(folder: Path) -> tuple[Header, list[Event]]:
    found = next((folder / name for name in HISTORIES if (folder / name).exists()), None)
    if found is None:
        raise UsageError(f"{folder} holds neither {' nor '.join(HISTORIES)}, so nothing can be told of that run")
    return load(found)


def is_unfinished(folder: Path) -> bool:
    """Tell whether the run goes on, or was killed: its parts are there, and count for more than whatever else is."""
    return any(folder.glob(PARTS)) or (folder / OUTCOMES).exists()


def read_verdict(path: Path) -> Document:
    """Read a `verdict.json`; raises `UsageError` naming the file when it is none of a schema that we know."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    try:
        schema = msgspec.json.decode(content, type=_Schema).schema
        if schema == SCHEMA:
            return msgspec.json.decode(content, type=Document)
    except ValueError as error:  # msgspec's own, or bytes that are no UTF-8
        raise UsageError(f"{path} is no verdict of {SCHEMA}: {error}") from None
    raise UsageError(f"{path} is of schema {schema!r}; this version reads {SCHEMA}")


def read_parts(folder: Path) -> tuple[Header, list[Event]]:
    """Read what the processes of a run have written so far, merged; raises `UsageError` when a part is no history."""
    loaded = [one for one in map(load, sorted(folder.glob(PARTS))) if one[1]]
    return loaded[0][0] if loaded else Header(), merge(events for _, events in loaded)


def _unfinished(folder: Path) -> Report:
    header, events = read_parts(folder) if any(folder.glob(PARTS)) else _read_history(folder)
    outcomes = folder / OUTCOMES
    lines = outcomes.read_bytes().splitlines(keepends=True) if outcomes.exists() else []
    whole = [line for line in lines if line.endswith(b"\n")]
    try:
        told = [msgspec.json.decode(line, type=Outcome) for line in whole[1:]]
        facts = msgspec.json.decode(whole[0], type=Facts) if whole else _facts(header, events, folder)
    except ValueError as error:
        raise UsageError(f"{outcomes} is not what a run writes: {error}") from None
    facts = replace(facts, seconds=_seconds(events))
    return _report(told, facts, INTERRUPTED, header, events)


def _report(told: list[Outcome], facts: Facts, cut_short: str, header: Header, events: list[Event]) -> Report:
    """Make the verdict that nobody wrote: of what tests came to, and of what the history tells of others."""
    outcomes = [*told, *untold(told, events)]
    document = document_of(outcomes, facts=facts, run=judge_run(header, events), cut_short=cut_short)
    return Report(document, header, events)


def _facts(header: Header, events: Sequence[Event], folder: Path) -> Facts:
    """Give what a history knows of its run."""
    return Facts(
        run=header.run,
        target=header.target,
        topology=header.topology,
        dialect=header.dialect,
        seed=header.seed,
        started=header.wall_origin,
        seconds=_seconds(events),
        workers=len({event.worker for event in events}) or 1,
        folder=str(folder),
    )


def _seconds(events: Sequence[Event]) -> float:
    return events[-1].at / 1e9 if events else 0.0
