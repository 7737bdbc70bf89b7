"""
Defects of the backend, by their ids in DEFECTS.md: what a gate must catch, so that it can be seen to.

They exist in a process only that was told of them in its configuration. A defect swaps parts of the services, or puts
routes of its own before the application's; the healthy code knows nothing of it.
"""

from collections.abc import Iterable

from starlette.routing import Route

from harness.servers.backend.defects.answering import ANSWERING
from harness.servers.backend.defects.defect import Defect
from harness.servers.backend.defects.endings import ENDINGS
from harness.servers.backend.defects.guarding import GUARDING
from harness.servers.backend.defects.identity import IDENTITY
from harness.servers.backend.defects.joining import JOINING
from harness.servers.backend.defects.lookups import LOOKUPS
from harness.servers.backend.defects.operating import OPERATING
from harness.servers.backend.defects.outages import OUTAGES
from harness.servers.backend.defects.publishing import PUBLISHING
from harness.servers.backend.defects.queueing import QUEUEING
from harness.servers.backend.defects.sending import SENDING
from harness.servers.backend.defects.storing import STORING
from harness.servers.backend.services import Services

DEFECTS: dict[str, Defect] = {
    one.id: one
    for part in (
        *(IDENTITY, GUARDING, ENDINGS, JOINING, LOOKUPS, ANSWERING, SENDING),
        *(PUBLISHING, QUEUEING, STORING, OPERATING, OUTAGES),
    )
    for one in part
}
"""Every defect that this backend can have."""


def spoiled(services: Services, ids: Iterable[str]) -> tuple[Services, list[Route]]:
    """Give the services with these defects, and the routes that go before the application's own."""
    routes: list[Route] = []
    for id_ in ids:
        services = DEFECTS[id_].change(services)
        routes += DEFECTS[id_].routes(services)
    return services, routes
