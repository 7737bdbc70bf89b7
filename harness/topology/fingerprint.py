"""
Which server answers at an address, told by how it answers (PROTOCOL.md 1.1 and the row "health" of section 9).

It is what the server shows, not what it was called in a file: another one than was declared explains many a failure.
"""

import http.client
import json
from typing import Final, NamedTuple
from urllib.parse import urlsplit

UNKNOWN: Final = "an unknown server"
_SECONDS: Final = 2.0
_OK: Final = 200


class _Answer(NamedTuple):
    """What came for one path; status 0 for nothing."""

    status: int
    headers: dict[str, str]
    body: str


def identified(api_url: str) -> str:
    """Name the server that answers at this HTTP address; never raises, whatever comes."""
    up = _asked(api_url, "/up")
    powered = up.headers.get("x-powered-by", "")
    if powered:
        return powered
    if "x-health-check" in up.headers:
        return "sockudo"
    if _is_health(up.body):
        return "Laravel Reverb"
    root, ready = _asked(api_url, "/"), _asked(api_url, "/ready")
    if (root.status, root.body.strip(), ready.status, ready.body.strip()) == (_OK, "OK", _OK, "OK"):
        return "soketi"
    return up.headers.get("server") or root.headers.get("server") or UNKNOWN


def _asked(api_url: str, path: str) -> _Answer:
    parts = urlsplit(api_url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_SECONDS)
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}{path}")
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return _Answer(answer.status, headers, answer.read(1_000).decode(errors="replace"))
    except (OSError, http.client.HTTPException):
        return _Answer(0, {}, "")
    finally:
        connection.close()


def _is_health(body: str) -> bool:
    try:
        return bool(json.loads(body) == {"health": "OK"})
    except ValueError:
        return False
