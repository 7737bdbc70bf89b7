"""Bytes of a WebSocket are cut at the ends of frames, and none is lost, whatever they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Close, Frame, Opcode

from harness.faults.interceptor.splitter import LARGEST, Piece, Splitter, framed

PING = Frame(Opcode.PING, b"are you there").serialize(mask=False)
BINARY = Frame(Opcode.BINARY, b"\x00\xff").serialize(mask=False)
END = Frame(Opcode.CLOSE, Close(4009, "enough").serialize()).serialize(mask=False)
HALF = Frame(Opcode.TEXT, b"one ", fin=False).serialize(mask=False)
OTHER_HALF = Frame(Opcode.CONT, b"message").serialize(mask=False)
NO_TEXT = Frame(Opcode.TEXT, b"\xff\xfe").serialize(mask=False)


@given(sizes=st.lists(st.integers(1, 40), min_size=1), masked=st.booleans())
def test_frames_come_out_whole_however_they_came_in(sizes: list[int], *, masked: bool) -> None:
    """Three messages in pieces of any size are three messages, each as the bytes that it was."""
    texts = ["one", "two, which is a little longer than the others", "سلام"]
    frames = [framed(text, masked=masked) for text in texts]
    stream, splitter, pieces = b"".join(frames), Splitter(masked=masked), []

    while stream:
        for size in sizes:
            pieces += splitter.feed(stream[:size])
            stream = stream[size:]

    assert pieces == [Piece(raw, text) for raw, text in zip(frames, texts, strict=True)]
    assert splitter.rest() == []


@pytest.mark.parametrize("frame", [PING, BINARY, END, HALF, OTHER_HALF, NO_TEXT])
def test_what_is_no_whole_text_passes_unread(frame: bytes) -> None:
    """Control frames, binary ones, parts of a message, and bytes that are no text."""
    assert Splitter(masked=False).feed(frame) == [Piece(frame, None)]


@pytest.mark.parametrize(
    "broken",
    [b"\x83\x00", b"\xc1\x01x", b"\x81\x82abcdhi", b"\x81\x7f" + (LARGEST + 1).to_bytes(8, "big")],
    ids=["opcode", "reserved bit", "mask", "size"],
)
def test_what_breaks_the_rules_passes_as_it_comes(broken: bytes) -> None:
    """Nothing is held back of it, nor of what comes behind it, readable or not."""
    splitter = Splitter(masked=False)

    assert splitter.feed(PING + broken) == [Piece(PING, None), Piece(broken, None)]
    assert splitter.feed(framed("behind", masked=False)) == [Piece(framed("behind", masked=False), None)]


def test_a_frame_that_was_cut_short_is_given_at_the_end() -> None:
    """Its sender ended in the middle: its peer gets as much of it."""
    splitter = Splitter(masked=False)

    assert splitter.feed(PING[:5]) == []
    assert (splitter.rest(), splitter.rest()) == ([Piece(PING[:5], None)], [])
