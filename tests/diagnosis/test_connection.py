"""Why a connection ended or a frame could not be read: each suspect is named where the history speaks for it."""

from typing import Any

import pytest

from harness.checkers.findings import finding
from harness.diagnosis.clues import Clues
from harness.diagnosis.connection import WEIGHERS
from harness.history.events import SocketClosed

CLOSED = "protocol.connection-closed"


def said(weight: Any) -> str:
    """Give the likelihood."""
    return weight.likelihood if weight else ""


@pytest.mark.parametrize("suspect", sorted(WEIGHERS))
def test_nothing_is_said_of_a_finding_about_nothing(weigh_bare: Any, suspect: str) -> None:
    """Without a frame or an end there is nothing to look into."""
    assert weigh_bare(suspect) is None


@pytest.mark.parametrize(
    ("quiet", "code", "busy", "proxy"),
    [
        (1_000, 1006, "unlikely", "unlikely"),
        (19_990, 1006, "unlikely", "unlikely"),
        (25_000, 1006, "unlikely", "likely"),
        (60_000, 1006, "", "likely"),
        (60_000, 4201, "", "unlikely"),
    ],
)
def test_silence_before_the_end_tells_who_cut(
    story: Any, weigh: Any, quiet: int, code: int, busy: str, proxy: str
) -> None:
    """CO-15 after a long one without a close frame; CO-04 never before the activity timeout."""
    story.join("bob#1")
    story.wait(quiet)
    story.close("bob#1", code=code, by="them")

    assert (said(weigh(CLOSED, "CO-04")), said(weigh(CLOSED, "CO-15"))) == (busy, proxy)


def test_a_busy_socket_that_is_cut_was_taken_for_dead(story: Any, weigh: Any) -> None:
    """CO-04: it lived longer than the timeout and was heard from until the end."""
    story.join("bob#1")
    story.send()
    story.wait(31_000)
    story.hear("bob#1")
    story.close("bob#1", code=1006, by="them")

    assert said(weigh(CLOSED, "CO-04")) == "likely"


def test_a_socket_that_was_never_established_did_not_live() -> None:
    """CO-04 needs to know since when."""
    closed = SocketClosed(n=1, at=1, socket="bob#1", code=1006, reason="", by="them")
    assert WEIGHERS["CO-04"](finding(CLOSED, "cut", about=[closed]), Clues([closed])) is None


@pytest.mark.parametrize(
    ("code", "likelihood"), [(3999, "unlikely"), (4000, "likely"), (4099, "likely"), (4100, "unlikely")]
)
def test_a_code_that_forbids_to_come_back_is_wrong_in_use(story: Any, weigh: Any, code: int, likelihood: str) -> None:
    """CO-06: 4000 to 4099."""
    story.join("bob#1")
    story.close("bob#1", code=code, by="them")

    found = "protocol.told-not-to-return" if likelihood == "likely" else CLOSED
    assert said(weigh(found, "CO-06")) == likelihood


@pytest.mark.parametrize(
    ("fields", "suspect", "likelihood"),
    [
        ({"data_was_string": False}, "DE-17", "likely"),
        ({"data_was_string": True}, "DE-17", "unlikely"),
        ({"problem": "not UTF-8"}, "DE-19", "likely"),
        ({"problem": "not JSON"}, "DE-19", ""),
    ],
)
def test_a_frame_tells_what_is_wrong_with_it(
    story: Any, weigh: Any, fields: dict[str, Any], suspect: str, likelihood: str
) -> None:
    """DE-17 is about the type of `data`, DE-19 about bytes."""
    story.join("bob#1")
    story.hear("bob#1", "", "", is_message=False, event="", **({"problem": "odd"} | fields))

    assert said(weigh("protocol.malformed-frame", suspect)) == likelihood
