"""
What a state machine did, written as a test that can be run: the shortest way to show a failure to somebody else.

A script is built line by line while the machine acts, so that it says what was done and not what was drawn.
"""

import textwrap
from typing import Final

_HEAD: Final = '''\
"""{title}"""

import pytest

from harness import AuthorizationDenied, SendRefused, expect


async def {name}(target):
    """Repeat the steps; whatever they broke is found when the world is left."""
    async with target.world() as world:
'''


class Script:
    """The lines of one example; `text` is a module with one test."""

    def __init__(self, title: str, name: str = "test_what_was_found") -> None:
        self._title = title
        self._name = name
        self._lines: list[str] = []

    def __len__(self) -> int:
        return len(self._lines)

    def say(self, line: str, *, refused: str = "") -> None:
        """Add a statement; `refused` names the error that it must raise."""
        self._lines += [f"with pytest.raises({refused}):", f"    {line}"] if refused else [line]

    def text(self) -> str:
        """Give the whole test; it imports what its lines use and nothing else."""
        body = textwrap.indent("\n".join(self._lines or ["pass"]), " " * 8)
        head = _HEAD.format(title=self._title, name=self._name)
        names = [name for name in ("AuthorizationDenied", "SendRefused", "expect") if f"{name}" in body]
        head = head.replace("from harness import AuthorizationDenied, SendRefused, expect\n", _imported(names))
        if "pytest." not in body:
            head = head.replace("import pytest\n\n", "")
        return f"{head}{body}\n".replace('"""\n\n\n\n', '"""\n\n\n')


def _imported(names: list[str]) -> str:
    return f"from harness import {', '.join(names)}\n" if names else ""
