"""What a payload means to a load: a message of this run, one of others, a frame of the protocol, or nothing."""

import msgspec
import pytest

from harness.config import EventShape
from harness.load import desk as desk_module
from harness.load.desk import Desk
from harness.load.ledger import Ledger
from harness.load.samples import Samples
from harness.protocol.messages import encode
from harness.users.socket import Arrival

ARRIVED = Arrival(seen=1300, arrived=1100, earliest=900, exact=False, stamp="kernel")


@pytest.fixture
def desk() -> Desk:
    """Give one with a message, meant at 1000 nanoseconds by device 0 of three."""
    ledger = Ledger(2, arrival=10**9)
    for device in (0, 1, 2):
        ledger.join(device, 0)
    ledger.meant(0, 0, 1000)
    made = Desk(EventShape(), ledger, Samples(), mark="run")
    made.channels = ["private-a", "private-b"]
    return made


def payload(text: str, *, channel: str = "private-a", event: str = "MessageSent", times: int = 1) -> bytes:
    """Write what a broadcaster sends, its data so many times encoded."""
    data = msgspec.json.encode({"body": text}).decode()
    for _ in range(times - 1):
        data = msgspec.json.encode(data).decode()
    return encode(event, channel=channel, data=data).encode()


@pytest.mark.parametrize("times", [1, 2])
def test_a_message_is_entered_and_timed(desk: Desk, times: int) -> None:
    """From when it was meant to both ends of its arrival, however often its data are encoded."""
    assert desk.take(1, payload(desk.text(0), times=times), ARRIVED) is None

    samples = desk.samples
    assert (list(samples.latest), list(samples.earliest)) == ([100], [0])
    assert (list(samples.message), list(samples.position)) == ([0], [1])
    assert samples.unstamped == 0
    assert desk.ledger.totals().heard == 1


def test_an_unstamped_arrival_is_counted(desk: Desk) -> None:
    """Its time is that of our code."""
    desk.take(1, payload(desk.text(0)), ARRIVED._replace(stamp="seen"))

    assert desk.samples.unstamped == 1


def test_what_comes_twice_is_timed_once(desk: Desk) -> None:
    """The second one is no delivery."""
    for _ in range(2):
        desk.take(1, payload(desk.text(0)), ARRIVED)

    assert len(desk.samples) == 1
    assert desk.ledger.totals().duplicated == 1


def test_a_message_on_another_channel_is_for_nobody(desk: Desk) -> None:
    """Even when its listener is of the conversation."""
    desk.take(1, payload(desk.text(0), channel="private-b"), ARRIVED)

    assert desk.ledger.totals().strangers == 1
    assert len(desk.samples) == 0


@pytest.mark.parametrize("text", ["hello", "run", "run x", "run 1", "run -1", "run ²", "another 0"])
def test_what_is_not_of_this_run_is_foreign(desk: Desk, text: str) -> None:
    """Counted, never judged; so is a number that was not given yet."""
    assert desk.take(1, payload(text), ARRIVED) is None
    assert desk.ledger.totals().foreign == 1


def test_frames_of_the_protocol_are_for_the_device(desk: Desk) -> None:
    """And what is no frame is for nobody."""
    frame = desk.take(1, encode("pusher:ping", data={}).encode(), ARRIVED)

    assert frame is not None
    assert frame.event == "pusher:ping"
    assert desk.take(1, b"\xff", ARRIVED) is None
    assert desk.ledger.totals().heard == 0


def test_only_so_many_payloads_are_kept(desk: Desk) -> None:
    """A run of any length has the same memory."""
    for number in range(2 * desk_module._KEPT + 1):
        desk.take(1, payload(f"hello {number}"), ARRIVED)

    assert len(desk._readings) <= desk_module._KEPT
