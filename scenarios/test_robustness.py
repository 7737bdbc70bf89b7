"""Whatever a client sends, the broadcaster goes on serving everybody, whoever sent it included."""

import pytest

from harness import expect

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


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
async def test_a_frame_that_cannot_be_read_harms_nobody(alice, bob, mallory, conversation, frame):
    """Mallory sends it; afterwards Bob joins and hears Alice, and Mallory's own connection still works."""
    mallory.connection.send_raw(frame)

    await mallory.subscribe("harness-announcements")
    await bob.join(conversation)

    await expect(bob).to_receive(await alice.send(conversation, "never mind"))
