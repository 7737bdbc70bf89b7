"""Histories that must be refused for what came, what was stored, and who was said to be there."""

from story import ROOM, Story, called

from harness.history.attendance import REMOVED
from harness.history.digest import digest
from harness.history.events import FenceAnswered, FenceAsked, SocketOpened


@called("payload.not-a-string")
def not_a_string(story: Story) -> None:
    """Bob hears the message, as an object where a JSON string is due."""
    story.join("bob#1")
    story.send()
    story.hear("bob#1", data_was_string=False, raw='{"event":"MessageSent","data":{"id":1,"body":"Hello"}}')


@called("payload.not-a-string--of-a-member")
def member_not_a_string(story: Story) -> None:
    """Alice is told of bob in an object."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", "1", "2")
    story.announce("alice#1", "2", data_was_string=False)


@called("payload.encoded-twice")
def encoded_twice(story: Story) -> None:
    """Bob gets a JSON string that holds a JSON string."""
    story.join("bob#1")
    story.send()
    story.hear("bob#1", is_double_encoded=True)


@called("payload.altered")
def altered(story: Story) -> None:
    """The accent that was a character of its own has become part of the letter."""
    story.join("bob#1", "carol#1")
    story.send("cafe\u0301")
    story.hear("bob#1", "1", "café", text_type="string")
    story.hear("carol#1", "1", "café", text_type="string")


@called("payload.altered--without-a-text")
def without_a_text(story: Story) -> None:
    """Where the contract has the text, there is none."""
    story.join("bob#1")
    story.send()
    story.hear("bob#1", "1", "", text_type="absent")


@called("payload.type-changed")
def type_changed(story: Story) -> None:
    """The id is a number in the answer, and text in the event."""
    story.join("bob#1")
    story.answer(story.ask(), id_type="integer")
    story.hear("bob#1", id_type="string", text_type="string")


@called("payload.type-changed--of-a-text")
def text_became_a_number(story: Story) -> None:
    """Who sends the text 42 is heard with the number."""
    story.join("bob#1")
    story.send("42")
    story.hear("bob#1", "1", "42", text_type="integer")


@called("payload.stored-altered")
def stored_altered(story: Story) -> None:
    """Bob hears what was sent, and reads something else, twice."""
    story.join("bob#1")
    story.send()
    story.hear("bob#1")
    story.read("bob", "1", digests=(digest("Hell"),))
    story.read("bob", "1", digests=(digest("Hell"),))


@called("consistency.heard-but-not-stored")
def heard_but_not_stored(story: Story) -> None:
    """Bob reads behind what he heard, before the sender has an answer, and it is not there."""
    story.join("bob#1")
    story.send("one")
    story.hear("bob#1", "1", "one")
    asked = story.ask("two")
    story.hear("bob#1", "2", "two")
    story.read("bob", "1")
    story.answer(asked)


@called("consistency.heard-but-not-stored--rolled-back")
def heard_and_rolled_back(story: Story) -> None:
    """The sender is told that it failed; bob heard it, and will never find it."""
    story.join("bob#1")
    asked = story.ask()
    story.hear("bob#1", "1")
    story.answer(asked, outcome="unknown", status=500, with_id=False)
    story.read("bob")


@called("consistency.sent-but-not-stored")
def sent_but_not_stored(story: Story) -> None:
    """Carol, who was not connected, reads behind the first message, and the second is not there."""
    story.send("one")
    story.send("two")
    story.read("carol", after="1")


@called("membership.missing")
def missing(story: Story) -> None:
    """Alice is never told that bob came."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", "1", "2")
    story.wait(2_000)
    story.fence("bob#1")
    story.fence("alice#1")


@called("membership.missing--from-the-list")
def missing_from_the_list(story: Story) -> None:
    """Bob's list does not hold alice, who was there before."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", "2")
    story.announce("alice#1", "2")
    story.wait(2_000)
    story.fence("alice#1")
    story.fence("bob#1")


@called("membership.ghost")
def ghost(story: Story) -> None:
    """Bob left the channel, and alice is never told."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", "1", "2")
    story.announce("alice#1", "2")
    story.leave("bob#1", ROOM)
    story.wait(2_000)
    story.fence("alice#1")


@called("membership.ghost--listed-to-a-newcomer")
def ghost_in_a_list(story: Story) -> None:
    """Bob dropped off; alice, who comes after that, is told that he is there."""
    story.attend("bob#1", "2", "2")
    story.close("bob#1", code=1006)
    story.attend("alice#1", "1", "1", "2")
    story.wait(2_000)
    story.fence("alice#1")


@called("membership.added-twice")
def added_twice(story: Story) -> None:
    """Bob's second device is announced as bob was."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", "1", "2")
    story.announce("alice#1", "2")
    story.attend("bob#2", "2", "1", "2")
    story.announce("alice#1", "2")


@called("membership.added-twice--after-the-list")
def added_after_the_list(story: Story) -> None:
    """Alice's list held bob when his second device comes."""
    story.attend("bob#1", "2", "2")
    story.attend("alice#1", "1", "1", "2")
    story.announce("bob#1", "1")
    story.attend("bob#2", "2", "1", "2")
    story.announce("alice#1", "2")


@called("membership.added-twice--to-herself")
def added_to_herself(story: Story) -> None:
    """Alice is told that she came."""
    story.attend("alice#1", "1", "1")
    story.announce("alice#1", "1")


@called("membership.removed-while-present")
def removed_while_present(story: Story) -> None:
    """Bob's second device leaves, and alice is told that bob did; that she misses him is no second finding."""
    story.attend("alice#1", "1", "1")
    story.attend("bob#1", "2", "1", "2")
    story.announce("alice#1", "2")
    story.attend("bob#2", "2", "1", "2")
    story.leave("bob#2", ROOM)
    story.announce("alice#1", "2", REMOVED)
    story.wait(2_000)
    story.fence("bob#1")
    story.fence("alice#1")


@called("membership.list-contradicts-itself")
def list_contradicts_itself(story: Story) -> None:
    """The count is one too many."""
    story.attend("alice#1", "1", "1", members_problem="count 2, ids 1, hash 1")


@called("membership.id-type-changed")
def id_type_changed(story: Story) -> None:
    """Bob is listed as text, and leaves as a number."""
    story.attend("bob#1", "2", "2")
    story.attend("alice#1", "1", "1", "2")
    story.announce("bob#1", "1")
    story.leave("bob#1", ROOM)
    story.announce("alice#1", "2", REMOVED, id_type="integer")


@called("protocol.socket-id-repeated")
def socket_id_repeated(story: Story) -> None:
    """Bob and carol are both told that they are connection 7.7."""
    for who in ("bob", "carol"):
        story.record(SocketOpened, who=who, socket=f"{who}#1", socket_id="7.7", activity_timeout=30.0)


@called("protocol.ping-unanswered")
def ping_unanswered(story: Story) -> None:
    """Bob asks whether the broadcaster is alive, waits two seconds, and is not told."""
    story.join("bob#1")
    act = story.recorder.new_act()
    story.record(FenceAsked, who="bob", socket="bob#1", act=act, way="ping")
    story.wait(2_000)
    story.record(FenceAnswered, who="bob", socket="bob#1", act=act, outcome="unknown")
