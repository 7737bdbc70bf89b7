"""What the users of a worker share."""

from typing import Any

import msgspec
import pytest

from harness.config import ChannelRule
from harness.errors import NotExercised, UsageError
from harness.history.recorder import Recorder
from harness.users.context import Context, declared

pytestmark = pytest.mark.asyncio


async def test_secrets_and_ids_of_the_declaration_are_known(context: Context) -> None:
    """Passwords and the app's secret are never shown, ids are text, and neither is a context's content."""
    assert context.redactor.hide("password-of-alice the-secret-of-the-app") == "… …"
    assert context.ids["bob"] == "2"
    assert "password" not in repr(context)


async def test_patience_stretches_every_deadline(declaration: Any) -> None:
    """An answer may take as long as a message, at least two seconds, times the patience."""
    patient = Context(declaration, Recorder(), patience=3)
    assert patient.answer_seconds == 6
    assert patient.deadline(1) - patient.recorder.now() == pytest.approx(3e9, rel=0.1)
    assert patient.deadline() - patient.recorder.now() == pytest.approx(6e9, rel=0.1)


async def test_the_socket_address_is_that_of_the_sdks(context: Context) -> None:
    """With the key in the path and the protocol's version in the query."""
    assert context.next_socket_url().startswith(f"{context.target.broadcaster.url}/app/key?protocol=7&")


async def test_a_conversations_channel_follows_the_declared_rule(context: Context) -> None:
    """The pattern is filled in with company and conversation."""
    assert context.channel_of("42", 6) == "private-chat.6.conversation.42"


async def test_a_pattern_without_a_company_needs_none(declaration: Any) -> None:
    """And one that needs a company that nobody has is a mistake of the declaration, which names the rule."""
    rule = ChannelRule(name="conversation", pattern="private-room.{conversation}", join="participants")
    plain = Context(msgspec.structs.replace(declaration, channels=(rule,)), Recorder())
    assert plain.channel_of("42", None) == "private-room.42"
    with pytest.raises(UsageError, match=r"channel rule 'conversation'.*needs a value for company"):
        Context(declaration, Recorder()).channel_of("42", None)


async def test_a_rule_that_is_not_declared_is_not_exercised(declaration: Any) -> None:
    """The reason lists those that are."""
    context = Context(msgspec.structs.replace(declaration, channels=declaration.channels[1:]), Recorder())
    assert [rule.name for rule, _ in context.rules] == ["conversation-presence", "company", "user"]
    assert context.pattern_of("company").text == "presence-company.{company}"
    with pytest.raises(NotExercised, match="'conversation'; its rules are conversation-presence, company, user"):
        context.channel_of("42", 6)


async def test_people_are_found_by_role(declaration: Any) -> None:
    """Nobody is None."""
    assert declared(declaration, "alice") is declaration.cast[0]
    assert declared(declaration, "zoe") is None


async def test_people_are_spread_over_the_nodes(context: Context) -> None:
    """Each connection goes to the next one, and after the last to the first."""
    two = msgspec.structs.replace(context.target.broadcaster, url="ws://one", other_urls=("ws://two",))
    spread = Context(msgspec.structs.replace(context.target, broadcaster=two), context.recorder)

    assert [spread.next_socket_url().partition("/app/")[0] for _ in range(3)] == ["ws://one", "ws://two", "ws://one"]
