"""What a run was asked for: each setting from option, environment, ini, `realtime.toml` or default, in that order."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec

from harness.config.capabilities import checked_words
from harness.config.declarations import TargetDeclaration
from harness.config.document import Document, find_document, read_document
from harness.config.durations import duration
from harness.config.environment import variables, with_file
from harness.config.targets import declared_target, target_names
from harness.errors import UsageError

Tier = Literal["smoke", "pr", "release", "nightly"]
OnInconclusive = Literal["fail", "warn"]
T = TypeVar("T")

OPTIONS: Final = (
    "config",
    "target",
    "tier",
    "report",
    "seed",
    "patience",
    "require",
    "inconclusive",
    "endurance",
    "reuse",
    "doctor",
)
"""The settings by name: `--realtime-NAME`, `REALTIME_NAME`, `realtime_NAME` in an ini file, NAME in `realtime.toml`."""

TIERS: Final[tuple[Tier, ...]] = ("smoke", "pr", "release", "nightly")
_SWITCH: Final = ("on", "off")
_OUTCOMES: Final[tuple[OnInconclusive, ...]] = ("fail", "warn")
TOP_LEVEL: Final = (
    "default_target",
    "env_file",
    "targets",
    "conformance",
    *(name for name in OPTIONS if name not in ("config", "target")),
)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a run was asked for.

    `report` is the folder that gets one folder a run; `patience` multiplies every deadline of ours; `require` holds the
    capabilities whose absence is an error; `endurance` is for how many seconds a property draws examples in tier
    nightly; `reuse` is for how many seconds the containers of a run are kept for the next one, 0 for not; `doctor`
    tells whether the target is walked hop by hop when something failed; `file` is where targets are declared, `None`
    when nowhere.
    """

    target: str
    tier: Tier
    report: Path
    seed: int
    patience: float
    require: tuple[str, ...]
    inconclusive: OnInconclusive
    endurance: float
    reuse: float
    doctor: bool
    file: Path | None


def load(options: Mapping[str, str | None], ini: Mapping[str, str | None], start: Path, root: Path) -> Settings:
    """
    Decide the settings of a run; `options` and `ini` are keyed by the names of `OPTIONS`, unset ones `None`.

    `start` is where the search for `realtime.toml` begins, `root` where it ends; a relative report folder is below
    `root`. Raise `UsageError` for an unknown value, target or capability, naming what asked for it and what is allowed.
    """
    config = _Asked(options, ini, None).read("config", _path, None)
    document = _document(root / config) if config else find_document(start, root)
    asked = _Asked(options, ini, document)
    tier: Tier = asked.read("tier", _one_of(TIERS), "smoke")
    return Settings(
        target=asked.read("target", _one_of(target_names(document)), "embedded"),
        tier=tier,
        report=root / asked.read("report", _path, Path("reports")),
        seed=asked.read("seed", _seed, 1),
        patience=asked.read("patience", _positive("a factor above zero is allowed, for example 3"), 1.0),
        require=asked.read("require", _capabilities, ()),
        inconclusive=asked.read("inconclusive", _one_of(_OUTCOMES), "warn" if tier in ("smoke", "pr") else "fail"),
        endurance=asked.read("endurance", _positive("seconds are allowed, more than none"), 300.0),
        reuse=asked.read("reuse", duration, 0.0),
        doctor=asked.read("doctor", _one_of(_SWITCH), "on") == "on",
        file=document.place.file if document else None,
    )


def target_declaration(settings: Settings) -> TargetDeclaration:
    """Declare the target of a run; raise `UsageError` when its table is wrong or a `${VARIABLE}` of it is not set."""
    document = read_document(settings.file) if settings.file else None
    return declared_target(settings.target, document, _known_variables(document))


def _known_variables(document: Document | None) -> Mapping[str, str]:
    """Give the environment, and behind it what stands in the file that `env_file` names, as Laravel's `.env`."""
    name = document.table.get("env_file") if document else None
    if document is None or name is None:
        return variables()
    place = document.place.below("env_file")
    if not isinstance(name, str):
        raise place.error(f"is {name!r}; write the path of a file of NAME=value lines")
    try:
        return with_file(place.file.parent / name)
    except (OSError, ValueError) as error:
        raise place.error(f"is {name!r}, which cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _document(file: Path) -> Document:
    document = read_document(file)
    if document is None:
        raise UsageError(f"{file} has no [tool.realtime], so it declares nothing; name another file or write the table")
    return document


@dataclass(frozen=True)
class _Asked:
    """The four places that may ask for a setting."""

    options: Mapping[str, str | None]
    ini: Mapping[str, str | None]
    document: Document | None

    def __post_init__(self) -> None:
        """Refuse a file whose top level holds a key that nobody reads."""
        for key in self.document.table if self.document else ():
            if self.document and key not in TOP_LEVEL:
                raise self.document.place.below(key).error(
                    f"is no key that is known here; allowed are {', '.join(TOP_LEVEL)}"
                )

    def read(self, name: str, reader: Callable[[object], T], default: T) -> T:
        """Find the setting and read it; say who asked when the value is refused."""
        for asked_by, value in self._places(name):
            try:
                return reader(value)
            except UsageError as error:
                raise UsageError(f"{asked_by} {error}") from None
        return default

    def _places(self, name: str) -> list[tuple[str, object]]:
        # Empty is how CI spells an unset variable, and pytest an ini value that nobody wrote.
        variable, key = f"REALTIME_{name.upper()}", "default_target" if name == "target" else name
        found: list[tuple[str, object]] = [
            (f"--realtime-{name}", self.options.get(name)),
            (variable, variables().get(variable) or None),
            (f"realtime_{name} in the ini file", self.ini.get(name) or None),
        ]
        if self.document:
            place = self.document.place.below(key)
            found.append((f"{place.file}: {place.key}", self.document.table.get(key)))
        return [(asked_by, value) for asked_by, value in found if value is not None]


def _one_of(allowed: tuple[T, ...]) -> Callable[[object], T]:
    def read(value: object) -> T:
        for one in allowed:
            if value == one:
                return one
        raise UsageError(f"is {value!r}; allowed are {', '.join(map(str, allowed))}")

    return read


def _path(value: object) -> Path:
    if not isinstance(value, str) or not value:
        raise UsageError(f"is {value!r}; a path is allowed")
    return Path(value)


def _seed(value: object) -> int:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()):
        raise UsageError(f"is {value!r}; a whole number from 0 on is allowed")
    return int(text)


def _positive(allowed: str) -> Callable[[object], float]:
    def read(value: object) -> float:
        try:
            number = math.nan if isinstance(value, bool) else float(str(value))
        except ValueError:
            number = math.nan
        if not 0 < number < math.inf:
            raise UsageError(f"is {value!r}; {allowed}")
        return number

    return read


def _capabilities(value: object) -> tuple[str, ...]:
    words = value if isinstance(value, list) else str(value).replace(",", " ").split()
    return checked_words((str(word) for word in words), "names")
