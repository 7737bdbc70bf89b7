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
_STORE = "5, send (backend stores)"

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
        ("DE-01", "DE-02", "DE-16", "DE-15", "OP-03", "OP-10", "DE-03"),
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
        "isolation.heard-on-public-twin",
        FindingClass.SECURITY,
        _BROADCAST,
        "a message was heard on the public channel that is called as its own is without the guarding prefix",
        ("AZ-03", "DE-10"),
    ),
    Observation(
        "isolation.heard-on-wrong-channel",
        FindingClass.SECURITY,
        _BROADCAST,
        "a message was heard on a channel that is not its conversation's",
        ("DE-10", "DE-16"),
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
        "the authorization endpoint signed a channel for somebody whom its rule does not let in",
        ("AZ-01", "AZ-02", "AZ-06", "AZ-04", "AU-10", "AU-12"),
    ),
    Observation(
        "authorization.granted-without-credential",
        FindingClass.SECURITY,
        _AUTHORIZE,
        "the authorization endpoint signed a channel for somebody without a living token",
        ("AU-01", "AU-02", "AU-03", "AU-04", "AU-12"),
    ),
    Observation(
        "authorization.denied-to-insider",
        FindingClass.DELIVERY,
        _AUTHORIZE,
        "the authorization endpoint gave no grant to somebody who may join and showed a living token",
        ("AU-08", "AU-09", "AU-10", "AU-14", "AZ-10"),
    ),
    Observation(
        "authorization.no-decision",
        FindingClass.PROTOCOL,
        _AUTHORIZE,
        "the authorization endpoint answered with neither a signature nor a 4xx",
        ("AU-07", "AU-10"),
    ),
    Observation(
        "authorization.wrong-status",
        FindingClass.ADVICE,
        _AUTHORIZE,
        "a denial came with another 4xx than 401 without a living token, or 403 with one",
        ("AU-07", "AU-08"),
    ),
    Observation(
        "authorization.error",
        FindingClass.PROTOCOL,
        _AUTHORIZE,
        "the authorization endpoint failed, or gave no answer, where it should decide",
        ("AZ-15", "AU-07", "OP-13"),
    ),
    Observation(
        "authorization.signature-invalid",
        FindingClass.DELIVERY,
        _AUTHORIZE,
        "the authorization endpoint granted a channel with a signature that does not verify",
        ("OP-03", "OP-04"),
    ),
    Observation(
        "authorization.granted-without-ability",
        FindingClass.SECURITY,
        _AUTHORIZE,
        "the authorization endpoint signed a channel for a token that lacks the ability to join",
        ("AU-06",),
    ),
    Observation(
        "authorization.malformed-socket-signed",
        FindingClass.SECURITY,
        _AUTHORIZE,
        "the authorization endpoint signed for a socket id that is none",
        ("AZ-28", "AZ-27"),
    ),
    Observation(
        "authorization.malformed-socket-error",
        FindingClass.ADVICE,
        _AUTHORIZE,
        "the authorization endpoint answered a socket id that is none with a server error",
        ("AZ-28",),
    ),
    Observation(
        "authorization.alias-granted",
        FindingClass.ADVICE,
        _AUTHORIZE,
        "the authorization endpoint signed a channel under a name that is not its own, which leads nowhere",
        ("AZ-11", "AZ-12", "AZ-14", "AZ-20", "AZ-16", "AZ-17", "AZ-18", "AZ-19"),
    ),
    Observation(
        "authorization.alias-leaks",
        FindingClass.SECURITY,
        _SUBSCRIBE,
        "under a name that is not its own, a channel was heard or spoken on",
        ("AZ-11", "AZ-12", "AZ-14", "AZ-20", "AZ-19"),
    ),
    Observation(
        "authorization.sent-by-outsider",
        FindingClass.SECURITY,
        _STORE,
        "the backend took a message from somebody who may not publish in that conversation",
        ("AZ-36",),
    ),
    Observation(
        "authorization.sent-in-another-name",
        FindingClass.SECURITY,
        _STORE,
        "a message shows another author than the one who sent it",
        ("AZ-37",),
    ),
    Observation(
        "subscription.forgery-accepted",
        FindingClass.SECURITY,
        _SUBSCRIBE,
        "the broadcaster let a subscription in whose signature was not made for it",
        ("AZ-25", "AZ-23", "AZ-24", "AZ-29", "AZ-27"),
    ),
    Observation(
        "subscription.known-weakness",
        FindingClass.ADVICE,
        _SUBSCRIBE,
        "the broadcaster has a weakness that servers of its dialect are known for",
        ("AZ-26", "AZ-31", "AZ-33", "AZ-34"),
    ),
    Observation(
        "subscription.forged-event-delivered",
        FindingClass.SECURITY,
        _DELIVER,
        "a client event came through that its sender may not send, or in another name or as another event",
        ("AZ-32", "AZ-33", "AZ-35"),
    ),
    Observation(
        "membership.identity-spoofed",
        FindingClass.SECURITY,
        _SUBSCRIBE,
        "somebody appears on a presence channel as another person, or under a name of their own choice",
        ("AZ-30", "AZ-29"),
    ),
    Observation(
        "membership.emptied",
        FindingClass.SECURITY,
        _SUBSCRIBE,
        "somebody who joined a presence channel without naming themselves emptied everybody's list of members",
        ("AZ-31",),
    ),
    Observation(
        "membership.effect-of-denied-join",
        FindingClass.SECURITY,
        _SUBSCRIBE,
        "a join that was denied was announced to others all the same",
        ("AZ-40",),
    ),
    Observation(
        "isolation.heard-after-logout",
        FindingClass.SECURITY,
        _DELIVER,
        "a socket heard a guarded channel after the token that opened it had ended, beyond the revocation budget",
        ("AU-17", "AU-16"),
    ),
    Observation(
        "isolation.heard-after-deletion",
        FindingClass.SECURITY,
        _DELIVER,
        "somebody heard a conversation that had been deleted, beyond the revocation budget",
        ("AZ-09",),
    ),
    Observation(
        "payload.stored-unheard",
        FindingClass.DELIVERY,
        _BROADCAST,
        "the backend stored a message, answered with an error, and nobody heard it",
        ("DE-20", "DE-21", "DE-02"),
    ),
    Observation(
        "payload.secret-disclosed",
        FindingClass.SECURITY,
        _DELIVER,
        "a secret, or what is private to somebody else, stood in a frame or an answer",
        ("DE-24", "PR-09", "DE-11"),
    ),
    Observation(
        "payload.internals-disclosed",
        FindingClass.SECURITY,
        _STORE,
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
    Observation(
        "payload.not-a-string",
        FindingClass.PROTOCOL,
        _DELIVER,
        "an event came whose data is no JSON string",
        ("DE-17",),
    ),
    Observation(
        "payload.encoded-twice",
        FindingClass.PROTOCOL,
        _BROADCAST,
        "an event came whose data was encoded twice",
        ("DE-18",),
    ),
    Observation(
        "payload.altered",
        FindingClass.DELIVERY,
        _BROADCAST,
        "a message was heard with another text than was sent",
        ("DE-19", "DE-11", "DE-21", "DE-22", "DE-23"),
    ),
    Observation(
        "payload.type-changed",
        FindingClass.PROTOCOL,
        _BROADCAST,
        "an id or a text is of another JSON type in the event than in the answer or the request",
        ("DE-23",),
    ),
    Observation(
        "payload.stored-altered",
        FindingClass.DELIVERY,
        _STORE,
        "a message was read back with another text than was sent",
        ("DE-19", "DE-21", "DE-23"),
    ),
    Observation(
        "consistency.heard-but-not-stored",
        FindingClass.DELIVERY,
        _STORE,
        "somebody heard a message and did not find it when they read",
        ("DE-25", "DE-26"),
    ),
    Observation(
        "consistency.sent-but-not-stored",
        FindingClass.DELIVERY,
        _STORE,
        "the backend took a message and did not give it to somebody who read",
        ("DE-28", "DE-26"),
    ),
    Observation(
        "membership.missing",
        FindingClass.DELIVERY,
        _SUBSCRIBE,
        "somebody is on a presence channel and another's roster does not hold them",
        ("PR-05", "AZ-31"),
    ),
    Observation(
        "membership.ghost",
        FindingClass.DELIVERY,
        _DELIVER,
        "somebody left a presence channel and another's roster holds them still",
        ("PR-03", "PR-04"),
    ),
    Observation(
        "membership.added-twice",
        FindingClass.PROTOCOL,
        _DELIVER,
        "somebody was announced on a presence channel who was there already",
        ("PR-01", "CO-10"),
    ),
    Observation(
        "membership.removed-while-present",
        FindingClass.PROTOCOL,
        _DELIVER,
        "somebody was said to have left a presence channel whose other socket is still there",
        ("PR-02", "PR-08"),
    ),
    Observation(
        "membership.list-contradicts-itself",
        FindingClass.PROTOCOL,
        _SUBSCRIBE,
        "count, ids and hash of a presence channel's list do not agree",
        ("PR-06",),
    ),
    Observation(
        "membership.id-type-changed",
        FindingClass.PROTOCOL,
        _DELIVER,
        "a member's id is of one JSON type in the list and of another in an announcement",
        ("PR-07",),
    ),
)
"""Every observation there is, by id; `tolerates` accepts these ids and their prefixes."""


def is_known(prefix: str) -> bool:
    """Tell whether this is the id of an observation, or a dotted prefix of one."""
    return any(id_ == prefix or id_.startswith(prefix.rstrip(".") + ".") for id_ in OBSERVATIONS)
