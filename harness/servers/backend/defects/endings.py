"""
Defects of what ends with a right: one kind of loss each that leaves the connections open.

The others still close them: what is found tells which of them was forgotten.
"""

from collections.abc import Callable
from dataclasses import replace

from starlette.routing import Route

from harness.servers.backend.accounts import Accounts
from harness.servers.backend.closing import Closer
from harness.servers.backend.conversations import Conversations
from harness.servers.backend.defects.defect import Defect
from harness.servers.backend.services import Services

Act = tuple[str, str]
"""A method and a path, as the application's routes have them."""

EXPIRE, LOG_OUT = ("POST", "/api/login"), ("POST", "/api/logout")
REVOKE, CLOSE = ("DELETE", "/api/tokens"), ("DELETE", "/api/user")
REMOVE = ("DELETE", "/api/conversations/{conversation}/participants/{user}")
DELETE = ("DELETE", "/api/conversations/{conversation}")


def _forgetting(*acts: Act) -> Callable[[Services], list[Route]]:
    """Serve these routes without an end for anybody's connections; a login is where an expiry is planned."""

    def routes(services: Services) -> list[Route]:
        open_ = replace(services, closer=Closer(services.publisher, is_wanted=False))
        every = [*Accounts(open_).routes(), *Conversations(open_).routes()]
        return [
            route for route in every for method, path in acts if route.path == path and method in (route.methods or ())
        ]

    return routes


ENDINGS = (
    Defect("AU-16", "an ended token leaves its connections open", routes=_forgetting(EXPIRE, REVOKE, CLOSE)),
    Defect("AU-17", "a log-out leaves the connections open", routes=_forgetting(LOG_OUT)),
    Defect("AZ-08", "whoever was removed keeps their connections", routes=_forgetting(REMOVE)),
    Defect("AZ-09", "a deleted conversation's people keep their connections", routes=_forgetting(DELETE)),
)
