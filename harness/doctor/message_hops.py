"""The hops of a message: subscribe, the publish path without and with the secret, send, delivery, queue, presence."""

import asyncio
import json
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec

from harness.doctor.asking import skew_of
from harness.doctor.backend_hops import MADE_UP
from harness.doctor.line import Line
from harness.doctor.observations import Answer, Delivered, Frame
from harness.doctor.ticking import period_of
from harness.doctor.walker import Came, Walker, advice, broken, fine, skipped
from harness.protocol.channels import ChannelKind, kind_of
from harness.protocol.messages import decode_data
from harness.protocol.signatures import channel_auth, sign_request
from harness.users.reading import as_text, at_path

SUCCEEDED: Final = "pusher_internal:subscription_succeeded"
PROBE: Final = "harness-doctor"
_LONG: Final = "\u0645" * 3_000
"""Letters that Laravel writes with six bytes each: more than a request to Reverb may have, less than a chat allows."""
_REFUSALS: Final = (400, 401, 403, 404, 413, 422)
_SPACING: Final = 0.21
"""Seconds between two messages of the comb: five a second at most."""


async def subscribe(walker: Walker) -> Came:
    """Subscribe everybody who listens, and the sender too, each with a signature for its own connection."""
    seen, people = walker.seen, {"sender": walker.sender}
    for number in range(2, walker.extent.listeners + 1):
        people[f"listener {number}"] = walker.listener
    for node in walker.target.broadcaster.other_urls:
        await walker.line(f"listener at {urlsplit(node).netloc}", node)
    for name in people:
        await walker.line(name)
    if lost := next((name for name, line in walker.lines.items() if not line.opened.is_established), ""):
        seen.lost, opened = lost, walker.lines[lost].opened
        return broken(f"{lost} is not connected: {opened.first.data if opened.first else opened.answer.told}")
    ids = [line.socket_id for line in walker.lines.values()]
    if shared := next((one for one in ids if ids.count(one) > 1), ""):
        seen.shared_id = shared
        return broken(f"{ids.count(shared)} connections have the socket id {shared!r}")
    for name, line in walker.lines.items():
        seen.joining = auth = await walker.authorize(people.get(name, walker.listener), line.socket_id, walker.channel)
        if not auth.is_ok or not isinstance(auth.data, dict):
            return broken(f"{name}: the signature for its connection was refused: {auth.told}")
        seen.subscribed = await walker.subscribe(line, walker.channel, auth.data)
        if seen.subscribed is None or seen.subscribed.event != SUCCEEDED:
            seen.subscribe_silent = seen.subscribed is None
            came = seen.subscribed.data if seen.subscribed else "no answer, and a ping behind it was answered"
            return broken(f"{name}: {came}")
    return fine(f"{len(walker.lines)} connections on {walker.channel}")


async def api(walker: Walker) -> Came:
    """Call the broadcaster's HTTP API without a signature: it has to be the broadcaster who refuses."""
    seen, broadcaster = walker.seen, walker.target.broadcaster
    if not broadcaster.app_id:
        return skipped("the target declares no broadcaster.app_id")
    base = f"{broadcaster.api_url}/apps/{broadcaster.app_id}"
    seen.api = await walker.api.ask("GET", f"{base}/channels")
    _note_clock(walker, seen.api)
    if seen.api.is_ok and not seen.api.is_html:
        return advice(f"{seen.api.told}: it asks for no signature") if not _is_error(seen.api) else fine(seen.api.told)
    if seen.api.is_html or seen.api.status not in _REFUSALS or seen.api.status == 404:  # noqa: PLR2004
        return broken(seen.api.told)
    seen.api_post = await walker.api.ask("POST", f"{base}/events", json={})
    if seen.api_post.is_html or (seen.api_post.status not in _REFUSALS and not _is_error(seen.api_post)):
        return broken(f"POST: {seen.api_post.told}")
    return fine(f"GET {seen.api.status}, POST {seen.api_post.status}: it asks for a signature")


async def api_signed(walker: Walker) -> Came:
    """Call it with a signature, then publish to a channel of our own."""
    seen = walker.seen
    if reason := walker.target.why_not("secret"):
        return skipped(reason)
    if not walker.target.broadcaster.secret:
        return skipped("the target declares no broadcaster.secret")
    seen.api_signed = await _signed(walker, "GET", "/channels")
    if seen.api_signed.status == HTTPStatus.UNAUTHORIZED:
        again = await _signed(walker, "GET", "/channels", in_order=True)
        seen.api_is_ordered = again.is_ok and not _is_error(again)
    if not seen.api_signed.is_ok or _is_error(seen.api_signed):
        return broken(seen.api_signed.told)
    channel, line = f"{PROBE}.{walker.nonce}", walker.lines.get("listener")
    if line is None or not seen.pong:
        return fine(f"{seen.api_signed.status}; nobody is connected to hear a publish")
    await walker.subscribe(line, channel)
    body = {"name": PROBE, "channels": [channel], "data": json.dumps({"nonce": walker.nonce})}
    seen.published = await _signed(walker, "POST", "/events", body)
    if not seen.published.is_ok or _is_error(seen.published):
        return broken(f"publish: {seen.published.told}")
    heard = await line.hear(lambda frame: frame.channel == channel and frame.event == PROBE, _patience(walker))
    seen.probe_arrived = heard is not None
    return fine("a publish of ours arrives") if heard else broken("a publish of ours is taken, and heard by nobody")


async def _signed(
    walker: Walker, method: str, route: str, body: dict[str, Any] | None = None, *, in_order: bool = False
) -> Answer:
    """Ask with a signature; its parameters stand in the order in which they are signed, where that is asked for."""
    broadcaster = walker.target.broadcaster
    path = f"{urlsplit(broadcaster.api_url).path}/apps/{broadcaster.app_id}{route}"
    content = json.dumps(body).encode() if body else b""
    params = sign_request(
        broadcaster.key, broadcaster.secret or "", method, path, timestamp=int(time.time()), body=content
    )
    parts = urlsplit(broadcaster.api_url)
    url = f"{parts.scheme}://{parts.netloc}{path}?{urlencode(sorted(params.items()) if in_order else params)}"
    headers = {"Content-Type": "application/json"} if content else {}
    return await walker.api.ask(method, url, headers=headers, content=content or None)


async def send(walker: Walker) -> Came:
    """Send one message through the backend, naming the sender's connection."""
    if reason := walker.target.why_not("write"):
        return skipped(reason)
    if not walker.extent.writes:
        return skipped("left out: the tests of this run have sent what may be sent")
    await _listen_nearby(walker)
    walker.seen.delivered = await _sent(walker, _text(walker))
    answer = walker.seen.delivered.answer
    return fine(f"{answer.status}") if answer.is_ok else broken(answer.told)


async def _listen_nearby(walker: Walker) -> None:
    """Listen where an event goes whose channel is spelled wrongly: without its prefix, or with two of them."""
    line, channel = walker.lines["listener"], walker.channel
    if kind_of(channel) is ChannelKind.PUBLIC:
        return
    prefix, _, bare = channel.partition("-")
    await walker.subscribe(line, bare)
    if walker.target.why_not("secret") == "":
        broadcaster, doubled = walker.target.broadcaster, f"{prefix}-{channel}"
        auth = channel_auth(broadcaster.key, broadcaster.secret or "", line.socket_id, doubled)
        await walker.subscribe(line, doubled, {"auth": auth})


async def delivery(walker: Walker) -> Came:
    """Wait until everybody who listens has heard it, and a little longer for a second copy."""
    seen = walker.seen
    assert seen.delivered is not None  # noqa: S101 - the hop before this one
    text = _text(walker)
    seen.delivered = delivered = await _heard(walker, seen.delivered, text)
    late = [frame.at - delivered.meant for frames in delivered.heard.values() for frame in frames[:1]]
    if delivered.renamed:
        return broken(
            f"it is called {delivered.renamed[0].event!r}; declared is {' or '.join(walker.contract.event.names)}"
        )
    if delivered.elsewhere:
        instead = "instead of" if delivered.deaf else "as well as to"
        return broken(f"it goes to {delivered.elsewhere[0].channel!r} {instead} {walker.channel!r}")
    if delivered.deaf:
        await _look_whether_stored(walker, text)
        is_silent = len(delivered.deaf) == len(delivered.heard) and not delivered.strangers
        later = await _hears_another(walker, text) if is_silent else ""
        return broken(f"not heard within {_patience(walker):g} s by {', '.join(delivered.deaf)}{later}")
    if repeated := [name for name, frames in delivered.heard.items() if len(frames) > 1]:
        return broken(f"heard {len(delivered.heard[repeated[0]])} times by {', '.join(repeated)}")
    seen.notes["misread"] = misread = _misread(walker, delivered, text)
    if delivered.echoed or misread:
        echoed = "the connection that sent it heard it too, although X-Socket-ID named it"
        return broken(echoed if delivered.echoed else misread)
    return fine(f"heard by {len(late)} connections, the last after {max(late) * 1000:.0f} ms; not by its sender")


def _misread(walker: Walker, delivered: Delivered, text: str) -> str:
    """Say where the text of a message is, when that is not where the contract says."""
    frame, path = next(iter(delivered.heard.values()))[0], walker.contract.event.text
    if as_text(at_path(frame.data, path)) == text:
        return ""
    found = ", ".join(_paths_to(text, frame.data))
    return f"the event has no text at {path!r}" + (f"; it is at {found!r}" if found else "")


def _paths_to(text: str, data: Any) -> list[str]:
    if not isinstance(data, dict):
        return []
    deeper = (f"{name}.{rest}" for name, value in data.items() for rest in _paths_to(text, value))
    return [*(name for name, value in data.items() if value == text), *deeper]


async def _heard(walker: Walker, delivered: Delivered, text: str) -> Delivered:
    """Wait for a message, and sort what came."""

    def frames(line: Line) -> list[Frame]:
        return [one for one in line.frames if text in json.dumps(one.data, ensure_ascii=False)]

    listening = walker.listening
    await asyncio.gather(*(line.wait(_hears(frames, line), _patience(walker)) for line in listening.values()))
    await asyncio.sleep(walker.extent.linger)
    await asyncio.gather(*(line.ping(walker.extent.seconds) for line in walker.lines.values()))
    shape, channel = walker.contract.event, walker.channel
    right = {
        name: tuple(one for one in frames(line) if one.channel == channel and one.event in shape.names)
        for name, line in listening.items()
    }
    every = [one for line in listening.values() for one in frames(line)]
    return msgspec.structs.replace(
        delivered,
        heard=right,
        renamed=tuple(one for one in every if one.channel == channel and one.event not in shape.names),
        elsewhere=tuple(one for one in every if one.channel != channel),
        echoed=tuple(frames(walker.lines["sender"])),
        strangers=tuple(
            one
            for one in walker.lines["listener"].frames
            if (one.channel, one.event in shape.names) == (channel, True) and one.at > delivered.meant and not every
        ),
    )


async def _hears_another(walker: Walker, text: str) -> str:
    """Send a second message where nobody heard the first, unless one is all that may be sent; say what came of it."""
    if walker.target.production:
        return ""
    second = await _sent(walker, f"{text} again")
    walker.seen.second = second = await _heard(walker, second, f"{text} again")
    frames = [one for line in walker.listening.values() for one in line.frames]
    walker.seen.came_late = any(f'{text}"' in json.dumps(one.data, ensure_ascii=False) for one in frames)
    if walker.seen.came_late:
        return "; it came later"
    return "; a second message is heard" if second.heard and not second.deaf else "; nor is a second message"


def _hears(frames: Callable[[Line], list[Frame]], line: Line) -> Callable[[], bool]:
    return lambda: bool(frames(line))


async def _look_whether_stored(walker: Walker, text: str) -> None:
    read = walker.contract.read
    if read is not None and walker.seen.delivered is not None:
        place = {"conversation": walker.conversation}
        headers = walker.token_of(walker.sender)
        answer = await walker.asker.follow(walker.backend, read, place=place, headers=headers)
        stored = text in json.dumps(answer.data, ensure_ascii=False) if answer.is_ok else None
        walker.seen.delivered = msgspec.structs.replace(walker.seen.delivered, stored=stored)


async def long(walker: Walker) -> Came:
    """Send one message that is longer on the wire than it looks."""
    if walker.target.production:
        return skipped("production: one message is sent, not two")
    text = f"{_text(walker)} long {_LONG}"
    delivered = await _sent(walker, text)
    if not delivered.answer.is_ok and (delivered.answer.status or 500) < 500:  # noqa: PLR2004
        return fine(f"{delivered.answer.status}: {len(text)} letters are refused before anybody is told of them")
    walker.seen.long = delivered
    if delivered.answer.is_ok:
        walker.seen.long = delivered = await _heard(walker, delivered, f"{walker.nonce} long {_LONG[:9]}")
    if delivered.deaf or not delivered.heard:
        return broken(f"{len(text)} letters: {delivered.answer.told[:60]}, heard by nobody")
    return fine(f"{len(text)} letters arrive")


async def queue(walker: Walker) -> Came:
    """Send several messages evenly, and see whether they arrive in bursts, like the teeth of a comb."""
    if walker.target.production:
        return skipped("production: one message is sent, not several")
    if not walker.extent.comb:
        return skipped("left out: --comb 0")
    texts = [f"{_text(walker)} tooth {number}" for number in range(walker.extent.comb)]
    meant = []
    for text in texts:
        meant.append((await _sent(walker, text)).meant)
        await asyncio.sleep(_SPACING)
    line = walker.lines["listener"]

    def arrival(text: str) -> float | None:
        return next((one.at for one in line.frames if text in json.dumps(one.data, ensure_ascii=False)), None)

    await line.wait(lambda: all(arrival(text) is not None for text in texts), _patience(walker))
    arrived = [arrival(text) for text in texts]
    pairs = zip(meant, arrived, strict=True)
    walker.seen.comb = tuple((sent, came) for sent, came in pairs if came is not None)
    if len(walker.seen.comb) < len(texts):
        return broken(f"{len(texts) - len(walker.seen.comb)} of {len(texts)} messages did not arrive")
    longest = max(came - sent for sent, came in walker.seen.comb)
    if period_of(walker.seen.comb) is not None:
        return advice(f"{len(texts)} messages arrive in bursts, up to {longest:.2f} s late")
    return fine(f"{len(texts)} messages arrive one by one, the latest after {longest * 1000:.0f} ms")


async def presence(walker: Walker) -> Came:
    """Look at what the backend says of a member of a presence channel; nobody joins it."""
    rules = [rule for rule in walker.target.channels if rule.pattern.startswith("presence-") and rule.join != "nobody"]
    channel = next(filter(None, (walker.name_of(rule, walker.sender) for rule in rules)), "")
    if not channel:
        return skipped("the target declares no presence channel that can be named")
    answer = await walker.authorize(walker.sender, MADE_UP, channel)
    if not answer.is_ok or not isinstance(answer.data, dict):
        return broken(f"{channel}: {answer.told}")
    walker.seen.presence = member = decode_data(answer.data.get("channel_data"))
    if isinstance(member, dict) and member.get("user_id") and isinstance(member.get("user_info"), dict):
        return fine(f"{channel}: a member with {', '.join(member['user_info'])}")
    return broken(f"{channel}: channel_data is {json.dumps(member)[:80]}")


async def whisper(walker: Walker) -> Came:
    """Send a client event from one connection to the other."""
    if reason := walker.target.why_not("client_events"):
        return skipped(reason)
    sender, listener, name = walker.lines["sender"], walker.lines["listener"], f"client-{PROBE}"
    since = len(sender.frames)
    sender.send(name, {"nonce": walker.nonce}, walker.channel)
    sender.send("pusher:ping", {})
    await sender.hear(lambda one: one.event == "pusher:pong", walker.extent.seconds, since=since)
    error = next((one for one in sender.frames[since:] if one.event == "pusher:error"), None)
    heard = None if error else await listener.hear(lambda one: one.event == name, _patience(walker))
    walker.seen.whispered, walker.seen.whisper_error = heard is not None, error
    if heard is not None:
        return fine(f"{name} is relayed")
    return broken(f"{error.data}" if error else "it is not relayed, and nobody says why")


async def _sent(walker: Walker, text: str) -> Delivered:
    route = walker.contract.send
    assert route is not None  # noqa: S101 - else it could not be granted
    answer = await walker.asker.follow(
        walker.backend,
        route,
        place={"conversation": walker.conversation},
        headers={**walker.token_of(walker.sender), "X-Socket-ID": walker.lines["sender"].socket_id},
        fields={"text": text},
    )
    # Not from before the question: it may have waited for its turn, which is no latency of anybody's.
    return Delivered(meant=asyncio.get_running_loop().time() - answer.seconds, answer=answer)


def _text(walker: Walker) -> str:
    return f"realtime doctor {walker.nonce}"


def _patience(walker: Walker) -> float:
    return min(walker.target.budgets.arrival, walker.extent.seconds)


def _is_error(answer: Answer) -> bool:
    """Tell an error that is answered with 200, as soketi does (CONTAINERS.md, section 5)."""
    return isinstance(answer.data, dict) and "error" in answer.data


def _note_clock(walker: Walker, answer: Answer) -> None:
    if (skew := skew_of(answer)) is not None:
        walker.seen.notes["broadcaster clock"] = str(skew)
