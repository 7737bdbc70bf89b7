"""Defects of whose rights are looked up, and under which number."""

import re
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import literal, select
from sqlalchemy.exc import DataError
from sqlalchemy.types import NULLTYPE

from harness.protocol.channels import Pattern
from harness.servers.backend.channels import ABILITY, CONVERSATION, may_join
from harness.servers.backend.defects.defect import Defect
from harness.servers.backend.fields import parse_identifier
from harness.servers.backend.schema import conversations, participants
from harness.servers.backend.services import Services
from harness.servers.backend.store import Store, User
from harness.servers.backend.tokens import Identity

ANYTHING = Pattern("private-chat.{company}.{kind}.{id}")
"""A rule for the whole company, registered before the one for conversations, which it shadows."""

Decision = Callable[[Store, Identity, str], bool]


def _first(decide: Decision) -> Callable[[Services], Services]:
    """Let this decide, for whoever has the ability, before the rules are asked."""

    def change(services: Services) -> Services:
        def either(store: Store, identity: Identity, channel: object) -> bool:
            is_let_in = isinstance(channel, str) and identity.can(ABILITY) and decide(store, identity, channel)
            return is_let_in or services.may_join(store, identity, channel)

        return replace(services, may_join=either)

    return change


def _read(number_of: Callable[[str], int | None]) -> Callable[[Services], Services]:
    """Take what is written where the conversation is due for this number."""

    def decide(store: Store, identity: Identity, channel: str) -> bool:
        before, _, written = channel.rpartition(".")
        number = number_of(written)
        return number is not None and may_join(store, identity, f"{before}.{number}")

    return _first(decide)


def as_float(written: str) -> int | None:
    """Read a number by way of a float, as a loose comparison does: `12e0` is 12."""
    found = re.fullmatch(r"[1-9][0-9]{0,9}e[0-9]", written)
    return None if found is None else int(float(written))


def _unread(store: Store, identity: Identity, channel: str) -> bool:
    """
    Ask for a conversation by what is written, and leave it to the database what number that is.

    To MariaDB `123abc`, ` 123` and `0123` are 123, and a word is 0; to PostgreSQL and SQLite only blanks and zeros in
    front do not count. PostgreSQL refuses a word, which finds nothing here.
    """
    written = CONVERSATION.match(channel)
    if written is None:
        return False
    wanted = (
        select(participants.c.user_id)
        .join(conversations, participants.c.conversation_id == conversations.c.id)
        .where(conversations.c.id == literal(written["conversation"], NULLTYPE))  # a text, of no type that is told
        .where(conversations.c.company_id == parse_identifier(written["company"]))
        .where(participants.c.user_id == identity.user.id)
    )
    try:
        with store.engine.connect() as connection:
            return connection.execute(wanted).first() is not None
    except DataError:
        return False


def before_line_break(written: str) -> int | None:
    """Read what an expression finds whose `$` also stands before a last line break."""
    found = re.match(r"[1-9][0-9]{0,17}$", written)
    return None if found is None else int(found[0])


def local_number(store: Store, user: User) -> int:
    """Give the place of a person in their own company, which counts from 1 in each."""
    return len(store.colleagues(user.company_id, range(1, user.id + 1)))


def _same_number(store: Store, identity: Identity, channel: str) -> bool:
    """Look for the asker among the participants by a number that says somebody else in another company."""
    written = CONVERSATION.match(channel)
    number = None if written is None else parse_identifier(written["conversation"])
    conversation = None if number is None else store.conversation(number)
    if written is None or conversation is None or written["company"] != str(conversation.company_id):
        return False
    theirs = local_number(store, identity.user)
    there = sorted(store.colleagues(conversation.company_id, range(1, max(conversation.participants, default=0) + 1)))
    return theirs <= len(there) and there[theirs - 1] in conversation.participants


def _shadowed(_store: Store, identity: Identity, channel: str) -> bool:
    written = ANYTHING.match(channel)
    return written is not None and written["company"] == str(identity.user.company_id)


LOOKUPS = (
    Defect("AZ-05", "people are looked up by their number in another company", _first(_same_number)),
    Defect("AZ-11:database", "a number is read by the database", _first(_unread)),
    Defect("AZ-12:float", "a number is read as a float", _read(as_float)),
    Defect("AZ-12:newline", "a line break at the end is not seen", _read(before_line_break)),
    Defect("AZ-21", "a looser rule comes first", _first(_shadowed)),
)
