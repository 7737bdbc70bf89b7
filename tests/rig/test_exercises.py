"""Every rule, on a log of its own; and what is chosen by which name."""

from typing import Any

import pytest

from harness.errors import UsageError
from harness.rig.exercise import Judgement, Scene, Word
from harness.rig.exercises import ALL, chosen
from harness.rig.log import Entry
from harness.rig.terms import Terms

TERMS = Terms(secret="s" * 20)
ROOM, SOCKET = "private-room", "socket 1"


def told(*entries: dict[str, Any]) -> list[Entry]:
    """Make a log, an entry a tenth of a second unless it says otherwise."""
    return [Entry(**{"at": number / 10, "who": SOCKET, **one}) for number, one in enumerate(entries)]


def judged(id_: str, *entries: dict[str, Any], before: tuple[dict[str, Any], ...] = ()) -> Judgement:
    """Let the exercise of that id judge a log."""
    (exercise,) = chosen([id_])
    return exercise.judge(Scene(told(*before), told(*entries), TERMS))


def step(name: str) -> dict[str, Any]:
    """Note how far a script got."""
    return {"what": "step", "text": name}


def subscribe(signature: str = "valid", channel: str = ROOM, who: str = SOCKET) -> dict[str, Any]:
    """Note a subscribe."""
    return {"what": "in", "event": "pusher:subscribe", "channel": channel, "signature": signature, "who": who}


UPGRADE = {"what": "upgrade", "text": "GET /app/k?protocol=7", "who": "socket 2"}
ESTABLISHED = {"what": "established", "socket_id": "2.2", "who": "socket 2"}
FIRST = {"what": "established", "socket_id": "1.1"}
CUT = {"what": "closed", "code": 1006, "by": "rig"}
LEFT = {"what": "closed", "code": 1000, "by": "client"}
PING = {"what": "in", "event": "pusher:ping"}
PONG = {"what": "in", "event": "pusher:pong"}
ASKED = {"what": "asked", "channel": ROOM, "socket_id": "1.1", "text": "POST", "who": "request 1"}


@pytest.mark.parametrize(
    ("id_", "entries", "word"),
    [
        ("connect.url", [UPGRADE], Word.PASS),
        ("connect.url", [{**UPGRADE, "problem": "it names no protocol"}], Word.FAIL),
        ("connect.waits", [step("held"), step("told"), PING], Word.PASS),
        ("connect.waits", [step("held"), PING, step("told")], Word.FAIL),
        ("connect.waits", [step("held"), ASKED, step("told")], Word.FAIL),
        ("connect.once", [step("counted"), UPGRADE], Word.PASS),
        ("connect.once", [step("counted"), UPGRADE, UPGRADE], Word.FAIL),
        ("auth.request", [ASKED], Word.PASS),
        ("auth.request", [{**ASKED, "problem": "it has no socket_id"}], Word.FAIL),
        ("auth.request", [], Word.NOT_EXERCISED),
        ("auth.socket-id", [{**ESTABLISHED, "socket_id": "1.1"}, ASKED], Word.PASS),
        ("auth.socket-id", [{**ESTABLISHED, "socket_id": "1.1"}, ESTABLISHED, ASKED], Word.FAIL),
        ("auth.socket-id", [FIRST, CUT, ESTABLISHED, ASKED], Word.PASS),
        ("auth.socket-id", [FIRST, CUT, ESTABLISHED, {**ASKED, "at": 2.5}], Word.FAIL),
        ("auth.socket-id", [], Word.NOT_EXERCISED),
        ("subscribe.once", [subscribe(), subscribe(who="socket 2")], Word.PASS),
        ("subscribe.once", [subscribe(), subscribe()], Word.FAIL),
        ("subscribe.once", [], Word.NOT_EXERCISED),
        ("subscribe.signature", [subscribe(), subscribe("stale")], Word.PASS),
        ("subscribe.signature", [subscribe("invalid")], Word.FAIL),
        ("subscribe.signature", [subscribe("absent")], Word.FAIL),
        ("subscribe.signature", [subscribe("none needed", "room")], Word.NOT_EXERCISED),
        ("subscribe.signin", [{"what": "in", "event": "pusher:signin", "signature": "valid"}], Word.PASS),
        ("subscribe.signin", [{"what": "in", "event": "pusher:signin", "signature": "invalid"}], Word.FAIL),
        ("ping.answers", [step("ping"), PONG], Word.PASS),
        ("ping.answers", [PONG, step("ping")], Word.FAIL),
        ("ping.answers", [step("ping"), LEFT], Word.FAIL),
        ("ping.control", [step("ping"), {"what": "in", "event": "WebSocket pong"}], Word.PASS),
        ("ping.control", [step("ping")], Word.FAIL),
        ("ping.asks", [step("silence"), PING], Word.PASS),
        ("ping.asks", [step("silence"), {**PING, "who": "socket 2"}], Word.FAIL),
        ("ping.asks", [step("silence"), LEFT], Word.FAIL),
        ("ping.gives-up", [step("silence"), PING, UPGRADE], Word.PASS),
        ("ping.gives-up", [step("silence"), PING], Word.FAIL),
        ("ping.gives-up", [step("silence"), UPGRADE], Word.INCONCLUSIVE),
        ("tolerates.data", [step("odd"), PONG], Word.PASS),
        ("tolerates.data", [step("odd"), LEFT, PONG], Word.FAIL),
        ("tolerates.data", [step("odd"), UPGRADE, PONG], Word.FAIL),
        ("tolerates.data", [PONG, step("odd")], Word.INCONCLUSIVE),
        ("outage.first", [step("outage"), CUT, UPGRADE, ESTABLISHED, subscribe()], Word.PASS),
        ("outage.first", [subscribe(), step("outage"), CUT, UPGRADE, ESTABLISHED], Word.FAIL),
        ("outage.first", [step("outage"), CUT, UPGRADE], Word.FAIL),
        ("outage.first", [step("outage"), CUT, UPGRADE, ESTABLISHED, subscribe("stale")], Word.FAIL),
        ("outage.first", [step("outage"), CUT, UPGRADE, ESTABLISHED, subscribe("absent")], Word.FAIL),
        ("outage.unreachable", [step("outage"), CUT, {**UPGRADE, "at": 9.0}], Word.FAIL),
        ("auth.fresh", [step("reconnect"), subscribe()], Word.PASS),
        ("auth.fresh", [step("reconnect"), subscribe("stale")], Word.FAIL),
        ("auth.fresh", [subscribe(), step("reconnect")], Word.FAIL),
        ("auth.fresh", [step("reconnect")], Word.NOT_EXERCISED),
        ("close.4200", [step("close"), CUT, UPGRADE], Word.PASS),
        ("close.4200", [step("close"), CUT, {**UPGRADE, "at": 3.5}], Word.FAIL),
        ("close.4200", [step("close"), CUT], Word.FAIL),
        ("close.4100", [step("close"), CUT, {**UPGRADE, "at": 1.2}], Word.PASS),
        ("close.4100", [step("close"), CUT, UPGRADE], Word.FAIL),
        ("close.4001", [step("close"), CUT], Word.PASS),
        ("close.4001", [step("close"), CUT, UPGRADE], Word.FAIL),
        ("close.4001", [], Word.INCONCLUSIVE),
        ("close.4000", [step("close"), CUT, {"what": "tls"}], Word.PASS),
        ("auth.slow", [step("answers"), ASKED, {"what": "answered"}, subscribe()], Word.PASS),
        ("auth.slow", [step("answers"), ASKED, ASKED, {"what": "answered"}, subscribe()], Word.FAIL),
        ("auth.slow", [step("answers"), ASKED, {"what": "answered"}], Word.FAIL),
        ("auth.late", [step("reconnect"), ESTABLISHED, subscribe()], Word.PASS),
        ("auth.late", [step("reconnect"), ESTABLISHED, subscribe(), subscribe("stale")], Word.FAIL),
        ("auth.late", [step("reconnect"), ESTABLISHED], Word.FAIL),
        ("auth.late", [step("reconnect")], Word.FAIL),
        ("auth.403", [step("answers"), ASKED, ASKED, ASKED], Word.PASS),
        ("auth.403", [step("answers"), ASKED, ASKED, ASKED, ASKED], Word.FAIL),
        ("auth.403", [step("answers"), ASKED, subscribe("absent")], Word.FAIL),
        ("acts.whisper", [subscribe(), {"what": "in", "event": "client-typing", "channel": ROOM}], Word.PASS),
        ("acts.whisper", [subscribe(), {"what": "in", "event": "typing", "channel": ROOM}], Word.FAIL),
        ("acts.whisper", [{"what": "in", "event": "client-typing", "channel": ROOM}], Word.FAIL),
        ("acts.whisper", [{"what": "in", "event": "client-typing", "channel": "room"}], Word.FAIL),
        ("acts.whisper", [PONG], Word.NOT_EXERCISED),
        ("acts.unsubscribe", [subscribe(), {"what": "in", "event": "pusher:unsubscribe", "channel": ROOM}], Word.PASS),
        ("acts.unsubscribe", [{"what": "in", "event": "pusher:unsubscribe", "channel": ROOM}], Word.FAIL),
        ("acts.unsubscribe", [], Word.NOT_EXERCISED),
    ],
)
def test_a_rule_reads_the_log(id_: str, entries: list[dict[str, Any]], word: Word) -> None:
    """What passed on the wire decides, and nothing else."""
    judgement = judged(id_, *entries)

    assert judgement.word is word, judgement.reason
    assert judgement.reason


@pytest.mark.parametrize(
    ("pauses", "word", "remarks"),
    [
        ([1.0, 1.0, 1.0, 1.0, 1.0], Word.PASS, 1),
        ([1.0, 2.0, 4.0, 8.0, 16.0], Word.PASS, 0),
        ([0.0, 1.0, 2.0, 4.0, 8.0], Word.PASS, 0),
        ([1.0, 0.1, 0.1, 0.1, 0.1], Word.FAIL, 0),
        ([1.0, 2.0], Word.FAIL, 0),
    ],
)
def test_pauses_are_looked_at_but_the_first(pauses: list[float], word: Word, remarks: int) -> None:
    """A storm is a short pause each time; a client that gave up is no storm, and fails too."""
    now, entries = 0.0, []
    for pause in pauses:
        entries += [{**CUT, "at": now}, {**UPGRADE, "at": now + pause}, {**ESTABLISHED, "at": now + pause}]
        now += pause

    judgement = judged("outage.storm", *entries)

    assert (judgement.word, len(judgement.remarks)) == (word, remarks)


def test_what_was_left_before_an_outage_is_not_missed_behind_it() -> None:
    """A channel that the client unsubscribed from is not one that it must subscribe to again."""
    before = (subscribe(), subscribe(channel="private-left"), {"what": "in", "event": "pusher:unsubscribe"})
    left = {**before[2], "channel": "private-left"}

    judgement = judged("outage.second", step("outage"), ESTABLISHED, subscribe(), before=(*before[:2], left))

    assert judgement.word is Word.PASS


def test_exercises_are_chosen_in_their_order() -> None:
    """By id or by pattern; none means all, and no two have the same id."""
    assert [one.id for one in chosen(["outage.*", "connect.url"])][:2] == ["connect.url", "outage.first"]
    assert chosen([]) == list(ALL)
    assert len({one.id for one in ALL}) == len(ALL) >= 35


def test_an_exercise_that_does_not_exist_is_refused_with_the_nearest() -> None:
    """In one sentence."""
    with pytest.raises(UsageError, match=r"no exercise 'outage.frist'; did you mean outage.first\?"):
        chosen(["outage.frist"])
