"""
Which messages were meant, and which of them a frame carries: the one with its id, else the one with its text.

A frame usually comes before the answer that holds the id, so nothing is matched when it comes in. Frames are kept by
id and by text, and matched whenever somebody asks, with what is known by then.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from harness.history.events import FrameIn, MessageAnswered, MessageAsked, Outcome


@dataclass(slots=True)
class Message:
    """A message that somebody meant to send, with the backend's answer once it is there."""

    asked: MessageAsked
    answered: MessageAnswered | None = None
    alike: set[str] = field(default_factory=set)
    """The acts of all messages without an id that have this channel and text."""

    @property
    def id(self) -> str:
        """The backend's id, empty when it gave none."""
        return self.answered.message if self.answered else ""

    @property
    def is_ambiguous(self) -> bool:
        """Whether nothing tells it from another message: it has no id, and the other has the same text."""
        return not self.id and len(self.alike) > 1

    @property
    def outcome(self) -> Outcome:
        """`unknown` until, and unless, the backend answered, after an error answer, and for an ambiguous message."""
        return self.answered.outcome if self.answered and not self.is_ambiguous else "unknown"


class Hearing(NamedTuple):
    """A message frame on a socket, and the message of this run that it carries, if any."""

    frame: FrameIn
    message: Message | None


@dataclass
class Messages:
    """Every message that was meant and every message frame, in the order seen."""

    all: list[Message] = field(default_factory=list)
    frames: list[FrameIn] = field(default_factory=list)
    _by_act: dict[str, Message] = field(default_factory=dict)
    _by_id: dict[str, Message] = field(default_factory=dict)
    _alike: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """The acts of the messages without an id, by channel and text."""
    _frames_by_id: dict[str, dict[str, list[FrameIn]]] = field(default_factory=dict)
    _frames_by_text: dict[tuple[str, str], dict[str, list[FrameIn]]] = field(default_factory=dict)
    _texts_indexed: int = 0

    def asked(self, event: MessageAsked) -> None:
        """Note that somebody meant to send a message."""
        alike = self._alike.setdefault((event.channel, event.text), set())
        alike.add(event.act)
        self._by_act[event.act] = message = Message(event, alike=alike)
        self.all.append(message)

    def answered(self, event: MessageAnswered) -> None:
        """Note what the backend said, once; the question may lie before the part of the history that is read."""
        message = self._by_act.get(event.act)
        if message is None or message.answered is not None:
            return
        message.answered = event
        if event.message:
            self._by_id[event.message] = message
            message.alike.discard(event.act)

    def hear(self, frame: FrameIn) -> None:
        """Keep a message frame."""
        self.frames.append(frame)
        self._frames_by_id.setdefault(frame.message, {}).setdefault(frame.socket, []).append(frame)

    def carried_by(self, frame: FrameIn) -> Message | None:
        """
        Find the message in a frame: by the id of the answer, else by channel and text.

        A text that two messages without an id share says nothing, so it finds neither (DESIGN.md, section 8).
        """
        message = self._by_id.get(frame.message)
        if message is not None:
            return message
        alike = self._alike.get((frame.channel, frame.text), ())
        return self._by_act[next(iter(alike))] if len(alike) == 1 else None

    def heard_by(self, message: Message) -> dict[str, list[FrameIn]]:
        """Give the frames with this message by socket, in the order seen."""
        sockets = self._candidates(message)
        if message.id:
            return sockets
        return {socket: frames for socket in sockets if (frames := self.heard_on(socket, message))}

    def heard_on(self, socket: str, message: Message) -> list[FrameIn]:
        """Give the frames with this message on this socket, in the order seen."""
        frames = self._candidates(message).get(socket, [])
        return frames if message.id else [frame for frame in frames if frame.message not in self._by_id]

    def _candidates(self, message: Message) -> dict[str, list[FrameIn]]:
        """Give the frames that carry a message, by socket; for one without an id, those too that others' ids claim."""
        if message.id:
            return self._frames_by_id.get(message.id, {}) if self._by_id[message.id] is message else {}
        if message.is_ambiguous:
            return {}
        self._index_texts()
        return self._frames_by_text.get((message.asked.channel, message.asked.text), {})

    def _index_texts(self) -> None:
        """Catch up with the frames; where every message has an id, nobody ever asks for their texts."""
        for frame in self.frames[self._texts_indexed :]:
            text = (frame.channel, frame.text)
            self._frames_by_text.setdefault(text, {}).setdefault(frame.socket, []).append(frame)
        self._texts_indexed = len(self.frames)
