"""The page for whoever holds the app, and the same for a driver."""

import json

from harness.rig.exchange import Request
from harness.rig.exercise import Word
from harness.rig.exercises import chosen
from harness.rig.result import Result
from harness.rig.status import Status


def get(status: Status, path: str) -> tuple[int, str]:
    """Ask for a page."""
    answer = status.page(Request("GET", path, {}, {}))
    return answer.status, answer.body


def test_it_says_which_exercise_is_on_and_what_is_to_be_done() -> None:
    """As a page, and as JSON with one word for what is to be done."""
    status, (exercise,) = Status(), chosen(["acts.whisper"])
    assert "waiting" in get(status, "/")[1]
    status.began(exercise, 3, 40)
    status.ask("whisper", "Type <now>.")
    status.ended(Result(id="connect.url", says="", word=Word.PASS, reason=""))

    code, page = get(status, "/")
    assert code == 200
    assert "3 of 40: acts.whisper" in page
    assert "Type &lt;now&gt;." in page
    state = json.loads(get(status, "/rig.json")[1])
    assert (state["act"], state["exercise"], state["results"]) == ("whisper", "acts.whisper", {"connect.url": "PASS"})


def test_another_path_says_what_is_served() -> None:
    """With 404."""
    code, body = get(status=Status(), path="/api/login")

    assert code == 404
    assert "/app/KEY" in json.loads(body)["message"]
