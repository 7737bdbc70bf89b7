"""Every cause that the doctor knows, and which failure modes of PROTOCOL.md section 10 it sees only when told."""

from typing import Final

from harness.doctor.cause import Cause
from harness.doctor.causes_of_backend import OF_BACKEND
from harness.doctor.causes_of_broadcaster import OF_BROADCASTER
from harness.doctor.causes_of_clients import OF_CLIENTS
from harness.doctor.causes_of_declarations import OF_DECLARATIONS
from harness.doctor.causes_of_messages import OF_MESSAGES

CAUSES: Final[tuple[Cause, ...]] = (
    *OF_BACKEND,
    *OF_BROADCASTER,
    *OF_MESSAGES,
    *OF_CLIENTS,
    *OF_DECLARATIONS,
)

FAILURE_MODES: Final = tuple(str(number) for number in range(1, 45))
"""The numbers of PROTOCOL.md section 10."""

UNSEEN: Final[dict[str, tuple[str, str]]] = {
    "8": ("mixed content", "client"),
    "15": ("a client without an authorizer", "client or log"),
    "20": ("CORS", "client"),
    "29": ("a client that answers no pings", "client or log"),
    "30": ("an app in the background", "log"),
    "31": ("a signature used twice", "log"),
    "33": ("messages missed while away", "log"),
    "35": ("an X-Socket-ID that is none", "log"),
    "39": ("an SDK without a host option", "client or log"),
    "40": ("a fallback to Pusher's own host", "client or log"),
    "44": ("a cache that the daemon does not share", "env"),
}
"""Modes that no probe can see from here: what they are, and what has to be stated."""
