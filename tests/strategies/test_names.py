"""Names to try: none is the channel's own, every class is there, and what fails shrinks to what a person would try."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from harness.protocol.channels import ChannelKind, is_portable, kind_of
from harness.strategies import channel_names, near_misses, spellings_of
from harness.strategies.names import PREFIXES, id_places, in_part
from harness.strategies.spellings import Spelling

CHANNEL = "private-chat.6.conversation.123"
UUID = "private-order.0d3f9c1e-77aa-4a0e-9d2b-0c41f8b7a6e0"
QUIETLY = settings(database=None, derandomize=True, deadline=None, max_examples=5_000)


def a_world(*channels: str, companies: tuple[int | None, ...] = (6, 7, None)) -> Any:
    """Give what near misses look at: a cast and conversations."""
    people = [SimpleNamespace(company=company) for company in companies]
    rooms = [SimpleNamespace(channel=channel, id=channel.rpartition(".")[2]) for channel in channels]
    return SimpleNamespace(context=SimpleNamespace(target=SimpleNamespace(cast=people)), conversations=rooms)


@settings(database=None, derandomize=True)
@given(st.sampled_from([CHANNEL, UUID, "private-x", "news"]), st.data())
def test_nothing_drawn_is_the_name_itself(channel: str, data: st.DataObject) -> None:
    """Neither a spelling nor a near miss, whatever the ids look like."""
    world = a_world(channel, "private-chat.7.conversation.124")
    for strategy in (spellings_of(channel), near_misses(channel), near_misses(channel, world)):
        assert data.draw(strategy) != channel


@pytest.mark.parametrize(
    "wanted",
    [
        "private-chat.6.conversation.0123",
        "private-chat.06.conversation.123",
        "private-chat.6.conversation.123a",
        "private-chat.6.conversation.\uff11\uff12\uff13",
        "private-private-chat.6.conversation.123",
        "private-chat.6.conversation.123.x",
        "private-chat.6.conversation.123\n",
    ],
    ids=ascii,
)
def test_a_channel_is_written_otherwise(wanted: str) -> None:
    """By an id in it, whichever, or by what stands around them."""
    assert find(spellings_of(CHANNEL), lambda name: name == wanted, settings=QUIETLY)


@pytest.mark.parametrize(
    "wanted",
    [
        "private-chat.6.conversation.124",
        "private-chat.7.conversation.123",
        "private-chat.6.conversation.-1",
        "private-chat.6.conversation.900",
        "private-chat.7.conversation.900",
        "private-chat.6.conversation.0123",
    ],
)
def test_a_near_miss_is_somebody_elses_or_nobodys(wanted: str) -> None:
    """The next number, another company, another conversation of the world and its whole name, and every spelling."""
    world = a_world(CHANNEL, "private-chat.7.conversation.900")
    assert find(near_misses(CHANNEL, world), lambda name: name == wanted, settings=QUIETLY)


def test_a_world_may_be_empty() -> None:
    """Then there is nothing of it to try."""
    assert find(near_misses(CHANNEL, a_world(companies=())), lambda _: True, settings=QUIETLY)


def test_failures_shrink_to_a_name_that_a_person_would_try() -> None:
    """When every name is wrongly accepted, what is shown is the next number."""
    assert find(near_misses(CHANNEL), lambda _: True, settings=QUIETLY) == "private-chat.6.conversation.124"
    assert find(spellings_of(CHANNEL), lambda _: True, settings=QUIETLY) == "private-chat.6.conversation.0123"


def test_strategies_compose() -> None:
    """A spelling of a near miss is a name like any other."""
    twice = near_misses(CHANNEL).flatmap(spellings_of)
    assert find(twice, lambda name: name.endswith(".0124"), settings=QUIETLY) == "private-chat.6.conversation.0124"


@pytest.mark.parametrize(
    ("name", "places"), [(CHANNEL, (3, 1)), (UUID, (1,)), ("news", (0,)), ("private-user.\u0661", (1,))]
)
def test_the_ids_of_a_name(name: str, places: tuple[int, ...]) -> None:
    """Its numbers, the last first; its last part where none is one."""
    assert id_places(name) == places


def test_a_spelling_of_a_part_says_which() -> None:
    """And leaves the others."""
    shouted = in_part(1, Spelling("shouted", str.upper))
    assert (repr(shouted), shouted.of("a.b.c")) == ("shouted in part 1", "a.B.c")


@settings(database=None, derandomize=True)
@given(channel_names("pusher"))
def test_a_strict_server_gets_portable_names(name: str) -> None:
    """Those of the documented alphabet and length."""
    assert is_portable(name)


@settings(database=None, derandomize=True)
@given(channel_names("a server that nobody knows"))
def test_so_does_one_that_nobody_knows(name: str) -> None:
    """What every server takes is safe."""
    assert is_portable(name)


@settings(database=None, derandomize=True)
@given(channel_names(guarded=True), channel_names("pusher", guarded=True))
def test_guarded_names_need_a_signature(name: str, portable: str) -> None:
    """Nobody may join them just so."""
    assert all(kind_of(one) is not ChannelKind.PUBLIC for one in (name, portable))


@pytest.mark.parametrize("prefix", PREFIXES)
def test_there_are_names_of_every_kind(prefix: str) -> None:
    """Any prefix, in front of anything at all where a server takes it."""
    assert find(channel_names(), lambda name: name.startswith(prefix) and not is_portable(name), settings=QUIETLY)
    assert find(channel_names("pusher"), lambda name: name.startswith(prefix), settings=QUIETLY)
