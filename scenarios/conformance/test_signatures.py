"""Section 5: who may join is what the app's secret signed, and nothing else."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from harness.conformance.bench import Bench
from harness.conformance.case import Row, case, cases, seen
from harness.conformance.peer import Peer

SECRET = ("secret",)
REFUSED = seen(reverb="error 4009") | seen(
    "2.2", soketi="subscription_error 401", pusher_fake="subscription_error *", sockudo="error 4009"
)
TAKEN = REFUSED | seen(reverb="succeeded")
MEMBER = json.dumps({"user_id": "1", "user_info": {"name": "Asha"}})
EXPECTED = ("error null", "error 4009")
Forger = Callable[[Bench, Peer, str], Any]


def _good(bench: Bench, peer: Peer, channel: str) -> str:
    return bench.sign(peer, channel)


def _digest(bench: Bench, peer: Peer, channel: str) -> str:
    return bench.sign(peer, channel).partition(":")[2]


def _by(algorithm: str) -> Forger:
    def forge(_bench: Bench, peer: Peer, channel: str) -> str:
        text = f"{peer.socket_id}:{channel}".encode()
        return f"{peer.account.key}:{hmac.new(peer.account.secret.encode(), text, algorithm).hexdigest()}"

    return forge


def _unkeyed(_bench: Bench, peer: Peer, channel: str) -> str:
    text = f"{peer.account.secret}{peer.socket_id}:{channel}".encode()
    return f"{peer.account.key}:{hashlib.sha256(text).hexdigest()}"


def _in_base64(bench: Bench, peer: Peer, channel: str) -> str:
    return f"{peer.account.key}:{base64.b64encode(bytes.fromhex(_digest(bench, peer, channel))).decode()}"


@case("5.1.1", expects="succeeded", needs=SECRET)
async def test_a_good_signature(bench: Bench) -> str:
    """A private channel is subscribed to with the app's signature."""
    return await bench.join(await bench.open(), bench.channel("private"))


@case("5.1.2", expects="succeeded count 1", needs=SECRET)
async def test_a_good_signature_with_a_member(bench: Bench) -> str:
    """A presence channel is subscribed to with the app's signature of the member."""
    return await bench.join(await bench.open(), bench.channel("presence"), MEMBER)


@case("5.1.3", expects="event MessageSent", needs=("secret", "api"))
async def test_an_event_on_a_private_channel(bench: Bench) -> str:
    """An event is published on a private channel that a client was let into."""
    alice, channel = await bench.open(), bench.channel("private")
    await bench.join(alice, channel)
    await bench.publish(channel)
    return await alice.heard()


@cases(
    Row("5.2.1", "A signature is made with another secret.", lambda b, p, c: b.sign(p, c, secret="other")),
    Row("5.2.2", "A signature is made with an empty secret.", lambda b, p, c: b.sign(p, c, secret="")),
    Row(
        "5.2.3",
        "A signature is made with the key in place of the secret.",
        lambda b, p, c: b.sign(p, c, secret=p.account.key),
    ),
    Row("5.2.4", "No signature is sent.", lambda *_: None),
    Row("5.2.5", "The signature is empty.", lambda *_: ""),
    Row("5.2.6", "The signature is a word.", lambda *_: "garbage"),
    Row("5.2.7", "The signature is the key and a colon.", lambda _b, p, _c: f"{p.account.key}:"),
    Row("5.2.8", "The signature is a colon.", lambda *_: ":"),
    Row("5.2.9", "The signature lacks its last digit.", lambda b, p, c: _good(b, p, c)[:-1]),
    Row("5.2.10", "The signature has a digit too many.", lambda b, p, c: f"{_good(b, p, c)}0"),
    Row("5.2.11", "The signature has one digit changed.", lambda b, p, c: _flipped(_good(b, p, c))),
    Row("5.2.12", "The signature is in capitals.", lambda b, p, c: f"{p.account.key}:{_digest(b, p, c).upper()}"),
    Row("5.2.13", "The signature is in base64.", _in_base64),
    Row("5.2.14", "The signature is that of SHA-1.", _by("sha1")),
    Row("5.2.15", "The signature is that of SHA-512.", _by("sha512")),
    Row("5.2.16", "The signature is a plain digest of secret and text.", _unkeyed),
    Row("5.2.17", "The signature is for another channel.", lambda b, p, c: b.sign(p, f"{c}x")),
    Row(
        "5.2.18", "The signature is for the channel without its prefix.", lambda b, p, c: b.sign(p, c.partition("-")[2])
    ),
    Row("5.2.19", "The signature is for the channel in capitals.", lambda b, p, c: b.sign(p, c.upper())),
    Row(
        "5.2.20",
        "The signature is for a presence channel of that name.",
        lambda b, p, c: b.sign(p, f"presence-{c[8:]}"),
    ),
    Row("5.2.21", "The signature covers data that are not sent.", lambda b, p, c: b.sign(p, c, MEMBER)),
    Row("5.2.22", "The signature is that of a sign-in.", lambda b, p, c: b.sign_user(p, c)),
    Row("5.2.23", "The signature stands before the key.", lambda b, p, c: f"{_digest(b, p, c)}:{p.account.key}"),
    Row("5.2.24", "The signature has spaces around it.", lambda b, p, c: f" {_good(b, p, c)} "),
    Row("5.2.25", "The signature ends in a line end.", lambda b, p, c: f"{_good(b, p, c)}\n"),
    Row(
        "5.2.26",
        "The signature is written in digits of another script.",
        lambda b, p, c: _good(b, p, c).replace("0", "\u0660") + "\u0660",
    ),
    Row("5.2.27", "The signature stands behind two colons.", lambda b, p, c: f"{p.account.key}::{_digest(b, p, c)}"),
    Row("5.2.28", "The signature is as long as a frame may be.", lambda *_: "f" * 9_000),
    expects=EXPECTED,
    tolerates=("error *", "subscription_error *"),
    known=REFUSED,
    needs=SECRET,
)
async def test_a_forged_signature(bench: Bench, forge: Forger) -> str:
    """A private channel is subscribed to with something else than the app's signature for it."""
    alice, channel = await bench.open(), bench.channel("private")
    return await alice.subscribe(channel, forge(bench, alice, channel))


@cases(
    Row("5.3.1", "The signature has no key before it.", _digest),
    Row("5.3.2", "The signature names another key.", lambda b, p, c: f"otherkey:{_digest(b, p, c)}"),
    Row("5.3.3", "The signature names an empty key.", lambda b, p, c: f":{_digest(b, p, c)}"),
    Row(
        "5.3.4",
        "The signature names the key in capitals.",
        lambda b, p, c: f"{p.account.key.upper()}X:{_digest(b, p, c)}",
    ),
    expects=EXPECTED,
    tolerates=("error *", "subscription_error *"),
    known=TAKEN,
    needs=SECRET,
)
async def test_a_signature_of_another_key(bench: Bench, forge: Forger) -> str:
    """A private channel is subscribed to with the right signature behind something else than the key."""
    alice, channel = await bench.open(), bench.channel("private")
    return await alice.subscribe(channel, forge(bench, alice, channel))


@cases(
    Row("5.3.5", "The signature is null.", None, known=seen(reverb="error 4009")),
    Row("5.3.6", "The signature is a number.", 5),
    Row("5.3.7", "The signature is true.", given=True),
    Row("5.3.8", "The signature is a list.", ["a"]),
    Row("5.3.9", "The signature is an object.", {"a": 1}),
    expects="error *",
    tolerates=("subscription_error *", "closed *", "nothing"),
)
async def test_a_signature_that_is_no_text(bench: Bench, auth: Any) -> str:
    """A private channel is subscribed to with a signature of another type."""
    alice = await bench.open()
    await alice.send("pusher:subscribe", {"channel": bench.channel("private"), "auth": auth})
    return await alice.heard()


@case("5.4.1", expects=EXPECTED, tolerates=("error *", "subscription_error *"), known=REFUSED, needs=SECRET)
async def test_a_signature_of_another_connection(bench: Bench) -> str:
    """A private channel is subscribed to with the signature for another connection."""
    alice, bob, channel = await bench.open(), await bench.open(), bench.channel("private")
    await bench.join(alice, channel)
    return await bob.subscribe(channel, bench.sign(alice, channel))


@case("5.4.2", expects=EXPECTED, tolerates=("error *", "subscription_error *"), known=REFUSED, needs=SECRET)
async def test_a_signature_of_a_connection_that_ended(bench: Bench) -> str:
    """A client that comes back uses the signature of its connection before."""
    alice, channel = await bench.open(), bench.channel("private")
    old = bench.sign(alice, channel)
    await alice.subscribe(channel, old)
    await alice.leave()
    return await (await bench.open()).subscribe(channel, old)


@case("5.4.6", expects=EXPECTED, tolerates=("error *", "subscription_error *"), known=REFUSED, needs=SECRET)
async def test_a_signature_of_a_channel_that_one_is_on(bench: Bench) -> str:
    """A client that was let into one private channel uses that signature for another."""
    alice, channel, other = await bench.open(), bench.channel("private"), bench.channel("private")
    await bench.join(alice, channel)
    return await alice.subscribe(other, bench.sign(alice, channel))


@case(
    "5.4.7",
    known=seen(reverb="no channel")
    | seen("2.2", soketi="the channel", pusher_fake="the channel", sockudo="no channel"),
    needs=SECRET,
)
async def test_whether_a_refusal_names_its_channel(bench: Bench) -> str:
    """A refusal names the channel that was asked for, or does not."""
    alice, channel = await bench.open(), bench.channel("private")
    await alice.send("pusher:subscribe", {"channel": channel, "auth": bench.sign(alice, channel, secret="other")})
    named = {given.get("channel") for given in await alice.frames()}
    return "the channel" if named == {channel} else "no channel" if named == {None} else "nothing"


@case("5.4.8", expects=EXPECTED, tolerates=("error *", "subscription_error *"), known=REFUSED, needs=SECRET)
async def test_a_presence_channel_without_a_signature(bench: Bench) -> str:
    """A presence channel is subscribed to with a member, and without a signature."""
    return await (await bench.open()).subscribe(bench.channel("presence"), None, MEMBER)


@case("5.4.3", expects="succeeded", needs=SECRET)
async def test_who_was_refused_may_ask_again(bench: Bench) -> str:
    """A client that was refused asks again, with a good signature."""
    alice, channel = await bench.open(), bench.channel("private")
    await alice.subscribe(channel, bench.sign(alice, channel, secret="other"))
    return await bench.join(alice, channel)


@case("5.4.4", expects="nothing", needs=("secret", "api"))
async def test_who_was_refused_hears_nothing(bench: Bench) -> str:
    """An event is published on a private channel that a client was refused."""
    alice, channel = await bench.open(), bench.channel("private")
    await alice.subscribe(channel, bench.sign(alice, channel, secret="other"))
    await bench.publish(channel)
    return await alice.heard()


@case("5.4.5", expects="vacant", known=seen(reverb="vacant"), needs=("secret", "api"))
async def test_a_refusal_leaves_no_channel(bench: Bench) -> str:
    """The API is asked about a private channel that a client was refused."""
    alice, channel = await bench.open(), bench.channel("private")
    await alice.subscribe(channel, bench.sign(alice, channel, secret="other"))
    told = (await bench.api("GET", f"/channels/{channel}")).json()
    return "occupied" if isinstance(told, dict) and told.get("occupied") else "vacant"


@cases(
    Row("5.5.1", "The member is not covered by the signature.", (MEMBER, None)),
    Row("5.5.2", "The member is another than was signed.", (MEMBER.replace('"1"', '"2"'), MEMBER)),
    Row("5.5.3", "The member is spelled otherwise than it was signed.", (MEMBER.replace(" ", ""), MEMBER)),
    Row("5.5.4", "The member has a space more than was signed.", (f"{MEMBER} ", MEMBER)),
    Row("5.5.5", "The member was signed twice.", (MEMBER, f"{MEMBER}:{MEMBER}")),
    expects=EXPECTED,
    tolerates=("error *", "subscription_error *"),
    known=REFUSED,
    needs=SECRET,
)
async def test_a_member_that_was_not_signed(bench: Bench, given: tuple[str, str | None]) -> str:
    """A presence channel is subscribed to with another member than the signature covers."""
    sent, signed = given
    alice, channel = await bench.open(), bench.channel("presence")
    return await alice.subscribe(channel, bench.sign(alice, channel, signed), sent)


@case(
    "5.5.6",
    known=seen("2.2", reverb="succeeded", pusher_fake="succeeded", soketi="subscription_error 401"),
    needs=SECRET,
)
async def test_data_on_a_private_channel(bench: Bench) -> str:
    """A private channel is subscribed to with data that the signature covers."""
    return await bench.join(await bench.open(), bench.channel("private"), MEMBER)


@case(
    "5.5.7",
    expects="error *",
    tolerates="subscription_error *",
    known=seen("2.2", reverb="succeeded count 0"),
    needs=SECRET,
)
async def test_a_name_that_holds_the_data(bench: Bench) -> str:
    """A signature for a channel and a member is used for the channel called like both together, without a member."""
    alice, channel = await bench.open(), bench.channel("presence")
    return await alice.subscribe(f"{channel}:{MEMBER}", bench.sign(alice, channel, MEMBER))


def _flipped(auth: str) -> str:
    return auth[:-1] + ("0" if auth[-1] != "0" else "1")
