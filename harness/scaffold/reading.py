"""Reading files of a folder that nobody vouches for: never waiting, never more than there is room for."""

import os
import stat
from pathlib import Path
from typing import Final

LARGEST: Final = 2**20
"""Bytes of one file that are looked at."""


def text_of(file: Path) -> str:
    """
    Give the beginning of a file as text, what is no UTF-8 replaced.

    Raises `OSError` for what is missing or unreadable, and for what is no file but a pipe, a device or a folder.
    """
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)  # a pipe that nobody writes to would be waited for
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{file} is no file")
        return stream.read(LARGEST).decode("utf-8", errors="replace")
