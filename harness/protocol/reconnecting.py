"""
When a client whose connection ended may try again: what the close codes say (PROTOCOL.md, 1.5).

4000 to 4099: never, unless something is changed. 4100 to 4199: after a second or more. 4200 to 4299: at once. All else,
an end without a close frame (1006) included: after a pause of the client's own. Pauses double from one attempt to the
next, and differ from client to client, so that those who lost their connections together do not return together.
"""

from typing import Final

REFUSING: Final = range(4000, 4100)
LATER: Final = range(4100, 4200)
AT_ONCE: Final = range(4200, 4300)

LONGEST: Final = 30
"""No pause is longer than so many of the shortest."""


def pause_before(attempt: int, code: int | None, *, jitter: float, second: float = 1.0) -> float | None:
    """
    Give how long to wait before an attempt, which are counted from 1; None when there must not be any.

    `code` is with what the connection ended, or the attempt before; None when it never came about. `jitter` is drawn
    from [0, 1) for each attempt. `second` is how long a second is where time is compressed; so is the result.
    """
    if code in REFUSING:
        return None
    if code in AT_ONCE and attempt == 1:
        return 0.0
    doubled = second * min(1 << (attempt - 1), LONGEST)
    # The second of 4100 to 4199 is the least that the server allows; ours may be half of what it would be.
    return doubled * (1 + jitter) if code in LATER else doubled * (1 + jitter) / 2
