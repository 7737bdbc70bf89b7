"""
The closed list of observations that a finding can state: one for each way in which a checker can fail.

An observation says what was *seen*. Its `suspects` are ids of the catalogue of defects that would look like this, most
likely first; `harness.diagnosis` ranks them by what else the history holds.
"""

import msgspec

from harness.checkers.verdict import FindingClass


class Observation(msgspec.Struct, frozen=True):
    """One way in which a checker can fail."""

    id: str
    kind: FindingClass
    hop: str
    says: str
    suspects: tuple[str, ...] = ()


def _observations(*observations: Observation) -> dict[str, Observation]:
    return {observation.id: observation for observation in observations}


_BROADCAST = "6, broadcast (backend → broadcaster)"
_DELIVER = "7, deliver (broadcaster → socket)"
_AUTHORIZE = "3, authorize"
_SUBSCRIBE = "4, subscribe"

OBSERVATIONS = _observations(
    Observation(
        "delivery.lost",
        FindingClass.DELIVERY,
        _DELIVER,
        "a message that was owed never arrived",
        ("DE-03", "DE-04", "DE-13", "DE-30"),
    ),
    Observation(
        "delivery.never-broadcast",
        FindingClass.DELIVERY,
        _BROADCAST,
        "the backend accepted a message and nobody heard it",
        ("DE-01", "DE-02", "DE-16", "DE-15", "OP-03", "OP-10"),
    ),
    Observation(
        "delivery.late",
        FindingClass.DELIVERY,
        _DELIVER,
        "a message arrived after the arrival deadline",
        ("DE-08", "DE-09", "DE-30"),
    ),
    Observation(
        "delivery.duplicated",
        FindingClass.DELIVERY,
        _DELIVER,
        "a socket heard a message more than once",
        ("DE-05", "DE-06", "CO-10", "CO-13"),
    ),
    Observation(
        "delivery.own-echo",
        FindingClass.DELIVERY,
        _BROADCAST,
        "the sending socket heard its own message although it named itself in X-Socket-ID",
        ("DE-12", "DE-14"),
    ),
    Observation(
        "ordering.reordered",
        FindingClass.DELIVERY,
        _DELIVER,
        "messages of one sender arrived in another order than they were sent",
        ("DE-07",),
    ),
    Observation(
        "isolation.heard-by-outsider",
        FindingClass.SECURITY,
        _DELIVER,
        "somebody outside the conversation heard its message",
        ("AZ-01", "AZ-02", "AZ-06", "AZ-04", "AZ-25", "DE-10"),
    ),
    Observation(
        "isolation.heard-after-removal",
        FindingClass.SECURITY,
        _DELIVER,
        "somebody removed from the conversation still heard it after the revocation budget",
        ("AZ-08", "AZ-09"),
    ),
    Observation(
        "isolation.heard-without-subscription",
        FindingClass.SECURITY,
        _SUBSCRIBE,
        "a socket heard a channel that was never acknowledged to it",
        ("AZ-25", "AZ-23", "AZ-24"),
    ),
    Observation(
        "isolation.heard-on-wrong-channel",
        FindingClass.SECURITY,
        _BROADCAST,
        "a message was heard on a channel that is not its conversation's",
        ("AZ-03", "DE-10", "DE-16"),
    ),
    Observation(
        "isolation.foreign-heard-by-outsider",
        FindingClass.SECURITY,
        _DELIVER,
        "somebody heard a message of others on a channel that they may not hear",
        ("AZ-01", "AZ-02", "DE-10"),
    ),
    Observation(
        "isolation.subscribed-by-outsider",
        FindingClass.SECURITY,
        _SUBSCRIBE,
        "the broadcaster let somebody outside the conversation subscribe to its channel",
        ("AZ-01", "AZ-02", "AZ-06", "AZ-25", "AZ-23", "AZ-24"),
    ),
    Observation(
        "authorization.granted-to-outsider",
        FindingClass.SECURITY,
        _AUTHORIZE,
        "the authorization endpoint signed a channel for somebody outside its conversation",
        ("AZ-01", "AZ-02", "AZ-06", "AZ-04", "AU-10", "AU-12"),
    ),
    Observation(
        "authorization.signature-invalid",
        FindingClass.DELIVERY,
        _AUTHORIZE,
        "the authorization endpoint granted a channel with a signature that does not verify",
        ("OP-03", "OP-04"),
    ),
    Observation(
        "protocol.malformed-frame",
        FindingClass.PROTOCOL,
        _DELIVER,
        "a frame came in that is no frame of the protocol",
        ("DE-17", "DE-18", "DE-19"),
    ),
    Observation(
        "protocol.connection-broken",
        FindingClass.PROTOCOL,
        "2, connect",
        "the broadcaster's connection ended in a way that no client can read",
        ("CO-06", "CO-04", "CO-15"),
    ),
    Observation(
        "protocol.connection-closed",
        FindingClass.DELIVERY,
        "2, connect",
        "the broadcaster closed a connection that was in use",
        ("CO-04", "CO-06", "CO-15", "PR-08"),
    ),
)
"""Every observation there is, by id; `tolerates` accepts these ids and their prefixes."""


def is_known(prefix: str) -> bool:
    """Tell whether this is the id of an observation, or a dotted prefix of one."""
    return any(id_ == prefix or id_.startswith(prefix.rstrip(".") + ".") for id_ in OBSERVATIONS)
