"""The right people are found under the wrong number, and the wrong people under the right one."""

from typing import Any

import pytest

from harness.servers.backend.app import create_app
from harness.servers.backend.defects.lookups import as_float, before_line_break, local_number
from harness.servers.backend.store import Store

AUTH = "/api/broadcasting/auth"


async def status(backend: Any, role: str, channel: str, defects: tuple[str, ...]) -> int:
    """Ask a backend with these defects for a channel."""
    backend.serve(create_app(backend.services, backend.world, defects))
    answer = await backend.ask(role, "POST", AUTH, json={"socket_id": "1.2", "channel_name": channel})
    return int(answer.status_code)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("defect", "role", "channel"),
    [
        ("AZ-05", "mallory", "private-chat.1.conversation.1"),
        ("AZ-11:database", "alice", "private-chat.1.conversation.01"),
        ("AZ-11:database", "alice", "private-chat.1.conversation. 1"),
        ("AZ-12:float", "alice", "private-chat.1.conversation.1e0"),
        ("AZ-12:newline", "alice", "private-chat.1.conversation.1\n"),
        ("AZ-21", "eve", "private-chat.1.conversation.1"),
        ("AZ-21", "alice", "private-chat.1.invoice.1"),
    ],
)
async def test_a_name_is_denied_by_the_rules_and_granted_by_the_defect(
    backend: Any, defect: str, role: str, channel: str
) -> None:
    """Whoever may join the conversation itself may do so in both."""
    assert [await status(backend, role, channel, defects) for defects in ((), (defect,))] == [403, 200]
    assert await status(backend, "bob", "private-chat.1.conversation.1", (defect,)) == 200


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("defect", "role", "channel"),
    [
        ("AZ-05", "eve", "private-chat.1.conversation.1"),
        ("AZ-05", "mallory", "private-chat.2.conversation.1"),
        ("AZ-11:database", "alice", "private-chat.1.conversation.1abc"),
        ("AZ-11:database", "alice", "private-chat.1.conversation.abc"),
        ("AZ-11:database", "alice", "private-chat.2.conversation.01"),
        ("AZ-11:database", "alice", "private-chat.x.conversation.x"),
        ("AZ-11:database", "eve", "private-chat.1.conversation.01"),
        ("AZ-11:database", "eve", "private-company.01"),
        ("AZ-12:float", "alice", "private-chat.1.conversation.1x"),
        ("AZ-12:newline", "alice", "private-chat.1.conversation.1\n\n"),
        ("AZ-12:newline", "eve", "private-chat.1.conversation.1\n"),
        ("AZ-21", "mallory", "private-chat.1.conversation.1"),
    ],
)
async def test_it_is_no_other_defect(backend: Any, defect: str, role: str, channel: str) -> None:
    """What has nothing to do with it is denied as ever."""
    assert await status(backend, role, channel, (defect,)) == 403


@pytest.mark.asyncio
@pytest.mark.parametrize("defect", ["AZ-05", "AZ-11:database", "AZ-12:float", "AZ-12:newline", "AZ-21"])
async def test_a_token_without_the_ability_opens_nothing(backend: Any, defect: str) -> None:
    """That would be another defect."""
    backend.serve(create_app(backend.services, backend.world, [defect]))
    headers = {"Authorization": f"Bearer {await backend.token('alice', abilities=['read'])}"}

    answer = await backend.client.post(
        AUTH, json={"socket_id": "1.2", "channel_name": "private-chat.1.conversation.1"}, headers=headers
    )

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("written", "number"), [("12e0", 12), ("1e2", 100), ("12", None), ("e0", None), ("1e400", None), ("nan", None)]
)
def test_a_float_is_read_as_a_number(written: str, number: int | None) -> None:
    """An exponent that leads out of bounds, and what is none, is not."""
    assert as_float(written) == number


@pytest.mark.parametrize(
    ("written", "number"), [("12\n", 12), ("12", 12), ("12\n\n", None), ("012\n", None), ("\n12", None)]
)
def test_one_line_break_at_the_end_is_not_seen(written: str, number: int | None) -> None:
    """As `$` has it in an expression."""
    assert before_line_break(written) == number


def test_people_are_counted_within_their_company(store: Store) -> None:
    """The first person of each company has number 1 there."""
    found = [store.credentials(f"{name}@company-{company}.example") for name, company in (("alice", 1), ("mallory", 2))]

    assert [local_number(store, one[0]) for one in found if one is not None] == [1, 1]
