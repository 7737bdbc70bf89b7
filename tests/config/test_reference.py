"""The reference stack declares what its servers do."""

from itertools import combinations

import pytest

from harness.config.capabilities import EVERYTHING
from harness.config.declarations import Topology
from harness.config.patterns import overlap
from harness.config.reference import (
    COMPANY_RULE,
    CONVERSATION_RULE,
    OWN_FIELDS,
    OWN_ROUTES,
    PRESENCE_RULE,
    USER_RULE,
    own_target,
)


@pytest.mark.parametrize("topology", ["embedded", "containers"])
def test_a_stack_of_ours_allows_everything_and_publishes_before_it_answers(topology: Topology) -> None:
    """Its addresses are empty until it runs."""
    target = own_target(topology, topology)
    assert (target.name, target.topology) == (topology, topology)
    assert target.may == EVERYTHING
    assert (target.backend.publishes, target.backend.login_limit) == ("before-answer", 5)
    assert (target.backend.url, target.broadcaster.url, target.cast) == ("", "", ())


def test_its_budgets_are_those_of_a_local_stack() -> None:
    """Two seconds to arrive, a quarter of one for 95 of 100."""
    budgets = own_target("embedded", "embedded").budgets
    assert budgets.arrival == 2
    assert budgets.delivery == {"p50": 0.1, "p95": 0.25, "p99": 1.0}


def test_its_channels_are_a_conversations_two_the_companys_and_a_persons_own() -> None:
    """No two of them match one name, and whoever may join may publish."""
    rules = own_target("embedded", "embedded").channels
    assert rules == (CONVERSATION_RULE, PRESENCE_RULE, COMPANY_RULE, USER_RULE)
    assert [(rule.pattern, rule.join) for rule in rules] == [
        ("private-chat.{company}.conversation.{conversation}", "participants"),
        ("presence-chat.{company}.conversation.{conversation}", "participants"),
        ("presence-company.{company}", "company"),
        ("private-App.Models.User.{user}", "self"),
    ]
    assert all(rule.publish == rule.join for rule in rules)
    assert not any(overlap(one.pattern, two.pattern) for one, two in combinations(rules, 2))


def test_it_closes_the_connections_of_whoever_loses_a_right_within_two_seconds() -> None:
    """By every route that a right can end by, which a plain Laravel API lacks."""
    target = own_target("embedded", "embedded")
    assert (target.backend.revokes, target.budgets.revocation, target.backend.contract.ability) == (
        "closes",
        2,
        "realtime",
    )
    assert {name: getattr(target.backend.contract, name) for name in OWN_ROUTES} == OWN_ROUTES


def test_its_login_takes_the_limits_of_a_token() -> None:
    """Expiry and abilities can be asked for, which no plain Laravel API offers."""
    login = own_target("embedded", "embedded").backend.contract.login
    assert set(OWN_FIELDS) <= set(login.fields)
