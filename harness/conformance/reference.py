"""The reference broadcaster as the server that is examined: with timers as usual, and a twin that hurries."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

from harness.config import TargetDeclaration
from harness.conformance.server import Account, Server, hurrying, server_of
from harness.conformance.webhooks import Receiver, receiving
from harness.protocol.dialects import DIALECTS
from harness.protocol.dialects.http import HTTP
from harness.topology import alone
from harness.topology.alone import LoneBroadcaster, start_alone
from harness.topology.embedded import Timers

HURRIED: Final = Timers(activity_timeout=1, ping_interval=0.25, prune_interval=0.25)
"""Timers under which a silent client is pinged and given up within a second."""

_SERVES: Final = frozenset({"secret", "api", "client_events", "cache"})
_WATCHES: Final = frozenset({"pusher"})
"""Dialects that have watchlists (PROTOCOL.md 2.6)."""
_NO_SUCH_APP: Final[Mapping[str, frozenset[str]]] = {
    "reverb": frozenset({"disabled", "hooked", "counting"}),
    "pusher": frozenset({"origins", "ending"}),
    "soketi": frozenset({"origins", "ending", "counting"}),
}
"""Roles that an app of this product cannot play: there is no such setting (PROTOCOL.md 1.6, 2.5, 4.5, 9)."""


@contextlib.contextmanager
def examined(
    declaration: TargetDeclaration,
    *,
    folder: Path,
    patience: float = 1.0,  # noqa: ARG001 - what is not ours has no start to wait for
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
    spoken, wrong = dialect or declaration.broadcaster.dialect, tuple(defects)
    with contextlib.ExitStack() as undo:
        # Before the servers, which are told its address.
        receiver = undo.enter_context(receiving()) if _has_webhooks(spoken) else None
        usual = start_alone(spoken, _made(folder / "usual"), receiver=receiver.url if receiver else "", defects=wrong)
        undo.callback(usual.stop)
        times = {**alone.HURRIED, **asdict(HURRIED)}
        hurried = start_alone(spoken, _made(folder / "hurried"), times=times, defects=wrong)
        undo.callback(hurried.stop)
        yield hurrying(_server(usual, receiver=receiver), _server(hurried, timers=HURRIED))


def _has_webhooks(dialect: str) -> bool:
    return dialect in HTTP and HTTP[dialect].hooks is not None


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _server(running: LoneBroadcaster, *, timers: Timers | None = None, receiver: Receiver | None = None) -> Server:
    missing = _NO_SUCH_APP.get(running.dialect, frozenset())
    return Server(
        f"the reference broadcaster ({running.dialect})",
        running.url,
        running.api_url,
        running.dialect,
        {role: Account(app.app_id, app.key, app.secret) for role, app in running.apps.items() if role not in missing},
        frozenset(_serves(running.dialect, hurries=timers is not None, receives=receiver is not None)),
        is_ours=True,
        timers=timers,
        receiver=receiver,
    )


def _serves(dialect: str, *, hurries: bool, receives: bool) -> Iterator[str]:
    """Name what a broadcaster of ours is able to in a dialect."""
    theirs = DIALECTS[dialect]
    has = {
        "short_timers": hurries,
        "signin": "signin" in theirs.verbs,
        "watchlist": dialect in _WATCHES,
        "webhooks": receives,
        "presence_limits": getattr(theirs, "max_members", None) is not None,
    }
    yield from _SERVES
    yield from (need for need, is_so in has.items() if is_so)
