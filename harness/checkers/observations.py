"""
The closed list of observations that a finding can state: one for each way in which a checker can fail.

An observation says what was *seen*. Its `suspects` are ids of the catalogue of defects that would look like this, most
likely first; `harness.diagnosis` ranks them by what else the history holds.
"""

from harness.checkers.access_observations import ACCESS
from harness.checkers.api_observations import API
from harness.checkers.observation import BROADCAST, DELIVER, STORE, SUBSCRIBE, Observation, listed
from harness.checkers.verdict import FindingClass

__all__ = ["OBSERVATIONS", "Observation", "is_known"]

_DELIVERY = listed(
    Observation(
        "delivery.lost",
        FindingClass.DELIVERY,
        DELIVER,
        "a message that was owed never arrived",
        ("DE-03", "DE-04", "DE-13", "DE-30", "CO-19"),
    ),
    Observation(
        "delivery.never-broadcast",
        FindingClass.DELIVERY,
        BROADCAST,
        "the backend accepted a message and nobody heard it",
        ("DE-01", "DE-02", "DE-16", "DE-15", "OP-03", "OP-10", "OP-11", "DE-22", "DE-03"),
    ),
    Observation(
        "delivery.late",
        FindingClass.DELIVERY,
        DELIVER,
        "a message arrived after the arrival deadline",
        ("DE-08", "DE-09", "DE-30", "CO-19"),
    ),
    Observation(
        "delivery.duplicated",
        FindingClass.DELIVERY,
        DELIVER,
        "a socket heard a message more than once",
        ("DE-05", "DE-06", "CO-10", "CO-13"),
    ),
    Observation(
        "delivery.missed-for-good",
        FindingClass.DELIVERY,
        STORE,
        "somebody who was away came back, and what was sent meanwhile was neither heard nor in the catch-up",
        ("DE-28", "DE-29", "OP-17"),
    ),
    Observation(
        "delivery.own-echo",
        FindingClass.DELIVERY,
        BROADCAST,
        "the sending socket heard its own message although it named itself in X-Socket-ID",
        ("DE-12", "DE-14", "CO-07"),
    ),
    Observation(
        "ordering.reordered",
        FindingClass.DELIVERY,
        DELIVER,
        "messages of one sender arrived in another order than they were sent",
        ("DE-07",),
    ),
)

_REST = listed(
    Observation(
        "payload.stored-unheard",
        FindingClass.DELIVERY,
        BROADCAST,
        "the backend stored a message, answered with an error, and nobody heard it",
        ("DE-20", "DE-21", "DE-02"),
    ),
    Observation(
        "payload.secret-disclosed",
        FindingClass.SECURITY,
        DELIVER,
        "a secret, or what is private to somebody else, stood in a frame or an answer",
        ("DE-24", "PR-09", "HT-14", "DE-11"),
    ),
    Observation(
        "payload.internals-disclosed",
        FindingClass.SECURITY,
        STORE,
        "an error told a stranger about the inside of the application",
        ("OP-22",),
    ),
    Observation(
        "latency.budget-exceeded",
        FindingClass.SLO,
        "5 to 7, from send to delivery",
        "a percentile of the delivery latency lies beyond the budget that was agreed for it",
        ("DE-08", "DE-09", "DE-30", "CO-19", "OP-12"),
    ),
    Observation(
        "recovery.too-slow",
        FindingClass.SLO,
        "2 to 4, from connect to subscribe",
        "after the end of a fault it took longer than agreed until everybody was back, or every roster right",
        ("CO-12", "AU-14", "PR-03", "PR-04"),
    ),
    Observation(
        "protocol.malformed-frame",
        FindingClass.PROTOCOL,
        DELIVER,
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
    Observation(
        "protocol.told-not-to-return",
        FindingClass.DELIVERY,
        "2, connect",
        "the broadcaster ended a connection with a code after which clients do not come back",
        ("CO-06",),
    ),
    Observation(
        "protocol.silence-unnoticed",
        FindingClass.PROTOCOL,
        "2, connect",
        "a client that answered nothing any more was never given up",
        ("CO-02",),
    ),
    Observation(
        "protocol.backlog-unbounded",
        FindingClass.ADVICE,
        DELIVER,
        "more was kept for somebody who read nothing than any network holds",
        ("CO-20",),
    ),
    Observation(
        "protocol.unsubscribed-unnoticed",
        FindingClass.ADVICE,
        "2, connect",
        "a silent client that had subscribed to nothing was never given up, when one that had was",
        ("CO-03",),
    ),
    Observation(
        "protocol.connections-kept",
        FindingClass.SLO,
        "2, connect",
        "a server had more files open after people had come and gone than before",
        ("CO-16",),
    ),
    Observation(
        "protocol.given-up-early",
        FindingClass.PROTOCOL,
        "2, connect",
        "a client was given up before the time after which it was told to ping",
        ("CO-05", "CO-04", "CO-15"),
    ),
    Observation(
        "protocol.socket-id-repeated",
        FindingClass.SECURITY,
        "2, connect",
        "two connections were given the same socket id, so that what is signed for one opens the other",
        ("CO-07",),
    ),
    Observation(
        "protocol.ping-unanswered",
        FindingClass.PROTOCOL,
        "2, connect",
        "a ping was never answered on a connection that stayed open",
        ("CO-01", "CO-17"),
    ),
    Observation(
        "payload.not-a-string",
        FindingClass.PROTOCOL,
        DELIVER,
        "an event came whose data is no JSON string",
        ("DE-17",),
    ),
    Observation(
        "payload.encoded-twice",
        FindingClass.PROTOCOL,
        BROADCAST,
        "an event came whose data was encoded twice",
        ("DE-18",),
    ),
    Observation(
        "payload.altered",
        FindingClass.DELIVERY,
        BROADCAST,
        "a message was heard with another text than was sent",
        ("DE-19", "DE-11", "DE-21", "DE-22", "DE-23"),
    ),
    Observation(
        "payload.type-changed",
        FindingClass.PROTOCOL,
        BROADCAST,
        "an id or a text is of another JSON type in the event than in the answer or the request",
        ("DE-23",),
    ),
    Observation(
        "payload.stored-altered",
        FindingClass.DELIVERY,
        STORE,
        "a message was read back with another text than was sent",
        ("DE-19", "DE-21", "DE-23"),
    ),
    Observation(
        "consistency.heard-but-not-stored",
        FindingClass.DELIVERY,
        STORE,
        "somebody heard a message and did not find it when they read",
        ("DE-25", "DE-26", "OP-17"),
    ),
    Observation(
        "consistency.sent-but-not-stored",
        FindingClass.DELIVERY,
        STORE,
        "the backend took a message and did not give it to somebody who read",
        ("DE-28", "DE-26", "DE-29", "OP-17"),
    ),
    Observation(
        "membership.missing",
        FindingClass.DELIVERY,
        SUBSCRIBE,
        "somebody is on a presence channel and another's roster does not hold them",
        ("PR-05", "AZ-31"),
    ),
    Observation(
        "membership.ghost",
        FindingClass.DELIVERY,
        DELIVER,
        "somebody left a presence channel and another's roster holds them still",
        ("PR-03", "PR-04"),
    ),
    Observation(
        "membership.added-twice",
        FindingClass.PROTOCOL,
        DELIVER,
        "somebody was announced on a presence channel who was there already",
        ("PR-01", "CO-10"),
    ),
    Observation(
        "membership.removed-while-present",
        FindingClass.PROTOCOL,
        DELIVER,
        "somebody was said to have left a presence channel whose other socket is still there",
        ("PR-02", "PR-08"),
    ),
    Observation(
        "membership.list-contradicts-itself",
        FindingClass.PROTOCOL,
        SUBSCRIBE,
        "count, ids and hash of a presence channel's list do not agree",
        ("PR-06",),
    ),
    Observation(
        "membership.id-type-changed",
        FindingClass.PROTOCOL,
        DELIVER,
        "a member's id is of one JSON type in the list and of another in an announcement",
        ("PR-07",),
    ),
)

OBSERVATIONS = _DELIVERY | ACCESS | API | _REST
"""Every observation there is, by id; `tolerates` accepts these ids and their prefixes."""


def is_known(prefix: str) -> bool:
    """Tell whether this is the id of an observation, or a dotted prefix of one."""
    return any(id_ == prefix or id_.startswith(prefix.rstrip(".") + ".") for id_ in OBSERVATIONS)
