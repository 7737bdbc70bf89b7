"""The value that every artefact is made from: which attempts count, and where a test is told of."""

import re
from typing import Any

import pytest

from harness.report.document import anchor, final


def test_an_attempt_that_another_one_followed_does_not_count(report: Any, outcome: Any) -> None:
    """The last attempt of every test is what it came to."""
    first, last, other = outcome("FAIL", repeated=True), outcome("PASS"), outcome("PASS", test="test_y")

    assert final([first, last, other]) == [last, other]
    assert report(first, last, other).final == (last, other)


@pytest.mark.parametrize(
    ("test", "begin"),
    [
        ("tests/test_orders.py::test_the_owner_hears", "test-orders-test-the-owner-hears-"),
        ("x.py::Test::test_it[مرحبا-\u202e\x1b]", "test-x-test-test-it-"),
        ("", "test-"),
        ("half \ud83d", "test-half-"),
    ],
)
def test_an_anchor_is_readable_and_safe(test: str, begin: str) -> None:
    """Letters, digits and dashes only: it stands in a URL and in a shell as it is."""
    assert anchor(test).startswith(begin)
    assert re.fullmatch(r"[a-z0-9-]{5,80}", anchor(test))


def test_two_tests_never_share_an_anchor() -> None:
    """Long names begin alike, and signs that fall out may be all that differs."""
    names = ["t.py::test_" + "x" * 200 + end for end in "ab"] + [
        "a/t.py::test_x",
        "b/t.py::test_x",
        "t.py::test[+]",
        "t.py::test[-]",
    ]

    assert len({anchor(name) for name in names}) == len(names)
