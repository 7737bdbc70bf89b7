"""Section 13: several apps in one server, and what an operator allows each of them."""

from typing import Any

from harness.conformance.answers import joined
from harness.conformance.api_words import member, part, said
from harness.conformance.bench import Bench
from harness.conformance.case import Known, Row, case, cases
from harness.conformance.peer import Peer
from harness.conformance.wire import Opcode, frame

SECOND = ("app:second",)
APPS = "PROTOCOL.md 1.6"
OUT = "nothing"


async def _in_both(bench: Bench, channel: str) -> tuple[Peer, Peer]:
    """Open a connection to each of two apps, subscribed to a channel of the same name."""
    data = member("1") if channel.startswith("presence-") else None
    found = []
    for app in ("main", "second"):
        found.append(await bench.open(app))
        await bench.join(found[-1], channel, data)
    return found[0], found[1]


@case("13.1.1", expects=OUT, needs=("api", *SECOND))
async def test_events_stay_in_their_app(bench: Bench) -> str:
    """An event is published in one app, and listened for in another on a channel of the same name."""
    _, other = await _in_both(bench, channel := bench.channel())
    await bench.publish(channel)
    return await other.heard()


@case("13.1.2", expects="event MessageSent", needs=("api", *SECOND))
async def test_events_arrive_in_their_app(bench: Bench) -> str:
    """An event is published in the second app, and listened for there."""
    _, other = await _in_both(bench, channel := bench.channel())
    await bench.publish(channel, app="second")
    return await other.heard()


@case(
    "13.1.3",
    expects="error null",
    known={
        "reverb": Known("error 4009", "PROTOCOL.md 13"),
        "soketi": Known("subscription_error 401", "PROTOCOL.md 2.2"),
    },
    needs=("secret", *SECOND),
)
async def test_a_signature_of_another_app(bench: Bench) -> str:
    """A private channel is subscribed to with a signature made with key and secret of another app."""
    peer, other = await bench.open(), bench.server.app("second")
    channel = bench.channel("private")
    return await peer.subscribe(channel, auth=bench.sign(peer, channel, secret=other.secret, key=other.key))


@case("13.1.4", expects="not listed", needs=("api", *SECOND))
async def test_channels_of_another_app_are_not_listed(bench: Bench) -> str:
    """The channels of one app are asked for while one is occupied in another."""
    await bench.join(await bench.open("second"), channel := bench.channel())
    return "not listed" if part(await bench.api("GET", "/channels"), "channels", channel) is None else "listed"


@case("13.1.5", expects="succeeded count 1", needs=("secret", *SECOND))
async def test_members_of_another_app_are_not_seen(bench: Bench) -> str:
    """A presence channel is joined on whose namesake in another app somebody is."""
    channel = bench.channel("presence")
    await bench.join(await bench.open("second"), channel, member("2"))
    return await bench.join(await bench.open(), channel, member("1"))


@case("13.1.6", expects=OUT, needs=("secret", *SECOND))
async def test_comings_in_another_app_are_not_announced(bench: Bench) -> str:
    """Somebody joins a presence channel in another app."""
    channel = bench.channel("presence")
    await bench.join(here := await bench.open(), channel, member("1"))
    await bench.join(await bench.open("second"), channel, member("2"))
    return await here.heard()


@case("13.1.7", expects=OUT, needs=("client_events", "secret", *SECOND))
async def test_client_events_stay_in_their_app(bench: Bench) -> str:
    """A client event is sent in one app, and listened for in another."""
    here, other = await _in_both(bench, channel := bench.channel("private"))
    await here.send("client-typing", {"t": 1}, channel)
    await here.heard()
    return await other.heard()


@case("13.1.8", expects="event MessageSent", needs=("api", *SECOND))
async def test_a_socket_id_of_another_app_leaves_nobody_out(bench: Bench) -> str:
    """An event leaves out a socket id that somebody has in another app."""
    here, other = await _in_both(bench, channel := bench.channel())
    await bench.publish(channel, socket_id=other.socket_id)
    return await here.heard()


@case("13.1.9", expects=OUT, needs=("api", *SECOND))
async def test_ending_connections_stays_in_its_app(bench: Bench) -> str:
    """The connections of somebody are ended in one app, who is on a presence channel in another too."""
    user, channel = bench.channel(), bench.channel("presence")
    await bench.join(other := await bench.open("second"), channel, member(user))
    await bench.api("POST", f"/users/{user}/terminate_connections", "{}")
    return await other.heard()


@case("13.1.10", expects="cache_miss", needs=("api", "cache", *SECOND))
async def test_what_is_remembered_stays_in_its_app(bench: Bench) -> str:
    """A cache channel is subscribed to whose namesake in another app remembers an event."""
    channel = bench.channel("cache")
    await bench.join(await bench.open(), channel)
    await bench.publish(channel)
    heard = await bench.join(await bench.open("second"), channel)
    return heard.removeprefix("succeeded then ")


@case("13.2.1", expects="error 4003 then closed 4003", tolerates=("closed 4003", "http 4??"), needs=("app:disabled",))
async def test_an_app_that_is_disabled(bench: Bench) -> str:
    """A client asks for an app that is disabled."""
    return (await bench.open("disabled")).greeting


@case(
    "13.2.2",
    expects="http 403",
    known={"soketi": Known("http 200*", "as built")},
    needs=("api", "app:disabled"),
)
async def test_the_api_of_an_app_that_is_disabled(bench: Bench) -> str:
    """The channels of an app are asked for that is disabled."""
    return said(await bench.api("GET", "/channels", app="disabled"))


async def _full(bench: Bench) -> list[Peer]:
    found = []
    for _ in range(2):
        found.append(await bench.open("limited"))
        await bench.join(found[-1], bench.channel())
    return found


@case(
    "13.3.1",
    expects="error 4004 then closed 4004",
    known={
        "reverb": Known("error 4004", "PROTOCOL.md 13"),
        "soketi": Known("error 4100 then closed 4100", APPS),
    },
    needs=("app:limited",),
)
async def test_one_connection_too_many(bench: Bench) -> str:
    """A third client asks for an app that takes two."""
    await _full(bench)
    return (await bench.open("limited")).greeting


@case("13.3.2", expects="established", needs=("app:limited",))
async def test_a_place_that_is_free_again(bench: Bench) -> str:
    """A client asks for an app that takes two after one of two has left."""
    leaving = (await _full(bench))[0]
    await leaving.leave()
    return (await bench.open("limited")).greeting


@case(
    "13.3.3",
    expects="error 4004*",
    known={"reverb": Known("established", "PROTOCOL.md 13"), "soketi": Known("error 4100*", APPS)},
    needs=("app:limited",),
)
async def test_connections_without_a_subscription_count(bench: Bench) -> str:
    """A third client asks for an app that takes two, which have subscribed to nothing."""
    for _ in range(2):
        await bench.open("limited")
    return (await bench.open("limited")).greeting


@case("13.3.4", expects="established", needs=("app:limited", "app:second"))
async def test_a_full_app_fills_no_other(bench: Bench) -> str:
    """A client asks for one app while another is full."""
    await _full(bench)
    return (await bench.open("second")).greeting


@cases(
    Row("13.4.1", "A page of the allowed host opens a connection.", "https://example.com"),
    Row("13.4.2", "A page of the allowed host on another port opens a connection.", "https://example.com:8443"),
    Row("13.4.3", "A page of the allowed host without TLS opens a connection.", "http://example.com"),
    expects="established",
    needs=("app:origins",),
)
async def test_origins_that_are_allowed(bench: Bench, origin: Any) -> str:
    """A page of an allowed host opens a connection."""
    return (await bench.open("origins", headers=(("Origin", origin),))).greeting


@cases(
    Row("13.4.10", "A page of another host opens a connection.", "https://elsewhere.example.org"),
    Row("13.4.11", "A page of a host below the allowed one opens a connection.", "https://sub.example.com"),
    Row(
        "13.4.12",
        "A page of a host that begins as the allowed one opens a connection.",
        "https://example.com.evil.example",
    ),
    Row("13.4.13", "A page of a host that ends as the allowed one opens a connection.", "https://notexample.com"),
    Row("13.4.14", "A page names the allowed host in its path only.", "https://evil.example/example.com"),
    Row("13.4.15", "A page names the allowed host as a user.", "https://example.com@evil.example"),
    Row("13.4.16", "A page without an origin of its own opens a connection.", "null"),
    expects="error 4009*",
    needs=("app:origins",),
)
async def test_origins_that_are_not_allowed(bench: Bench, origin: Any) -> str:
    """A page of a host that is not allowed opens a connection."""
    return (await bench.open("origins", headers=(("Origin", origin),))).greeting


@case("13.4.20", known={"reverb": Known("error 4009", "PROTOCOL.md 1.6")}, needs=("app:origins",))
async def test_no_origin_where_origins_are_checked(bench: Bench) -> str:
    """A client that is no page, and sends no origin, asks for an app that checks origins."""
    return (await bench.open("origins")).greeting


@case("13.4.21", expects="established", needs=("app:second",))
async def test_any_origin_where_none_is_checked(bench: Bench) -> str:
    """A page of any host opens a connection to an app that does not check origins."""
    return (await bench.open("second", headers=(("Origin", "https://anywhere.example"),))).greeting


@case(
    "13.5.1",
    expects="error null",
    known=dict.fromkeys(("reverb", "soketi"), Known("error 4301", "PROTOCOL.md 5, 13")),
    needs=("secret", "app:quiet"),
)
async def test_client_events_that_are_switched_off(bench: Bench) -> str:
    """A member of a private channel sends a client event in an app that takes none."""
    peer = await bench.open("quiet")
    await bench.join(peer, channel := bench.channel("private"))
    await peer.send("client-typing", {"t": 1}, channel)
    return await peer.heard()


@case("13.5.2", expects=OUT, needs=("secret", "app:quiet"))
async def test_client_events_that_are_switched_off_reach_nobody(bench: Bench) -> str:
    """A client event is sent in an app that takes none, and listened for."""
    channel, peers = bench.channel("private"), [await bench.open("quiet") for _ in range(2)]
    for peer in peers:
        await bench.join(peer, channel)
    await peers[0].send("client-typing", {"t": 1}, channel)
    await peers[0].heard()
    return await peers[1].heard()


async def _hasty(bench: Bench, app: str, *, events: int) -> str:
    peer = await bench.open(app)
    await bench.join(peer, channel := bench.channel("private"))
    for number in range(events):
        await peer.send("client-typing", {"n": number}, channel)
    await peer.send_raw(frame(b"", Opcode.PING))  # not of the protocol, which would count as well
    heard = (await peer.until("control pong")).split(" then ")
    return joined(dict.fromkeys(part for part in heard if part != "control pong"))


@case(
    "13.6.1",
    expects="error 4301*",
    known={"soketi": Known("*", "counts publications only, as built")},
    needs=("secret", "app:rated"),
)
async def test_more_than_the_rate_allows(bench: Bench) -> str:
    """A client sends thirty client events at once to an app that takes ten."""
    return await _hasty(bench, "rated", events=30)


@case("13.6.2", expects="nothing", needs=("secret", "app:rated"))
async def test_as_much_as_the_rate_allows(bench: Bench) -> str:
    """A client sends five client events at once to an app that takes ten."""
    return await _hasty(bench, "rated", events=5)


@case("13.6.3", expects="*closed *", needs=("secret", "app:ending"))
async def test_a_rate_that_ends_the_connection(bench: Bench) -> str:
    """A client sends thirty client events to an app that ends the connection of whoever sends more than ten."""
    return await _hasty(bench, "ending", events=30)


@case("13.6.4", expects="nothing", needs=("secret", "app:rated"))
async def test_the_rate_is_of_one_connection(bench: Bench) -> str:
    """Another client sends five client events while one has sent too many."""
    await _hasty(bench, "rated", events=30)
    return await _hasty(bench, "rated", events=5)
