"""Pages: what an answer says of a further one, and how that is asked for."""

from typing import Any

import pytest

from harness.users.pages import is_complete, next_page


@pytest.mark.parametrize(
    ("data", "asked"),
    [
        ({"next_page_url": "https://elsewhere/api/messages?page=2&after=7"}, {"page": "2", "after": "7"}),
        ({"links": {"next": "/api/messages?cursor=eyJ"}}, {"cursor": "eyJ"}),
        ({"meta": {"next_cursor": "abc"}, "links": {"next": None}}, {"cursor": "abc"}),
        ({"pagination": {"next_page": 3}}, {"page": "3"}),
        ({"meta": {"current_page": 2, "last_page": 4}}, {"page": "3"}),
        ({"meta": {"current_page": 4, "last_page": 4}}, {}),
        ({"has_more": True}, {}),
        ({"next_page_url": "https://[broken?page=2"}, {}),
        ({"next_page_url": "/all"}, {}),
        ({"data": []}, {}),
        ([], {}),
    ],
)
def test_the_next_page_is_asked_for_as_the_answer_says(data: Any, asked: dict[str, str]) -> None:
    """By an address, a cursor or a number; where it only says that there is more, nobody knows how."""
    assert next_page(data) == asked


@pytest.mark.parametrize(
    ("data", "count", "complete"),
    [
        ({"data": []}, 9, True),
        ({"data": []}, 10, False),
        ({"data": []}, 11, True),
        ({"data": []}, 15, False),
        ([], 5, True),
        ([], 20, False),
        ({"next_page_url": None}, 15, True),
        ({"next_page_url": "/?page=2"}, 1, False),
        ({"meta": {"next_cursor": "abc"}}, 1, False),
        ({"links": {"next": None, "prev": "/"}}, 50, True),
        ({"pagination": {"has_more": True}}, 1, False),
        ({"has_more_pages": False}, 10, True),
        ({"meta": {"current_page": 1, "last_page": 2}}, 1, False),
        ({"meta": {"current_page": 2, "last_page": 2}}, 15, True),
        ({"meta": {"current_page": 1}}, 15, False),
        ({"meta": "none"}, 1, True),
    ],
)
def test_a_list_is_complete_unless_something_hints_at_more(data: Any, count: int, complete: Any) -> None:
    """What a backend says decides; without a word a round number may be a page."""
    assert is_complete(data, count) is complete
