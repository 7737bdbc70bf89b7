"""
What somebody is to a channel: a participant of its conversation, a colleague, somebody of another company, themselves.

A channel is told by its `shape`, the pattern of its rule with what the placeholders mean to whoever asks. Two runs with
other numbers have the same shapes, so what was decided can be compared between them.
"""

from typing import TYPE_CHECKING, Final, NamedTuple

from harness.config import ChannelRule, Person
from harness.history.events import Persona
from harness.protocol.channels import ChannelKind, kind_of

if TYPE_CHECKING:
    from harness.users.context import Context
    from harness.users.conversation import Conversation

VISITOR: Final = "visitor"
"""The name of the person who never logs in."""

NOBODY: Final = Person(name=VISITOR, email="", password="")
"""That person, as one of a cast."""

NO_RULE: Final = "no rule"
"""The shape of a guarded channel that follows no declared rule."""

PUBLIC: Final = "public"
"""The shape of every public channel."""


class Followed(NamedTuple):
    """A rule that a channel follows, and what stands for the placeholders of its pattern."""

    rule: ChannelRule
    values: dict[str, str]


def followed(context: "Context", channel: str) -> list[Followed]:
    """List the declared rules that a channel follows, as a rule one or none; every look at a channel begins here."""
    matches = ((rule, pattern.match(channel)) for rule, pattern in context.rules)
    return [Followed(rule, values) for rule, values in matches if values is not None]


def shape_of(context: "Context", person: Person, channel: str) -> str:
    """Tell whose a channel is to this person: `private-chat.{other company}.conversation.{own}`, or that none says."""
    return shaped(context, person, channel, followed(context, channel))


def persona_of(context: "Context", person: Person, channel: str) -> Persona:
    """Tell what this person is to a channel; empty when nobody can know, or the channel belongs to nobody."""
    return persona(context, person, followed(context, channel))


def shaped(context: "Context", person: Person, channel: str, rules: list[Followed]) -> str:
    """Give the shape of a channel that follows these rules: that of the first, should there be several."""
    if kind_of(channel) is ChannelKind.PUBLIC:
        return PUBLIC
    if not rules:
        return NO_RULE
    shape, values = rules[0].rule.pattern, rules[0].values
    for placeholder, value in values.items():
        shape = shape.replace(f"{{{placeholder}}}", f"{{{_meaning(context, person, placeholder, value)}}}")
    return shape


def persona(context: "Context", person: Person, rules: list[Followed]) -> Persona:
    """Tell what this person is to whatever a channel of these rules is named after: conversation, user, or company."""
    values = rules[0].values if rules else {}
    conversation = context.conversations.get(values.get("conversation", ""))
    if conversation is not None and person.name in conversation.participants:
        return "participant"
    if conversation is not None and person.name in conversation.people:
        return "former participant"
    if person.name == VISITOR:
        return "visitor"
    company: int | str | None = values.get("company")
    if conversation is not None:
        company = conversation.company
    elif "user" in values:
        if values["user"] == context.ids.get(person.name):
            return "self"
        company = _company_of(context, values["user"])
    return _by_company(person, company)


def is_stranger(person: Person, conversation: "Conversation") -> bool:
    """Tell whether this person never was in a conversation, and nobody has asked to add them."""
    return person.name not in conversation.participants and person.name not in conversation.people


def _by_company(person: Person, company: int | str | None) -> Persona:
    if company is None or person.company is None:
        return ""
    return "colleague" if str(company) == str(person.company) else "other company"


def _company_of(context: "Context", user: str) -> int | str | None:
    """Give the company of whoever the backend knows by this id, as far as it is somebody of ours."""
    names = (name for name, id_ in context.ids.items() if id_ == user)
    return next((context.people[name].company for name in names if name in context.people), None)


def _meaning(context: "Context", person: Person, placeholder: str, value: str) -> str:
    """Say what the value of a placeholder is to this person; one that is decided by nobody keeps its name."""
    match placeholder:
        case "company":
            return _company(person, value)
        case "conversation":
            conversation = context.conversations.get(value)
            if conversation is None:
                return "unknown"
            return "own" if person.name in conversation.participants else "another"
        case "user":
            return _user(context, person, value)
        case _:
            return placeholder


def _company(person: Person, value: str) -> str:
    if person.company is None and person.name != VISITOR:
        return "company"
    return "own company" if value == str(person.company) else "other company"


def _user(context: "Context", person: Person, value: str) -> str:
    own = context.ids.get(person.name)
    if value == own:
        return "self"
    if value in context.ids.values():
        return "another user"
    return "unknown" if own is not None or person.name == VISITOR else "user"
