"""How to repeat what was found: the command, and a wrong decision as a test that can be run."""

import ast
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from harness.checkers.findings import finding
from harness.users.reproduction import Probe, expressed, replay_command, reproduction

CHANNEL, ID = "private-chat.1.conversation.15", "15"


@dataclass(frozen=True)
class Room:
    """A conversation, as far as anybody looks."""

    channel: str = CHANNEL
    id: str = ID
    participants: tuple[str, ...] = ("alice",)


CONVERSATION: Any = Room()


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        (CHANNEL, "conversation.channel"),
        (f"{CHANNEL}.x", "conversation.channel + '.x'"),
        (f"private-{CHANNEL}\n", "'private-' + conversation.channel + '\\n'"),
        ("private-chat.1.conversation.015", "'private-chat.1.conversation.0' + conversation.id"),
        ("private-chat.1.conversation.15e0", "conversation.channel + 'e0'"),
        ("private-chat.01.conversation.15e0", "'private-chat.01.conversation.' + conversation.id + 'e0'"),
        ("private-chat.01.conversation.15", "'private-chat.01.conversation.' + conversation.id"),
        ("presence-chat.1.conversation.15", "'presence-chat.1.conversation.' + conversation.id"),
        ("private-chat.1.conversation.16", "'private-chat.1.conversation.' + str(int(conversation.id) + 1)"),
        ("private-chat.1.conversation.14.z", "'private-chat.1.conversation.' + str(int(conversation.id) - 1) + '.z'"),
        ("private-chat.1.conversation.2147483648", "'private-chat.1.conversation.2147483648'"),
        ("private-chat.1.conversation", "'private-chat.1.conversation'"),
        ("private-chat.1.conversation.\u0661\u0665", "'private-chat.1.conversation.\\u0661\\u0665'"),
        ("", "''"),
        (
            "private-chat.1.conversation." + "0" * 100_000 + "15",
            "'private-chat.1.conversation.' + '0' * 100000 + conversation.id",
        ),
    ],
    ids=lambda text: ascii(text[:50]),
)
def test_a_name_is_written_by_the_conversation(name: str, expression: str) -> None:
    """The expression gives the name back, and the same misspelling of any other conversation."""
    assert expressed(name, CHANNEL, ID) == expression
    assert eval(expression, {"conversation": CONVERSATION}) == name  # noqa: S307  an expression of ours


def test_a_long_run_inside_a_part_stays_a_product() -> None:
    """Whatever stands before and behind it."""
    name = "x" * 50 + "." + "y" * 41 + "z"
    assert expressed(name, CHANNEL, ID) == "'x' * 50 + '.' + 'y' * 41 + 'z'"


def a_world(*probes: Probe, conversations: tuple[Any, ...] = ()) -> Any:
    """Give what a reproduction looks at."""
    cast = [SimpleNamespace(name=name) for name in ("alice", "eve")]
    context = SimpleNamespace(target=SimpleNamespace(cast=cast))
    return SimpleNamespace(probes=list(probes), conversations=list(conversations), context=context)


def broken(who: str, where: str) -> Any:
    """Give a judgement with one broken guarantee."""
    summary = f'{who} got a signature for "{where}" \u2014'
    found = finding("authorization.granted-to-outsider", summary, who=who, where=where)
    return SimpleNamespace(broken=[found])


def test_a_wrong_decision_is_a_test_that_can_be_run() -> None:
    """The same people, conversations and misspelling; in ASCII, with what is strange named."""
    hers: Any = Room("private-chat.1.conversation.14", "14", ("eve",))
    mine: Any = Room(participants=("alice", "new-1"))
    name = f"{CHANNEL}\u200b"

    text = reproduction(a_world(Probe("eve", name, mine), conversations=(hers, mine)), broken("eve", name))

    assert ast.parse(text)
    assert text.isascii()
    steps = [line.strip() for line in text.splitlines() if line.startswith(" " * 8)]
    assert steps == [
        'eve = await world.user("eve", "logged-in")',
        'alice = await world.user("alice", "logged-in")',
        'new_1 = await world.new_user("new-1")',
        "await world.new_conversation(eve)",
        "conversation = await world.new_conversation(alice, new_1)",
        "name = conversation.channel + '\\u200b'  # U+200B ZERO WIDTH SPACE",
        "await world.probe(eve, name, conversation)",
    ]


def test_what_nobody_probed_has_no_reproduction() -> None:
    """A finding about another name, or of another person."""
    mine: Any = Room()
    world = a_world(Probe("eve", "x", mine))

    assert reproduction(world, broken("eve", "y")) == ""
    assert reproduction(world, broken("alice", "x")) == ""


def test_the_replay_command_has_the_options_of_the_run() -> None:
    """Those that made it what it was, or none."""
    assert replay_command("pytest t.py", {"seed": 1}) == "pytest t.py --realtime-seed=1"
    assert replay_command("pytest t.py", {}) == "pytest t.py"
