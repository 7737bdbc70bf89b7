"""Errors say whose fault it is, form the tree that is drawn, and are safe to print whoever worded them."""

import inspect
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import errors
from harness.errors import AuthorizationDenied, GuaranteeBroken, HarnessError, Inconclusive, Refused, SendRefused, plain

CLASSES = {one for _, one in inspect.getmembers(errors, inspect.isclass) if one.__module__ == errors.__name__}


def test_the_tree_is_the_one_that_is_drawn() -> None:
    """The drawing in the module's docstring shows every class below its parent, and two roots."""
    drawn: dict[str, str] = {}
    path: list[str] = []
    for lead, name in re.findall(r"^ {4}([ │├└─]*)([A-Z]\w+)", errors.__doc__ or "", re.MULTILINE):
        path[len(lead) // 4 :] = [name]
        drawn[name] = path[-2] if len(path) > 1 else ""

    parents = {one.__name__: one.__base__.__name__ if one.__base__ in CLASSES else "" for one in CLASSES}
    assert drawn == parents
    assert [name for name, parent in drawn.items() if not parent] == ["HarnessError", "GuaranteeBroken"]


def test_a_broken_guarantee_is_an_assertion_and_our_own_fault_is_none() -> None:
    """Pytest shows the one as a failure of the test; a test for failures does not catch the other."""
    assert issubclass(GuaranteeBroken, AssertionError)
    assert not issubclass(HarnessError, AssertionError)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (422, '{"message":"no"}', 'a message of bob was refused: 422 {"message":"no"}'),
        (403, "", "a message of bob was refused: 403"),
        (0, "x", "a message of bob was refused: 0 x"),
        (None, "no answer", "a message of bob was refused: no code no answer"),
        (None, "", "a message of bob was refused: no code"),
    ],
)
def test_a_refusal_carries_act_status_and_body(status: int | None, body: str, words: str) -> None:
    """They can be asked for one by one, and make up the message."""
    refused = SendRefused("a message of bob", status, body)

    told = f"{words}\n  hop       5, send"
    assert (refused.act, refused.status, refused.body, str(refused)) == ("a message of bob", status, body, told)
    assert isinstance(refused, Refused)


def test_a_long_answer_is_quoted_in_part() -> None:
    """The message shows five hundred characters and says how many there were; the body is whole."""
    refused = Refused("a login", 500, "x" * 501)

    assert str(refused) == f"a login was refused: 500 {'x' * 500}… (501 characters)"
    assert len(refused.body) == 501
    assert str(Refused("a login", 500, "x" * 500)).endswith(" " + "x" * 500)


def test_a_denial_tells_whether_it_held_a_signature() -> None:
    """A 403 that carries a signature all the same is a finding for somebody else."""
    assert AuthorizationDenied("an authorization", 403, "", carried_signature=True).carried_signature
    assert not AuthorizationDenied("an authorization", 403, "").carried_signature


@pytest.mark.parametrize("kind", [HarnessError, Inconclusive, GuaranteeBroken])
def test_a_message_keeps_its_lines_and_loses_its_teeth(kind: type[Exception]) -> None:
    """Whatever a system under test made us say, each line of it is safe for a terminal."""
    told = str(kind("found\n::error::\x1b[31m\r\n  seen \u202etxt"))

    assert told == "found\n:\u200b:error:\u200b:\\x1b[31m\\r\n  seen \\u202etxt"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("مرحبا 👋 fine", "مرحبا 👋 fine"),
        ("a\x1b[2Jb\x07\r\n\t\x7f\x9b", "a\\x1b[2Jb\\x07\\r\\n\\t\\x7f\\x9b"),
        ("\u202eevil\u2066\u200f", "\\u202eevil\\u2066\\u200f"),
        ("\u2028\ufeff\ud800", "\\u2028\\ufeff\\ud800"),
        ("::set-output name=a::b", ":\u200b:set-output name=a:\u200b:b"),
        ("  ::error::x", "  :\u200b:error:\u200b:x"),
        ("a::b", "a::b"),
        ("x ##[error]y ##vso[task.x]", "x #\u200b#[error]y #\u200b#vso[task.x]"),
    ],
    ids=ascii,
)
def test_plain_text_has_no_controls_and_no_commands(text: str, shown: str) -> None:
    """Letters of all scripts stay; what moves a cursor, turns a line round or commands a CI runner does not."""
    assert plain(text) == shown


@given(st.text(st.characters()))
def test_plain_text_is_one_printable_line(text: str) -> None:
    """Only the mark that breaks a command is unprintable, and no line starts with one."""
    shown = plain(text)

    assert shown.replace("\u200b", "").isprintable()
    assert not shown.lstrip().startswith("::")
    assert "##" not in shown


def test_a_refusal_says_what_should_have_come_instead() -> None:
    """Where it is known; a refusal of no hop has no line for one."""
    denied = AuthorizationDenied("it", 403, "no", expected="a grant: bob is in conversation 7")

    assert str(denied).split("\n") == [
        "it was refused: 403 no",
        "  hop       3, authorize",
        "  expected  a grant: bob is in conversation 7",
    ]
    assert str(Refused("it", None, "")) == "it was refused: no code"
