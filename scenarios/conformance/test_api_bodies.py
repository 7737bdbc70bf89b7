"""Section 11, bodies: what the HTTP API makes of a body that is wrong, or large."""

import json
from typing import Any

from harness.conformance.api_words import ERRORS, INVALID, SEEN, listener, said
from harness.conformance.bench import Bench
from harness.conformance.case import Known, Row, case, cases

NEEDS = ("api",)
DEEP = 10_000
MALFORMED = {"reverb": Known("http 500", ERRORS), "soketi": Known("http 200 error 40[01]", SEEN)}
TAKES = {"reverb": Known("http 200", ERRORS)}
HERE = "CHANNEL"
"""Stands for the name of a channel that somebody listens to."""


async def _posted(bench: Bench, route: str, body: Any) -> str:
    """Send a body, and say whether it was delivered all the same."""
    peer = await listener(bench, channel := bench.channel())
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = await bench.api("POST", route, content.replace(HERE.encode(), channel.encode()))
    heard = await peer.heard()
    return said(answer) if heard == "nothing" else f"{said(answer)} then {heard}"


def _event(**members: Any) -> dict[str, Any]:
    event = {"name": "e", "channels": [HERE], "data": "{}"} | members
    return {name: value for name, value in event.items() if value is not None}


@cases(
    Row("11.3.1", "The body of an event is no JSON.", b"{nonsense"),
    Row("11.3.2", "The body of an event is empty.", b""),
    Row("11.3.3", "The body of an event is a list.", [1, 2]),
    Row("11.3.4", "The body of an event is a text.", "e"),
    Row("11.3.5", "The body of an event is null.", None),
    Row("11.3.6", "The body of an event is no UTF-8.", b'{"name":"\xff\xfe"}'),
    Row("11.3.7", "The body of an event is nested ten thousand deep.", b"[" * 4_000 + b"]" * 4_000),
    Row("11.3.8", "The body of an event is cut off.", b'{"name":"e","channels":["CHANNEL"],"data":"{}"'),
    expects="http 4??",
    known=MALFORMED | {"reverb": Known("http [45]??", ERRORS)},
    needs=NEEDS,
    hostile=True,
)
async def test_bodies_that_are_no_object(bench: Bench, body: Any) -> str:
    """An event is published with a body that is no object."""
    return await _posted(bench, "/events", body)


@cases(
    Row("11.3.10", "An event has no name.", _event(name=None)),
    Row("11.3.11", "An event has a name that is a number.", _event(name=5)),
    Row("11.3.12", "An event has no data.", _event(data=None)),
    Row("11.3.13", "An event goes to no channel.", _event(channels=None)),
    Row("11.3.14", "An event goes to channels that are no list.", _event(channels="room")),
    Row("11.3.15", "An event goes to a channel that is a number.", _event(channels=[5])),
    Row("11.3.16", "An event goes to a channel that is null.", _event(channels=[None])),
    Row("11.3.17", "An event goes to a channel that is an object.", _event(channels=[{"name": HERE}])),
    Row("11.3.18", "A batch is no list.", {"batch": {"name": "e"}}),
    Row("11.3.19", "A batch holds what is no event.", {"batch": ["e"]}),
    Row("11.3.20", "A batch is missing.", {"events": []}),
    expects="http 400",
    known=INVALID,
    needs=NEEDS,
    hostile=True,
)
async def test_events_that_lack_something(bench: Bench, body: Any) -> str:
    """An event is published that lacks something, or has it in a wrong shape."""
    return await _posted(bench, "/batch_events" if "batch" in str(body) or "events" in body else "/events", body)


@case(
    "11.3.25",
    expects="http 400",
    known=INVALID
    | {"soketi": Known("http 200 then event e", SEEN), "pusher-fake": Known("http 200 then event e", SEEN)},
    needs=NEEDS,
)
async def test_data_that_are_an_object(bench: Bench) -> str:
    """An event has data that are an object, not text."""
    return await _posted(bench, "/events", _event(data={"n": 1}))


@case("11.3.26", known=INVALID | {"pusher": Known("http 400", "as built")}, needs=NEEDS)
async def test_data_that_are_empty(bench: Bench) -> str:
    """An event has data that are empty text."""
    return await _posted(bench, "/events", _event(data=""))


@case("11.3.27", expects="http 400", tolerates="http 200*", known={"reverb": Known("http 422", ERRORS)}, needs=NEEDS)
async def test_no_channel_at_all(bench: Bench) -> str:
    """An event goes to an empty list of channels."""
    return await _posted(bench, "/events", _event(channels=[]))


@case(
    "11.3.28",
    expects="http 400",
    known=dict.fromkeys(("reverb", "soketi", "pusher-fake"), Known("http 200", "PROTOCOL.md 3")),
    needs=NEEDS,
)
async def test_a_channel_whose_name_is_not_allowed(bench: Bench) -> str:
    """An event goes to a channel whose name has a space."""
    return await _posted(bench, "/events", _event(channels=["a room"]))


@case(
    "11.3.29",
    expects="http 400",
    known=dict.fromkeys(("reverb", "soketi", "pusher-fake"), Known("http 200", "PROTOCOL.md 3")),
    needs=NEEDS,
)
async def test_a_channel_whose_name_is_too_long(bench: Bench) -> str:
    """An event goes to a channel whose name has 165 characters."""
    return await _posted(bench, "/events", _event(channels=["x" * 165]))


@case(
    "11.3.30",
    tolerates="http 4??",
    known=dict.fromkeys(("reverb", "pusher"), Known("http 200 then event e", "PROTOCOL.md 13")),
    needs=NEEDS,
)
async def test_a_socket_id_that_is_none(bench: Bench) -> str:
    """An event leaves out a socket id that is no socket id."""
    return await _posted(bench, "/events", _event(socket_id="undefined"))


@case("11.3.31", known={"reverb": Known("http 200 then event pusher:*", "as built")}, needs=NEEDS)
async def test_an_event_of_the_protocol(bench: Bench) -> str:
    """An event is published whose name is one of the protocol's."""
    return await _posted(bench, "/events", _event(name="pusher:unheard_of"))


@case("11.3.32", expects="http 200 then event *", tolerates="http 400", needs=NEEDS)
async def test_a_name_with_backslashes(bench: Bench) -> str:
    """An event has the name of a PHP class."""
    return await _posted(bench, "/events", _event(name="App\\Events\\MessageSent"))


@cases(
    Row("11.3.40", "An event goes to a hundred channels.", 100, expects="http 200 then event e", known={}),
    Row("11.3.41", "An event goes to a hundred and one channels.", 101),
    expects="http 400",
    known={
        "reverb": Known("http 200 then event e", ERRORS),
        "pusher-fake": Known("http 200 then event e", ERRORS),
        "soketi": Known("http 200 error 400", SEEN),
    },
    needs=NEEDS,
)
async def test_the_number_of_channels(bench: Bench, number: Any) -> str:
    """An event goes to many channels."""
    return await _posted(bench, "/events", _event(channels=[HERE, *(f"c{n}" for n in range(number - 1))]))


TEN = " then ".join(["event e"] * 10)


@cases(
    Row("11.3.42", "A batch holds ten events.", 10, expects=f"http 200 then {TEN}", known={}),
    Row("11.3.43", "A batch holds eleven events.", 11),
    expects="http 400",
    known={
        "reverb": Known("http 200 then event e*", ERRORS),
        "pusher-fake": Known("http 200 then event e*", ERRORS),
        "soketi": Known("http 200 error 400", SEEN),
    },
    needs=NEEDS,
)
async def test_the_number_of_events(bench: Bench, number: Any) -> str:
    """A batch holds many events."""
    return await _posted(bench, "/batch_events", {"batch": [{"name": "e", "channel": HERE, "data": "{}"}] * number})


@case("11.3.44", expects="http 4??", known=INVALID | {"soketi": Known("http 200*", "as seen")}, needs=NEEDS)
async def test_a_batch_with_one_bad_event(bench: Bench) -> str:
    """A batch holds a good event, and one without a name: it is refused as a whole."""
    good = {"name": "e", "channel": HERE, "data": "{}"}
    return await _posted(bench, "/batch_events", {"batch": [good, {"channel": HERE, "data": "{}"}]})


@cases(
    Row("11.3.50", "The data of an event have 9,000 bytes.", 9_000, expects="http 200 then event e", known={}),
    Row(
        "11.3.51",
        "The data of an event have 10,240 bytes.",
        10_240,
        expects="http 200 then event e",
        known={"reverb": Known("http 413", ERRORS)},
    ),
    Row("11.3.52", "The data of an event have 10,241 bytes.", 10_241),
    Row(
        "11.3.53",
        "The data of an event have 110,000 bytes.",
        110_000,
        known={"soketi": Known("http 200 error 413", SEEN), "pusher-fake": Known("http 200 then event e", ERRORS)},
    ),
    Row(
        "11.3.54",
        "The data of an event have four megabytes.",
        4_000_000,
        known={"soketi": Known("http 200 error 413", SEEN), "pusher-fake": Known("http 200 then event e", ERRORS)},
    ),
    expects="http 413",
    known={
        "soketi": Known("http 200 then event e", ERRORS),
        "pusher-fake": Known("http 200 then event e", ERRORS),
    },
    needs=NEEDS,
    hostile=True,
)
async def test_the_size_of_data(bench: Bench, size: Any) -> str:
    """An event has large data."""
    return await _posted(bench, "/events", _event(data="x" * size))


@case(
    "11.3.55",
    expects="http 413",
    known={"soketi": Known("http 200 then event e", ERRORS), "pusher-fake": Known("http 200 then event e", ERRORS)},
    needs=NEEDS,
)
async def test_size_is_counted_in_bytes(bench: Bench) -> str:
    """The data of an event have 6,000 characters, which are 12,000 bytes."""
    body = json.dumps(_event(data="é" * 6_000), ensure_ascii=False).encode()
    return await _posted(bench, "/events", body)


@cases(
    Row("11.3.56", "An event has a name of 200 characters.", 200, expects="http 200 then event *", known={}),
    Row("11.3.57", "An event has a name of 201 characters.", 201),
    tolerates="http 400",
    known={"soketi": Known("http 200 error 400", SEEN)}
    | dict.fromkeys(("reverb", "pusher", "pusher-fake"), Known("http 200 then event *", ERRORS)),
    needs=NEEDS,
)
async def test_the_length_of_a_name(bench: Bench, length: Any) -> str:
    """An event has a long name."""
    return await _posted(bench, "/events", _event(name="n" * length))


@case("11.3.58", expects="http 200 then event e", needs=NEEDS)
async def test_members_that_nobody_knows(bench: Bench) -> str:
    """An event has members that the protocol does not have."""
    return await _posted(bench, "/events", _event(colour="blue", nested={"a": [1]}))


@case("11.3.59", known={"reverb": Known("http 200 then event *", "as built")}, needs=NEEDS, hostile=True)
async def test_a_member_twice(bench: Bench) -> str:
    """An event has two names."""
    return await _posted(bench, "/events", b'{"name":"first","name":"second","channels":["CHANNEL"],"data":"{}"}')
