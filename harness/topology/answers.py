"""What a server of ours answers, one JSON line to each that it is told, whatever runs it."""

import json
from collections.abc import Callable
from typing import Any

from harness.errors import UsageError
from harness.topology.log import Log

NextLine = Callable[[], bytes]
"""Waits for the next line that the server writes, and raises `EnvironmentFault` when none comes."""


class Answers:
    """The answers of one server, which `log` names; whoever had no patience for one is not given the next one's."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._owed = 0

    def first(self, next_line: NextLine) -> dict[str, Any]:
        """Give what it announces; raises `EnvironmentFault` for what is no JSON object."""
        return self._object(next_line(), "announced")

    def to_what_was_told(self, next_line: NextLine) -> dict[str, Any]:
        """Give the answer to what it was just told; raises `UsageError` for a refusal, else as `first` does."""
        self._owed += 1
        while self._owed > 1:  # an answer that nobody waited for any longer may come still
            next_line()
            self._owed -= 1
        line = next_line()
        self._owed -= 1
        answer = self._object(line, "answered")
        if "error" in answer:
            raise UsageError(f"the {self._log.name} refuses: {answer['error']}")
        return answer

    def _object(self, line: bytes, verb: str) -> dict[str, Any]:
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise self._log.fault(f"{verb} {line[:200]!r} where a JSON object was due")
        return answer
