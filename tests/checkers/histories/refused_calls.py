"""Calls of the signed HTTP API, and silences, that went wrong, and some that did not."""

from story import Story, called

from harness.history.events import FaultBegan, SilenceKept


def hear_mark(story: Story, socket: str, mark: str) -> None:
    """Let a socket that listens hear what a call published."""
    story.hear(socket, "", "", event="harness-call", channel="news", is_message=False, raw=f"with {mark} in it")


@called("api.forgery-accepted")
def forged_call(story: Story) -> None:
    """An event without a signature is taken, another one is refused."""
    story.call("refused", words="an event without a signature", weakness="HT-01")
    story.call("refused", 401, words="an event under another secret", weakness="HT-02")


@called("subscription.known-weakness--a-call")
def known_to_take_it(story: Story) -> None:
    """An old call is taken twice by a server that is known for it: told of once."""
    story.know("HT-04")
    story.call("refused", words="an event signed an hour ago", weakness="HT-04")
    story.call("refused", words="another one signed an hour ago", weakness="HT-04")


@called("api.refused")
def refused_call(story: Story) -> None:
    """An event is refused although nothing is wrong with it."""
    story.call("taken", 401, words="an event whose parameters come in another order", body="invalid")


@called("api.error")
def failed_call(story: Story) -> None:
    """One call is answered with 500, another not at all, and a third one may well be refused."""
    story.call("taken", 500)
    story.call("either", None, words="a large event")
    story.call("refused", 500, words="an event with a mistake in it")
    story.call("either", 413)


@called("api.limit-ignored")
def unlimited_call(story: Story) -> None:
    """More is taken than is documented, and once it is not."""
    story.call("too much", words="an event for 101 channels")
    story.call("too much", 400)


@called("api.published-unheard")
def unheard_call(story: Story) -> None:
    """Of three who listened bob does not hear it; dave lost his connection, and nobody was to hear anything else."""
    story.subscribe("bob#1", "carol#1", "dave#1", channel="news")
    story.call("taken", words="an event", mark="the mark", listeners=("bob#1", "carol#1", "dave#1"))
    hear_mark(story, "carol#1", "the mark")
    hear_mark(story, "bob#1", "another mark")
    story.close("dave#1", by="us")
    story.call("refused", 401, mark="a refused mark", listeners=("bob#1",))


@called("api.heard-elsewhere")
def heard_elsewhere(story: Story) -> None:
    """What was said on the news is heard on the weather as well, twice; the other call was for both."""
    story.subscribe("bob#1", channel="news")
    story.subscribe("bob#1", channel="weather")
    story.call("taken", mark="the mark", listeners=("bob#1",), channels=("news",))
    story.call("taken", mark="another", listeners=("bob#1",), channels=("news", "weather"))
    for mark, channel in (
        ("the mark", "news"),
        ("another", "weather"),
        ("another", "news"),
        *[("the mark", "weather")] * 2,
    ):
        story.hear("bob#1", "", "", event="harness-call", channel=channel, is_message=False, raw=f"with {mark} in it")


@called("accepted--calls")
def right_calls(story: Story) -> None:
    """What is taken is heard, what is refused was to be refused."""
    story.subscribe("bob#1", channel="news")
    story.call("taken", mark="the mark", listeners=("bob#1",))
    hear_mark(story, "bob#1", "the mark")
    story.call("refused", 401)
    story.call("either")


@called("accepted--calls-in-a-fault")
def calls_in_a_fault(story: Story) -> None:
    """While a fault is at work nobody answers and nobody hears, which says nothing."""
    story.subscribe("bob#1", channel="news")
    story.record(FaultBegan, fault="pause(broadcaster)")
    story.call("taken", None)
    story.call("taken", mark="the mark", listeners=("bob#1",))


@called("protocol.silence-unnoticed")
def never_given_up(story: Story) -> None:
    """Mallory answers nothing for twelve seconds, and nobody minds; another time it is noticed."""
    story.connect("bob#1")
    story.record(SilenceKept, who="mallory", advertised=2.0, waited=12.0)
    story.record(SilenceKept, who="mallory", advertised=2.0, waited=12.0, ended=3.5)


@called("protocol.unsubscribed-unnoticed")
def bare_and_never_given_up(story: Story) -> None:
    """Of two that subscribed to nothing one is noticed."""
    story.join("bob#1")
    story.fence("bob#1")
    story.record(SilenceKept, who="mallory", advertised=2.0, waited=12.0, ended=3.5)
    for ended in (None, 4.0):
        story.record(SilenceKept, who="mallory", advertised=2.0, waited=5.5, ended=ended, subscribed=False)


@called("subscription.known-weakness--a-silence")
def known_to_forget_them(story: Story) -> None:
    """A server that is known for it forgets whoever subscribes to nothing: told of once."""
    story.know("CO-03")
    story.join("bob#1")
    story.fence("bob#1")
    for _ in range(2):
        story.record(SilenceKept, who="mallory", advertised=2.0, waited=5.5, subscribed=False)


@called("protocol.given-up-early")
def given_up_early(story: Story) -> None:
    """Mallory is cut off although she need not speak yet."""
    story.connect("bob#1")
    story.record(SilenceKept, who="mallory", advertised=4.0, waited=24.0, ended=3.5)


@called("accepted--silence-in-a-fault")
def silence_in_a_fault(story: Story) -> None:
    """A broadcaster that stands still looks for nobody."""
    right_calls(story)
    story.record(FaultBegan, fault="pause(broadcaster)")
    story.record(SilenceKept, who="mallory", advertised=2.0, waited=12.0)
