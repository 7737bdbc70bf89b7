"""Defects of who may join: AZ-01 to AZ-21."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from harness.servers.backend.channels import CONVERSATION, may_join
from harness.servers.backend.defects.defect import Defect, with_store
from harness.servers.backend.fields import parse_identifier
from harness.servers.backend.services import Services
from harness.servers.backend.store import Conversation, Store
from harness.servers.backend.tokens import Identity

Spelling = Callable[[str], str]
"""Gives the canonical spelling of an id, or of a name, that a loose comparison takes it for."""

_HUGE: Final = re.compile(r"[0-9]{20,}")


def _decided(decide: Callable[[Store, Identity, str], bool]) -> Callable[[Services], Services]:
    """Let this decide where the rules say no."""

    def change(services: Services) -> Services:
        healthy = services.may_join

        def either(store: Store, identity: Identity, channel: object) -> bool:
            allowed = healthy(store, identity, channel)
            return allowed or (isinstance(channel, str) and decide(store, identity, channel))

        return replace(services, may_join=either)

    return change


def conversation_of(store: Store, channel: str) -> Conversation | None:
    """Give the conversation that a channel's name is the name of, if there is one."""
    written = CONVERSATION.match(channel)
    number = parse_identifier(written["conversation"]) if written else None
    return None if number is None else store.conversation(number)


def _anybody(store: Store, _identity: Identity, channel: str) -> bool:
    return conversation_of(store, channel) is not None


def _private(_store: Store, _identity: Identity, channel: str) -> bool:
    return channel.startswith("private-")


def _any_company(store: Store, identity: Identity, channel: str) -> bool:
    found = conversation_of(store, channel)
    return found is not None and identity.user.id in found.participants


def _any_of_theirs(store: Store, identity: Identity, channel: str) -> bool:
    found = conversation_of(store, channel)
    return found is not None and bool(store.conversations_of(identity.user.id))


def _ids(spelling: Spelling) -> Callable[[Services], Services]:
    """Take an id that is spelled otherwise for the one that it reads like."""

    def decide(store: Store, identity: Identity, channel: str) -> bool:
        before, dot, id_ = channel.rpartition(".")
        return bool(dot) and may_join(store, identity, f"{before}.{spelling(id_)}")

    return _decided(decide)


def _names(spelling: Spelling) -> Callable[[Services], Services]:
    """Take a whole name that is spelled otherwise for the one that it reads like."""
    return _decided(lambda store, identity, channel: may_join(store, identity, spelling(channel)))


def _leading(id_: str) -> str:
    return (re.match(r"[0-9]*", id_) or [""])[0]


def _zero(store: Store, identity: Identity, channel: str) -> bool:
    """Read a word as 0, which equals whatever is no number: the query finds the first row that is theirs."""
    before, dot, id_ = channel.rpartition(".")
    if not dot or _leading(id_):
        return False
    return any(may_join(store, identity, f"{before}.{one.id}") for one in store.conversations_of(identity.user.id)[:1])


def _digits(id_: str) -> str:
    return "".join(str(unicodedata.digit(one, one)) for one in id_)


def _without_tail(name: str) -> str:
    return ".".join(name.split(".")[:4])


def _without_head(name: str) -> str:
    return name[max(0, name.find("private-")) :]


def _dotted(name: str) -> str:
    return re.sub(r"conversation.([0-9]+)$", r"conversation.\1", name)


def _unprefixed(name: str) -> str:
    return f"private-{name.replace('private-', '')}"


def _huge(services: Services) -> Services:
    healthy = services.may_join

    def decide(store: Store, identity: Identity, channel: object) -> bool:
        if isinstance(channel, str) and _HUGE.search(channel):
            raise OverflowError("the number is too large for a column")
        return healthy(store, identity, channel)

    return replace(services, may_join=decide)


def _cached(services: Services) -> Services:
    """Remember who was in a conversation when it was first asked for."""
    known: dict[str, bool] = {}
    healthy = services.may_join

    def decide(store: Store, identity: Identity, channel: object) -> bool:
        key = f"{identity.user.id} {channel!r}"
        return known.setdefault(key, healthy(store, identity, channel))

    return replace(services, may_join=decide)


class Unremoved(Store):
    """AZ-07: a removal deletes nothing."""

    def remove_participant(self, conversation_id: int, user_id: int) -> bool:
        """Say that it was done."""
        return bool(conversation_id and user_id)


JOINING = (
    Defect("AZ-01", "the channel rule is true for whoever is logged in", _decided(_anybody)),
    Defect("AZ-02", "any private channel is signed", _decided(_private)),
    Defect("AZ-04", "the company in a name is not looked at", _decided(_any_company)),
    Defect("AZ-06", "a participant of one conversation may join the next", _decided(_any_of_theirs)),
    Defect("AZ-07", "whoever was removed may still join", with_store(Unremoved)),
    Defect("AZ-10", "a decision is remembered", _cached),
    Defect("AZ-11", "123abc is taken for 123", _ids(_leading)),
    Defect("AZ-12", "a leading zero is not seen", _ids(lambda id_: id_.lstrip("0"))),
    Defect("AZ-12:plus", "a plus sign is not seen", _ids(lambda id_: id_.removeprefix("+"))),
    Defect("AZ-12:blank", "white space is not seen", _ids(str.strip)),
    Defect("AZ-12:nul", "NUL ends an id", _ids(lambda id_: id_.partition(chr(0))[0])),
    Defect("AZ-13", "a word is 0, which finds the first row", _decided(_zero)),
    Defect("AZ-14", "digits of any script are digits", _ids(_digits)),
    Defect("AZ-15", "a huge id is a server error", _huge),
    Defect("AZ-16", "what stands behind the pattern is not looked at", _names(_without_tail)),
    Defect("AZ-17", "what stands before the pattern is not looked at", _names(_without_head)),
    Defect("AZ-18", "a dot is any character", _names(_dotted)),
    Defect("AZ-19", "the prefix is taken off wherever it stands", _names(_unprefixed)),
    Defect("AZ-20", "upper and lower case are the same", _names(str.lower)),
)
