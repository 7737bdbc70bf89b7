"""The words that events share, and what every event says of itself."""

from typing import Literal

import msgspec

Outcome = Literal["ok", "refused", "unknown"]
"""How an act ended: the system agreed, said no, or nobody knows (no answer, or an error that may have had effects)."""

Signature = Literal["valid", "invalid", "unverifiable", "absent"]
"""Whether a channel signature verifies; without the secret it is `unverifiable`."""

Credential = Literal["live", "limited", "dead", "none", "other", "borrowed", "unknown"]
"""
What the bearer token of a request was worth, as far as its sender can know.

`live`: the person's own, given by a login; `limited`: such a one without the ability that joining needs; `dead`: logged
out, revoked, expired, or of an account that is gone; `none`: there was none; `other`: nobody was ever given it;
`borrowed`: another person's living one; `unknown`: limited otherwise, about to end, or nobody can say.
"""

Entitled = Literal["yes", "no", "roster", "anyone", "moot", ""]
"""
Whether the declared channel rules let a person join a channel.

`roster`: whoever is in the conversation may, which the membership events decide; `anyone`: everybody may, token or not;
`moot`: a signature would open nothing, as the channel is public or the socket id is none; empty: nobody can know.
"""

Persona = Literal["participant", "former participant", "colleague", "other company", "self", "visitor", ""]
"""
What somebody is to a channel or a conversation; `visitor` never logged in, `self` is whose own channel it is, empty
when nobody can know.
"""


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """
    Anything that happened: when (`at`), in which test, by or to whom (`who`), on which of our sockets (`alice#1`).

    `n` counts the events of one worker from 1 and never repeats.
    """

    n: int
    at: int
    worker: str = ""
    test: str = ""
    who: str = ""
    socket: str = ""
