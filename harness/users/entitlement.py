"""
Whether the declared channel rules let a person join a channel: what an answer of the endpoint is held against.

Exactly one rule may match a name; none means nobody. Only the audience of a conversation is left to whoever reads the
history, since it changes in the course of a test.
"""

from typing import TYPE_CHECKING, NamedTuple

from harness.config import ChannelRule, Person
from harness.history.events import Entitled
from harness.protocol.channels import ChannelKind, kind_of

if TYPE_CHECKING:
    from harness.users.context import Context

_GUARDS = ("private-encrypted-", "private-", "presence-")


class Decision(NamedTuple):
    """The name of the rule that a channel follows ("" for none), and whether it lets a person in."""

    rule: str
    entitled: Entitled


def decision(context: "Context", person: Person, channel: str) -> Decision:
    """
    Decide by the rules that the target declares.

    A name that no rule matches is nobody's, unless the same name under another guard is somebody's: Laravel takes the
    guard off before it looks for a rule, so one rule decides for all of them there (PROTOCOL.md, 8.1). A public name
    takes no signature.
    """
    followed = _followed(context, channel)
    names = ", ".join(rule.name for rule, _ in followed)
    if kind_of(channel) is ChannelKind.PUBLIC:
        return Decision(names, "moot")
    if len(followed) > 1:
        return Decision(names, "")
    if followed:
        return Decision(names, _entitled(context, person, channel, *followed[0]))
    return Decision("", "" if _is_open_under_another_guard(context, person, channel) else "no")


def _followed(context: "Context", channel: str) -> list[tuple[ChannelRule, dict[str, str]]]:
    """List the rules that a name follows, with what stands for their placeholders."""
    matches = ((rule, pattern.match(channel)) for rule, pattern in context.rules)
    return [(rule, values) for rule, values in matches if values is not None]


def _entitled(context: "Context", person: Person, channel: str, rule: ChannelRule, values: dict[str, str]) -> Entitled:
    match rule.join:
        case "participants":
            return "no" if _is_twisted(context, person, channel, values) else "roster"
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


def _is_twisted(context: "Context", person: Person, channel: str, values: dict[str, str]) -> bool:
    """Tell whether this names a conversation of ours under a company that is neither its own nor the person's."""
    conversation = context.conversations.get(values["conversation"])
    is_ours = conversation is not None and conversation.channel != channel
    return is_ours and person.company is not None and values.get("company") not in (None, str(person.company))


def _is_open_under_another_guard(context: "Context", person: Person, channel: str) -> bool:
    guard = next(guard for guard in _GUARDS if channel.startswith(guard))
    twins = (other + channel.removeprefix(guard) for other in _GUARDS if other != guard)
    return any(
        _entitled(context, person, twin, *followed) != "no" for twin in twins for followed in _followed(context, twin)
    )
