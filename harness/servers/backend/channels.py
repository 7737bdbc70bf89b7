"""
Who may join which channel: the one place that decides.

Names are matched whole, prefix included, and no rule means nobody. (Laravel strips the prefix first, so that there a
bare `chat.6.conversation.123` gets a signature too; nothing needs it.)
"""

from collections.abc import Callable

from harness.protocol.channels import Pattern
from harness.servers.backend.fields import parse_identifier
from harness.servers.backend.store import Store, User
from harness.servers.backend.tokens import Identity

ABILITY = "realtime"

Rule = Callable[[Store, User, dict[str, int]], bool]

CONVERSATION = Pattern("private-chat.{company}.conversation.{conversation}")


def is_participant(store: Store, user: User, names: dict[str, int]) -> bool:
    """Open a conversation to its participants, under the number of the company that it belongs to."""
    conversation = store.conversation(names["conversation"])
    return (
        conversation is not None
        and conversation.company_id == names["company"]
        and user.id in conversation.participants
    )


def is_colleague(_store: Store, user: User, names: dict[str, int]) -> bool:
    """Open a company's channel to its people."""
    return user.company_id == names["company"]


def is_self(_store: Store, user: User, names: dict[str, int]) -> bool:
    """Open a person's own channel to that person."""
    return user.id == names["id"]


RULES: tuple[tuple[Pattern, Rule], ...] = (
    (CONVERSATION, is_participant),
    (Pattern("presence-chat.{company}.conversation.{conversation}"), is_participant),
    (Pattern("presence-company.{company}"), is_colleague),
    (Pattern("private-App.Models.User.{id}"), is_self),
)


def may_join(store: Store, identity: Identity, channel: object) -> bool:
    """
    Decide one join.

    `channel` is what the client sent, of any type. Ids in it must be canonical decimals: what a loose comparison would
    take for the same number is another name, which nobody may join.
    """
    if not isinstance(channel, str) or not identity.can(ABILITY):
        return False
    for pattern, rule in RULES:
        written = pattern.match(channel)
        if written is not None:
            names = {name: parse_identifier(text) for name, text in written.items()}
            ids = {name: number for name, number in names.items() if number is not None}
            return len(ids) == len(names) and rule(store, identity.user, ids)
    return False
