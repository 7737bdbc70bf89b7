"""Section 12: webhooks, which a receiver of ours takes."""

import json
import time
from typing import Any

from harness.conformance.api_words import member
from harness.conformance.bench import Bench
from harness.conformance.case import Known, Row, case, cases
from harness.conformance.peer import Peer
from harness.conformance.webhooks import Delivery, Receiver
from harness.errors import NotExercised
from harness.protocol.messages import decode_data
from harness.protocol.signatures import webhook_signature

APP = "hooked"
NEEDS = ("webhooks", "app:hooked")
SECONDS = {"pusher-fake": Known("seconds", "PROTOCOL.md 4.5")}
ANY_ORDER = "soketi 1.6.1 as it runs: requests side by side"
VACATED_FIRST = {"soketi": Known("channel_vacated then channel_occupied", ANY_ORDER)}
_WITHIN = 5.0


def _receiver(bench: Bench) -> Receiver:
    if bench.server.receiver is None:
        raise NotExercised("its webhooks do not come to us")
    return bench.server.receiver


async def _told(bench: Bench, channel: str, *due: str) -> str:
    """
    Give what was told of a channel once as much as that was told, and another channel's webhook behind it.

    What is told in order needs no waiting for what must not come.
    """
    receiver = _receiver(bench)
    await receiver.until(lambda: len(receiver.names(channel)) >= len(due), within=_WITHIN)
    await _fence(bench, receiver)
    return " then ".join(receiver.names(channel)) or "nothing"


async def _fence(bench: Bench, receiver: Receiver) -> None:
    fence = bench.channel()
    await bench.join(await bench.open(APP), fence)
    await receiver.until(lambda: bool(receiver.names(fence)), within=_WITHIN)


async def _on(bench: Bench, channel: str, user: str = "1") -> Peer:
    peer = await bench.open(APP)
    await bench.join(peer, channel, member(user) if channel.startswith("presence-") else None)
    return peer


async def _leaves(peer: Peer, channel: str) -> None:
    await peer.send("pusher:unsubscribe", {"channel": channel})
    await peer.heard()


@case("12.1.1", expects="channel_occupied", needs=NEEDS)
async def test_a_channel_is_occupied(bench: Bench) -> str:
    """The first connection subscribes to a channel."""
    await _on(bench, channel := bench.channel())
    return await _told(bench, channel, "channel_occupied")


@case("12.1.2", expects="channel_occupied", needs=NEEDS)
async def test_a_channel_is_occupied_once(bench: Bench) -> str:
    """A second connection subscribes to a channel."""
    channel = bench.channel()
    for _ in range(2):
        await _on(bench, channel)
    return await _told(bench, channel, "channel_occupied")


@case("12.1.3", expects="channel_occupied then channel_vacated", known=VACATED_FIRST, needs=NEEDS)
async def test_a_channel_is_vacated(bench: Bench) -> str:
    """The last connection unsubscribes from a channel."""
    peer = await _on(bench, channel := bench.channel())
    await _leaves(peer, channel)
    return await _told(bench, channel, "channel_occupied", "channel_vacated")


@case("12.1.4", expects="channel_occupied then channel_vacated", known=VACATED_FIRST, needs=NEEDS)
async def test_a_channel_is_vacated_by_a_connection_that_ends(bench: Bench) -> str:
    """The last connection of a channel ends."""
    peer = await _on(bench, channel := bench.channel())
    await peer.leave()
    return await _told(bench, channel, "channel_occupied", "channel_vacated")


@case("12.1.5", expects="channel_occupied", needs=NEEDS)
async def test_a_channel_is_not_vacated_while_somebody_stays(bench: Bench) -> str:
    """One of two connections unsubscribes from a channel."""
    leaving = await _on(bench, channel := bench.channel())
    await _on(bench, channel)
    await _leaves(leaving, channel)
    return await _told(bench, channel, "channel_occupied")


@case(
    "12.1.6",
    expects="channel_occupied",
    known={"soketi": Known("channel_* then channel_*", "PROTOCOL.md 4.5")},
    needs=NEEDS,
)
async def test_who_comes_back_at_once_has_not_left(bench: Bench) -> str:
    """The only connection of a channel unsubscribes, and subscribes again at once."""
    peer = await _on(bench, channel := bench.channel())
    await _leaves(peer, channel)
    await bench.join(peer, channel)
    return await _told(bench, channel, "channel_occupied")


@case("12.1.7", expects="*member_added*", needs=NEEDS)
async def test_a_member_is_added(bench: Bench) -> str:
    """Somebody joins a presence channel."""
    await _on(bench, channel := bench.channel("presence"), "42")
    return await _told(bench, channel, "channel_occupied", "member_added")


@case(
    "12.1.8",
    expects="*member_added*member_removed*",
    known={"soketi": Known("*member_*member_*", ANY_ORDER)},
    needs=NEEDS,
)
async def test_a_member_is_removed(bench: Bench) -> str:
    """Somebody leaves a presence channel."""
    peer = await _on(bench, channel := bench.channel("presence"), "42")
    await peer.leave()
    return await _told(bench, channel, "channel_occupied", "member_added", "channel_vacated", "member_removed")


@case("12.1.9", expects="once", known={"pusher-fake": Known("2 times", "PROTOCOL.md 6")}, needs=NEEDS)
async def test_a_second_device_is_no_member(bench: Bench) -> str:
    """Somebody joins a presence channel with a second device."""
    channel = bench.channel("presence")
    for _ in range(2):
        await _on(bench, channel, "42")
    told = await _told(bench, channel, "channel_occupied", "member_added")
    count = told.count("member_added")
    return "once" if count == 1 else f"{count} times"


@case(
    "12.1.10",
    expects="channel_occupied then client_event",
    known={"soketi": Known("client_event then channel_occupied", ANY_ORDER)},
    needs=(*NEEDS, "client_events"),
)
async def test_a_client_event_is_told(bench: Bench) -> str:
    """A client sends a client event on a private channel."""
    peer = await _on(bench, channel := bench.channel("private"))
    await peer.send("client-typing", {"t": 1}, channel)
    await peer.heard()
    return await _told(bench, channel, "channel_occupied", "client_event")


@case(
    "12.1.11", expects=("channel_occupied then cache_miss", "cache_miss then channel_occupied"), needs=(*NEEDS, "cache")
)
async def test_a_cache_miss_is_told(bench: Bench) -> str:
    """A cache channel is subscribed to that remembers nothing."""
    await _on(bench, channel := bench.channel("cache"))
    return await _told(bench, channel, "channel_occupied", "cache_miss")


@case("12.1.12", expects="nothing", needs=(*NEEDS, "app:second"))
async def test_another_app_is_not_told_of(bench: Bench) -> str:
    """A channel is subscribed to in an app that has no webhooks."""
    await bench.join(await bench.open("second"), channel := bench.channel())
    return await _told(bench, channel)


@case("12.1.13", expects="nothing", needs=NEEDS)
async def test_who_was_refused_occupies_nothing(bench: Bench) -> str:
    """A private channel is subscribed to with a signature that is wrong."""
    peer = await bench.open(APP)
    await peer.subscribe(channel := bench.channel("private"), auth=bench.sign(peer, channel, secret="wrong" * 5))
    return await _told(bench, channel)


async def _first(bench: Bench, kind: str = "public") -> tuple[str, Delivery]:
    await _on(bench, channel := bench.channel(kind), "42")
    receiver = _receiver(bench)
    if not await receiver.until(lambda: bool(receiver.about(channel)), within=_WITHIN):
        raise NotExercised("it sent no webhook")
    return channel, receiver.about(channel)[0]


@case("12.2.1", expects="POST application/json", needs=NEEDS)
async def test_how_a_webhook_comes(bench: Bench) -> str:
    """A webhook is a POST of JSON."""
    _, came = await _first(bench)
    return f"{came.method} {came.headers.get('content-type', 'nothing').partition(';')[0]}"


@case("12.2.2", expects="the app's key", needs=NEEDS)
async def test_a_webhook_names_the_key(bench: Bench) -> str:
    """A webhook names the app by its key."""
    _, came = await _first(bench)
    return "the app's key" if came.headers.get("x-pusher-key") == bench.server.app(APP).key else "another key"


@case("12.2.3", expects="of its body", needs=(*NEEDS, "secret"))
async def test_a_webhook_is_signed(bench: Bench) -> str:
    """A webhook is signed with the app's secret, byte for byte."""
    _, came = await _first(bench)
    signature = webhook_signature(bench.server.app(APP).secret, came.body)
    return "of its body" if came.headers.get("x-pusher-signature") == signature else "of something else"


@case("12.2.4", expects="milliseconds", known=SECONDS, needs=NEEDS)
async def test_a_webhook_says_when(bench: Bench) -> str:
    """A webhook says when it was made, in milliseconds."""
    _, came = await _first(bench)
    told = came.json().get("time_ms")
    if not isinstance(told, int | float):
        return "not told"
    units = {"milliseconds": 1_000, "seconds": 1}
    return next((unit for unit, per in units.items() if abs(told / per - time.time()) < 300), "another time")


@case("12.2.5", expects="as it was", needs=(*NEEDS, "client_events"))
async def test_what_a_client_event_tells(bench: Bench) -> str:
    """The webhook of a client event has its name, its data, who sent it and on which connection."""
    peer = await _on(bench, channel := bench.channel("presence"), "42")
    await peer.send("client-typing", {"t": 1}, channel)
    await peer.heard()
    receiver = _receiver(bench)
    await receiver.until(lambda: "client_event" in receiver.names(channel), within=_WITHIN)
    events = [event for one in receiver.about(channel) for event in one.events(channel)]
    told = next((one for one in events if one.get("name") == "client_event"), {})
    due = {"event": "client-typing", "socket_id": peer.socket_id, "user_id": "42"}
    has_data = decode_data(told.get("data")) == {"t": 1}
    wrong = [name for name, value in due.items() if told.get(name) != value] + ([] if has_data else ["data"])
    return f"other {', '.join(wrong)}" if wrong else "as it was"


@case("12.2.6", expects="user_id 42", needs=NEEDS)
async def test_who_a_member_is(bench: Bench) -> str:
    """The webhook of a member says who it is."""
    channel, _ = await _first(bench, "presence")
    receiver = _receiver(bench)
    await receiver.until(lambda: "member_added" in receiver.names(channel), within=_WITHIN)
    events = [event for one in receiver.about(channel) for event in one.events(channel)]
    told = next((one for one in events if one.get("name") == "member_added"), {})
    return f"user_id {told.get('user_id')}"


@cases(
    Row("12.3.1", "The receiver answers with an error of its own.", (500,)),
    Row("12.3.3", "The receiver ends the connection without an answer.", (0,)),
    Row("12.3.4", "The receiver fails three times.", (500, 503, 0)),
    expects="again, the same",
    known={"soketi": Known("not again", "PROTOCOL.md 4.5")},
    needs=NEEDS,
)
async def test_a_webhook_that_failed_comes_again(bench: Bench, statuses: Any) -> str:
    """A webhook comes again until its receiver takes it, with the same events and a right signature."""
    receiver, channel = _receiver(bench), bench.channel()
    receiver.fails(channel, *statuses)
    await _on(bench, channel)
    came = len(statuses) + 1
    if not await receiver.until(lambda: len(receiver.about(channel)) >= came, within=bench.within / 5):
        return "not again" if len(receiver.about(channel)) == 1 else "not to the end"
    events = [json.dumps(one.events(channel), sort_keys=True) for one in receiver.about(channel)]
    return "again, the same" if len(set(events)) == 1 else "again, otherwise"


@case("12.3.5", expects="once", needs=NEEDS)
async def test_a_webhook_that_was_taken_without_a_word(bench: Bench) -> str:
    """The receiver answers that there is no content, which is a success."""
    receiver, channel = _receiver(bench), bench.channel()
    receiver.fails(channel, 204)
    await _on(bench, channel)
    await receiver.until(lambda: bool(receiver.about(channel)), within=_WITHIN)
    await _fence(bench, receiver)
    return "once" if len(receiver.about(channel)) == 1 else f"{len(receiver.about(channel))} times"


@case("12.3.6", expects="event MessageSent", needs=(*NEEDS, "api"))
async def test_a_receiver_that_fails_holds_up_nobody(bench: Bench) -> str:
    """While a webhook fails, clients hear what is published."""
    receiver, channel = _receiver(bench), bench.channel()
    receiver.fails(channel, 500, 0, 500)
    peer = await _on(bench, channel)
    await bench.publish(channel, app=APP)
    return await peer.heard()
