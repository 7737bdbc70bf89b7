"""
Hypothesis strategies for what a target must cope with; they make data and ask nobody.

For properties of a project's own: `near_misses`, `spellings_of`, `channel_names`, `socket_ids`, `malformed_socket_ids`,
`message_texts`.
"""

from harness.strategies.names import channel_names, near_misses, spellings_of
from harness.strategies.sockets import malformed_socket_ids, socket_ids
from harness.strategies.texts import message_texts

__all__ = [
    "channel_names",
    "malformed_socket_ids",
    "message_texts",
    "near_misses",
    "socket_ids",
    "spellings_of",
]
