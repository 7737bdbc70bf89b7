"""
How to repeat a failure: the command that runs its test again, and a wrong decision as a test of its own.

What a world probed is known to it (`aliases.probe`). The name is written so that it is the same misspelling of the
conversation that the test will make, whatever its id will be.
"""

import re
import unicodedata
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

from harness.checkers.findings import Finding
from harness.checkers.judgement import Judgement
from harness.users.personas import VISITOR
from harness.users.script import Script

if TYPE_CHECKING:
    from harness.users.conversation import Conversation
    from harness.users.world import World

_RUN: Final = re.compile(r"(.)\1{39,}", re.DOTALL)
"""One character, forty times or more: written as a product."""
_NEAR: Final = 1_000
"""How far from an id a number still is one that was counted from it."""
_POINTS: Final = 8


@dataclass(frozen=True)
class Probe:
    """A name that somebody tried, beside the conversation that it reads like."""

    who: str
    name: str
    conversation: "Conversation"


def reproduction(world: "World", judgement: Judgement) -> str:
    """Write a test for the first broken guarantee that is about a name which a world probed; empty when none is."""
    tried = {(probe.who, probe.name): probe for probe in world.probes}
    told = next((one for one in judgement.broken if (one.who, one.where) in tried), None)
    return _written(told, tried[told.who, told.where], world) if told else ""


def _written(told: Finding, probe: Probe, world: "World") -> str:
    """Bring in the same people, make the same conversations in the same order, and ask for the same misspelling."""
    script = Script(f"{told.id}: {_ascii(told.summary)}", does="Ask again; a wrong decision is found in the end.")
    rooms = list(dict.fromkeys((*world.conversations, probe.conversation)))
    declared = {VISITOR, *(person.name for person in world.context.target.cast)}
    for name in dict.fromkeys((*(name for room in rooms for name in room.participants), probe.who)):
        how = f'world.user("{name}", "logged-in")' if name in declared else f'world.new_user("{name}")'
        script.say(f"{_variable(name)} = await {how}")
    for room in rooms:
        made = f"await world.new_conversation({', '.join(map(_variable, room.participants))})"
        script.say(f"conversation = {made}" if room is probe.conversation else made)
    name = expressed(probe.name, probe.conversation.channel, probe.conversation.id)
    script.say(f"name = {name}{_points(probe.name)}")
    script.say(f"await world.probe({_variable(probe.who)}, name, conversation)")
    return script.text()


def expressed(name: str, channel: str, id_: str) -> str:
    """Write a name as an expression of `conversation`, whose channel and id these are."""
    if channel in name:
        before, _, behind = name.partition(channel)
        return " + ".join([*_literal(before), "conversation.channel", *_literal(behind)])
    pieces: list[str] = []
    plain = ""
    for place, (text, own) in enumerate(zip_longest(name.split("."), channel.split("."), fillvalue=None)):
        if text is None:
            break
        plain += "." if place else ""
        if own == id_ and (written := _counted(text, id_)):
            before, expression, behind = written
            pieces += [*_literal(plain + before), expression]
            plain = behind
        else:
            plain += text
    return " + ".join([*pieces, *_literal(plain)]) or "''"


def _counted(text: str, id_: str) -> tuple[str, str, str] | None:
    """Write the part of a name that stands where the conversation's id is due by that id; None where it has none."""
    if id_ in text:
        before, _, behind = text.rpartition(id_)
        return before, "conversation.id", behind
    if all(one.isascii() and one.isdigit() for one in (text, id_)) and abs(step := int(text) - int(id_)) <= _NEAR:
        return "", f"str(int(conversation.id) {'+' if step > 0 else '-'} {abs(step)})", ""
    return None


def _literal(text: str) -> list[str]:
    """Write a text as ASCII, in as many pieces as it has long runs of a character; none for an empty one."""
    pieces, end = [], 0
    for run in _RUN.finditer(text):
        pieces += [ascii(text[end : run.start()])] if run.start() > end else []
        pieces.append(f"{run[1]!a} * {len(run[0])}")
        end = run.end()
    return [*pieces, *([ascii(text[end:])] if end < len(text) else [])]


def _points(name: str) -> str:
    """Name what cannot be read in ASCII, as a comment."""
    strange = list(dict.fromkeys(one for one in name if not (one.isascii() and one.isprintable())))
    words = [f"U+{ord(one):04X} {unicodedata.name(one, 'control character')}" for one in strange[:_POINTS]]
    return f"  # {', '.join(words)}" if words else ""


def replay_command(command: str, options: dict[str, Any]) -> str:
    """Write the command that runs one test again, with the options that made it what it was."""
    chosen = " ".join(f"--realtime-{name}={value}" for name, value in options.items())
    return f"{command} {chosen}".rstrip()


def _variable(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode().replace('"', "'")
