"""Whatever a client sends, the broadcaster goes on serving everybody, whoever sent it included."""

from contextlib import suppress

import pytest

from harness import SubscriptionRefused, expect

pytestmark = pytest.mark.needs("write")

FRAMES = {
    "no JSON": "{",
    "no object": "[]",
    "nothing": "",
    "a number": "1",
    "no event": '{"data": "{}"}',
    "an event that is a number": '{"event": 1}',
    "no channel": '{"event": "pusher:subscribe", "data": {}}',
    "a channel that is null": '{"event": "pusher:subscribe", "data": {"channel": null, "auth": null}}',
    "a channel that is a list": '{"event": "pusher:subscribe", "data": {"channel": ["private-x"]}}',
    "data that is no JSON": '{"event": "pusher:subscribe", "data": "{"}',
    "an unknown event": '{"event": "pusher:no-such-event", "data": {}}',
    "nesting": '{"event": "pusher:ping", "data": ' + "[" * 500 + "]" * 500 + "}",
}
NAMES = {
    "too long": "harness-" + "a" * 300,
    "with blanks": "harness announcements",
    "with a slash": "harness/announcements",
    "of another script": "harness-\u0633\u0644\u0627\u0645",
    "with a line break": "harness\nannouncements",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
async def test_a_name_that_is_none_opens_no_channel(alice, bob, mallory, conversation, name):
    """Mallory is refused, or lets go of it again on a server that takes any name; the others talk on."""
    with suppress(SubscriptionRefused):
        await mallory.leave(await mallory.subscribe(name, weakness="CO-18"))

    await bob.join(conversation)
    await expect(bob).to_receive(await alice.send(conversation, "never mind her"))


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
async def test_a_frame_that_cannot_be_read_harms_nobody(alice, bob, mallory, conversation, frame):
    """Mallory sends it; afterwards Bob joins and hears Alice, and Mallory's own connection still works."""
    mallory.connection.send_raw(frame)

    await mallory.subscribe("harness-announcements")
    await bob.join(conversation)

    await expect(bob).to_receive(await alice.send(conversation, "never mind"))
