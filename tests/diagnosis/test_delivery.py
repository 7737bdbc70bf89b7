"""Why a message was lost, late, doubled or echoed: each suspect is named where the history speaks for it."""

from typing import Any

import pytest

from harness.diagnosis.delivery import WEIGHERS
from harness.history.events import MessagesRead

LOST, UNHEARD = "delivery.lost", "delivery.never-broadcast"
OTHER = "private-chat.6.conversation.124"
SECOND = 1_000_000_000


def said(weight: Any) -> tuple[str, str]:
    """Give likelihood and reason."""
    return (weight.likelihood, weight.because) if weight else ("", "")


@pytest.mark.parametrize("suspect", sorted(set(WEIGHERS) - {"OP-03", "OP-10", "DE-12", "DE-14"}))
def test_nothing_is_said_of_a_finding_about_nothing(weigh_bare: Any, suspect: str) -> None:
    """Without a message, a socket or frames there is nothing for a suspect to look like."""
    assert said(weigh_bare(suspect))[0] in {"", "unlikely"}


def test_a_message_that_can_be_read_was_stored_only(story: Any, weigh: Any) -> None:
    """DE-01: it is in the list that somebody got over HTTP, and nobody heard it."""
    story.join("bob#1")
    id_ = story.send()
    assert weigh(UNHEARD, "DE-01") is None
    story.record(MessagesRead, who="bob", conversation="123", asked=story.now, ids=(id_,))

    assert said(weigh(UNHEARD, "DE-01")) == ("likely", "it is in the history that the backend gives over HTTP")


def test_a_slow_answer_points_at_a_publish_that_failed(story: Any, weigh: Any) -> None:
    """DE-02: the backend waited for something before it answered 201."""
    story.join("bob#1")
    asked = story.ask()
    story.wait(1_100)
    story.answer(asked)

    assert said(weigh(UNHEARD, "DE-02")) == (
        "likely",
        "the backend took 1.1 s to answer, as one does that waits for a publish to fail",
    )


def test_somebody_who_reads_nothing_may_hold_up_the_others(story: Any, weigh: Any) -> None:
    """CO-19: carol's network was frozen when the message was sent that bob did not hear; nobody's was before."""
    story.join("bob#1", "carol#1")
    story.send()
    assert said(weigh(UNHEARD, "CO-19")) == ("unlikely", "nobody who listened was kept from reading")
    story.hear("bob#1")
    story.hear("carol#1")
    story.fault("freeze#1", "carol")
    story.send("again")

    story.hear("carol#1", "2", "again")
    story.finish()

    assert said(weigh("delivery.lost", "CO-19")) == ("likely", "carol read nothing just then (freeze)")


def test_what_a_server_that_ended_may_have_lost(story: Any, weigh: Any) -> None:
    """OP-17: it was ended behind the message; a pause loses nothing."""
    story.join("bob#1")
    story.send()
    story.fault("pause#1", server="backend")
    story.heal("pause#1")
    assert said(weigh(UNHEARD, "OP-17")) == ("unlikely", "no server was ended behind it")

    story.fault("restart#2", server="backend")
    story.heal("restart#2")

    assert said(weigh(UNHEARD, "OP-17")) == ("likely", "the backend was ended behind it (restart)")


def test_the_same_text_under_another_name_is_the_event_that_was_renamed(story: Any, weigh: Any) -> None:
    """DE-15 is likely then, and neither DE-01 nor DE-02 is: it was broadcast."""
    story.join("bob#1")
    story.send("Hello")
    assert said(weigh(UNHEARD, "DE-15"))[0] == "unlikely"
    story.hear("bob#1", "", "", event="App\\Events\\MessageSent", is_message=False, raw='{"data":"Hello"}')

    assert said(weigh(UNHEARD, "DE-15"))[0] == "likely"
    assert "App\\Events\\MessageSent" in said(weigh(UNHEARD, "DE-15"))[1]
    assert [said(weigh(UNHEARD, one))[0] for one in ("DE-01", "DE-02")] == ["unlikely", "unlikely"]


@pytest.mark.parametrize("with_id", [True, False])
def test_a_message_on_another_channel_is_one_that_was_renamed(story: Any, weigh: Any, with_id: bool) -> None:  # noqa: FBT001  a table's column
    """DE-16, whether the frame is known by its id or by its text only."""
    story.join("bob#1")
    story.answer(story.ask("Hello"), with_id=with_id)
    assert weigh(UNHEARD, "DE-16") is None
    story.join("carol#1", channel=OTHER)
    story.hear("carol#1", "1" if with_id else "", "Hello", channel=OTHER)

    name = LOST if with_id else UNHEARD
    assert said(weigh(name, "DE-16")) == ("likely", f"carol#1 heard “MessageSent” on “{OTHER}” at +0.012 s")


def test_a_message_that_was_heard_clears_the_queue(story: Any, weigh: Any) -> None:
    """OP-10 and OP-03 lose everything; when every message is lost, they are likely."""
    story.join("bob#1")
    story.send("one")
    assert weigh(UNHEARD, "OP-10") is None
    story.send("two")
    assert said(weigh(UNHEARD, "OP-10")) == ("likely", "none of the 2 messages of this test was heard by anybody")
    assert said(weigh(UNHEARD, "OP-03"))[0] == "likely"
    story.hear("bob#1", "2", "two")

    assert [said(weigh(UNHEARD, one))[0] for one in ("OP-10", "OP-03")] == ["unlikely", "unlikely"]


@pytest.mark.parametrize(("signature", "likelihood"), [("invalid", "likely"), ("valid", "unlikely")])
def test_signatures_tell_whose_secret_is_wrong(story: Any, weigh: Any, signature: str, likelihood: str) -> None:
    """OP-03: the endpoint signs with the secret that the publisher uses."""
    story.authorize("bob", signature=signature)
    story.join("bob#1")
    story.send()

    assert said(weigh(UNHEARD, "OP-03"))[0] == likelihood


def test_the_first_message_behind_a_subscription_is_a_race(story: Any, weigh: Any) -> None:
    """DE-04 rather than a broadcaster that loses frames; a later message is not."""
    story.join("bob#1", "carol#1")
    story.send("one")
    story.hear("bob#1", "1", "one")
    assert (said(weigh(LOST, "DE-04"))[0], weigh(LOST, "DE-03")) == ("likely", None)

    story.hear("carol#1", "1", "one")
    story.send("two")
    story.hear("bob#1", "2", "two")
    assert said(weigh(LOST, "DE-04"))[0] == "unlikely"
    assert said(weigh(LOST, "DE-03")) == ("likely", "1 other socket heard it")


def test_another_device_of_the_sender_was_left_out_with_him(story: Any, weigh: Any) -> None:
    """DE-13, and no frame that the broadcaster lost; that it was the first message speaks for nothing."""
    story.join("alice#1", "alice#2", "bob#1")
    story.send(excluded="alice#1")
    story.hear("bob#1")

    assert said(weigh(LOST, "DE-13"))[0] == "likely"
    assert weigh(LOST, "DE-03") is None
    assert weigh(LOST, "DE-04") is None


@pytest.mark.parametrize(("heard", "likelihood"), [("one", "likely"), ("tw", "")])
def test_the_text_of_another_message_is_recognised(story: Any, weigh: Any, heard: str, likelihood: str) -> None:
    """DE-11: the second message came with the text of the first; a text that nobody sent was mangled."""
    story.join("bob#1")
    story.send("one")
    story.hear("bob#1", "1", "one")
    story.send("two")
    story.hear("bob#1", "2", heard)

    assert said(weigh("payload.altered", "DE-11"))[0] == likelihood


def test_somebody_else_was_not_left_out_as_the_sender(story: Any, weigh: Any) -> None:
    """DE-13 speaks of the sender's devices only."""
    story.join("bob#1", "carol#1")
    story.send()
    story.hear("bob#1")

    assert said(weigh(LOST, "DE-13")) == ("unlikely", "carol is not the sender")


@pytest.mark.parametrize(("silent", "likelihood"), [(12, "likely"), (2, "")])
def test_the_last_of_many_listeners_starve(story: Any, weigh: Any, silent: int, likelihood: str) -> None:
    """DE-30: among twelve, the last one; of few listeners nobody starves."""
    sockets = [f"bob#{number}" for number in range(1, 13)]
    story.join(*sockets)
    story.send()
    for number, socket in enumerate(sockets, 1):
        if number != silent:
            story.hear(socket)

    assert said(weigh(LOST, "DE-30"))[0] == likelihood


def test_everybody_late_together_waited_for_a_worker(story: Any, weigh: Any) -> None:
    """DE-08; one who is late behind the others did not."""
    story.join("bob#1", "carol#1")
    asked = story.ask()
    story.answer(asked)
    story.wait(11_000)
    story.hear("bob#1")
    assert weigh("delivery.late", "DE-08") is None
    story.hear("carol#1")
    assert said(weigh("delivery.late", "DE-08")) == ("likely", "all 2 sockets heard it within 1 ms")

    story.wait(3_000)
    story.join("bob#2")
    story.hear("bob#2")
    assert said(weigh("delivery.late", "DE-09"))[0] == "unlikely"


@pytest.mark.parametrize(
    ("apart", "sent_twice", "retried"), [(10, "likely", "unlikely"), (2_000, "unlikely", "likely")]
)
def test_the_time_between_copies_tells_who_made_them(
    story: Any, weigh: Any, apart: int, sent_twice: str, retried: str
) -> None:
    """DE-05 at once, DE-06 after a while; a client that subscribed once did not cause it."""
    story.join("bob#1")
    story.send()
    story.hear("bob#1")
    story.wait(apart)
    story.hear("bob#1")

    doubled = "delivery.duplicated"
    assert (said(weigh(doubled, "DE-05"))[0], said(weigh(doubled, "DE-06"))[0]) == (sent_twice, retried)
    assert said(weigh(doubled, "CO-10")) == ("unlikely", "it subscribed once")
    assert said(weigh(doubled, "CO-13")) == ("unlikely", "bob listens with one socket only")


def test_a_client_that_subscribed_twice_hears_twice(story: Any, weigh: Any) -> None:
    """CO-10; with a second socket open, CO-13 is as possible as before."""
    story.join("bob#1", "bob#1", "bob#2")
    story.send()
    for socket in ("bob#1", "bob#1", "bob#2"):
        story.hear(socket)

    assert said(weigh("delivery.duplicated", "CO-10")) == ("likely", "bob#1 subscribed 2 times")
    assert weigh("delivery.duplicated", "CO-13") is None


def test_an_echo_each_time_is_a_socket_that_is_never_left_out(story: Any, weigh: Any) -> None:
    """DE-12; an echo now and then depends on the node, DE-14."""
    echo = "delivery.own-echo"
    story.join("alice#1")
    story.send(excluded="alice#1")
    story.hear("alice#1")
    assert (said(weigh(echo, "DE-12")), weigh(echo, "DE-14")) == (("likely", "it happened each time"), None)

    story.send("two", excluded="alice#1")
    assert (said(weigh(echo, "DE-12"))[0], said(weigh(echo, "DE-14"))[0]) == ("unlikely", "likely")


def test_an_event_of_other_fields_speaks_for_old_code(story: Any, weigh: Any) -> None:
    """OP-11: something came on the channel behind the message, and it was not that message."""
    story.join("bob#1")
    story.hear("bob#1", "", "from before")
    story.send()
    assert weigh("delivery.never-broadcast", "OP-11") is None

    story.hear("bob#1", "", "")
    weight = weigh("delivery.never-broadcast", "OP-11")
    assert (weight.likelihood, "with no message of ours in it" in weight.because) == ("likely", True)
