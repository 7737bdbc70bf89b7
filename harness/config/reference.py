"""What our own reference stack declares about itself: its contract, its channel rules, its budgets."""

from typing import Final

import msgspec

from harness.config.budgets import Budgets
from harness.config.capabilities import EVERYTHING
from harness.config.contract import LARAVEL, RouteTable, overridden
from harness.config.declarations import Backend, Broadcaster, ChannelRule, TargetDeclaration, Topology, World
from harness.config.durations import Seconds

CONVERSATION_RULE: Final = ChannelRule(
    name="conversation",
    pattern="private-chat.{company}.conversation.{conversation}",
    join="participants",
    publish="participants",
)
"""The channel rule of DESIGN.md section 1; also what a remote target has that declares no channels."""

COMPANY_RULE: Final = ChannelRule(
    name="company", pattern="presence-company.{company}", join="company", publish="company"
)
"""The presence channel of the reference backend: the people of one company see each other."""

OWN_FIELDS: Final = {"abilities": "abilities", "expires_in": "expires_in"}
"""Fields of a login that the reference backend takes beyond the `laravel` contract, to limit a token in a test."""

_CONTRACT: Final = msgspec.structs.replace(
    LARAVEL, login=overridden("login", LARAVEL.login, table=RouteTable(fields=OWN_FIELDS))
)


def own_target(name: str, topology: Topology) -> TargetDeclaration:
    """Declare a stack of ours: everything that its servers know is allowed, and its addresses come with its start."""
    return TargetDeclaration(
        name=name,
        topology=topology,
        backend=Backend(contract=_CONTRACT, publishes="before-answer"),
        broadcaster=Broadcaster(dialect="reverb"),
        channels=(CONVERSATION_RULE, COMPANY_RULE),
        cast=(),
        world=World(),
        may=EVERYTHING,
        budgets=Budgets(arrival=Seconds(2)),
    )
