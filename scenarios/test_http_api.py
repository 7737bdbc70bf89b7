"""
The signed HTTP API of the broadcaster: whoever has the secret may say anything to everybody, and nobody else anything.

Everything goes to channels of our own on which only our people listen. What servers of a dialect are known for, such as
taking a call that was signed long ago, is advice and no failure.
"""

import pytest

from harness import expect
from harness.users.calling import EVENT, Call, a_batch, an_event, call, new_channel, new_mark

pytestmark = pytest.mark.needs("secret", "write")

FORGED = {
    "without a signature": ("none", "HT-01"),
    "under another secret": ("another secret", "HT-02"),
    "under another key": ("another key", "HT-05"),
    "signed an hour ago": ("long ago", "HT-04"),
}
MISTAKEN = {
    "that is no JSON": b'{"name": "harness-call", ',
    "that is no object": b"[1, 2]",
    "without a name": b'{"channels": ["harness-call.nowhere"], "data": "{}"}',
    "without a channel": b'{"name": "harness-call", "data": "{}"}',
}
NUMBER = b'{"name": "harness-call", "channels": ["harness-call.nowhere"], "data": 1}'
MANY_CHANNELS, MANY_EVENTS = 101, 11
"""One more than is documented to be possible at once (DEFECTS.md, HT-11)."""


@pytest.mark.parametrize(("signing", "weakness"), FORGED.values(), ids=FORGED)
async def test_an_event_that_is_not_signed_for_goes_to_nobody(alice, bob, signing, weakness):
    """Bob listens: an event that is forged is refused, and one that is signed as it should be reaches him."""
    his = await bob.subscribe(new_channel())
    mark, body = new_mark(), an_event([his.channel], "forged")

    await call(alice, Call(words=f"an event, {signing}", body=body, signing=signing, due="refused", weakness=weakness))

    right = an_event([his.channel], mark)
    await call(alice, Call(words="an event signed as it should be", body=right, mark=mark, listeners=(his,)))


async def test_a_signature_covers_the_body(alice, bob):
    """An event is signed, and another one sent with that signature: Bob hears neither."""
    his = await bob.subscribe(new_channel())

    await call(
        alice,
        Call(
            words="an event whose body was altered",
            body=an_event([his.channel], "signed"),
            altered=an_event([his.channel], "altered"),
            due="refused",
            weakness="HT-03",
        ),
    )

    await expect(his).not_to_receive(EVENT)


async def test_nothing_is_told_without_a_signature(alice, bob):
    """Which channels there are is for whoever has the secret: others are refused."""
    await bob.subscribe(new_channel())

    await call(alice, Call(words="a question for the channels", route="/channels", method="GET"))
    await call(
        alice,
        Call(
            words="a question for the channels without a signature",
            route="/channels",
            method="GET",
            signing="none",
            due="refused",
            weakness="HT-09",
        ),
    )


async def test_parameters_may_come_in_any_order(alice, bob):
    """What is signed is sorted: a client that writes its parameters in another order is right too."""
    his = await bob.subscribe(new_channel())
    mark = new_mark()

    await call(
        alice,
        Call(
            words="an event whose parameters come in another order",
            body=an_event([his.channel], mark),
            signing="permuted",
            weakness="HT-07",
            mark=mark,
            listeners=(his,),
        ),
    )


async def test_a_socket_that_is_gone_can_be_left_out(alice, bob, carol):
    """The sender's connection ended meanwhile: the others hear the event. While it lasts, it alone does not."""
    his, hers = await bob.subscribe(new_channel()), await carol.subscribe(new_channel())
    there, gone = new_mark(), new_mark()

    body = an_event([his.channel, hers.channel], gone, socket_id="1.1")
    words = "an event that leaves out a connection which nobody has"
    await call(alice, Call(words=words, body=body, weakness="HT-10", mark=gone, listeners=(his, hers)))
    body = an_event([his.channel, hers.channel], there, socket_id=bob.socket_id)
    await call(alice, Call(words="an event that leaves Bob out", body=body, mark=there, listeners=(hers,)))

    first = await expect(his).to_receive(EVENT)
    await expect(his).not_to_receive(EVENT, after=first)


@pytest.mark.parametrize("body", MISTAKEN.values(), ids=MISTAKEN)
async def test_a_mistake_is_told_to_whoever_made_it(alice, bob, body):
    """A call that cannot be understood is answered with a 4xx, and the next one is taken."""
    his = await bob.subscribe(new_channel())
    mark = new_mark()

    await call(alice, Call(words="an event with a mistake in it", body=body, due="refused", weakness="HT-12"))

    right = an_event([his.channel], mark)
    await call(alice, Call(words="the event behind it", body=right, mark=mark, listeners=(his,)))


async def test_data_that_is_no_text_is_taken_or_told(alice, bob):
    """Some products publish whatever type was posted, others ask for text: no call fails, and the next one is taken."""
    his = await bob.subscribe(new_channel())
    mark = new_mark()

    await call(alice, Call(words="an event whose data is a number", body=NUMBER, due="either", weakness="HT-12"))

    right = an_event([his.channel], mark)
    await call(alice, Call(words="the event behind it", body=right, mark=mark, listeners=(his,)))


async def test_more_channels_than_documented_are_refused_or_served(alice, bob, carol):
    """Of a hundred and one channels Bob listens on the first and Carol on the last: both hear it, or it is refused."""
    channels = [new_channel() for _ in range(MANY_CHANNELS)]
    his, hers = await bob.subscribe(channels[0]), await carol.subscribe(channels[-1])
    mark = new_mark()

    await call(
        alice,
        Call(
            words=f"an event for {MANY_CHANNELS} channels",
            body=an_event(channels, mark),
            due="too much",
            weakness="HT-11",
            mark=mark,
            listeners=(his, hers),
        ),
    )


async def test_a_longer_batch_than_documented_is_refused_or_served(alice, bob, carol):
    """Of eleven events Bob listens for the first and Carol for the last: both hear theirs, or all are refused."""
    channels = [new_channel() for _ in range(MANY_EVENTS)]
    his, hers = await bob.subscribe(channels[0]), await carol.subscribe(channels[-1])
    mark = new_mark()

    await call(
        alice,
        Call(
            words=f"a batch of {MANY_EVENTS} events",
            route="/batch_events",
            body=a_batch(channels, mark),
            due="too much",
            weakness="HT-11",
            mark=mark,
            listeners=(his, hers),
        ),
    )


async def test_a_batch_reaches_everybody_whom_it_is_for(alice, bob, carol):
    """Between an event for Bob and one for Carol stands one for nobody: both hear theirs."""
    his, hers = await bob.subscribe(new_channel()), await carol.subscribe(new_channel())
    mark = new_mark()

    await call(
        alice,
        Call(
            words="a batch with an event for nobody in it",
            route="/batch_events",
            body=a_batch([his.channel, new_channel(), hers.channel], mark),
            weakness="DE-31",
            mark=mark,
            listeners=(his, hers),
        ),
    )


@pytest.mark.parametrize("size", [1_000, 5_000, 9_000, 10_300, 14_000])
async def test_what_is_large_is_refused_or_heard_whole(alice, bob, size):
    """The same event four times: each is refused, or heard to its last letter; none is taken and dropped, or cut."""
    his = await bob.subscribe(new_channel())

    for turn in range(1, 5):
        mark = new_mark()
        body = an_event([his.channel], mark, size=size)
        words = f"an event of {size:,} letters, the {turn}. time"
        await call(alice, Call(words=words, body=body, due="either", mark=mark, listeners=(his,)))


async def test_a_cache_channel_tells_newcomers_of_itself_alone(alice, bob, carol):
    """Something is said on two cache channels: Carol, who comes to one of them then, is told its own last event."""
    one, other = await bob.subscribe(new_channel("cache-")), await bob.subscribe(new_channel("cache-"))
    for his in (one, other):
        mark = new_mark()
        body = an_event([his.channel], mark)
        words = "an event on a cache channel"
        await call(alice, Call(words=words, body=body, mark=mark, listeners=(his,), channels=(his.channel,)))

    hers = await carol.subscribe(one.channel)

    await expect(hers).to_receive(EVENT)
