"""A load as a page."""

import re
from collections.abc import Callable

import msgspec

from harness.load.page import render
from harness.load.result import Heat, Result


def test_a_page_shows_what_was_found(make: Callable[..., Result]) -> None:
    """With the heat map, and what a server said as text; nothing of a network is asked for."""
    page = render(make())

    assert "<title>Load PASS · embedded</title>" in page
    assert "400 of 400 owed deliveries" in page
    assert "no &lt;b&gt;reason&lt;/b&gt;" in page
    assert page.count("<rect ") == 4
    assert not re.search(r'(src|href)="(?!#|data:)', page)
    assert "style=" not in page


def test_a_page_of_nothing_is_a_page(make: Callable[..., Result]) -> None:
    """No delivery, no latency, no heat."""
    result = msgspec.structs.replace(
        make(), delivery=None, heat=Heat(1, (), ()), own_queue=None, by_second=(), reasons=(), stamps="seen"
    )

    assert "<rect " not in render(result)
