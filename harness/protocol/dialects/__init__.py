"""
What one broadcaster does otherwise than another, as data.

The server core knows the union of all behaviours and asks its dialect at each fork, so a difference between two
products is one field here, with the place where it was read or seen, and nowhere an `if` on a product's name.
"""

from typing import Final

from harness.errors import UsageError
from harness.protocol.dialects.dialect import Dialect
from harness.protocol.dialects.pusher import PUSHER
from harness.protocol.dialects.reverb import REVERB
from harness.protocol.dialects.soketi import SOKETI
from harness.protocol.dialects.weaknesses import WEAKNESSES, weaknesses

__all__ = ["DIALECTS", "PUSHER", "REVERB", "SOKETI", "WEAKNESSES", "Dialect", "dialect", "weaknesses"]

DIALECTS: Final = {dialect.name: dialect for dialect in (REVERB, PUSHER, SOKETI)}

_RESERVED: Final = ("pusher-fake", "sockudo")


def dialect(name: str) -> Dialect:
    """
    Give the dialect of that name.

    Raises `UsageError` for any other name, and for the products whose dialects are only reserved so far.
    """
    found = DIALECTS.get(name)
    if found is not None:
        return found
    known = ", ".join(sorted(DIALECTS))
    if name in _RESERVED:
        raise UsageError(f"the dialect {name!r} is reserved but not served yet; use one of: {known}")
    raise UsageError(f"there is no dialect {name!r}; use one of: {known}")
