"""The wire: stamps that do not lie, and peers that may do what they like without hanging or crashing a user."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal

import pytest
import pytest_asyncio

from harness.errors import EnvironmentFault, Refused
from harness.history.recorder import Recorder
from harness.users import socket as wires
from harness.users.socket import Arrival, StampedSocket, Wire

pytestmark = pytest.mark.asyncio

TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9


class Line:
    """A wire, and what its listener heard."""

    def __init__(self, url: str, at: tuple[str, int] | None = None) -> None:
        self.now = Recorder().now
        self.texts: list[str] = []
        self.arrivals: list[Arrival] = []
        self.binaries: list[bytes] = []
        self.ends: list[tuple[int, str, str]] = []
        self.wire = Wire(f"{url}/app/key?protocol=7", self, self.now, at=at)

    def text_received(self, payload: bytes, arrival: Arrival) -> None:
        """Keep a text and when it came."""
        self.texts.append(payload.decode("utf-8", "replace"))
        self.arrivals.append(arrival)

    def binary_received(self, payload: bytes, arrival: Arrival) -> None:  # noqa: ARG002  a listener's signature
        """Keep a binary message."""
        self.binaries.append(payload)

    def wire_closed(self, code: int, reason: str, by: Literal["us", "them"]) -> None:
        """Keep the end."""
        self.ends.append((code, reason, by))

    async def until(self, came: Callable[[], bool]) -> None:
        """Let the loop go round until something came."""
        async with asyncio.timeout(10):
            while not came():  # noqa: ASYNC110  there is nobody who could say when
                await asyncio.sleep(0)

    async def heard(self, count: int = 1) -> Arrival:
        """Wait for this many texts and give the arrival of the last."""
        await self.until(lambda: len(self.arrivals) >= count)
        return self.arrivals[-1]

    async def ended(self) -> tuple[int, str, str]:
        """Wait for the end, which is told once."""
        await self.until(lambda: self.wire.is_gone)
        (end,) = self.ends
        return end

    def later(self) -> int:
        """Block, so that nothing can be read meanwhile, until the clock shows a clearly later time; give it."""
        began = self.now()
        while self.now() - began < 200_000:
            pass
        return self.now()


@pytest_asyncio.fixture
async def line(broadcaster: Any) -> AsyncIterator[Line]:
    """Give a line to a peer that upgrades and leaves the rest to the test; it is not open yet."""
    broadcaster.leave_to_the_test()
    line = Line(broadcaster.url)
    yield line
    line.wire.abort()


@pytest_asyncio.fixture
async def peer(line: Line, broadcaster: Any) -> Any:
    """Open the line and give the peer at its other end."""
    await line.wire.open(timeout=10)
    return broadcaster.peers[-1]


async def test_a_frame_that_is_read_by_itself_is_exact(line: Line, peer: Any) -> None:
    """Its stamp is the kernel's, between the server's write and our sight of it, also when we looked late."""
    before = line.now()
    peer.writer.write(peer.wire_frame("one"))
    written = line.later()
    arrival = await line.heard()
    assert arrival.exact
    assert arrival.stamp == "kernel"
    assert before <= arrival.arrived <= written <= arrival.seen
    assert arrival.earliest == arrival.arrived


async def test_of_frames_read_together_only_the_last_is_exact(line: Line, peer: Any) -> None:
    """The earlier one arrived somewhere between the read before and the stamp, and is bounded so."""
    peer.writer.write(peer.wire_frame("zero"))
    zero = await line.heard()
    line.later()
    peer.writer.write(peer.wire_frame("one"))
    between = line.later()
    peer.writer.write(peer.wire_frame("two"))
    await line.heard(3)
    _, one, two = line.arrivals
    assert two.exact
    assert two.arrived >= between
    assert not one.exact
    assert one.earliest == zero.arrived < between <= one.arrived == two.arrived


async def test_a_frame_behind_which_another_has_begun_is_not_exact(line: Line, peer: Any) -> None:
    """A header swallowed with it counts; the cut frame itself is exact once its last byte came by itself."""
    second = peer.wire_frame("two")
    peer.writer.write(peer.wire_frame("one") + second[:1])
    assert not (await line.heard()).exact
    rest = line.now()
    peer.writer.write(second[1:])
    two = await line.heard(2)
    assert two.exact
    assert two.arrived >= rest


async def test_a_read_that_fills_the_buffer_is_not_exact(
    line: Line, peer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More may have been waiting; and what is read next may have come before that read's stamp."""
    peer.writer.write(peer.wire_frame("zero"))
    zero = await line.heard()
    monkeypatch.setattr(wires, "_BUFFER", memoryview(bytearray(16)))
    peer.writer.write(peer.wire_frame("fourteen bytes") + peer.wire_frame("rest") + peer.wire_frame("end"))
    end = await line.heard(4)
    assert [arrival.exact for arrival in line.arrivals] == [True, False, False, True]
    assert [arrival.earliest for arrival in line.arrivals[1:3]] == [zero.arrived, zero.arrived]
    assert end.arrived >= zero.arrived


async def test_frames_in_the_read_of_the_upgrade_are_framed_right(line: Line, broadcaster: Any) -> None:
    """The header's bytes are not taken for a frame's: the one behind it is exact, and so is the next."""

    async def script(peer: Any) -> None:
        await peer.upgrade(peer.wire_frame("behind the header"))

    broadcaster.script = script
    await line.wire.open(timeout=10)
    await line.heard()
    broadcaster.peers[-1].writer.write(broadcaster.peers[-1].wire_frame("next"))
    await line.heard(2)
    assert line.texts == ["behind the header", "next"]
    assert [arrival.exact for arrival in line.arrivals] == [True, True]


async def test_an_upgrade_in_pieces_is_framed_right(line: Line, broadcaster: Any) -> None:
    """A header that comes byte by byte leaves the count of bytes right."""

    async def script(peer: Any) -> None:
        answer = peer.upgrade_answer(await peer.request()) + peer.wire_frame("one")
        for index in range(len(answer)):
            peer.writer.write(answer[index : index + 1])
            for _ in range(3):  # turns of the loop, so that each byte is read by itself
                await asyncio.sleep(0)

    broadcaster.script = script
    await line.wire.open(timeout=10)
    assert (await line.heard()).exact


async def test_fragments_are_one_message_that_came_with_the_last(line: Line, peer: Any) -> None:
    """Control frames may stand between them, and are answered."""
    peer.writer.write(peer.wire_frame("one ", fin=False) + peer.wire_frame(b"", 0, fin=False))
    await peer.caught_up()
    last = line.now()
    peer.writer.write(peer.wire_frame("two", 0))
    arrival = await line.heard()
    assert line.texts == ["one two"]
    assert arrival.exact
    assert arrival.arrived >= last


@pytest.mark.parametrize("size", [125, 126, 65_535, 65_536, 500_000])
async def test_sizes_are_counted_as_they_stand_on_the_wire(line: Line, peer: Any, size: int) -> None:
    """Each of the three length encodings leaves the next frame exact."""
    peer.writer.write(peer.wire_frame("x" * size))
    await line.heard()
    peer.writer.write(peer.wire_frame("next"))
    assert (await line.heard(2)).exact


async def test_a_binary_message_is_told_apart(line: Line, peer: Any) -> None:
    """Also in fragments."""
    peer.writer.write(peer.wire_frame(b"\0", BINARY) + peer.wire_frame(b"\1", BINARY, fin=False))
    peer.writer.write(peer.wire_frame(b"\2", 0) + peer.wire_frame("text"))
    await line.heard()
    assert line.binaries == [b"\0", b"\1\2"]
    assert line.texts == ["text"]


async def test_sockets_do_not_wait_for_full_packets(line: Line, peer: Any) -> None:
    """TCP_NODELAY is set, or our own stack would add 40 ms (DESIGN.md, section 9)."""
    raw = line.wire._transport.get_extra_info("socket")  # type: ignore[union-attr]
    assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_without_kernel_stamps_sight_stands_in(
    line: Line, broadcaster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere than on Linux a frame arrived when it was seen, says so, and is never exact."""
    monkeypatch.setattr(wires, "_CAN_STAMP", False)
    await line.wire.open(timeout=10)
    peer = broadcaster.peers[-1]
    peer.writer.write(peer.wire_frame("one"))
    seen, arrived, earliest, exact, stamp = await line.heard()
    assert (arrived, earliest, exact, stamp) == (seen, seen, False, "seen")


async def test_tls_keeps_every_byte_and_claims_no_stamp(secure_broadcaster: Any) -> None:
    """Messages of many TLS records come whole although they share a read, and TCP_NODELAY is set here too."""
    secure_broadcaster.leave_to_the_test()
    line = Line(secure_broadcaster.url)
    await line.wire.open(timeout=10)
    raw = line.wire._transport.get_extra_info("socket")  # type: ignore[union-attr]
    assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    peer = secure_broadcaster.peers[-1]
    texts = [f"{number}" * 30_000 for number in range(4)]
    peer.writer.write(b"".join(map(peer.wire_frame, texts)))
    arrival = await line.heard(4)
    assert line.texts == texts
    assert (arrival.stamp, arrival.exact) == ("seen", False)
    line.wire.abort()
    assert await line.ended() == (1006, "", "us")


async def test_a_certificate_that_nobody_vouches_for_is_a_fault(
    secure_broadcaster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TLS is verified; what is wrong is said."""
    monkeypatch.delenv("SSL_CERT_FILE")
    wires.tls.cache_clear()
    with pytest.raises(EnvironmentFault, match="is not trusted \\(self-signed certificate\\)"):
        await Line(secure_broadcaster.url).wire.open(timeout=10)


@pytest.mark.parametrize("is_secure", [False, True])
async def test_only_the_dialled_address_is_another(
    broadcaster: Any, secure_broadcaster: Any, *, is_secure: bool
) -> None:
    """On a detour, the Host header and the name that TLS asks for and checks are those of the URL."""
    server = secure_broadcaster if is_secure else broadcaster
    heads: list[str] = []

    async def script(peer: Any) -> None:
        heads.append(await peer.request())
        peer.writer.write(peer.upgrade_answer(heads[0]))

    server.script = script
    scheme, _, port = server.url.replace("//", "").split(":")
    line = Line(f"{scheme}://localhost:1", at=("127.0.0.1", int(port)))
    await line.wire.open(timeout=10)
    assert "\r\nHost: localhost:1\r\n" in heads[0]
    assert server.names == ([] if scheme == "ws" else ["localhost"])
    line.wire.abort()
    await line.ended()


UNREADABLE = {
    "reserved bits": ((b"x", TEXT, {"rsv": 4}), 1002),
    "a masked frame": ((b"x", TEXT, {"masked": True}), 1002),
    "an unknown opcode": ((b"x", 5, {}), 1002),
    "a continuation of nothing": ((b"x", 0, {}), 1002),
    "a long control frame": ((b"x" * 126, PING, {}), 1002),
    "a fragmented control frame": ((b"", PING, {"fin": False}), 1002),
    "a close code that does not exist": ((b"\x03\xec", CLOSE, {}), 1002),
    "a close reason that is no text": ((b"\x03\xe8\xff", CLOSE, {}), 1007),
    "two megabytes": ((b"x" * 2**21, TEXT, {}), 1009),
}


@pytest.mark.parametrize(("frame", "code"), UNREADABLE.values(), ids=UNREADABLE)
async def test_what_cannot_be_read_ends_the_connection_by_us(line: Line, peer: Any, frame: Any, code: int) -> None:
    """The peer is told the code, and gone at once: nobody waits for its close frame."""
    payload, opcode, flags = frame
    peer.writer.write(peer.wire_frame(payload, opcode, **flags))
    ended = await line.ended()
    assert (ended[0], ended[2]) == (code, "us")
    opcode, told = await peer.frame()
    assert (opcode, int.from_bytes(told[:2], "big")) == (CLOSE, code)
    assert not line.wire.send_text("anything")


async def test_a_message_is_too_large_before_it_has_come(line: Line, peer: Any) -> None:
    """The header of a frame of 50 MB is enough; so is the sum of fragments that are never finished."""
    peer.writer.write(b"\x81\x7f" + (50 * 2**20).to_bytes(8, "big"))
    assert (await line.ended())[0] == 1009
    other = Line(line.wire._url.partition("/app")[0])
    await other.wire.open(timeout=10)


async def test_fragments_that_never_end_are_too_large_some_time(line: Line, peer: Any) -> None:
    """A message of endless fragments ends at the same size."""
    peer.writer.write(peer.wire_frame(b"x" * 2**19, fin=False))
    peer.writer.write(peer.wire_frame(b"x" * 2**19, 0, fin=False) + peer.wire_frame(b"x", 0, fin=False))
    assert (await line.ended())[0] == 1009


async def test_a_close_frame_ends_the_connection_even_if_the_peer_stays(line: Line, peer: Any) -> None:
    """Its code and reason are told; it is answered and nobody waits for the peer to hang up."""
    peer.writer.write(peer.wire_frame(b"\x10\x69too many", CLOSE))
    assert await line.ended() == (4201, "too many", "them")
    assert (await peer.frame())[0] == CLOSE


async def test_a_close_frame_within_a_message_is_the_peers_mistake(line: Line, peer: Any) -> None:
    """A message that was never finished is told with the code that we gave up with."""
    peer.writer.write(peer.wire_frame(b"x", fin=False) + peer.wire_frame(b"\x03\xe8", CLOSE))
    assert (await line.ended())[::2] == (1002, "us")


@pytest.mark.parametrize("left", [b"", b"\x81", b"\x81\x7e\x01", b"\x81\x05he", b"\x01\x02he"])
@pytest.mark.parametrize("how", ["closed", "reset"])
async def test_an_end_without_a_word_is_1006_by_them(line: Line, peer: Any, left: bytes, how: str) -> None:
    """Wherever in a frame the connection ends, nothing hangs and nothing half is heard."""
    peer.writer.write(left)
    if how == "closed":
        peer.writer.close()
    else:
        peer.cut()
    assert await line.ended() == (1006, "", "them")
    assert line.texts == []
    assert not line.wire.is_open


async def test_closing_tells_the_peer_and_waits_until_it_is_over(line: Line, broadcaster: Any) -> None:
    """1000 by us, once, also when it is asked for twice."""

    async def script(peer: Any) -> None:
        await peer.upgrade()
        await peer.farewell()

    broadcaster.script = script
    await line.wire.open(timeout=10)
    await asyncio.gather(line.wire.close(), line.wire.close())
    assert line.ends == [(1000, "", "us")]


async def test_a_peer_that_does_not_close_is_cut_off(line: Line, peer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing comes back all the same."""
    monkeypatch.setattr(wires, "_CLOSE_SECONDS", 0.01)
    await line.wire.close()
    assert line.ends == [(1000, "", "us")]


async def test_closing_what_was_never_opened_does_nothing(line: Line) -> None:
    """There is nothing to tell."""
    await line.wire.close()
    line.wire.abort()
    assert line.ends == []


@pytest.mark.parametrize(
    ("status", "more"),
    [(301, b"Location: /elsewhere\r\n"), (200, b""), (404, b""), (500, b"")],
)
async def test_another_answer_than_the_upgrade_is_a_refusal(
    line: Line, broadcaster: Any, status: int, more: bytes
) -> None:
    """Status and body are told, redirects are not followed, and nothing is left open."""

    async def script(peer: Any) -> None:
        await peer.request()
        peer.writer.write(b"HTTP/1.1 %d So\r\n%bContent-Length: 4\r\n\r\nsure" % (status, more))
        await peer.farewell()

    broadcaster.script = script
    with pytest.raises(Refused) as refused:
        await line.wire.open(timeout=10)
    assert (refused.value.status, refused.value.body) == (status, "sure")
    await line.until(lambda: line.wire.is_gone)
    assert (line.ends, len(broadcaster.peers)) == ([], 1)


async def _hang_up(peer: Any) -> None:
    peer.cut()


async def _hang_up_after_the_question(peer: Any) -> None:
    await peer.request()
    peer.writer.close()


async def _half_a_header(peer: Any) -> None:
    peer.writer.write(peer.upgrade_answer(await peer.request())[:40])
    peer.writer.close()


async def _another_key(peer: Any) -> None:
    await peer.request()
    peer.writer.write(peer.upgrade_answer("Sec-WebSocket-Key: another"))


async def _no_http(peer: Any) -> None:
    peer.writer.write(b"220 mail.example ESMTP\r\n")


async def _endless_line(peer: Any) -> None:
    peer.writer.write(b"HTTP/1.1 101 " + b"x" * 100_000)


async def _unwanted_extension(peer: Any) -> None:
    answer = peer.upgrade_answer(await peer.request())
    peer.writer.write(answer[:-2] + b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n")


@pytest.mark.parametrize(
    "script",
    [
        _hang_up,
        _hang_up_after_the_question,
        _half_a_header,
        _another_key,
        _no_http,
        _endless_line,
        _unwanted_extension,
    ],
)
async def test_what_is_no_upgrade_is_a_fault_of_the_environment(
    line: Line, broadcaster: Any, script: Callable[[Any], Awaitable[None]]
) -> None:
    """Whatever stands at that address is no broadcaster, which is said with the address and a question."""
    broadcaster.script = script
    with pytest.raises(
        EnvironmentFault, match=r"connecting to ws://127.0.0.1:\d+/app/key .*is the broadcaster running"
    ):
        await line.wire.open(timeout=10)
    await line.until(lambda: line.wire.is_gone)
    assert line.ends == []


async def test_silence_instead_of_an_answer_is_a_fault_and_leaves_nothing_open(line: Line, broadcaster: Any) -> None:
    """An upgrade that comes too late is not heard."""
    patient = asyncio.Event()

    async def script(peer: Any) -> None:
        request = await peer.request()
        await patient.wait()
        peer.writer.write(peer.upgrade_answer(request) + peer.wire_frame("too late"))

    broadcaster.script = script
    with pytest.raises(EnvironmentFault, match=r"got no answer within 0\.01 s"):
        await line.wire.open(timeout=0.01)
    patient.set()
    await line.until(lambda: line.wire.is_gone)
    assert line.texts == []


async def test_an_address_where_nobody_listens_is_a_fault() -> None:
    """With what the system says about it."""
    free = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    with pytest.raises(EnvironmentFault, match=r"(?i)connect(ion)? .*refused|Connect call failed"):
        await Line(f"ws://127.0.0.1:{port}").wire.open(timeout=10)


async def test_a_name_is_tried_at_all_its_addresses(broadcaster: Any) -> None:
    """A server on 127.0.0.1 only is found as `localhost` where that means ::1 first."""
    broadcaster.leave_to_the_test()
    line = Line(broadcaster.url.replace("127.0.0.1", "localhost"))
    await line.wire.open(timeout=10)
    assert line.wire.is_open
    line.wire.abort()


async def test_frames_reach_no_log(line: Line, peer: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Signatures stand in frames, so they are not logged even where everything is."""
    with caplog.at_level(logging.DEBUG):
        other = Line(line.wire._url.partition("/app")[0])
        await other.wire.open(timeout=10)
        assert other.wire.send_text("a secret")
        other.wire.abort()
        await other.ended()
    assert "a secret" not in caplog.text


async def test_a_stamped_socket_reads_as_any_other() -> None:
    """It honours the size that it is asked for; without the option there is no stamp."""
    ours, theirs = socket.socketpair()
    with StampedSocket(fileno=ours.detach()) as stamped, theirs:
        theirs.send(b"abcdef")
        buffer = bytearray(8)
        assert stamped.recv_into(buffer, 4) == 4
        assert bytes(buffer) == b"abcd\0\0\0\0"
        assert stamped.stamp is None
