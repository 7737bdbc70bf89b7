"""What our own reference stack declares about itself: its contract, its channel rules, its budgets."""

from typing import Final

import msgspec

from harness.config.budgets import Budgets
from harness.config.capabilities import EVERYTHING
from harness.config.contract import LARAVEL, Route, RouteTable, overridden
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

PRESENCE_RULE: Final = ChannelRule(
    name="conversation-presence",
    pattern="presence-chat.{company}.conversation.{conversation}",
    join="participants",
    publish="participants",
)
"""The presence twin of a conversation's channel: who is looking at it just now."""

USER_RULE: Final = ChannelRule(name="user", pattern="private-App.Models.User.{user}", join="self", publish="self")
"""A person's own channel, as Laravel's notifications use it."""

OWN_FIELDS: Final = {"abilities": "abilities", "expires_in": "expires_in"}
"""Fields of a login that the reference backend takes beyond the `laravel` contract, to limit a token in a test."""

OWN_ROUTES: Final = {
    "delete_conversation": Route(method="DELETE", path="/api/conversations/{conversation}"),
    "revoke": Route(method="DELETE", path="/api/tokens"),
    "delete_account": Route(method="DELETE", path="/api/user"),
}
"""Routes of the reference backend beyond the `laravel` contract: what a right can end by."""

OWN_LOGIN_LIMIT: Final = 5
"""Wrong passwords after which the reference backend stops whoever guesses."""

_CONTRACT: Final = msgspec.structs.replace(
    LARAVEL,
    login=overridden("login", LARAVEL.login, table=RouteTable(fields=OWN_FIELDS)),
    ability="realtime",
    **OWN_ROUTES,
)


def own_target(name: str, topology: Topology) -> TargetDeclaration:
    """Declare a stack of ours: everything that its servers know is allowed, and its addresses come with its start."""
    return TargetDeclaration(
        name=name,
        topology=topology,
        backend=Backend(contract=_CONTRACT, publishes="before-answer", revokes="closes", login_limit=OWN_LOGIN_LIMIT),
        broadcaster=Broadcaster(dialect="reverb"),
        channels=(CONVERSATION_RULE, PRESENCE_RULE, COMPANY_RULE, USER_RULE),
        cast=(),
        world=World(),
        may=EVERYTHING,
        budgets=Budgets(arrival=Seconds(2), revocation=Seconds(2)),
    )
