"""The other defects of DEFECTS.md: nothing of ours can have them yet, each for a reason."""

from typing import Final

_CLIENT: Final = "a fault of the client under test: the people here are our own client"
_NO_SUCH_PART: Final = "the reference stack has no such part"
_SET_UP: Final = "a mistake of the set-up, which ends a run before anything is judged"

UNREALISED: Final[dict[str, str]] = {
    "AU-15": "our people are no browsers, and ask no permission of another origin",
    "AZ-38": "the app that people are on here allows every origin",
    "AZ-39": "the people here are on one app of the broadcaster",
    "CO-08": _CLIENT,
    "CO-09": _CLIENT,
    "CO-10": _CLIENT,
    "CO-11": _CLIENT,
    "CO-12": _CLIENT,
    "CO-13": _CLIENT,
    "CO-14": _CLIENT,
    "CO-15": "a time of minutes, longer than any scenario is quiet",
    "DE-14": "needs several nodes, of which none can be switched",
    "DE-27": f"{_NO_SUCH_PART}: messages are neither edited nor deleted",
    "DE-32": f"{_NO_SUCH_PART}: who is typing is the clients' own business",
    "DE-33": f"{_NO_SUCH_PART}: no read receipts",
    "DE-34": f"{_NO_SUCH_PART}: no unread counts",
    "HT-06": _SET_UP,
    "HT-13": f"{_NO_SUCH_PART}: the backend takes no webhooks",
    "OP-01": _SET_UP,
    "OP-02": _SET_UP,
    "OP-04": _SET_UP,
    "OP-05": _SET_UP,
    "OP-06": _SET_UP,
    "OP-07": _SET_UP,
    "OP-08": _SET_UP,
    "OP-09": _SET_UP,
    "OP-14": "needs several nodes, of which none can be switched",
    "OP-15": "needs several nodes, of which none can be switched",
    "OP-16": "needs more connections than one scenario opens",
    "OP-19": "the clocks of the stack are this machine's",
    "OP-20": _SET_UP,
    "OP-21": _SET_UP,
}
"""By id; what the reference servers and the interceptor can have stands in the catalogue."""
