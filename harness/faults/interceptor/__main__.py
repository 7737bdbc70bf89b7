"""
The interceptor as a process: `python -m harness.faults.interceptor`, configured by one JSON line on stdin.

It answers with `{"ready": true, "backend": "http://…", "broadcasters": ["http://…", …]}`, or `{"error": "…"}`; each
later line, `{"defects": ["DE-03"], "seed": 7}`, says what is wrong from then on, and is answered by
`{"defects": ["DE-03"]}` once it is so. It logs to stderr, and ends with its parent (see `harness.lifetime`).
"""

import asyncio
import logging
import signal
import sys
from typing import Any, Final

from harness.errors import UsageError
from harness.faults.interceptor.front import Front
from harness.faults.interceptor.meddling import Meddling
from harness.faults.interceptor.settings import Settings, origin_of, read_settings, read_switch
from harness.lifetime import announce, listen, read_configuration, watch_parent

_USAGE: Final = 2


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, or until whoever started this process is gone."""
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(ending, stopping.set)
    meddling = Meddling(settings)

    def take(message: dict[str, Any]) -> None:
        switch = read_switch(message)
        behaviours = meddling.made(switch)

        def apply() -> None:
            meddling.switch(behaviours)
            announce({"defects": switch.defects})

        loop.call_soon_threadsafe(apply)

    backend, broadcaster = origin_of(settings.backend), settings.broadcaster
    urls = [await _front(Front(meddling, backend, backend), settings.host, settings.port)]
    for number, url in enumerate(broadcaster.urls):
        front = Front(meddling, origin_of(broadcaster.api_url), origin_of(url))
        urls.append(await _front(front, settings.host, 0 if number else settings.broadcaster_port))
    watch_parent(take=take)
    announce({"ready": True, "backend": urls[0], "broadcasters": urls[1:]})
    await stopping.wait()


async def _front(front: Front, host: str, port: int) -> str:
    """Let a front answer at a port, and give its address."""
    listener = listen(host, port)
    await asyncio.start_server(front.serve, sock=listener)
    bound, number = listener.getsockname()[:2]
    return f"http://{bound}:{number}"


def main() -> int:
    """Run until told to stop: 0 then, 2 for a wrong configuration, 3 for a port that is taken."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    try:
        asyncio.run(serve(read_settings(read_configuration())))
    except UsageError as error:
        announce({"error": str(error)})
        return _USAGE
    return 0


if __name__ == "__main__":
    sys.exit(main())
