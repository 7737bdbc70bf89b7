"""Kinds of event: frozen, told apart by their tag, and the same after a round trip through JSON lines."""

import typing
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.inspect import (
    BoolType,
    DictType,
    FloatType,
    IntType,
    LiteralType,
    NoneType,
    StrType,
    TupleType,
    UnionType,
    VarTupleType,
)

from harness.history import events
from harness.history.events import AnyEvent, Event, FrameIn, Note
from harness.history.recorder import Header, load, store

KINDS = get_args(AnyEvent)
KIND_NAMES = {
    *("test.started", "test.finished", "http.asked", "http.answered", "socket.opened", "socket.closed", "frame.in"),
    *(
        "frame.out",
        "subscribe.asked",
        "subscribe.answered",
        "unsubscribe",
        "reconnect.asked",
        "reconnect.answered",
        "message.asked",
        "message.answered",
        "messages.read",
    ),
    *("membership.asked", "membership.answered", "credential.asked", "credential.answered", "control"),
    "credential.identified",
    "passwords.guessed",
    "process.measured",
    *("alias.followed", "api.called", "disclosed", "silence", "whisper"),
    *(
        "fault.began",
        "fault.ended",
        "fence.asked",
        "fence.answered",
        "process.started",
        "process.exited",
        "sample",
        "loop.lag",
        "note",
        "left-behind",
        "http.throttled",
    ),
}


def test_every_kind_can_be_loaded() -> None:
    """The union that is decoded holds each class of the module; tags are the kinds of DESIGN.md, section 8."""
    classes = {one for one in vars(events).values() if isinstance(one, type) and issubclass(one, Event)} - {Event}

    assert set(KINDS) == classes
    assert {kind.__struct_config__.tag for kind in KINDS} == KIND_NAMES
    assert {kind.__struct_config__.tag_field for kind in KINDS} == {"kind"}


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_never_changes(kind: type[Event]) -> None:
    """A record is frozen, and its fields are named when it is made."""
    assert kind.__struct_config__.frozen
    with pytest.raises(TypeError, match="positional"):
        kind(1, 2)  # type: ignore[call-arg]


def _values(type_: Any) -> st.SearchStrategy[Any]:
    """Give values of a field's type: texts of all scripts, and numbers as large as a clock's."""
    simple: dict[Any, st.SearchStrategy[Any]] = {
        StrType: st.text(),
        IntType: st.integers(-(2**63), 2**63 - 1),
        FloatType: st.floats(allow_nan=False, allow_infinity=False),
        BoolType: st.booleans(),
        NoneType: st.none(),
    }
    match type_:
        case LiteralType(values=values):
            return st.sampled_from(values)
        case VarTupleType(item_type=item):
            return st.lists(_values(item), max_size=3).map(tuple)
        case TupleType(item_types=items):
            return st.tuples(*map(_values, items))
        case DictType(key_type=key, value_type=value):
            return st.dictionaries(_values(key), _values(value), max_size=3)
        case UnionType(types=types):
            return st.one_of(*map(_values, types))
        case _:
            return simple[type(type_)]


def _events(kind: type[Event]) -> st.SearchStrategy[Event]:
    described = msgspec.inspect.type_info(kind)
    assert isinstance(described, msgspec.inspect.StructType)
    return st.builds(kind, **{field.name: _values(field.type) for field in described.fields})


@given(event=st.one_of(*map(_events, KINDS)))
def test_an_event_survives_storing_and_loading(tmp_path_factory: Any, event: Event) -> None:
    """Every kind, with whatever in its fields, is read back as it was."""
    path = typing.cast("Path", tmp_path_factory.getbasetemp()) / "event.jsonl"
    store(path, Header(), [event])

    assert load(path) == (Header(), [event])


def test_what_says_nothing_is_left_out() -> None:
    """A line holds what was set; a frame read for itself with a kernel stamp needs no more than that."""
    frame = FrameIn(n=1, at=2, event="pusher:pong", arrived=2, earliest=2)

    line = msgspec.json.encode(frame)
    assert line == b'{"kind":"frame.in","n":1,"at":2,"event":"pusher:pong","arrived":2,"earliest":2}'
    assert (frame.exact, frame.stamp, frame.is_message, frame.problem) == (True, "kernel", False, "")
    assert msgspec.json.encode(Note(n=1, at=2, words="")) == b'{"kind":"note","n":1,"at":2,"words":""}'
