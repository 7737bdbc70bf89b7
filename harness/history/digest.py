"""A text's digest: what lets a history compare texts that it must not keep."""

import hashlib


def digest(text: str) -> str:
    """
    Give the SHA-256 of a text in UTF-8, in hexadecimal.

    Half a surrogate pair counts as its escape, as it does in a stored history, so that a digest outlives storing.
    """
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
