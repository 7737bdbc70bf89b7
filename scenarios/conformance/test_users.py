"""Section 9: connections that say whose they are, and hear of the people on their watchlist."""

import json
from typing import Any

from harness.conformance.bench import Bench
from harness.conformance.case import Row, case, cases, seen
from harness.conformance.peer import Peer

SIGNIN = ("signin", "secret")
WATCHLIST = ("signin", "secret", "watchlist")
REFUSED = ("error 4009 then closed 4009", "error 4009", "error null")
CLOSED = seen("2.6", soketi="error 4009 then closed 4009")


def _user(bench: Bench, **more: Any) -> tuple[str, str]:
    """Give an id that nobody had before, and the data of a user with it."""
    id_ = bench.channel()
    return id_, json.dumps({"id": id_, **more})


async def _sign_in(bench: Bench, peer: Peer, user_data: str) -> str:
    await peer.send("pusher:signin", {"auth": bench.sign_user(peer, user_data), "user_data": user_data})
    return await peer.heard()


@case(
    "9.1.1",
    expects="signin_success",
    tolerates=("error *", "nothing"),
    known=seen(reverb="error 4200") | seen("2.6", soketi="nothing", pusher_fake="nothing", sockudo="error 4009"),
    needs=("secret",),
)
async def test_signing_in(bench: Bench) -> str:
    """A client signs in, whether the app lets it or not."""
    return await _sign_in(bench, await bench.open(), _user(bench)[1])


@case("9.1.2", expects="signin_success", needs=SIGNIN)
async def test_signing_in_where_one_may(bench: Bench) -> str:
    """A client signs in to an app that lets it."""
    return await _sign_in(bench, await bench.open(), _user(bench, user_info={"name": "Asha"})[1])


@case("9.1.3", expects="the user's data", needs=SIGNIN)
async def test_what_a_success_holds(bench: Bench) -> str:
    """Who signed in hears the data that it signed in with."""
    alice, (_, data) = await bench.open(), _user(bench)
    await alice.send("pusher:signin", {"auth": bench.sign_user(alice, data), "user_data": data})
    given = [frame.get("data") for frame in await alice.frames() if frame["event"] == "pusher:signin_success"]
    said = json.loads(given[0]) if given and isinstance(given[0], str) else given[0] if given else {}
    is_same = isinstance(said, dict) and said.get("user_data") == data
    return "the user's data" if is_same else json.dumps(said)


@cases(
    Row("9.2.1", "The signature is made with another secret.", "secret"),
    Row("9.2.2", "The signature is for another connection.", "socket"),
    Row("9.2.3", "The signature is for somebody else.", "data"),
    Row("9.2.4", "The signature is that of a channel.", "channel"),
    Row("9.2.5", "The signature names another key.", "key"),
    Row("9.2.6", "There is no signature.", "none"),
    expects=REFUSED,
    tolerates=("error *", "closed *"),
    known=CLOSED,
    needs=SIGNIN,
)
async def test_a_sign_in_that_is_not_signed_for(bench: Bench, how: str) -> str:
    """A client signs in with something else than the app's signature for it."""
    alice, bob, (_, data) = await bench.open(), await bench.open(), _user(bench)
    auths = {
        "secret": bench.sign_user(alice, data, secret="other"),
        "socket": bench.sign_user(bob, data),
        "data": bench.sign_user(alice, _user(bench)[1]),
        "channel": bench.sign(alice, data),
        "key": bench.sign_user(alice, data, key="otherkey"),
        "none": None,
    }
    await alice.send("pusher:signin", {"auth": auths[how], "user_data": data})
    return await alice.heard()


@cases(
    Row("9.3.1", "The user has no id.", "{}"),
    Row("9.3.2", "The user's id is empty.", '{"id":""}'),
    Row("9.3.3", "The user's id is a number.", '{"id":5}', tolerates="signin_success"),
    Row("9.3.4", "The user's id is null.", '{"id":null}'),
    Row("9.3.5", "The user is no JSON.", "{id}"),
    Row("9.3.6", "The user is a list.", "[1]"),
    expects="error *",
    tolerates=("closed *", "nothing"),
    needs=SIGNIN,
)
async def test_a_user_without_an_id(bench: Bench, data: str) -> str:
    """A client signs in as nobody in particular, which the app has signed."""
    return await _sign_in(bench, await bench.open(), data)


@case("9.3.7", expects=("signin_success", "error *"), needs=SIGNIN)
async def test_signing_in_twice(bench: Bench) -> str:
    """A client that is signed in signs in again as the same user."""
    alice, (_, data) = await bench.open(), _user(bench)
    await _sign_in(bench, alice, data)
    return await _sign_in(bench, alice, data)


@case("9.4.1", expects="succeeded count 1", tolerates=("error *", "subscription_error *"), needs=SIGNIN)
async def test_presence_of_who_is_signed_in(bench: Bench) -> str:
    """A client that is signed in joins a presence channel without saying who it is."""
    alice, channel = await bench.open(), bench.channel("presence")
    await _sign_in(bench, alice, _user(bench, user_info={"name": "Asha"})[1])
    return await bench.join(alice, channel)


@case("9.4.2", expects="event Hello", needs=("signin", "api"))
async def test_an_event_for_a_user(bench: Bench) -> str:
    """An event is published for the user that a client is signed in as."""
    alice, (id_, data) = await bench.open(), _user(bench)
    await _sign_in(bench, alice, data)
    await alice.subscribe(f"#server-to-user-{id_}", "")
    await bench.publish(f"#server-to-user-{id_}", "Hello")
    return await alice.heard()


@case("9.4.3", expects="nothing", needs=("signin", "api"))
async def test_an_event_for_another_user(bench: Bench) -> str:
    """A client listens for the events of a user that it is not signed in as, and one is published."""
    alice, (_, data), (other, _) = await bench.open(), _user(bench), _user(bench)
    await _sign_in(bench, alice, data)
    await alice.subscribe(f"#server-to-user-{other}", "")
    await bench.publish(f"#server-to-user-{other}", "Hello")
    return await alice.heard()


@case(
    "9.4.4",
    expects=("error *", "subscription_error *"),
    known=seen(reverb="succeeded") | seen("2.6", pusher_fake="succeeded") | seen("3", soketi="succeeded"),
)
async def test_listening_for_a_user_without_being_one(bench: Bench) -> str:
    """A client that is not signed in subscribes to the events of a user."""
    return await (await bench.open()).subscribe(f"#server-to-user-{bench.channel()}", "")


@case("9.5.1", expects="signin_success then watchlist online *", needs=WATCHLIST)
async def test_who_of_a_watchlist_is_there(bench: Bench) -> str:
    """A client signs in with a watchlist, of which somebody is signed in."""
    alice, bob, (his, data) = await bench.open(), await bench.open(), _user(bench)
    await _sign_in(bench, bob, data)
    heard = await _sign_in(bench, alice, _user(bench, watchlist=[his, f"{his}-not"])[1])
    return heard.replace(his, "*")


@case("9.5.2", expects="watchlist online *", needs=WATCHLIST)
async def test_somebody_of_a_watchlist_comes(bench: Bench) -> str:
    """Somebody signs in who is on the watchlist of a client."""
    alice, bob, (his, data) = await bench.open(), await bench.open(), _user(bench)
    await _sign_in(bench, alice, _user(bench, watchlist=[his])[1])
    await _sign_in(bench, bob, data)
    return await alice.until("watchlist online *")


@case("9.5.3", expects="watchlist offline *", needs=WATCHLIST)
async def test_somebody_of_a_watchlist_goes(bench: Bench) -> str:
    """Somebody leaves who is on the watchlist of a client."""
    alice, bob, (his, data) = await bench.open(), await bench.open(), _user(bench)
    await _sign_in(bench, bob, data)
    await _sign_in(bench, alice, _user(bench, watchlist=[his])[1])
    await bob.leave()
    return await alice.until("watchlist offline *")


@case("9.5.4", expects="nothing", needs=WATCHLIST)
async def test_somebody_of_no_watchlist_comes(bench: Bench) -> str:
    """Somebody signs in who is on nobody's watchlist."""
    alice, bob, (someone, _) = await bench.open(), await bench.open(), _user(bench)
    await _sign_in(bench, alice, _user(bench, watchlist=[someone])[1])
    await _sign_in(bench, bob, _user(bench)[1])
    return await alice.heard()


@case("9.5.5", expects="error 4302*", tolerates="error *", known=seen("1.6", sockudo="error 4302"), needs=WATCHLIST)
async def test_a_watchlist_that_is_too_long(bench: Bench) -> str:
    """A client signs in with a watchlist of a hundred and one."""
    watchlist = [f"u{number}" for number in range(101)]
    return await _sign_in(bench, await bench.open(), _user(bench, watchlist=watchlist)[1])


@case("9.6.1", expects="closed 4009", tolerates="*closed *", needs=("signin", "api"))
async def test_a_user_is_ended(bench: Bench) -> str:
    """The app ends the connections of the user that a client is signed in as."""
    alice, (id_, data) = await bench.open(), _user(bench)
    await _sign_in(bench, alice, data)
    await bench.api("POST", f"/users/{id_}/terminate_connections", {})
    heard = await alice.closed()
    return heard.replace("error 4009 then ", "")


@case("9.6.2", expects="nothing", needs=("signin", "api"))
async def test_another_user_is_ended(bench: Bench) -> str:
    """The app ends the connections of a user that a client is not."""
    alice, (_, data), (other, _) = await bench.open(), _user(bench), _user(bench)
    await _sign_in(bench, alice, data)
    await bench.api("POST", f"/users/{other}/terminate_connections", {})
    return await alice.heard()
