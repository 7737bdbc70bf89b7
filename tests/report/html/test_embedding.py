"""Data in a page stays data."""

import base64
import gzip
import json

import pytest

from harness.report.html.embedding import packed_block, plain_block


@pytest.mark.parametrize("text", ["</script><script>", "<!--<script>", "&lt;", "\u2028\u2029", 'مرحبا "'])
def test_json_can_neither_end_its_element_nor_begin_another(text: str) -> None:
    """No bracket, no ampersand, no separator of lines stands in it, and it means the same."""
    block = plain_block({"text": text})

    assert not set(block.text) & set("<>&\u2028\u2029")
    assert json.loads(block.text) == {"text": text}
    assert (block.encoding, block.size) == ("json", len(block.text.encode()))


def test_large_data_is_packed() -> None:
    """As gzip in base64, the same every time."""
    value = ["<script>"] * 1_000
    block = packed_block(value)

    assert json.loads(gzip.decompress(base64.b64decode(block.text))) == value
    assert (block.encoding, block.text) == ("gzip", packed_block(value).text)
    assert block.size < 200
