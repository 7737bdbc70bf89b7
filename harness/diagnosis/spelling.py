"""Why another name was taken for a channel's own: which kind of reading makes the two look alike."""

import re
from collections.abc import Callable
from typing import Final

from harness.checkers.evidence import spelled
from harness.checkers.findings import Finding
from harness.diagnosis.clues import Clues, Weight, likely, unlikely
from harness.history.events import AliasFollowed, HttpAnswered

Weigher = Callable[[Finding, Clues], Weight | None]

_GUARDS = re.compile(r"private-encrypted-|private-|presence-")
_BLANKS = re.compile(r"%[0-9A-Fa-f]{2}|[\s\x00]")
_ZEROES = re.compile(r"\.?0*|[eE]0+")
"""What may stand behind a number without making it another, once its blanks are gone."""

READINGS: Final[dict[str, str]] = {
    "AZ-11": "it has text behind an id",
    "AZ-12": "it writes the same number in another way",
    "AZ-13": "it has a word where an id is due",
    "AZ-14": "it has characters of other scripts",
    "AZ-16": "it goes on behind the channel's name",
    "AZ-17": "it begins before the channel's name",
    "AZ-18": "it has other characters where the dots are",
    "AZ-19": "it is the same without `private-` and `presence-`",
    "AZ-20": "it is the same in small letters",
}
"""What a name has of which somebody thinks who takes it for another, by the defect that does so."""


def reading(name: str, canonical: str) -> str:
    """Give the defect that takes `name` for `canonical`; "" where they are the same, or nothing alike."""
    if name == canonical:
        return ""
    alike: dict[str, Callable[[], bool]] = {
        "AZ-14": lambda: not name.isascii(),
        "AZ-20": lambda: name.lower() == canonical.lower(),
        "AZ-19": lambda: _GUARDS.sub("", name) == _GUARDS.sub("", canonical),
        "AZ-17": lambda: name.endswith(_GUARDS.sub("", canonical, count=1)),
        "AZ-18": lambda: bool(re.fullmatch(re.escape(canonical).replace(r"\.", "."), name, re.DOTALL)),
    }
    defect = next((defect for defect, is_so in alike.items() if is_so()), "")
    if not defect and name.startswith(canonical):
        return _behind(name.removeprefix(canonical))
    return defect or _by_segments(name.split("."), canonical.split("."))


def _behind(rest: str) -> str:
    """Tell what follows an id: nothing that counts, a further segment, or text."""
    if _ZEROES.fullmatch(_BLANKS.sub("", rest)) and rest != ".":
        return "AZ-12"
    return "AZ-16" if rest.startswith(".") else "AZ-11"


def _by_segments(written: list[str], own: list[str]) -> str:
    """Compare names of as many segments, of which one at least is written otherwise."""
    if len(written) != len(own):
        return ""
    kinds = {_of_segment(one, other) for one, other in zip(written, own, strict=True) if one != other}
    return kinds.pop() if len(kinds) == 1 else ""


def _of_segment(written: str, own: str) -> str:
    if not own.isdigit():
        return ""
    if _number(written) == float(own):
        return "AZ-12"
    if written.startswith(own) and not written[len(own)].isdigit():
        return "AZ-11"
    return "" if any(character.isdigit() for character in written) else "AZ-13"


def _number(text: str) -> float | None:
    """Read a number as leniently as any language does; None for what is none."""
    bare = _BLANKS.sub("", text)
    try:
        return float(int(bare, 16)) if bare.lower().startswith("0x") else float(bare)
    except (ValueError, OverflowError):
        return None


def _weigher(defect: str) -> Weigher:
    def weigh(finding: Finding, clues: Clues) -> Weight | None:
        """Ask how the name that was signed reads."""
        if not any(isinstance(event, HttpAnswered) for event in clues.about(finding)):
            return None
        own = _canonical(finding, clues)
        if own is None:
            return unlikely(f"{spelled(finding.where)} reads like no channel of this test")
        if own == finding.where:
            return unlikely(f"{spelled(own)} is the channel's own name")
        if reading(finding.where, own) == defect:
            return likely(f"{spelled(finding.where)} reads like {spelled(own)}: {READINGS[defect]}")
        return unlikely(f"{spelled(finding.where)} differs otherwise from {spelled(own)}")

    return weigh


def _canonical(finding: Finding, clues: Clues) -> str | None:
    """Find the channel that a name is, or reads like: the one that it was followed to, or a conversation's."""
    name, stays = finding.where, clues.ledger.rosters.stays
    followed = (event.canonical for event in clues.about(finding) if isinstance(event, AliasFollowed))
    if name in stays:
        return name
    return next((one for one in followed if one), None) or next((one for one in stays if _is_alike(name, one)), None)


def _is_alike(name: str, canonical: str) -> bool:
    """Tell whether two names read alike where nobody followed one of them; foreign characters alone say nothing."""
    return reading(name, canonical) not in ("", "AZ-14")


def _named_twice(finding: Finding, clues: Clues) -> Weight | None:
    """AZ-22: the name that is checked is not the one that is signed."""
    answer = next((event for event in clues.about(finding) if isinstance(event, HttpAnswered)), None)
    if answer is None or not answer.encoding:
        return None
    if answer.encoding in ("duplicated", "array"):
        return likely(f"two channels were named in one request ({answer.encoding})")
    return unlikely("one channel was named in the request")


WEIGHERS: Final[dict[str, Weigher]] = {defect: _weigher(defect) for defect in READINGS} | {"AZ-22": _named_twice}
