"""Put data into a page so that it stays data: no text in it can end its element, and large data is packed."""

import base64
import gzip
from dataclasses import dataclass
from typing import Literal

import msgspec

_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Block:
    """
    The content of a `<script>` that is no script: JSON, or gzip of it in base64, which a browser unpacks by itself.

    Plain JSON is kept as long as it is small: whoever searches the file for a text then finds it.
    """

    encoding: Literal["json", "gzip"]
    text: str

    @property
    def size(self) -> int:
        """Bytes that it takes in the file."""
        return len(self.text.encode())


def plain_block(value: object) -> Block:
    """Embed a value as JSON that can neither end its element nor begin another."""
    return Block("json", msgspec.json.encode(value).decode().translate(_ESCAPES))


def packed_block(value: object) -> Block:
    """Embed a value as gzip in base64; the same value always gives the same text."""
    packed = gzip.compress(msgspec.json.encode(value), compresslevel=_LEVEL, mtime=0)
    return Block("gzip", base64.b64encode(packed).decode())
