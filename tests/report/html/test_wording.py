"""Every kind of event is told in a few words."""

from typing import Any

import pytest

from harness.history import events as e
from harness.report.html.wording import KINDS, tag, told


def test_every_kind_of_event_of_a_real_run_is_told(runs: Any) -> None:
    """In words of ours, of a kind that one can filter by."""
    told_ones = [told(event) for event in runs.exchange()]

    assert {one.kind for one in told_ones} <= set(KINDS)
    assert all(one.says for one in told_ones)


@pytest.mark.parametrize(
    ("event", "kind", "says", "text"),
    [
        (
            e.MessageAsked(n=1, at=1, act="1", meant=1, conversation="1", channel="c", text="Hi", canary=True),
            "message",
            "(canary)",
            "Hi",
        ),
        (
            e.MessageAnswered(n=1, at=1, act="1", outcome="ok", status=201, message="7"),
            "message",
            "message 7 (201)",
            "",
        ),
        (e.MessageAnswered(n=1, at=1, act="1", outcome="unknown"), "message", "nobody knows", ""),
        (e.FrameIn(n=1, at=1, event="x", arrived=1, earliest=1, problem="no JSON"), "frame", "none", "no JSON"),
        (
            e.FrameIn(n=1, at=1, event="MessageSent", arrived=1, earliest=1, is_message=True, text="Hi"),
            "message",
            "without an id",
            "Hi",
        ),
        (e.HttpAnswered(n=1, at=1, act="1", purpose="send", status=None, outcome="unknown"), "http", "no answer", ""),
        (
            e.SubscribeAnswered(n=1, at=1, act="1", channel="c", outcome="refused", code=4009),
            "subscription",
            "refused with 4009",
            "c",
        ),
        (e.SubscribeAnswered(n=1, at=1, act="1", channel="c", outcome="ok"), "subscription", "subscribed", "c"),
        (
            e.SocketClosed(n=1, at=1, code=1006, reason="gone", by="them"),
            "connection",
            "closed by them with 1006",
            "gone",
        ),
        (e.FenceAnswered(n=1, at=1, act="1", outcome="unknown"), "fence", "never came back", ""),
        (e.ProcessExited(n=1, at=1, process="backend"), "fault", "backend ended", ""),
        (e.TestFinished(n=1, at=1, doubts=("why",)), "other", "in doubt", "why"),
        (e.CredentialAnswered(n=1, at=1, act="1", change="log-in", outcome="ok"), "other", "log in: ok", ""),
        (e.ReconnectAsked(n=1, at=1, act="1", attempt=2, code=1006), "connection", "come back (2)", ""),
        (e.ReconnectAnswered(n=1, at=1, act="1", outcome="unknown", reason="x"), "connection", "not back yet", "x"),
        (e.Note(n=1, at=1, words="careful"), "other", "note", "careful"),
    ],
    ids=lambda value: tag(value) if isinstance(value, e.Event) else None,
)
def test_words_say_what_came_of_it(event: Any, kind: str, says: str, text: str) -> None:
    """Ours apart from those of people and of the target."""
    words = told(event)

    assert (words.kind, words.text) == (kind, text)
    assert says in words.says


def test_a_kind_that_is_new_is_called_by_its_tag() -> None:
    """A history may know more than its report."""

    class Sneezed(e.Event, frozen=True, kw_only=True, tag="sneezed"):
        pass

    assert told(Sneezed(n=1, at=1)).says == "sneezed"


def test_no_words_are_long_or_hide_anything() -> None:
    """Texts are cut, and what nobody sees is shown."""
    words = told(e.Note(n=1, at=1, words="\u202e" + "x" * 10_000))

    assert words.text.startswith("\\u202exxx")
    assert len(words.text) < 200
