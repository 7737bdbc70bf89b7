"""Send a message: what is recorded of it before and after, and what the backend's answer makes of it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.errors import SendRefused
from harness.history.events import MessageAnswered, MessageAsked
from harness.users.conversation import Conversation, SentMessage
from harness.users.personas import persona_of, shape_of
from harness.users.reading import as_text, json_type
from harness.users.session import Answer
from harness.users.unexpected import look_at

if TYPE_CHECKING:
    from harness.users.user import User


async def send(
    user: "User", conversation: Conversation, text: str, *, canary: bool, claims: Mapping[str, Any] | None
) -> SentMessage:
    """
    Send a message in a person's name, naming the device's socket; `claims` are further fields, by the backend's names.

    Raises `SendRefused`; after a 5xx or no answer at all the message may be stored or broadcast, nobody knows.
    """
    context = user.world.context
    await user.session.take_turn("send")
    recorder, excluded = context.recorder, user.label if user.socket_id else ""
    asked = recorder.record(
        MessageAsked,
        who=user.name,
        act=recorder.new_act(),
        meant=recorder.now(),
        conversation=conversation.id,
        channel=conversation.channel,
        text=text,
        shape=shape_of(context, user.person, conversation.channel),
        persona=persona_of(context, user.person, conversation.channel),
        author=context.ids.get(user.name, ""),
        excluded=excluded,
        canary=canary,
    )
    answer = await user.session.follow(
        "send",
        user.contract.send,
        place={"conversation": conversation.id},
        headers={"X-Socket-ID": user.socket_id} if user.socket_id else {},
        claims=claims,
        text=text,
    )
    return SentMessage(
        act=asked.act,
        id=_answered(user, asked.act, answer),
        text=text,
        sender=user.name,
        conversation=conversation.id,
        channel=conversation.channel,
        meant=asked.meant,
        excluded=excluded,
    )


def _answered(user: "User", act: str, answer: Answer) -> str:
    """Record what became of a message and give its id; raises `SendRefused`."""
    value = answer.at(user.contract.send.id) if user.contract.send else None
    id_ = as_text(value)
    user.world.context.recorder.record(
        MessageAnswered,
        who=user.name,
        act=act,
        outcome=answer.outcome,
        status=answer.status,
        message=id_,
        id_type=json_type(value),
        sent=answer.sent,
    )
    if answer.outcome != "ok":
        expected = look_at(user.world.context, "send", answer, wanted="a message's id")
        raise SendRefused(f"a message of {user.name}", answer.status, answer.body, expected=expected)
    return id_
