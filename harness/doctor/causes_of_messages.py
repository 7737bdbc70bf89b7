"""Causes at the hops of a message (PROTOCOL.md, sections 5, 6, 8.2 and 10)."""

from itertools import pairwise
from typing import Final

from harness.checkers.suspects import SUSPECTS
from harness.doctor.cause import CERTAIN, LIKELY, POSSIBLE, Cause, answer_at, either
from harness.doctor.observations import Delivered, Seen
from harness.doctor.ticking import period_of

_AT_ONCE: Final = 0.02
"""Seconds within which two copies come from one publish to a channel that is joined twice."""


def _silent_message(seen: Seen) -> Delivered | None:
    """Give the message that nobody heard, under no name and nowhere."""
    sent = seen.delivered
    is_so = sent is not None and bool(sent.heard) and len(sent.deaf) == len(sent.heard)
    if seen.came_late or _first_is_lost(seen, ""):
        return None
    return sent if is_so and sent is not None and not sent.renamed and not sent.elsewhere else None


def _first_is_lost(seen: Seen, _: str) -> str:
    second = seen.second
    if second is None or seen.came_late or not second.heard or second.deaf:
        return ""
    return "the first message after the subscription is heard by nobody, and the second by all who listen"


def _late(seen: Seen, _: str) -> str:
    return "nobody heard it in time, and it came while a second message was waited for" if seen.came_late else ""


def _without_its_text(seen: Seen, _: str) -> str:
    sent = _silent_message(seen)
    return "an event came in its place that does not hold its text" if sent is not None and sent.strangers else ""


def _without_its_text_for_sure(seen: Seen, hop: str) -> str:
    """Nobody else writes into a conversation that was made for the walk."""
    return _without_its_text(seen, hop) if seen.notes.get("created") else ""


def _environment(seen: Seen, *names: str) -> str:
    return next((seen.stated.environment[name] for name in names if name in seen.stated.environment), "")


def _no_worker(seen: Seen, _: str) -> str:
    sent = _silent_message(seen)
    if sent is None:
        return ""
    stored = ", and it is stored" if sent.stored else ""
    ours = "; a publish of ours arrives" if seen.probe_arrived else ""
    return f"the backend said {sent.answer.status}{stored}, and nothing was published{ours}"


def _driver_of_environment(seen: Seen, _: str) -> str:
    name = _environment(seen, "BROADCAST_CONNECTION", "BROADCAST_DRIVER")
    return f"its .env says {name}" if _silent_message(seen) and name in ("log", "null") else ""


def _never_published(seen: Seen, _: str) -> str:
    return "the message is stored, and no event of it came" if _silent_message(seen) else ""


def _cannot_publish(seen: Seen, hop: str) -> str:
    answer = answer_at(seen, hop)
    if answer.status is None or answer.status < 500:  # noqa: PLR2004
        return ""
    ours = "; a publish of ours arrives, so the broadcaster works" if seen.probe_arrived else ""
    return f"{answer.asked} was answered with {answer.told}{ours}"


def _out_of_order(seen: Seen, hop: str) -> str:
    if not seen.api_is_ordered or (hop == "send" and not _cannot_publish(seen, hop)):
        return ""
    return "a signed call is refused, and taken once its parameters stand in the order in which they are signed"


def _unauthorized_publish(seen: Seen, hop: str) -> str:
    is_so = bool(_cannot_publish(seen, hop)) and seen.signed is not None and seen.signed.by_declared is False
    return "the backend fails when it publishes, and signs with another secret than the declared one" if is_so else ""


def _misread(seen: Seen, _: str) -> str:
    return seen.notes.get("misread", "")


def _send_denied(seen: Seen, _: str) -> str:
    answer = answer_at(seen, "send")
    return either(answer, is_so=answer.status in (403, 404))


def _send_refused(seen: Seen, _: str) -> str:
    answer = answer_at(seen, "send")
    return either(answer, is_so=answer.status in (400, 405, 422))


def _renamed(seen: Seen, _: str) -> str:
    if seen.delivered is None or not seen.delivered.renamed:
        return ""
    return f"the frame arrives under the name {seen.delivered.renamed[0].event!r}"


def _elsewhere(seen: Seen, _: str) -> str:
    if seen.delivered is None or not seen.delivered.elsewhere or not seen.delivered.deaf:
        return ""
    return f"the event goes to {seen.delivered.elsewhere[0].channel!r}"


def _public_as_well(seen: Seen, _: str) -> str:
    if seen.delivered is None or not seen.delivered.elsewhere or seen.delivered.deaf:
        return ""
    return f"it is heard on {seen.delivered.elsewhere[0].channel!r} too, which needs no signature of the backend"


def _some_are_deaf(seen: Seen, _: str) -> str:
    sent = seen.delivered
    if sent is None or not sent.deaf or len(sent.deaf) == len(sent.heard):
        return ""
    heard = [name for name in sent.heard if name not in sent.deaf]
    return f"heard by {', '.join(heard)}, and not by {', '.join(sent.deaf)}"


def _copies(seen: Seen) -> list[float]:
    """Give the seconds between two copies of the message on one connection."""
    frames = seen.delivered.heard.values() if seen.delivered else ()
    return [after.at - before.at for one in frames for before, after in pairwise(one)]


def _retried(seen: Seen, _: str) -> str:
    apart = [one for one in _copies(seen) if one > _AT_ONCE]
    return f"one connection heard it again {apart[0] * 1000:.0f} ms later" if apart else ""


def _doubled(seen: Seen, _: str) -> str:
    return "one connection, subscribed once, heard it twice at once" if _copies(seen) else ""


def _echoed(seen: Seen, _: str) -> str:
    is_so = seen.delivered is not None and bool(seen.delivered.echoed)
    return "the connection that X-Socket-ID named heard its own message" if is_so else ""


def _too_large(seen: Seen, _: str) -> str:
    sent = seen.long
    if sent is None or (sent.heard and not sent.deaf):
        return ""
    return f"a short message arrives; a long one was answered with {sent.answer.status} and heard by nobody"


def _polling(seen: Seen, _: str) -> str:
    period = period_of(seen.comb)
    return f"messages sent evenly arrive in bursts, {period:.1f} s apart" if period is not None else ""


def _lost_some(seen: Seen, _: str) -> str:
    return f"of several messages {len(seen.comb)} arrived" if period_of(seen.comb) is None else ""


def _no_member(seen: Seen, _: str) -> str:
    member = seen.presence
    if isinstance(member, dict) and member.get("user_id") and isinstance(member.get("user_info"), dict):
        return ""
    return f"channel_data is {str(member)[:80]}"


def _no_whispers(seen: Seen, _: str) -> str:
    if seen.whispered is not False:
        return ""
    return f"{seen.whisper_error.data}" if seen.whisper_error else "it is dropped without a word"


def _no_answer(seen: Seen, _: str) -> str:
    return "the subscribe was not answered, and a ping behind it was" if seen.subscribe_silent else ""


def _refused_join(seen: Seen, _: str) -> str:
    error = seen.subscribed.data if seen.subscribed else None
    return f"the broadcaster says {error}" if error else ""


def _lost_node(seen: Seen, _: str) -> str:
    return f"the first connection was made, and {seen.lost} was not" if seen.lost else ""


def _probe_lost(seen: Seen, _: str) -> str:
    return "a publish was taken with 200, and its subscriber heard nothing" if seen.probe_arrived is False else ""


OF_MESSAGES: Final = (
    Cause(
        "node-down", "one of the broadcaster's nodes does not let anybody in", ("subscribe",), _lost_node,
        "start it, or take its address out of `urls` in [targets.NAME.broadcaster] and out of the load balancer",
        LIKELY,
    ),
    Cause(
        "CO-07", SUSPECTS["CO-07"], ("subscribe",), lambda seen, _: seen.shared_id and f"two have {seen.shared_id!r}",
        "update the broadcaster; leave no cache between it and the clients", CERTAIN,
    ),
    Cause(
        "4", "the broadcaster does not take the backend's signature", ("subscribe",), _refused_join,
        "make REVERB_APP_SECRET the same in the backend and the broadcaster, clear the cached configuration, "
        "restart both",
        POSSIBLE,
    ),
    Cause(
        "no-answer", "the broadcaster does not answer the subscription", ("subscribe",), _no_answer,
        "look at its log: reverb:start --debug", POSSIBLE,
    ),
    Cause(
        "37", "several nodes, and a publish stays on one", ("signed API",), _probe_lost,
        "REVERB_SCALING_ENABLED=true and one Redis for all nodes", POSSIBLE,
    ),
    Cause(
        "HT-07", SUSPECTS["HT-07"], ("signed API", "send"), _out_of_order,
        "update the broadcaster, or the proxy that checks signatures: it has to sort the parameters before it signs",
        CERTAIN + 5,
    ),
    Cause(
        "4", "the backend publishes with another secret than the broadcaster's", ("send",), _unauthorized_publish,
        "make REVERB_APP_SECRET the same on both, php artisan config:clear, restart the workers", CERTAIN,
    ),
    Cause(
        "14", "the backend cannot publish: it dials another address than the broadcaster's", ("send",), _cannot_publish,
        "REVERB_HOST, REVERB_PORT, REVERB_SCHEME as the backend reaches the broadcaster; `BroadcastException` in "
        "laravel.log "
        "names the cURL error",
        LIKELY,
    ),
    Cause(
        "event-text", "the text of a message stands elsewhere in the event", ("delivery",), _misread,
        'correct [targets.NAME.backend] event = { text = "…" }: the dotted path into the data of the event', CERTAIN,
    ),
    Cause(
        "not-a-participant", "the sender is no participant of the conversation", ("send",), _send_denied,
        "add them to it, or name another in [targets.NAME.world] conversation", LIKELY,
    ),
    Cause(
        "send-contract", "the backend does not take a message in this shape", ("send",), _send_refused,
        "correct [targets.NAME.backend] send: its request and fields", LIKELY,
    ),
    Cause(
        "26", "the broadcast driver is log or null", ("delivery",), _driver_of_environment,
        "BROADCAST_CONNECTION=reverb, then php artisan config:clear", CERTAIN,
    ),
    Cause(
        "DE-04", SUSPECTS["DE-04"], ("delivery",), _first_is_lost,
        "look at what handles subscriptions at the broadcaster: it has to know a subscriber before it answers them; "
        "clients read the list of messages once they are subscribed",
        LIKELY + 5,
    ),
    Cause(
        "DE-03", SUSPECTS["DE-03"], ("delivery",), _first_is_lost, "compare the broadcaster's log with failed_jobs",
        POSSIBLE,
    ),
    Cause(
        "DE-08", SUSPECTS["DE-08"], ("delivery",), _late,
        "php artisan queue:work --sleep=0, more workers, or a Redis queue with block_for; or a longer `arrival` in "
        "[targets.NAME.budgets]",
    ),
    Cause(
        "25", "no queue worker is running, so the event waits in the jobs table", ("delivery",), _no_worker,
        "php artisan queue:work (under supervisor), or ShouldBroadcastNow on the event", LIKELY,
    ),
    Cause(
        "DE-11", SUSPECTS["DE-11"], ("delivery",), _without_its_text_for_sure,
        "look at broadcastWith() and the properties of the event; a queued event reads its model when the job runs",
        LIKELY + 5,
    ),
    Cause(
        "DE-11", SUSPECTS["DE-11"], ("delivery",), _without_its_text,
        "look at broadcastWith() and the properties of the event; or somebody else wrote at that moment", POSSIBLE,
    ),
    Cause(
        "DE-01", SUSPECTS["DE-01"], ("delivery",), _never_published,
        "implement ShouldBroadcast on the event and dispatch it: broadcast(new MessageSent($message))->toOthers()",
        POSSIBLE,
    ),
    Cause(
        "24", "the event has another name than clients listen for", ("delivery",), _renamed,
        "broadcastAs() in the event gives the name; Echo then listens with a dot: .listen('.MessageSent'); or correct "
        "event.name of the target",
        CERTAIN,
    ),
    Cause(
        "23", "the event goes to a channel of another name", ("delivery",), _elsewhere,
        "new PrivateChannel('chat…') in broadcastOn() adds private- itself: write the name without it", CERTAIN,
    ),
    Cause(
        "AZ-03", SUSPECTS["AZ-03"], ("delivery",), _public_as_well,
        "return private channels only from broadcastOn(): new PrivateChannel(…), never new Channel(…)", CERTAIN,
    ),
    Cause(
        "37", "several nodes, and a publish stays on one", ("delivery",), _some_are_deaf,
        "REVERB_SCALING_ENABLED=true and one Redis for all nodes", LIKELY,
    ),
    Cause(
        "36", "a job is done again after it had published", ("delivery",), _retried,
        "retry_after of the queue above the job's timeout; $tries = 1 for broadcasts; give messages an id, and drop "
        "copies",
        LIKELY,
    ),
    Cause(
        "32", "the broadcaster adds a connection twice, or the backend publishes twice", ("delivery",), _doubled,
        "look for two listeners of the same model event, and subscribe once on each connection", POSSIBLE,
    ),
    Cause(
        "34", "the sender hears its own message: X-Socket-ID is not passed on", ("delivery",), _echoed,
        "broadcast(…)->toOthers(), InteractsWithSockets in the event, and X-Socket-ID of the current connection in "
        "the request",
        CERTAIN,
    ),
    Cause(
        "27", "what is published is too large for the broadcaster", ("long message",), _too_large,
        "REVERB_MAX_REQUEST_SIZE, or a limit on the message; publish an id and let clients fetch what is long", LIKELY,
    ),
    Cause(
        "DE-08", SUSPECTS["DE-08"], ("queue",), _polling,
        "php artisan queue:work --sleep=0, or a Redis queue with block_for",
    ),
    Cause(
        "DE-03", SUSPECTS["DE-03"], ("queue",), _lost_some, "compare the broadcaster's log with failed_jobs", POSSIBLE,
    ),
    Cause(
        "43", "the presence callback returns true, or no user_info", ("presence",), _no_member,
        "return ['id' => $user->id, 'name' => $user->name] in routes/channels.php, never true", CERTAIN,
    ),
    Cause(
        "42", "client events are off, or this kind of channel does not have them", ("whisper",), _no_whispers,
        "REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM=members; whisper on private and presence channels only", LIKELY,
    ),
)  # fmt: skip
"""One cause an entry; the first of equals comes first."""
