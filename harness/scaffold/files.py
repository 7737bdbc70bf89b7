"""The files that `realtime init` proposes, as text; writing them overwrites nothing."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.config import overlap
from harness.errors import UsageError
from harness.scaffold.collected import FIRST_TEST
from harness.scaffold.project import Channel, Found

Ci = Literal["github", "gitlab", "none"]
CI: Final[tuple[Ci, ...]] = ("github", "gitlab", "none")

_OURS: Final = Channel("private-chat.{company}.conversation.{conversation}")
_VARIABLE: Final = re.compile(r"\$\{(\w+)\}")


class Member(msgspec.Struct, frozen=True):
    """Somebody of the cast, whose password is the environment's."""

    name: str
    email: str

    @property
    def variable(self) -> str:
        """Name the variable that holds the password."""
        return f"{self.name.upper()}_PASSWORD"


class Rule(msgspec.Struct, frozen=True):
    """A channel rule as it is written; with a `reason` it is only a comment."""

    name: str
    pattern: str
    audience: str
    reason: str = ""


def cast_of(addresses: Sequence[str]) -> tuple[Member, ...]:
    """Give the cast its addresses: alice, bob and eve, in this order; raises `UsageError` for any other number."""
    names = ("alice", "bob", "eve")
    given = list(addresses) or [f"{name}@example.com" for name in names]
    if len(given) != len(names) or not all(re.fullmatch(r"[^@\s]+@[^@\s]+", one) for one in given):
        raise UsageError(f"--people is {','.join(given)!r}; write three addresses, of alice, bob and eve: a@x,b@x,e@x")
    return tuple(map(Member, names, given))


def rules_of(channels: Sequence[Channel]) -> tuple[Rule, ...]:
    """Give each channel a rule of its own name; one that cannot be decided, or contradicts an earlier, has a reason."""
    rules: list[Rule] = []
    for channel in channels or (_OURS,):
        reason = f"{channel.source}: say what {{{channel.unknown}}} is" if channel.unknown else ""
        for earlier in rules:
            if not reason and not earlier.reason and overlap(earlier.pattern, channel.pattern):
                reason = f"a name that it matches can match {earlier.pattern} too; only one rule may decide"
        taken = sum(rule.name.rstrip("0123456789-") == channel.name for rule in rules)
        name = f"{channel.name}-{taken + 1}" if taken else channel.name
        rules.append(Rule(name, channel.pattern, channel.audience, reason))
    return tuple(rules)


def proposed(found: Found, *, name: str, people: Sequence[Member], ci: Ci, test: str = FIRST_TEST) -> dict[str, str]:
    """Give path → text of every file for a project; `name` is what its target is called, `test` where a test goes."""
    environment = Environment(
        loader=PackageLoader("harness.scaffold"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - TOML, Python and YAML, whose texts are quoted where they stand
    )
    environment.filters["toml"] = lambda text: json.dumps(text, ensure_ascii=False)  # a subset of TOML's basic strings
    declared = {"found": found, "name": name, "rules": rules_of(found.channels), "people": people}
    declaration = environment.get_template("realtime.toml.j2").render(declared)
    variables = _variables(declaration) if found.is_reachable else ()
    texts = {
        "realtime.toml": declaration,
        test: environment.get_template("test_realtime.py.j2").render(),
    }
    if ci != "none":
        path = {"github": ".github/workflows/realtime.yml", "gitlab": ".gitlab-ci.yml"}[ci]
        texts[path] = environment.get_template(f"{ci}.yml.j2").render(
            variables=variables, is_local=found.is_reachable and found.is_local
        )
    return texts


def _variables(text: str) -> tuple[str, ...]:
    live = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(dict.fromkeys(_VARIABLE.findall(live)))


def write(folder: Path, texts: dict[str, str]) -> tuple[list[str], list[str]]:
    """
    Write what does not exist yet; give the paths that were written and those that were kept as they are.

    Raises `UsageError` where a file cannot be written.
    """
    written, kept = [], []
    for path, text in texts.items():
        file = folder / path
        if file.exists() or file.is_symlink():
            kept.append(path)
            continue
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8") as stream:  # never through a name that came up meanwhile
                stream.write(text)
        except OSError as error:
            raise UsageError(f"{file} cannot be written: {error.strerror}") from error
        written.append(path)
    return written, kept
