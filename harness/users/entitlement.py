"""
Whether the declared channel rules let a person join a channel: what an answer of the endpoint is held against.

Exactly one rule may match a name; none means nobody. Only the audience of a conversation is left to whoever reads the
history, since it changes in the course of a test.
"""

from typing import TYPE_CHECKING, NamedTuple

from harness.config import Person
from harness.history.events import Entitled, Persona
from harness.protocol.channels import ChannelKind, kind_of
from harness.users.personas import Followed, followed, is_stranger, persona, shaped

if TYPE_CHECKING:
    from harness.users.context import Context

_GUARDS = ("private-encrypted-", "private-", "presence-")


class Decision(NamedTuple):
    """
    What the rules say of a person and a channel.

    The name of the rule that it follows ("" for none), whether that lets them in, whose the channel is to them, and
    what they are to it (`personas`).
    """

    rule: str
    entitled: Entitled
    shape: str
    persona: Persona


def decision(context: "Context", person: Person, channel: str) -> Decision:
    """
    Decide by the rules that the target declares.

    A name that no rule matches is nobody's, unless the same name under another guard is somebody's: Laravel takes the
    guard off before it looks for a rule, so one rule decides for all of them there (PROTOCOL.md, 8.1). A public name
    takes no signature.
    """
    rules = followed(context, channel)
    return Decision(
        rule=", ".join(rule.name for rule, _ in rules),
        entitled=_decided(context, person, channel, rules),
        shape=shaped(context, person, channel, rules),
        persona=persona(context, person, rules),
    )


def _decided(context: "Context", person: Person, channel: str, rules: list[Followed]) -> Entitled:
    if kind_of(channel) is ChannelKind.PUBLIC:
        return "moot"
    if len(rules) > 1:
        return ""
    if rules:
        return _entitled(context, person, channel, rules[0])
    return "" if _is_open_under_another_guard(context, person, channel) else "no"


def _entitled(context: "Context", person: Person, channel: str, one: Followed) -> Entitled:
    rule, values = one
    match rule.join:
        case "participants":
            return "no" if _is_closed(context, person, channel, values) else "roster"
        case "company":
            return _equal(values["company"], person.company)
        case "self":
            return _equal(values["user"], context.ids.get(person.name))
        case "signed-in":
            return "yes"
        case "anyone":
            return "anyone"
        case "nobody":
            return "no"


def _equal(written: str, own: int | str | None) -> Entitled:
    if own is None:
        return ""
    return "yes" if written == str(own) else "no"


def _is_closed(context: "Context", person: Person, channel: str, values: dict[str, str]) -> bool:
    """
    Tell whether a channel of a conversation of ours, other than the one that the history knows, is none of theirs.

    That is one under a company that is neither the conversation's nor the person's, and a further channel of the
    conversation (its presence channel, say) for somebody who never was in it.
    """
    conversation = context.conversations.get(values["conversation"])
    if conversation is None or conversation.channel == channel:
        return False
    company = values.get("company")
    if company is None or company == str(conversation.company):
        return is_stranger(person, conversation)
    return person.company is not None and company != str(person.company)


def _is_open_under_another_guard(context: "Context", person: Person, channel: str) -> bool:
    guard = next(guard for guard in _GUARDS if channel.startswith(guard))
    twins = (other + channel.removeprefix(guard) for other in _GUARDS if other != guard)
    return any(_entitled(context, person, twin, one) != "no" for twin in twins for one in followed(context, twin))
