"""What a run came to, as one value: `verdict.json` is this value, and every other artefact is made from it."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import msgspec

from harness.checkers.findings import Finding
from harness.checkers.latency import Budget, Stage
from harness.checkers.outages import Recovery
from harness.checkers.recovery import Shortfall
from harness.checkers.revocation import Lapse
from harness.checkers.run import Check
from harness.checkers.verdict import Verdict
from harness.history.events import Event
from harness.history.recorder import Header
from harness.report.visit import Visit

SCHEMA = "realtime-verdict/1"

Word = Literal["PASS", "FAIL", "INCONCLUSIVE", "ENVIRONMENT", "NOT EXERCISED", "ERROR"]
"""What a test came to; ERROR is a test that is wrong itself."""

Reason = Literal["security", "failure", "environment", "inconclusive"]

EXERCISED: tuple[Word, ...] = ("PASS", "FAIL", "INCONCLUSIVE")
"""The words that say something about the product."""

_SLUG = 60
"""Characters of a test's name that stand in its anchor."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """
    What one test came to.

    `repeated`: another attempt followed it; `unbroken`: what it tolerates in vain; `needs`: the capabilities that it
    exercises. `file` and `line` say where the test stands, the file relative to the rootdir.
    """

    test: str
    verdict: Word
    reason: str = ""
    seconds: float = 0.0
    file: str = ""
    line: int = 0
    needs: tuple[str, ...] = ()
    counts: dict[str, int] = {}
    findings: tuple[Finding, ...] = ()
    doubts: tuple[str, ...] = ()
    budgets: tuple[Budget, ...] = ()
    unbroken: tuple[str, ...] = ()
    repeated: bool = False
    replay: str = ""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """
    What was run, where and when.

    `started` is in seconds since the epoch, for display; `folder` holds the report; `root` is the rootdir, as a path
    from the root of the repository ("" when it is that); `inconclusive` says what such a test was told to do.
    """

    run: str = ""
    target: str = ""
    topology: str = ""
    dialect: str = ""
    tier: str = ""
    seed: int = 0
    started: float = 0.0
    seconds: float = 0.0
    workers: int = 1
    versions: dict[str, str] = {}
    folder: str = ""
    root: str = ""
    inconclusive: Literal["fail", "warn"] = "fail"


class Unexercised(msgspec.Struct, frozen=True, kw_only=True):
    """A test that the target could not serve, and why."""

    test: str
    reason: str


class Unbroken(msgspec.Struct, frozen=True, kw_only=True):
    """A guarantee that a test tolerates the breaking of, and that held."""

    test: str
    observation: str


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """
    The verdict of a run.

    `findings` are those that count, of tests and of the run as a whole; `exit_code` is that of `realtime run` and
    `reasons` why it is not 0, gravest first. `cut_short` says why not all tests ran. `doctor` is what a walk over the
    target found, after something had failed; it changes no verdict.
    """

    schema: str = SCHEMA
    verdict: Verdict
    exit_code: int
    reasons: tuple[Reason, ...] = ()
    facts: Facts
    cut_short: str = ""
    tests: dict[Word, int] = {}
    exercised: int = 0
    counts: dict[str, int] = {}
    budgets: tuple[Budget, ...] = ()
    stages: tuple[Stage, ...] = ()
    validity: tuple[Check, ...] = ()
    revocations: tuple[Lapse, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    doubts: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    advice: tuple[Finding, ...] = ()
    tolerated: tuple[Finding, ...] = ()
    unbroken: tuple[Unbroken, ...] = ()
    flaky: tuple[str, ...] = ()
    not_exercised: tuple[Unexercised, ...] = ()
    required_not_exercised: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    doctor: tuple[Visit, ...] = ()
    outcomes: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that an artefact is made from: the verdict, and the history that it was made from."""

    document: Document
    header: Header
    events: list[Event]

    @property
    def final(self) -> tuple[Outcome, ...]:
        """The outcome of every test's last attempt."""
        return tuple(final(self.document.outcomes))


def final(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Leave out the attempts that another one followed."""
    return [one for one in outcomes if not one.repeated]


def anchor(test: str) -> str:
    """Name the place of a test in `report.html`: readable, safe in a URL and a shell, and of this node id alone."""
    file, _, name = test.partition("::")
    words = f"{file.rpartition('/')[2].removesuffix('.py')} {name}".lower()
    slug = re.sub(r"[^a-z0-9]+", "-", words).strip("-").removeprefix("test-")[:_SLUG].rstrip("-")
    digest = hashlib.sha256(test.encode("utf-8", "backslashreplace")).hexdigest()[:6]
    return "-".join(part for part in ("test", slug, digest) if part)
