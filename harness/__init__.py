"""
Prove that everybody who should hear a realtime message hears it in time, and that nobody else does.

The names that tests use; each is imported when it is first asked for, so that `import harness` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.checkers.findings import Finding
    from harness.checkers.verdict import Verdict
    from harness.errors import (
        AuthorizationDenied,
        EnvironmentFault,
        GuaranteeBroken,
        HarnessError,
        Inconclusive,
        LoginRefused,
        NotExercised,
        Refused,
        SendRefused,
        SubscriptionRefused,
        UsageError,
    )
    from harness.expectations import expect
    from harness.faults.network import Network
    from harness.topology.target import Target
    from harness.users.adapter import Backend
    from harness.users.authorization import Authorization
    from harness.users.conversation import Conversation, SentMessage
    from harness.users.delivery import Delivery
    from harness.users.user import Subscription, User
    from harness.users.world import World

_HOMES = {
    "harness.checkers.findings": ("Finding",),
    "harness.checkers.verdict": ("Verdict",),
    "harness.errors": (
        "AuthorizationDenied",
        "EnvironmentFault",
        "GuaranteeBroken",
        "HarnessError",
        "Inconclusive",
        "LoginRefused",
        "NotExercised",
        "Refused",
        "SendRefused",
        "SubscriptionRefused",
        "UsageError",
    ),
    "harness.expectations": ("expect",),
    "harness.faults.network": ("Network",),
    "harness.topology.target": ("Target",),
    "harness.users.adapter": ("Backend",),
    "harness.users.authorization": ("Authorization",),
    "harness.users.conversation": ("Conversation", "SentMessage"),
    "harness.users.delivery": ("Delivery",),
    "harness.users.user": ("Subscription", "User"),
    "harness.users.world": ("World",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Authorization",
    "AuthorizationDenied",
    "Backend",
    "Conversation",
    "Delivery",
    "EnvironmentFault",
    "Finding",
    "GuaranteeBroken",
    "HarnessError",
    "Inconclusive",
    "LoginRefused",
    "Network",
    "NotExercised",
    "Refused",
    "SendRefused",
    "SentMessage",
    "Subscription",
    "SubscriptionRefused",
    "Target",
    "UsageError",
    "User",
    "Verdict",
    "World",
    "expect",
]


def __getattr__(name: str) -> Any:
    """Import a public name from where it lives."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)
