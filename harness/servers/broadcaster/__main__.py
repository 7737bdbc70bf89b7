"""
The broadcaster as a process: `python -m harness.servers.broadcaster`, configured by one JSON line on stdin.

It answers with one line on stdout, `{"ready": true, "url": "http://127.0.0.1:PORT"}` or `{"error": "…"}`, logs to
stderr, and ends with its parent (see `harness.servers.lifetime`).
"""

import asyncio
import logging
import sys

from harness.errors import UsageError
from harness.servers.broadcaster.server import serve
from harness.servers.broadcaster.settings import read_settings
from harness.servers.lifetime import announce, listen, read_configuration, watch_parent

_USAGE = 2


def main() -> int:
    """Run until told to stop; the exit status is 0 then, 2 for a wrong configuration, 3 for a taken port."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("websockets").setLevel(logging.WARNING)
    try:
        settings = read_settings(read_configuration())
        watch_parent()
        listener = listen(settings.host, settings.port)
    except UsageError as error:
        announce({"error": str(error)})
        return _USAGE
    host, port = listener.getsockname()
    asyncio.run(serve(settings, listener, lambda: announce({"ready": True, "url": f"http://{host}:{port}"})))
    return 0


if __name__ == "__main__":
    sys.exit(main())
