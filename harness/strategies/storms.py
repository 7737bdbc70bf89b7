"""
Storms: people who talk and read while their networks fail and a server restarts, in whatever order; then all is healed.

::

    turns, one after the other → every fault ends → everybody is back and has caught up → they talk once more → judged

A storm is a list of turns, so that one in which a guarantee broke shrinks to the few that it takes. While it lasts
everybody comes back as a good client does. Judged is what always is: nothing that was owed is lost, nothing that was
missed is missed for good, nobody hears what is not theirs, and everybody is back within the budget of a recovery.
"""

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import Final, Literal

from hypothesis import settings
from hypothesis import strategies as st

from harness.errors import EnvironmentFault, Refused
from harness.faults.network import Fault, Network
from harness.topology.servers import Servers
from harness.users.conversation import Conversation
from harness.users.user import User

What = Literal["say", "read", "cut", "freeze", "blackhole", "slow", "reset", "restart"]
Turn = tuple[What, str]
"""What happens, and whose turn it is; a fault of somebody's network that has one already ends that."""

PEOPLE: Final = ("alice", "bob", "carol")
LONGEST: Final = 25
_SILENCING: Final = ("freeze", "blackhole")
"""Whoever cannot get an answer asks nothing: that would only be waited for."""
_LATENCY = 0.02


def storms(*, with_restarts: bool) -> st.SearchStrategy[list[Turn]]:
    """Draw storms; talking is drawn more often than anything that breaks."""
    acts: tuple[What, ...] = ("say", "say", "say", "read", "cut", "freeze", "blackhole", "slow", "reset")
    acts += ("restart",) if with_restarts else ()
    return st.lists(st.tuples(st.sampled_from(acts), st.sampled_from(PEOPLE)), min_size=3, max_size=LONGEST)


def for_storms(chosen: settings) -> settings:
    """Give the settings for storms, of which an example is many turns and some waiting: far fewer of them."""
    return settings(chosen, max_examples=max(2, chosen.max_examples // 24))


class Storm:
    """One storm over the people of a conversation, who have joined it; `servers` where they may be restarted."""

    def __init__(
        self, people: dict[str, User], conversation: Conversation, network: Network, servers: Servers | None
    ) -> None:
        self._people = people
        self._conversation = conversation
        self._network = network
        self._servers = servers
        self._at_work: dict[str, tuple[What, AsyncExitStack]] = {}
        self._said = 0

    async def ride_out(self, turns: list[Turn]) -> None:
        """Let it happen, and heal; raises what still keeps somebody away when everything is well again."""
        async with AsyncExitStack() as returning:
            for person in self._people.values():
                await returning.enter_async_context(person.reconnecting(self._conversation))
            try:
                for what, who in turns:
                    await self._take(what, who)
            finally:
                for who in list(self._at_work):
                    await self._heal(who)
        for person in self._people.values():
            await person.come_back(self._conversation)
        for person in self._people.values():
            await person.send(self._conversation, f"all is well, says {person.name}")

    async def _take(self, what: What, who: str) -> None:
        match what:
            case "say" | "read":
                await self._act(what, self._people[who])
            case "reset":
                await self._network.reset(who)
            case "restart":
                if self._servers is not None:
                    await self._servers.restart("broadcaster", how="kill")
            case _ if who in self._at_work:
                await self._heal(who)
            case _:
                stack = AsyncExitStack()
                await stack.enter_async_context(self._fault(what, who))
                self._at_work[who] = what, stack
        await asyncio.sleep(0)

    async def _act(self, what: What, person: User) -> None:
        """Say or read something, which may fail in a storm."""
        if person.name in self._at_work and self._at_work[person.name][0] in _SILENCING:
            return
        with suppress(Refused, EnvironmentFault):
            if what == "read":
                await person.read(self._conversation)
            else:
                self._said += 1
                await person.send(self._conversation, f"in the storm {self._said}")

    def _fault(self, what: What, who: str) -> Fault:
        network = self._network
        if what == "slow":
            return network.slow(who, latency=_LATENCY, jitter=_LATENCY)
        return {"cut": network.cut, "freeze": network.freeze, "blackhole": network.blackhole}[what](who)

    async def _heal(self, who: str) -> None:
        _, stack = self._at_work.pop(who)
        await stack.aclose()
