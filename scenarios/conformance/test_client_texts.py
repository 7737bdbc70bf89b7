"""Section 14, texts: our own client, when what it is told makes no sense: it neither hangs nor crashes."""

from collections.abc import Awaitable, Callable
from typing import Any

from harness.conformance.bench import Bench
from harness.conformance.case import Row, cases
from harness.conformance.hostile import Stage, established
from harness.conformance.our_client import about_our_client, survived

MANY = 1_000
DEEP = 10_000
MEBIBYTE = 1 << 20
LIVES = "established then lives"
OUTLIVES = "established then malformed then lives"


def _saying(*texts: str | bytes | dict[str, Any], greets: bool = True) -> Callable[[Stage], Awaitable[object]]:
    async def script(stage: Stage) -> object:
        await stage.upgraded(establishes=greets)
        await stage.text(*texts)
        return await stage.lives()

    return script


NESTED = "[" * DEEP + "]" * DEEP


@cases(
    Row("14.3.1", "A message is no JSON.", "nonsense"),
    Row("14.3.2", "A message is JSON that is cut off.", '{"event":"foo'),
    Row("14.3.3", "A message is a number.", "5"),
    Row("14.3.4", "A message is a list.", '[{"event":"foo"}]'),
    Row("14.3.5", "A message is an empty object.", "{}"),
    Row("14.3.6", "A message is nested ten thousand deep.", NESTED),
    Row(
        "14.3.7",
        "The data of an event are nested ten thousand deep.",
        f'{{"event":"foo","channel":"c","data":{NESTED}}}',
    ),
    Row("14.3.8", "A message holds what JSON has no word for.", '{"event":NaN}'),
    Row("14.3.9", "An event is a number.", '{"event":5}'),
    Row("14.3.10", "An event is null.", '{"event":null}'),
    Row("14.3.11", "An event is an object.", '{"event":{"event":"foo"}}'),
    Row("14.3.12", "A channel is a list.", '{"event":"foo","channel":["c"]}'),
    Row("14.3.13", "A message begins with a byte order mark.", b'\xef\xbb\xbf{"event":"foo"}'),
    Row("14.3.14", "A message holds bytes that are zero.", b'{"event":\x00"foo"}'),
    Row(
        "14.3.15",
        "A message holds half of a pair of surrogates, as an escape.",
        r'{"event":"\ud800"}',
        ("established then malformed then lives", "established then ignored then lives"),
    ),
    Row(
        "14.3.16",
        "A member stands twice in a message.",
        '{"event":"pusher:error","event":"foo","channel":"c"}',
        "established then event then lives",
    ),
    Row(
        "14.3.17",
        "A number has ten thousand digits.",
        '{"event":"foo","channel":"c","data":' + "9" * DEEP + "}",
        ("established then event then lives", OUTLIVES),
    ),
    Row(
        "14.3.18",
        "A number is larger than numbers are.",
        '{"event":"foo","channel":"c","data":1e999999}',
        ("established then event then lives", OUTLIVES),
    ),
    Row(
        "14.3.19",
        "The data of an event are JSON as text that is nested ten thousand deep.",
        {"event": "pusher_internal:member_added", "channel": "presence-c", "data": NESTED},
    ),
    Row(
        "14.3.20",
        "An event has a name of half a mebibyte.",
        {"event": "x" * (MEBIBYTE // 2), "channel": "c"},
        "established then event then lives",
    ),
    expects=OUTLIVES,
)
async def test_texts_that_nobody_can_read(bench: Bench, text: Any) -> str:
    """A server sends text that is no frame of the protocol."""
    about_our_client(bench)
    return await survived(_saying(text))


def _frame(event: str, data: Any = None, channel: str | None = "presence-c") -> dict[str, Any]:
    return {"event": event, "data": data} | ({} if channel is None else {"channel": channel})


SUCCEEDED = "pusher_internal:subscription_succeeded"
IGNORES = "established then ignored then lives"


@cases(
    Row("14.4.1", "The server greets twice, with another socket id.", established(socket_id="1.2"), IGNORES),
    Row("14.4.2", "An error comes without data.", {"event": "pusher:error"}, "established then error null then lives"),
    Row(
        "14.4.3",
        "An error has a code that is text.",
        _frame("pusher:error", {"code": "4001"}, None),
        ("established then error null then lives", "established then error 4001 then lives"),
    ),
    Row(
        "14.4.4",
        "An error has data that is a list.",
        _frame("pusher:error", [4001], None),
        "established then error null then lives",
    ),
    Row(
        "14.4.5",
        "An error of the closing kind comes, and the server goes on.",
        _frame("pusher:error", {"code": 4200, "message": "x"}, None),
        "established then error 4200 then lives",
    ),
    Row("14.4.6", "A subscription succeeds that nobody asked for.", _frame(SUCCEEDED, "{}", "c"), IGNORES),
    Row("14.4.7", "A subscription succeeds without a channel.", _frame(SUCCEEDED, "{}", None)),
    Row("14.4.8", "A presence channel is told without members.", _frame(SUCCEEDED, "{}"), (IGNORES, OUTLIVES)),
    Row(
        "14.4.9",
        "The members of a presence channel are a list.",
        _frame(SUCCEEDED, '{"presence":{"hash":[1,2]}}'),
        (IGNORES, OUTLIVES),
    ),
    Row(
        "14.4.10",
        "The members of a presence channel are null.",
        _frame(SUCCEEDED, '{"presence":null}'),
        (IGNORES, OUTLIVES),
    ),
    Row("14.4.11", "Somebody joins who has no id.", _frame("pusher_internal:member_added", "{}")),
    Row("14.4.12", "Somebody joins whose id is a list.", _frame("pusher_internal:member_added", '{"user_id":[1]}')),
    Row(
        "14.4.13",
        "Somebody leaves who never came.",
        _frame("pusher_internal:member_removed", '{"user_id":"9"}'),
        "established then member_removed then lives",
    ),
    Row("14.4.14", "Somebody leaves no channel.", _frame("pusher_internal:member_removed", '{"user_id":"9"}', None)),
    Row(
        "14.4.15",
        "A subscription fails that nobody asked for.",
        _frame("pusher:subscription_error", {"status": 401}),
        IGNORES,
    ),
    Row("14.4.16", "A subscription fails without a channel.", _frame("pusher:subscription_error", {}, None)),
    Row(
        "14.4.17",
        "An event comes of a channel that nobody asked for.",
        _frame("MessageSent", "{}", "c"),
        "established then event then lives",
    ),
    Row("14.4.18", "An event comes that the protocol does not have.", _frame("pusher:reboot", "{}", None), IGNORES),
    Row(
        "14.4.19",
        "An internal event comes that the protocol does not have.",
        _frame("pusher_internal:x", "{}"),
        IGNORES,
    ),
    Row("14.4.20", "A pong comes that nobody asked for.", {"event": "pusher:pong"}, "established then pong then lives"),
    Row(
        "14.4.21",
        "The server asks for a sign-in to have succeeded.",
        _frame("pusher:signin_success", "{}", None),
        IGNORES,
    ),
    Row(
        "14.4.22",
        "A cache channel has nothing, and nobody asked.",
        _frame("pusher:cache_miss", None, "cache-c"),
        IGNORES,
    ),
    Row(
        "14.4.23",
        "An event says who sent it, with a list.",
        {"event": "client-x", "channel": "c", "data": {}, "user_id": [1]},
    ),
    expects=OUTLIVES,
)
async def test_frames_out_of_place(bench: Bench, text: Any) -> str:
    """A server sends frames of the protocol that do not belong here."""
    about_our_client(bench)
    return await survived(_saying(text))


async def _refuses(stage: Stage) -> None:
    await stage.upgraded(establishes=False)
    await stage.text(_frame("pusher:error", {"code": 4001, "message": "x"}, None))
    await stage.end()


@cases(
    Row(
        "14.5.1",
        "Events come before the greeting.",
        _saying({"event": "foo", "channel": "c"}, established(), greets=False),
        IGNORES.replace("established then ignored", "ignored then established"),
    ),
    Row(
        "14.5.2",
        "The greeting has no socket id, and a right one follows.",
        _saying(_frame("pusher:connection_established", "{}", None), established(), greets=False),
        "malformed then established then lives",
    ),
    Row(
        "14.5.3",
        "The greeting has a socket id that is a number.",
        _saying(established(socket_id=5), established(), greets=False),
        "malformed then established then lives",
    ),
    Row(
        "14.5.4",
        "The greeting has data that is no JSON.",
        _saying(_frame("pusher:connection_established", "{", None), established(), greets=False),
        "malformed then established then lives",
    ),
    Row(
        "14.5.5",
        "The greeting asks for a ping every minus seconds.",
        _saying(established(activity_timeout=-5), greets=False),
        LIVES,
    ),
    Row(
        "14.5.6",
        "The greeting asks for a ping in a million years.",
        _saying(established(activity_timeout=3e13), greets=False),
        LIVES,
    ),
    Row(
        "14.5.7",
        "The greeting has an activity timeout that is text.",
        _saying(established(activity_timeout="soon"), greets=False),
        LIVES,
    ),
    Row("14.5.8", "An error takes the place of the greeting.", _refuses, "error 4001 then closed 1006 by them"),
    Row(
        "14.5.9",
        "The server asks for a thousand signs of life at once.",
        _saying(*[{"event": "pusher:ping"}] * MANY),
        LIVES,
    ),
    Row(
        "14.5.10",
        "A thousand events come at once.",
        _saying(*[_frame("MessageSent", "{}", "c")] * MANY),
        f"established then event x{MANY} then lives",
    ),
)
async def test_greetings_and_floods(bench: Bench, script: Any) -> str:
    """A server greets wrongly, or says everything at once."""
    about_our_client(bench)
    return await survived(script)
