"""
Verdicts, findings, and the closed list of observations that a finding can state.

A finding says what was *observed*; `suspects` are ids of the catalogue of defects that would look like this, most
likely first. Whether the cause is one of them is for a person to find out.
"""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from harness.checkers.suspects import in_words

_SUSPECTS_SHOWN = 3


class Verdict(StrEnum):
    """What is said of a guarantee, a test and a run; nothing observed is never PASS."""

    PASS = "PASS"  # noqa: S105  no password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


_GRAVITY = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)


def gravest(verdicts: Iterable[Verdict]) -> Verdict:
    """Merge verdicts: FAIL before INCONCLUSIVE before PASS; of none at all, INCONCLUSIVE."""
    return min(verdicts, key=_GRAVITY.index, default=Verdict.INCONCLUSIVE)


class FindingClass(StrEnum):
    """What kind of guarantee broke; `advice` never changes a verdict."""

    SECURITY = "security"
    DELIVERY = "delivery"
    SLO = "slo"
    PROTOCOL = "protocol"
    ENVIRONMENT = "environment"
    ADVICE = "advice"


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


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One broken guarantee: what was observed, about whom, where, what was expected, and the evidence for it."""

    id: str
    kind: FindingClass
    hop: str
    summary: str
    who: str = ""
    where: str = ""
    expected: str = ""
    evidence: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()
    test: str = ""
    tolerated: str = ""
    """Why this finding does not count, when a test declared so."""

    def matches(self, prefix: str) -> bool:
        """Tell whether the id is this one or lies below it."""
        return self.id == prefix or self.id.startswith(prefix.rstrip(".") + ".")

    def __str__(self) -> str:
        """Write the paragraph that a stranger can act on."""
        lines = [f"{self.id} ({self.kind}): {self.summary}", f"  hop       {self.hop}"]
        lines += [f"  expected  {self.expected}"] if self.expected else []
        lines += [f"  seen      {line}" for line in self.evidence]
        lines += [f"  suspect   {line}" for line in in_words(self.suspects[:_SUSPECTS_SHOWN])]
        return "\n".join(lines)


def finding(
    id_: str, summary: str, *, who: str = "", where: str = "", expected: str = "", evidence: Iterable[str] = ()
) -> Finding:
    """State an observation; class, hop and suspects come from the list."""
    observation = OBSERVATIONS[id_]
    return Finding(
        id=id_,
        kind=observation.kind,
        hop=observation.hop,
        summary=summary,
        who=who,
        where=where,
        expected=expected,
        evidence=tuple(evidence),
        suspects=observation.suspects,
    )
