"""
Lists that come in pages: whether an answer says that there is more, and by which parameters that is asked for.

Backends say it in a few ways: with the address of the next page, with a cursor, or with the numbers of this page and
of the last. Of an address the parameters count, not its host, of which a backend behind a proxy may have its own idea.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_ENVELOPES = ("meta", "links", "pagination")
"""Members of an answer, beside its own, in which backends say that there is more."""
_ADDRESSES = ("next_page_url", "next")
_CURSOR, _PAGE = "next_cursor", "next_page"
_MORE = (*_ADDRESSES, _CURSOR, _PAGE, "has_more", "has_more_pages")
_SMALLEST_PAGE, _PAGES = 10, 5
"""A list of 10, 15, 20 … may be a page of a backend that does not say so."""


def is_complete(data: Any, count: int) -> bool:
    """Tell whether nothing in an answer with a list of `count` entries hints at a further page of it."""
    places = _places(data)
    if any(place.get(word) for place in places for word in _MORE):
        return False
    if pages := [place for place in places if place.keys() >= {"current_page", "last_page"}]:
        return all(place["current_page"] == place["last_page"] for place in pages)
    is_told = any(word in place for place in places for word in _MORE)
    return is_told or count < _SMALLEST_PAGE or count % _PAGES != 0


def next_page(data: Any) -> dict[str, str]:
    """Give the parameters with which the next page is asked for; none where an answer says of none, or not how."""
    places = _places(data)
    for place in places:
        for word in _ADDRESSES:
            if isinstance(address := place.get(word), str) and (asked := _parameters(address)):
                return asked
    for place in places:
        if isinstance(cursor := place.get(_CURSOR), str) and cursor:
            return {"cursor": cursor}
        if isinstance(number := place.get(_PAGE), int) and number:
            return {"page": str(number)}
        current, last = place.get("current_page"), place.get("last_page")
        if isinstance(current, int) and isinstance(last, int) and current < last:
            return {"page": str(current + 1)}
    return {}


def _places(data: Any) -> list[Mapping[str, Any]]:
    whole = data if isinstance(data, dict) else {}
    return [whole, *(whole[name] for name in _ENVELOPES if isinstance(whole.get(name), dict))]


def _parameters(address: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
    except ValueError:  # no address at all
        return {}
