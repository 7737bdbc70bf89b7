"""Defects of DEFECTS.md whose column T is B, P or S and that nothing of ours can have yet, each with the reason."""

from typing import Final

UNREALISED: Final[dict[str, str]] = {
    "AZ-38": "the reference broadcaster has no allow-list of origins",
    "AZ-39": "the reference broadcaster serves one app",
}
"""By id."""
