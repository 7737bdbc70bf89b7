"""A `realtime.toml` that declares a running stack of ours as a remote target, for another terminal or another tool."""

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from harness.config import OWN_FIELDS, OWN_ROUTES, SERVED, TargetDeclaration, spelled
from harness.errors import UsageError

MARK: Final = "# Written by `realtime up`"
"""How a file of ours begins; nothing else is overwritten."""

NAME: Final = "up"
"""The target's name in the file, and its default."""


def check_writable(path: Path) -> None:
    """Raise `UsageError` when the file cannot be written here, or holds what somebody else wrote."""
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"--target-file {path}: the folder {path.parent} does not exist or cannot be written to")
    try:
        begin = path.read_bytes()[: len(MARK)] if path.exists() else MARK.encode()
    except OSError as error:
        raise UsageError(f"--target-file {path} cannot be replaced: {error.strerror}") from error
    if begin != MARK.encode():
        raise UsageError(f"--target-file {path} exists and was not written by `realtime up`; name another file")


def write(path: Path, target: TargetDeclaration) -> None:
    """Write the declaration of a running stack, readable by its owner only; raise `UsageError` as `check_writable`."""
    check_writable(path)
    # mkstemp makes it with mode 0600: there is no moment at which somebody else could read the passwords.
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(declaration_text(target))
        Path(unfinished).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(unfinished).unlink()
        raise


def declaration_text(target: TargetDeclaration) -> str:
    """Give the file's text: addresses, cast, secrets, budgets, and a grant of all that addresses can serve."""
    login = f"{{ fields = {{ {', '.join(f'{word} = {_toml(name)}' for word, name in OWN_FIELDS.items())} }} }}"
    delivery = ", ".join(f"{name} = {_toml(spelled(limit))}" for name, limit in target.budgets.delivery.items())
    deadlines = {name: spelled(getattr(target.budgets, name)) for name in ("arrival", "revocation")}
    backend = {
        "url": target.backend.url,
        "publishes": target.backend.publishes,
        "revokes": target.backend.revokes,
        "ability": target.backend.contract.ability,
        "login_limit": target.backend.login_limit,
        "authentication": "" if target.backend.contract.authentication == "bearer" else "cookie",
    }
    routes = (f"{name} = {{ request = {_toml(f'{one.method} {one.path}')} }}" for name, one in OWN_ROUTES.items())
    broadcaster = {
        name: value
        for name, value in msgspec.structs.asdict(target.broadcaster).items()
        if name in ("url", "api_url", "dialect", "app_id", "key", "secret")
    }
    may: dict[str, object] = dict.fromkeys(sorted(SERVED["remote"] & target.capabilities), True)
    may["requests_per_second"] = 0
    lines = [
        f"{MARK}; it holds passwords, and is true for as long as that command runs.",
        f"default_target = {_toml(NAME)}",
        *_table(f"[targets.{NAME}]", {"topology": "remote"}),
        *_table(f"[targets.{NAME}.backend]", backend),
        f"login = {login}",
        *routes,
        *_table(f"[targets.{NAME}.broadcaster]", broadcaster),
    ]
    for rule in target.channels:
        lines += _table(f"[[targets.{NAME}.channels]]", msgspec.structs.asdict(rule))
    for person in target.cast:
        lines += _table(f"[[targets.{NAME}.cast]]", msgspec.structs.asdict(person))
    lines += _table(f"[targets.{NAME}.may]", may)
    lines += [*_table(f"[targets.{NAME}.budgets]", deadlines), f"delivery = {{ {delivery} }}", ""]
    return "\n".join(lines)


def _table(heading: str, members: Mapping[str, object]) -> list[str]:
    return ["", heading, *(f"{name} = {_toml(value)}" for name, value in members.items() if value not in (None, ""))]


def _toml(value: object) -> str:
    """Write a text, a number or a truth value; JSON spells them as TOML does, but for DEL, which TOML wants escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
