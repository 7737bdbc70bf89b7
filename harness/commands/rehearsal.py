"""
`realtime run --dry-run`: which requests a run would make on somebody else's system, without making one.

The run is rehearsed on the embedded stack, dressed as the target: with its grants, its lacking routes, its cast and its
fixed conversation. What was asked there is then told in the target's own words.
"""

import asyncio
import contextlib
import io
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
import pytest

from harness.config import (
    CAPABILITIES,
    FIELD_WORDS,
    Person,
    Route,
    TargetDeclaration,
    World,
    cache_folder,
    own_target,
)  # fmt: skip
from harness.errors import NotExercised, UsageError
from harness.fixtures import OPEN_TARGET
from harness.history.events import Event, HttpAsked, SocketOpened
from harness.history.recorder import Recorder
from harness.plugin.closing import document_of
from harness.plugin.options import declaration_of, settings_of
from harness.plugin.run import run_of
from harness.report.document import Document
from harness.report.stored import read_run
from harness.topology import Deployment
from harness.topology.casting import COLLEAGUES, STRANGER
from harness.topology.deployment import Control
from harness.topology.embedded import start
from harness.topology.remote import RemoteDeployment
from harness.topology.target import Target
from harness.users.adapter import VERBS, adapted
from harness.users.purposes import ROUTE_OF

_WORDS: Final = {"login": ("email", "password")}
"""Which of a route's fields a request carries, where that is not all of them."""

_TO_THE_API: Final = ("call the API", "publish")


class Rehearsal:
    """The embedded stack in the place of a target; its servers are not told of, and not to be disturbed."""

    def __init__(self, target: TargetDeclaration, stack: Deployment) -> None:
        self.target = target
        self.images: Mapping[str, str] = {}
        self._stack = stack

    @property
    def control(self) -> Control:
        """Refuse as the target would: raises `NotExercised`."""
        raise NotExercised(f"the servers of {self.target.name} run elsewhere and are not ours to disturb")

    def check(self) -> None:
        """Raise `EnvironmentFault` when a server of the rehearsal has died."""
        self._stack.check()

    def logs(self) -> dict[str, str]:
        """Give nothing, as the target would."""
        return {}

    def stop(self) -> None:
        """End the rehearsal's servers."""
        self._stack.stop()


def rehearsed(declaration: TargetDeclaration, *, seed: int, folder: Path) -> Rehearsal:
    """Start the embedded stack, dressed as a remote target; raises `EnvironmentFault` when that fails."""
    stack = start(own_target("embedded", "embedded"), seed=seed, folder=folder, cache=cache_folder())
    try:
        return Rehearsal(dressed(declaration, stack.target), stack)
    except BaseException:
        stack.stop()
        raise


def dressed(target: TargetDeclaration, own: TargetDeclaration) -> TargetDeclaration:
    """Give our own running stack the name, the grants, the routes, the people and the conversation of a target."""
    lacking = {name: None for name in FIELD_WORDS if getattr(target.backend.contract, name) is None}
    granted = {word: not target.why_not(word) for word in CAPABILITIES}
    cast = tuple(person for person in own.cast if person.name in _roles(target))
    world = World()
    if target.world.conversation is not None:
        world = World(conversation=_conversation(own, cast))
    contract = msgspec.structs.replace(own.backend.contract, **lacking)
    return msgspec.structs.replace(
        own,
        name=target.name,
        topology="remote",
        backend=msgspec.structs.replace(own.backend, contract=contract, publishes=target.backend.publishes),
        cast=cast,
        world=world,
        may=msgspec.structs.replace(own.may, **granted, requests_per_second=0),
        production=target.production,
    )


def _roles(target: TargetDeclaration) -> Iterable[str]:
    """Say who would play; a cast that a command makes is not known before it ran."""
    if target.cast:
        return [person.name for person in target.cast]
    if target.seed or not target.why_not("registration"):
        return (*COLLEAGUES, STRANGER)
    return ()


def _conversation(own: TargetDeclaration, cast: tuple[Person, ...]) -> str:
    """Make the conversation that the target has already; nobody counts what that takes."""

    async def opened() -> str:
        plain = Target(RemoteDeployment(msgspec.structs.replace(own, topology="embedded")), Recorder())
        async with plain.world() as world:
            names = [person.name for person in cast if person.name in ("alice", "bob", "carol")]
            people = [await world.user(name, "logged-in") for name in names or ["alice"]]
            return (await world.new_conversation(*people)).id

    return asyncio.run(opened())


def open_rehearsed(config: pytest.Config) -> Target:
    """Open the target of a run for its rehearsal, in the place of `running.open_target`."""
    settings, run, declaration = settings_of(config), run_of(config), declaration_of(config)
    deployment = rehearsed(declaration, seed=settings.seed, folder=run.folder_of_worker())
    return Target(deployment, Recorder(run.header(settings, declaration), worker=run.worker))


def told(target: TargetDeclaration, events: Iterable[Event]) -> list[str]:
    """List what was asked, in the target's words, in the order in which each kind was first asked; counted."""
    lines: Counter[str] = Counter()
    for event in events:
        if isinstance(event, HttpAsked):
            lines[_request(target, event)] += 1
            if event.purpose == "log in" and target.backend.contract.authentication == "cookie":
                method, _, path = target.backend.contract.csrf.request.partition(" ")
                lines[f"{method} {target.backend.url}{path}"] += 1
        elif isinstance(event, SocketOpened):
            lines[f"GET {target.broadcaster.url}/app/{target.broadcaster.key}  WebSocket"] += 1
    made = 0 if target.cast or target.seed else len(tuple(_roles(target)))
    if made and target.backend.contract.register is not None:
        lines[_by_route(target, target.backend.contract.register, "register")] += made
    width = len(str(max(lines.values(), default=0)))
    return [f"{count:>{width}} x {line}" for line, count in lines.items()]


def _request(target: TargetDeclaration, event: HttpAsked) -> str:
    name = ROUTE_OF.get(event.purpose, "")
    route = getattr(target.backend.contract, name, None) if name else None
    if route is not None:
        return _by_route(target, route, name)
    if event.purpose in _TO_THE_API:
        path = urlsplit(event.path).path.split("/", 3)[-1]
        return f"{event.method} {target.broadcaster.api_url}/apps/{target.broadcaster.app_id}/{path}  signed"
    fields = f"  {', '.join(event.fields)}" if event.fields else ""
    return f"{event.method} {target.backend.url}{urlsplit(event.path).path}{fields}"


def _by_route(target: TargetDeclaration, route: Route, name: str) -> str:
    if not route.path:
        return f"{target.backend.adapter}: its {VERBS[name]}"
    fields = ", ".join(route.fields[word] for word in _WORDS.get(name, FIELD_WORDS[name]) if word in route.fields)
    sent = f"  {route.encoding}: {fields}" if fields else ""
    return f"{route.method} {target.backend.url}{route.path}{sent}"


class Listener:
    """Has the run open its target for a rehearsal, and takes its verdict."""

    def __init__(self) -> None:
        self.verdict: Document | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Put the rehearsal in the place of the target."""
        config.stash[OPEN_TARGET] = open_rehearsed

    @pytest.hookimpl(tryfirst=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Look when all is over, however it ended."""
        self.verdict = document_of(config)


def rehearse(
    declaration: TargetDeclaration, arguments: list[str], run: Callable[[list[str], object], int]
) -> list[str]:
    """
    Run pytest by `run` with these arguments and say, line by line, what would have been asked of the target.

    What the run itself prints and writes is of no interest and kept from everybody. Raise `UsageError` for a target
    that is ours, for workers, and for a run that came to nothing.
    """
    if declaration.topology != "remote":
        raise UsageError(f"--dry-run is for remote targets; {declaration.name} ({declaration.topology}) is ours to ask")
    if any(one.startswith(("-n", "--numprocesses")) for one in arguments):
        raise UsageError("--dry-run rehearses in one process: leave out -n")
    declaration = adapted(declaration)
    listener, printed = Listener(), io.StringIO()
    with tempfile.TemporaryDirectory(prefix="realtime-dry-run-") as folder:
        with contextlib.redirect_stdout(printed):
            run([*arguments, f"--realtime-report={folder}", "--realtime-doctor=off"], listener)
        if listener.verdict is None:
            raise UsageError(f"--dry-run came to nothing: {printed.getvalue().strip().rpartition(chr(10))[2]}")
        events = read_run(Path(listener.verdict.facts.folder)).events
    exercised, left_out = listener.verdict.exercised, len(listener.verdict.not_exercised)
    begin = f"dry run: nothing was asked of target {declaration.name}; rehearsed on the embedded stack"
    asked = told(declaration, events)
    return [f"{begin}, {exercised} tests would be exercised and {left_out} not", *asked, *_pace(declaration, events)]


def _pace(target: TargetDeclaration, events: Iterable[Event]) -> list[str]:
    """Say how long that takes at the least, at the pace that is granted."""
    rate = target.may.requests_per_second
    count = sum(isinstance(event, HttpAsked | SocketOpened) for event in events)
    return [f"at {rate:g} requests a second that takes {count / rate / 60:.1f} min at least"] if rate else []
