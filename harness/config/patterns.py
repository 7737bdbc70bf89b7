"""
Whether the channel rules of a target can be decided: what each pattern is named after, and that no two overlap.

A rule that no channel follows is never tested and still reads as if it were, and two that one name follows contradict
each other; both are refused where they are declared.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Final

from harness.config.contract import Contract
from harness.config.declarations import ChannelRule, Person, World
from harness.errors import UsageError
from harness.protocol.channels import Pattern

_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")

_DOT: Final = "."
_ANY: Final = "any"
"""One character that is no dot."""
_MORE: Final = "more"
"""Any number of such characters, none included."""

Complain = Callable[[int, str], UsageError]
"""Makes the error about the pattern of the rule with this index."""


def check_patterns(rules: Sequence[ChannelRule], values: Mapping[str, str], complain: Complain) -> None:
    """
    Raise the error that `complain` makes of the first pattern that is none, is named after nothing, or overlaps.

    `values` are the placeholders that mean something (`stand_ins`).
    """
    for index, rule in enumerate(rules):
        if wrong := _wrong(rule.pattern, values):
            raise complain(index, f"is {rule.pattern!r}, {wrong}")
    for (_, first), (index, second) in combinations(enumerate(rules), 2):
        if overlap(first.pattern, second.pattern):
            raise complain(
                index,
                f"is {second.pattern!r}, and a name that it matches can match {first.pattern!r} of the rule "
                f"{first.name!r} too; at most one rule may decide about a name",
            )


def stand_ins(cast: Sequence[Person], world: World, contract: Contract, *, is_open: bool = False) -> dict[str, str]:
    """
    Say of every placeholder that means something why nothing stands for it on a target, "" where something does.

    Where it `is_open` what a command or an adapter makes, nothing is lacking.

    What may be made there stands for it too, whether or not that is granted: a grant that is missing is no mistake in a
    pattern, and what it keeps from being exercised is reported as such.
    """
    has_company = is_open or bool(world.companies) or any(person.company is not None for person in cast)
    has_conversation = is_open or world.conversation is not None or contract.create is not None
    learns_ids = contract.user is not None or (contract.login is not None and bool(contract.login.id))
    has_user = is_open or contract.register is not None or any(person.id is not None or learns_ids for person in cast)
    return {
        "company": "" if has_company else "nobody of the cast has a company, and world.companies names none",
        "conversation": "" if has_conversation else "world.conversation names none, and no route creates one",
        "user": "" if has_user else "nobody of the cast has an id",
        **dict.fromkeys(world.values, ""),
    }


def _wrong(pattern: str, values: Mapping[str, str]) -> str:
    """Say what is wrong with a pattern by itself, "" when nothing is."""
    try:
        Pattern(pattern)
    except ValueError as error:
        return f"which is none: {error}"
    for name in _PLACEHOLDER.findall(pattern):
        if name not in values:
            known = ", ".join(f"{{{one}}}" for one in values)
            return (
                f"and nothing says what {{{name}}} means; known are {known}, and [targets.….world] declares further "
                f'ones, as in values = {{ {name} = "1" }}'
            )
        if lacking := values[name]:
            return f"which no channel of the declared world matches, as {lacking}"
    return ""


def overlap(first: str, second: str) -> bool:
    """Tell whether a name can match both patterns; a placeholder stands for one or more characters but a dot."""
    one, two = _steps(first), _steps(second)
    ways, seen = [(0, 0)], set[tuple[int, int]]()
    while ways:
        at = ways.pop()
        if at in seen:
            continue
        seen.add(at)
        if at == (len(one), len(two)):
            return True
        ways += _onward(one, two, *at)
    return False


def _steps(pattern: str) -> list[str]:
    parts = _PLACEHOLDER.split(pattern)
    steps = list(parts[0])
    for literal in parts[2::2]:
        steps += [_ANY, _MORE, *literal]
    return steps


def _onward(one: list[str], two: list[str], i: int, j: int) -> list[tuple[int, int]]:
    """Say how far one more character, or the end of a placeholder, leads in both."""
    left, right = one[i] if i < len(one) else "", two[j] if j < len(two) else ""
    ways = []
    if left == _MORE:
        ways += [(i + 1, j), (i, j + 1)] if right not in ("", _DOT) else [(i + 1, j)]
    if right == _MORE:
        ways += [(i, j + 1), (i + 1, j)] if left not in ("", _DOT) else [(i, j + 1)]
    if left and right and _MORE not in (left, right) and _alike(left, right):
        ways.append((i + 1, j + 1))
    return ways


def _alike(left: str, right: str) -> bool:
    return left == right or (_ANY in (left, right) and _DOT not in (left, right))
