"""The backend as a process: configuration in over stdin, one ready line out over stdout, logs to stderr."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any

import msgspec
import uvicorn
from starlette.concurrency import run_in_threadpool

from harness import lifetime
from harness.errors import HarnessError, UsageError
from harness.servers.backend.app import Switchable, connect_services
from harness.servers.backend.cookies import SessionLogin
from harness.servers.backend.faults import FaultSwitch
from harness.servers.backend.seed import World
from harness.servers.backend.services import Services
from harness.servers.backend.settings import Settings, parse_settings
from harness.servers.backend.world import begin_anew, open_world
from harness.servers.switch import Switch

IDLE_CONNECTION_SECONDS = 600  # a test's client must never meet a connection that was closed under its request
GRACE_SECONDS = 1
EXIT_USAGE = 2
EXIT_ENVIRONMENT = 3


class Server(uvicorn.Server):
    """Serves, and announces it once connections are accepted."""

    def __init__(self, config: uvicorn.Config, announcement: dict[str, Any]) -> None:
        super().__init__(config)
        self._announcement = announcement

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to accept, then say so."""
        await super().startup(sockets)
        lifetime.announce(self._announcement)


async def serve(settings: Settings, switch: Switch, faults: FaultSwitch) -> None:
    """Serve until SIGTERM, or until whoever started this process is gone; the switches are theirs."""
    world, store = open_world(settings)
    services = connect_services(settings, store)
    faults.services = services
    faults.begin_anew = _on_this_loop(_anew, settings, services)
    app = Switchable(services, world, settings.defects)
    if settings.is_switchable:
        switch.connect(app.become)
    served = SessionLogin(app) if settings.authentication == "cookie" else app
    listener = lifetime.listen(settings.host, settings.port)
    config = uvicorn.Config(
        served,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        timeout_keep_alive=IDLE_CONNECTION_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    try:
        await Server(config, describe(world, listener)).serve([listener])
    finally:
        services.closer.stop()
        await services.publisher.close()
        store.close()


async def _anew(settings: Settings, services: Services) -> None:
    services.closer.stop()  # what expires from now on is of the run to come
    begin_anew(settings, services.store)


def _on_this_loop(act: Callable[..., Coroutine[Any, Any, None]], *arguments: Any) -> Callable[[], None]:
    """Let another thread do something here, between two requests, and wait for it."""
    loop = asyncio.get_running_loop()
    return lambda: asyncio.run_coroutine_threadsafe(act(*arguments), loop).result()


def describe(world: World, listener: socket.socket) -> dict[str, Any]:
    """Write the ready line: where the backend is, and who may log in there."""
    host, port = listener.getsockname()[:2]
    return {
        "ready": True,
        "url": f"http://{host}:{port}",
        "people": msgspec.to_builtins(world.people),
        "companies": msgspec.to_builtins(world.companies),
    }


def main() -> int:
    """Serve, and give the exit code: 0 after SIGTERM, 2 for a wrong configuration, 3 for what failed around us."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    asyncio.run(run_in_threadpool(len, ""))  # loads what a first publish would load, while the topology still waits
    try:
        settings = parse_settings(lifetime.read_configuration())
        switch, faults = Switch(), FaultSwitch()
        lifetime.watch_parent(take=lambda message: (faults if "faults" in message else switch).take(message))
        asyncio.run(serve(settings, switch, faults))
    except HarnessError as error:
        lifetime.announce({"error": str(error)})
        return EXIT_USAGE if isinstance(error, UsageError) else EXIT_ENVIRONMENT
    return 0


def _leave(_signal: int, _frame: FrameType | None) -> None:
    # uvicorn raises the signal again once it has shut down, and would be killed by it.
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
