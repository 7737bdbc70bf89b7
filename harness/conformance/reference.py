"""The reference broadcaster as the server that is examined: with timers as usual, and a twin that hurries."""

import contextlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from harness.config import TargetDeclaration
from harness.conformance.server import MAIN, Account, Server, hurrying, server_of
from harness.topology.children import Child, end
from harness.topology.embedded import READY_WITHIN, Timers
from harness.topology.stack import new_app, websocket

HURRIED: Final = Timers(activity_timeout=1, ping_interval=0.3, prune_interval=0.25)
"""Timers under which a silent client is pinged and given up within a second."""

_SERVES: Final = frozenset({"secret", "api", "client_events", "cache"})


@contextlib.contextmanager
def examined(
    declaration: TargetDeclaration,
    *,
    folder: Path,
    patience: float = 1.0,
    defects: Iterable[str] = (),
    dialect: str | None = None,
) -> Iterator[Server]:
    """
    Give the broadcaster of a target to examine; for an embedded stack, one of our own that serves more apps.

    `defects` are what is wrong with ours, `dialect` what it speaks instead of what is declared. Raises
    `EnvironmentFault` for one of ours that does not start; ends it on the way out.
    """
    if declaration.topology != "embedded":
        yield server_of(declaration)
        return
    deadline = time.monotonic() + READY_WITHIN * patience
    spoken = {"dialect": dialect or declaration.broadcaster.dialect, "defects": tuple(defects)}
    with contextlib.ExitStack() as undo:
        children = [Child("broadcaster", _made(folder / name)) for name in ("usual", "hurried")]
        undo.callback(end, children)
        usual, hurried = (
            _configured(child, spoken, timers) for child, timers in zip(children, (None, HURRIED), strict=True)
        )
        yield hurrying(_ready(usual, deadline), _ready(hurried, deadline))


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _configured(child: Child, spoken: dict[str, Any], timers: Timers | None) -> tuple[Child, dict[str, Any]]:
    given = {**spoken, **asdict(new_app()), **(asdict(timers) if timers else {})}
    child.configure({"host": "127.0.0.1", "port": 0, **given})
    return child, given | {"timers": timers}


def _ready(started: tuple[Child, dict[str, Any]], deadline: float) -> Server:
    child, given = started
    url = str(child.announced(deadline)["url"])
    main = Account(given["app_id"], given["key"], given["secret"])
    return Server(
        f"the reference broadcaster ({given['dialect']})",
        websocket(url),
        url,
        given["dialect"],
        {MAIN: main},
        _SERVES | ({"short_timers"} if given["timers"] else frozenset()),
        is_ours=True,
        timers=given["timers"],
    )
