"""What requests to a backend are made for, in the words of a history, and by which route of a contract."""

from typing import Final

ROUTE_OF: Final = {
    "log in": "login",
    "log out": "logout",
    "ask who this is": "user",
    "authorize": "authorize",
    "send": "send",
    "read": "read",
    "create": "create",
    "add a participant": "add_participant",
    "remove a participant": "remove_participant",
    "register": "register",
    "delete a conversation": "delete_conversation",
    "revoke": "revoke",
    "delete account": "delete_account",
    "delete a person": "delete_account",
}
"""The route of a contract by the purpose of a request."""
