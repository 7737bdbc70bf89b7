"""Whatever breaks, in whatever order: when all is well again everybody has everything, and nobody else heard of it."""

import asyncio

import pytest
from hypothesis import given

from harness.strategies.storms import PEOPLE, Storm, Turn, for_storms, storms
from harness.topology.servers import Servers

pytestmark = [pytest.mark.needs("faults", "write", "create", "load"), pytest.mark.tier("release")]


def test_whatever_breaks_everybody_ends_up_with_all_of_it(target, network_of, property_settings):
    """People talk and read while networks fail and servers restart; healed, they are back and missed nothing."""
    may_restart = not target.why_not("restart")

    async def weather(turns: list[Turn]) -> None:
        async with target.world() as world:
            network = network_of(world)
            people = {name: await world.user(name) for name in PEOPLE}
            conversation = await world.new_conversation(*people.values())
            for person in people.values():
                await person.join(conversation)
            servers = Servers(target) if may_restart else None
            await Storm(people, conversation, network, servers).ride_out(turns)

    @for_storms(property_settings)
    @given(turns=storms(with_restarts=may_restart))
    def storm(turns: list[Turn]) -> None:
        asyncio.run(weather(turns))

    storm()
