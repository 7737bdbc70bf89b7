"""
Channel names to try on an authorization endpoint, or on a broadcaster.

::

    channel_names("reverb")               any name that a client of such a server may come with
    spellings_of("private-chat.6")        this channel, written otherwise
    near_misses("private-chat.6", world)  that, and what belongs to somebody else or to nobody

No spelling is the name itself.
"""

import string
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from harness.protocol.channels import ChannelKind, kind_of
from harness.protocol.dialects import DIALECTS
from harness.strategies.spellings import Spelling, aliases, edges, id_spellings, name_spellings, neighbours

if TYPE_CHECKING:
    from harness.users.world import World

PREFIXES: Final = ("private-", "presence-", "", "private-encrypted-", "private-cache-", "presence-cache-", "cache-")
"""What a name begins with by the kind of its channel (PROTOCOL.md 2.3, 3)."""

_WORD: Final = string.ascii_lowercase + string.digits + string.ascii_uppercase + "_-=@,;"


def channel_names(dialect: str = "reverb", *, guarded: bool = False) -> st.SearchStrategy[str]:
    """
    Draw names of every kind that a server of this dialect takes: dotted words, with any prefix.

    `guarded`: only those that nobody may join without a signature.

    Reverb takes any text; every other server, and one that nobody knows, the documented alphabet and 164 characters
    (PROTOCOL.md 3).
    """
    speaks = DIALECTS.get(dialect)
    takes_anything = speaks is not None and not speaks.portable_names_only
    prefixes = [prefix for prefix in PREFIXES if not guarded or kind_of(prefix) is not ChannelKind.PUBLIC]
    return _names_for(st.sampled_from(prefixes), takes_anything=takes_anything)


def spellings_of(channel: str) -> st.SearchStrategy[str]:
    """
    Write the name of a channel otherwise: one of the ids in it, or the name around them.

    The ids are its parts that are numbers, or its last part where none is. Whatever is drawn is another name of the
    same channel to somebody careless, and to nobody else.
    """
    plainest = aliases().map(_in_last(channel))
    return _written(channel, plainest | _in_part(channel, id_spellings()) | name_spellings())


def near_misses(channel: str, world: "World | None" = None) -> st.SearchStrategy[str]:
    """
    Misspell the name of a channel, or name another: the next number, somebody else's, an impossible one.

    Of a `world` the companies of its cast and its conversations are tried as well. Such a name may be the channel of
    whoever asks: `Conversation.participants` tells.
    """
    plainest = neighbours().map(_in_last(channel))
    ways = [plainest, _in_part(channel, neighbours() | edges() | id_spellings()), name_spellings()]
    if world is not None and (ids := _ids_in(world)):
        ways.append(_in_part(channel, st.sampled_from(ids).map(_instead)))
    if world is not None and world.conversations:
        ways.append(st.sampled_from([_instead(one.channel) for one in world.conversations]))
    return _written(channel, st.one_of(ways))


def id_places(channel: str) -> tuple[int, ...]:
    """Tell which parts of a name, between its dots, are ids: the last one first."""
    parts = channel.split(".")
    numbers = [place for place, part in enumerate(parts) if part.isascii() and part.isdigit()]
    return tuple(reversed(numbers)) or (len(parts) - 1,)


def in_part(place: int, spelling: Spelling) -> Spelling:
    """Write one part of a name otherwise, and leave the others."""

    def of(name: str) -> str:
        parts = name.split(".")
        parts[place] = spelling.of(parts[place])
        return ".".join(parts)

    return Spelling(f"{spelling} in part {place}", of)


def _in_last(channel: str) -> Callable[[Spelling], Spelling]:
    return partial(in_part, id_places(channel)[0])


def _in_part(channel: str, spellings: st.SearchStrategy[Spelling]) -> st.SearchStrategy[Spelling]:
    return st.builds(in_part, st.sampled_from(id_places(channel)), spellings)


# Texts are put together in composites: what Hypothesis shows of an example is then the text, not how it was made.


@st.composite
def _written(draw: st.DrawFn, channel: str, ways: st.SearchStrategy[Spelling]) -> str:
    name = draw(ways).of(channel)
    # Not a filter: what is drawn must not depend on ids, which differ from one example to the next.
    return f"{name}." if name == channel else name


@st.composite
def _names_for(draw: st.DrawFn, prefixes: st.SearchStrategy[str], *, takes_anything: bool) -> str:
    prefix = draw(prefixes)
    if takes_anything and draw(st.booleans()):
        return prefix + draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
    words = draw(st.lists(st.text(_WORD, min_size=1, max_size=12), min_size=1, max_size=4))
    return f"{prefix}{'.'.join(words)}"


def _instead(value: str) -> Spelling:
    return Spelling(f"{value} instead", lambda _: value)


def _ids_in(world: "World") -> list[str]:
    """List what in this world could stand for an id: its companies and conversations, each time as many."""
    companies = [str(person.company) for person in world.context.target.cast if person.company is not None]
    return [*dict.fromkeys(companies), *(one.id for one in world.conversations)]
