"""The reference stack declares what its servers do."""

import pytest

from harness.config.capabilities import EVERYTHING
from harness.config.declarations import Topology
from harness.config.reference import COMPANY_RULE, CONVERSATION_RULE, OWN_FIELDS, own_target


@pytest.mark.parametrize("topology", ["embedded", "containers"])
def test_a_stack_of_ours_allows_everything_and_publishes_before_it_answers(topology: Topology) -> None:
    """Its addresses are empty until it runs."""
    target = own_target(topology, topology)
    assert (target.name, target.topology) == (topology, topology)
    assert target.may == EVERYTHING
    assert target.backend.publishes == "before-answer"
    assert (target.backend.url, target.broadcaster.url, target.cast) == ("", "", ())


def test_its_budgets_are_those_of_a_local_stack() -> None:
    """Two seconds to arrive, a quarter of one for 95 of 100."""
    budgets = own_target("embedded", "embedded").budgets
    assert budgets.arrival == 2
    assert budgets.delivery == {"p50": 0.1, "p95": 0.25, "p99": 1.0}


def test_its_channels_are_the_conversation_and_the_company() -> None:
    """The rule of the design, and the company's presence channel."""
    assert own_target("embedded", "embedded").channels == (CONVERSATION_RULE, COMPANY_RULE)
    assert CONVERSATION_RULE.pattern == "private-chat.{company}.conversation.{conversation}"
    assert (COMPANY_RULE.pattern, COMPANY_RULE.join) == ("presence-company.{company}", "company")


def test_its_login_takes_the_limits_of_a_token() -> None:
    """Expiry and abilities can be asked for, which no plain Laravel API offers."""
    login = own_target("embedded", "embedded").backend.contract.login
    assert set(OWN_FIELDS) <= set(login.fields)
