"""
What a state machine did, written as a test that can be run: the shortest way to show a failure to somebody else.

A script is built line by line while the machine acts, so that it says what was done and not what was drawn.
"""

import textwrap
from typing import Final

_TEST: Final = '''\
"""{title}"""
{imports}

async def {name}(target):
    """{does}"""
    async with target.world() as world:
{steps}
'''
_DOES: Final = "Repeat the steps; whatever they broke is found when the world is left."


class Script:
    """The lines of one example; `text` is a module with one test."""

    def __init__(self, title: str, name: str = "test_what_was_found", *, does: str = _DOES) -> None:
        self._title = title
        self._does = does
        self._name = name
        self._lines: list[str] = []
        self._refusals: set[str] = set()

    def say(self, line: str, *, refused: str = "") -> None:
        """Add a statement; `refused` names the error of ours that it must raise."""
        if refused:
            self._refusals.add(refused)
            self._lines.append(f"with pytest.raises({refused}):")
        self._lines.append(f"    {line}" if refused else line)

    def text(self) -> str:
        """Give the whole test; it imports the errors that its lines expect, and nothing else."""
        errors = ", ".join(sorted(self._refusals))
        return _TEST.format(
            title=self._title,
            imports=f"\nimport pytest\n\nfrom harness import {errors}\n" if errors else "",
            name=self._name,
            does=self._does,
            steps=textwrap.indent("\n".join(self._lines or ["pass"]), " " * 8),
        )
