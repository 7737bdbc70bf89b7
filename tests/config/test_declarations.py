"""A declaration knows what its target serves, says why not, and shows no secret."""

import sys
from typing import Any

import msgspec
import pytest

from harness.config.capabilities import CAPABILITIES, EVERYTHING, WRITE_ONLY
from harness.config.contract import LARAVEL
from harness.config.declarations import (
    Audience,
    Backend,
    Broadcaster,
    ChannelRule,
    Person,
    TargetDeclaration,
    Topology,
)
from harness.config.reference import CONVERSATION_RULE, own_target
from harness.errors import UsageError


def remote(**changes: Any) -> TargetDeclaration:
    """Declare a remote target that grants everything and has everything, but for the changes."""
    ours = own_target("staging", "remote")
    broadcaster = Broadcaster(url="ws://localhost:1", key="k", secret="a-secret-of-theirs")
    return msgspec.structs.replace(ours, **{"broadcaster": broadcaster, "may": EVERYTHING, **changes})


def without(*routes: str) -> Backend:
    """Make a backend that lacks routes."""
    return Backend(contract=msgspec.structs.replace(LARAVEL, **dict.fromkeys(routes)))


@pytest.mark.parametrize("topology", ["embedded", "remote"])
def test_a_capability_is_there_when_nothing_stands_against_it(topology: Topology) -> None:
    """The set and the reasons cannot disagree: one is derived from the other."""
    target = own_target("x", topology)
    assert target.capabilities == {word for word in CAPABILITIES if target.why_not(word) == ""}


def test_the_reference_stack_serves_what_its_servers_know() -> None:
    """Everything but what waits for several nodes and containers."""
    served = own_target("embedded", "embedded").capabilities - {"stamps"}
    assert served == {
        "secret", "registration", "write", "create", "terminate", "wrong_passwords", "membership", "presence",
        "client_events", "load", "logs", "faults", "restart", "defects",
    }  # fmt: skip


def test_an_unknown_word_is_a_usage_error() -> None:
    """A misspelt capability must not read as one that the target lacks."""
    with pytest.raises(UsageError, match=r"'presense' is no capability"):
        remote().why_not("presense")


@pytest.mark.parametrize(
    ("capability", "changes", "reason"),
    [
        ("secret", {"broadcaster": Broadcaster(url="ws://x", key="k")}, "declares no broadcaster.secret"),
        ("terminate", {"broadcaster": Broadcaster(url="ws://x", key="k")}, "declares no broadcaster.secret"),
        ("registration", {"backend": without("register")}, "has no route for register"),
        ("write", {"backend": without("send")}, "has no route for send"),
        ("create", {"backend": without("create")}, "has no route for create"),
        ("membership", {"backend": without("add_participant")}, "has no route for add_participant"),
        ("wrong_passwords", {"backend": without("login")}, "has no route for login"),
        ("presence", {"channels": (CONVERSATION_RULE,)}, "declares no presence channel"),
        ("restart", {}, "does not serve restart: nothing of ours can restart its servers"),
        ("logs", {}, "does not serve logs: its logs are not ours to read"),
        ("create", {"may": WRITE_ONLY}, "not granted: [targets.staging.may] does not say create = true"),
        ("create", {"production": True}, "is production: it is read, and one message is sent"),
    ],
)
def test_a_missing_capability_has_a_reason(capability: str, changes: dict[str, Any], reason: str) -> None:
    """What is not exercised is reported with what would have to change."""
    target = remote(**changes)
    assert reason in target.why_not(capability)
    assert capability not in target.capabilities


def test_tls_hides_kernel_stamps() -> None:
    """A stamp belongs to bytes, and behind TLS bytes are not frames."""
    target = remote(broadcaster=Broadcaster(url="wss://ws.example.com", key="k"))
    assert target.why_not("stamps") != ""


@pytest.mark.parametrize(("platform", "served"), [("linux", True), ("darwin", False)])
def test_stamps_need_the_platform_that_has_them(
    monkeypatch: pytest.MonkeyPatch, platform: str, *, served: bool
) -> None:
    """SO_TIMESTAMPNS is Linux's."""
    monkeypatch.setattr(sys, "platform", platform)
    assert ("stamps" in remote().capabilities) is served


def test_production_leaves_one_message() -> None:
    """Whatever is granted, a production target is only read and written to once."""
    assert remote(production=True).capabilities <= {"write", "stamps"}


@pytest.mark.parametrize(
    ("join", "pattern", "missing"),
    [("participants", "private-x", "conversation"), ("company", "private-x", "company"), ("self", "private-x", "user")],
)
def test_a_rule_that_cannot_be_decided_is_refused(join: Audience, pattern: str, missing: str) -> None:
    """An audience is decided by a placeholder of the pattern."""
    with pytest.raises(ValueError, match=missing):
        ChannelRule(name="x", pattern=pattern, join=join)


def test_secrets_are_not_shown() -> None:
    """A declaration in a log or a failure shows neither passwords nor the app secret, but the public key."""
    person = Person(name="alice", email="alice@example.com", password="correct horse")
    shown = repr(remote(cast=(person,)))
    assert "correct horse" not in shown
    assert "a-secret-of-theirs" not in shown
    assert "key='k'" in shown
    assert "alice@example.com" in shown
