"""What servers are known to get wrong, whatever is done with them."""

from typing import Final

WEAKNESSES: Final[dict[str, frozenset[str]]] = {
    "reverb": frozenset({"AZ-26", "AZ-27", "AZ-31", "AZ-34", "CO-03", "CO-18", "HT-04", "HT-05", "HT-11", "HT-12"}),
    "pusher": frozenset(),
    "soketi": frozenset({"AZ-34", "HT-04", "HT-05"}),
    "sockudo": frozenset(),
    "pusher-fake": frozenset(),
}
"""
Defects of the catalogue that a server of each name is known to have, whatever is done with it.

Reverb looks at the part of `auth` behind the first colon only (AZ-26), takes any channel name (CO-18), also one that
holds the data of another signature (AZ-27), lets somebody join a presence channel unseen (AZ-31), and client events on
public channels (AZ-34); soketi does the last too (PROTOCOL.md 2.2, 3, 5 and 13). Reverb never gives up a silent
client that subscribed to nothing (CO-03; PROTOCOL.md 1.4). Of its HTTP API, it compares neither time stamp (HT-04)
nor key (HT-05), nor does soketi; it limits neither channels nor batches (HT-11), and answers what is no JSON with 500
(HT-12; PROTOCOL.md 4.3, 7.2).
"""


def weaknesses(name: str) -> frozenset[str]:
    """Give what a server of this name is known for; nothing for one that nobody knows."""
    return WEAKNESSES.get(name, frozenset())
