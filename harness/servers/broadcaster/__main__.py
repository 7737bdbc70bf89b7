"""
The broadcaster as a process: `python -m harness.servers.broadcaster`, configured by one JSON line on stdin.

It answers with one line on stdout, `{"ready": true, "url": "http://127.0.0.1:PORT"}` or `{"error": "…"}`, logs to
stderr, and ends with its parent (see `harness.lifetime`).
"""

import asyncio
import logging
import sys

from harness.errors import EnvironmentFault, UsageError
from harness.lifetime import announce, listen, read_configuration, watch_parent
from harness.servers.broadcaster.server import serve
from harness.servers.broadcaster.settings import read_settings
from harness.servers.switch import Switch

_USAGE = 2
_FAULT = 3


def main() -> int:
    """
    Run until told to stop.

    The exit status is 0 then, 2 for a wrong configuration, 3 for a port that is taken or a Redis that does not answer.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("websockets").setLevel(logging.WARNING)
    try:
        settings = read_settings(read_configuration())
        switch = Switch()
        watch_parent(take=switch.take)
        listener = listen(settings.host, settings.port)
        host, port = listener.getsockname()
        ready = {"ready": True, "url": f"http://{host}:{port}"}
        asyncio.run(serve(settings, listener, lambda: announce(ready), switch))
    except (UsageError, EnvironmentFault) as error:
        announce({"error": str(error)})
        return _USAGE if isinstance(error, UsageError) else _FAULT
    return 0


if __name__ == "__main__":
    sys.exit(main())
