"""Which runs are kept: the report folder of somebody who runs the suite at every change would fill the disk."""

import contextlib
import re
import shutil
import time
from pathlib import Path
from typing import Final

KEPT: Final = 20
"""
How many run folders are kept, the newest by name.

What must stay is renamed or copied elsewhere: only folders with a name of ours are ever removed.
"""

_NAME: Final = re.compile(r"\d{8}-\d{6}-\d+")
"""The name of a run: its date, its time, the id of its process."""
_DAY_SECONDS: Final = 86_400


def forget_old_runs(folder: Path) -> None:
    """Remove the oldest runs beside this one's folder; a folder that is none of ours, or still in use, stays."""
    with contextlib.suppress(OSError):  # what cannot be looked at is not ours to tidy
        runs = sorted(path for path in folder.parent.iterdir() if _is_run(path))
        for old in runs[:-KEPT]:
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)


def newest_run(folder: Path) -> Path | None:
    """Find the newest run below the report folder that left a history, also one that never came to its end."""
    with contextlib.suppress(OSError):
        runs = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name) and not path.is_symlink())
        return next((path for path in reversed(runs) if any(path.glob("history*.jsonl*"))), None)
    return None


def _is_run(path: Path) -> bool:
    """Tell whether a run left this; one without a verdict, or proof, may still go on, unless it is past a day old."""
    if not _NAME.fullmatch(path.name) or path.is_symlink() or not path.is_dir():
        return False
    is_old = path.stat().st_mtime < time.time() - _DAY_SECONDS
    return (
        (path / "verdict.json").exists()
        or (path / "prove.json").exists()
        or (is_old and any(path.glob("history*.jsonl*")))
    )
