"""Observations about who heard, joined, was granted or spoke what they may not, or was denied what they may."""

from typing import Final

from harness.checkers.observation import AUTHORIZE, BROADCAST, DELIVER, STORE, SUBSCRIBE, Observation, listed
from harness.checkers.verdict import FindingClass

_SPELLINGS = ("AZ-11", "AZ-12", "AZ-14", "AZ-20", "AZ-16", "AZ-17", "AZ-18", "AZ-19", "AZ-13", "AZ-22")
"""What makes an endpoint take one name for another."""

ACCESS: Final = listed(
    Observation(
        "isolation.heard-by-outsider",
        FindingClass.SECURITY,
        DELIVER,
        "somebody outside the conversation heard its message",
        ("AZ-01", "AZ-02", "AZ-06", "AZ-04", "AZ-25", "DE-10"),
    ),
    Observation(
        "isolation.heard-after-removal",
        FindingClass.SECURITY,
        DELIVER,
        "somebody removed from the conversation still heard it after the revocation budget",
        ("AZ-08", "AZ-09"),
    ),
    Observation(
        "isolation.heard-without-subscription",
        FindingClass.SECURITY,
        SUBSCRIBE,
        "a socket heard a channel that was never acknowledged to it",
        ("AZ-25", "AZ-23", "AZ-24"),
    ),
    Observation(
        "isolation.heard-on-public-twin",
        FindingClass.SECURITY,
        BROADCAST,
        "a message was heard on the public channel that is called as its own is without the guarding prefix",
        ("AZ-03", "DE-10"),
    ),
    Observation(
        "isolation.heard-on-wrong-channel",
        FindingClass.SECURITY,
        BROADCAST,
        "a message was heard on a channel that is not its conversation's",
        ("DE-10", "DE-16"),
    ),
    Observation(
        "isolation.foreign-heard-by-outsider",
        FindingClass.SECURITY,
        DELIVER,
        "somebody heard a message of others on a channel that they may not hear",
        ("AZ-01", "AZ-02", "DE-10"),
    ),
    Observation(
        "isolation.subscribed-by-outsider",
        FindingClass.SECURITY,
        SUBSCRIBE,
        "the broadcaster let somebody outside the conversation subscribe to its channel",
        ("AZ-01", "AZ-02", "AZ-06", "AZ-25", "AZ-23", "AZ-24"),
    ),
    Observation(
        "authorization.granted-to-outsider",
        FindingClass.SECURITY,
        AUTHORIZE,
        "the authorization endpoint signed a channel for somebody whom its rule does not let in",
        ("AZ-01", "AZ-02", "AZ-06", "AZ-04", "AZ-07", "AZ-05", "AZ-21", "AU-10", "AU-11", "AU-12", *_SPELLINGS),
    ),
    Observation(
        "authorization.granted-without-credential",
        FindingClass.SECURITY,
        AUTHORIZE,
        "the authorization endpoint signed a channel for somebody without a living token",
        ("AU-01", "AU-02", "AU-03", "AU-04", "AU-05", "AU-12"),
    ),
    Observation(
        "authorization.denied-to-insider",
        FindingClass.DELIVERY,
        AUTHORIZE,
        "the authorization endpoint gave no grant to somebody who may join and showed a living token",
        ("AU-08", "AU-09", "AU-10", "AU-14", "AZ-10"),
    ),
    Observation(
        "authorization.no-decision",
        FindingClass.PROTOCOL,
        AUTHORIZE,
        "the authorization endpoint answered with neither a signature nor a 4xx",
        ("AU-07", "AU-10"),
    ),
    Observation(
        "authorization.wrong-status",
        FindingClass.ADVICE,
        AUTHORIZE,
        "a denial came with another 4xx than 401 without a living token, or 403 with one",
        ("AU-07", "AU-08"),
    ),
    Observation(
        "authorization.error",
        FindingClass.PROTOCOL,
        AUTHORIZE,
        "the authorization endpoint failed, or gave no answer, where it should decide",
        ("AZ-15", "AU-07", "OP-13"),
    ),
    Observation(
        "authorization.signature-invalid",
        FindingClass.DELIVERY,
        AUTHORIZE,
        "the authorization endpoint granted a channel with a signature that does not verify",
        ("OP-03", "OP-04"),
    ),
    Observation(
        "authorization.granted-without-ability",
        FindingClass.SECURITY,
        AUTHORIZE,
        "the authorization endpoint signed a channel for a token that lacks the ability to join",
        ("AU-06",),
    ),
    Observation(
        "authorization.malformed-socket-signed",
        FindingClass.SECURITY,
        AUTHORIZE,
        "the authorization endpoint signed for a socket id that is none",
        ("AZ-28", "AZ-27"),
    ),
    Observation(
        "authorization.malformed-socket-error",
        FindingClass.ADVICE,
        AUTHORIZE,
        "the authorization endpoint answered a socket id that is none with a server error",
        ("AZ-28",),
    ),
    Observation(
        "authorization.alias-granted",
        FindingClass.ADVICE,
        AUTHORIZE,
        "the authorization endpoint signed a channel under a name that is not its own, which leads nowhere",
        _SPELLINGS,
    ),
    Observation(
        "authorization.alias-leaks",
        FindingClass.SECURITY,
        SUBSCRIBE,
        "under a name that is not its own, a channel was heard or spoken on",
        _SPELLINGS,
    ),
    Observation(
        "authorization.sent-by-outsider",
        FindingClass.SECURITY,
        STORE,
        "the backend took a message from somebody who may not publish in that conversation",
        ("AZ-36",),
    ),
    Observation(
        "authorization.sent-in-another-name",
        FindingClass.SECURITY,
        STORE,
        "a message shows another author than the one who sent it",
        ("AZ-37",),
    ),
    Observation(
        "subscription.forgery-accepted",
        FindingClass.SECURITY,
        SUBSCRIBE,
        "the broadcaster let a subscription in whose signature was not made for it",
        ("AZ-25", "AZ-23", "AZ-24", "AZ-29", "AZ-27", "AZ-26"),
    ),
    Observation(
        "subscription.known-weakness",
        FindingClass.ADVICE,
        SUBSCRIBE,
        "the broadcaster has a weakness that servers of its dialect are known for",
        ("AZ-26", "AZ-27", "AZ-31", "AZ-32", "AZ-33", "AZ-34"),
    ),
    Observation(
        "subscription.forged-event-delivered",
        FindingClass.SECURITY,
        DELIVER,
        "a client event came through that its sender may not send, or in another name or as another event",
        ("AZ-32", "AZ-33", "AZ-35", "AZ-34"),
    ),
    Observation(
        "membership.identity-spoofed",
        FindingClass.SECURITY,
        SUBSCRIBE,
        "somebody appears on a presence channel as another person, or under a name of their own choice",
        ("AZ-30", "AZ-29", "AU-11", "AU-12"),
    ),
    Observation(
        "isolation.heard-after-logout",
        FindingClass.SECURITY,
        DELIVER,
        "a socket heard a guarded channel after the token that opened it had ended, beyond the revocation budget",
        ("AU-17", "AU-16"),
    ),
    Observation(
        "isolation.heard-after-deletion",
        FindingClass.SECURITY,
        DELIVER,
        "somebody heard a conversation that had been deleted, beyond the revocation budget",
        ("AZ-09",),
    ),
)
"""Part of the list of observations, by id."""
