"""What must be so before a load begins: a target that allows it, a rate that can be offered, files and ports enough."""

import resource
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from harness.config import TargetDeclaration
from harness.errors import UsageError
from harness.load.lanes import MOST
from harness.load.population import FEWEST
from harness.load.profile import Profile
from harness.statistics.percentiles import samples_needed

MOST_SENDS: Final = 2_000.0
"""Messages a second that one process begins at their time: each costs a third of a millisecond."""
MOST_DELIVERIES: Final = 40_000.0
"""Deliveries a second that one process reads and checks: each costs some 25 µs."""

_SPARE: Final = 64
"""Files that are open anyway."""
_PORTS: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_ROUTES: Final = ("login", "authorize", "send")
_NEEDED: Final = {"write": "sends messages", "load": "loads it"}


def check_target(target: TargetDeclaration, *, conversations: int, rate: float) -> None:
    """Raise `UsageError` for a target that does not allow such a load, or that cannot be spoken to by it."""
    for capability, what in _NEEDED.items():
        if reason := target.why_not(capability):
            raise UsageError(f"target {target.name} is not loaded: {reason}; a load {what}")
    if target.world.conversation is None and (reason := target.why_not("create")):
        raise UsageError(f"there is no conversation to load, and none can be made: {reason}")
    if target.world.conversation is not None and conversations != 1:
        raise UsageError(
            f"target {target.name} has one fixed conversation, and {conversations} were asked for; write "
            "--conversations 1"
        )
    if target.backend.adapter:
        raise UsageError(f"target {target.name} is asked through an adapter, which a load cannot use yet")
    if lacking := [route for route in _ROUTES if getattr(target.backend.contract, route) is None]:
        raise UsageError(
            f"the contract of target {target.name} has no route for {', '.join(lacking)}, which a load needs"
        )
    most = target.may.requests_per_second
    if most and rate > most:
        raise UsageError(
            f"a rate of {rate:g}/s is more than [targets.{target.name}.may] requests_per_second = {most:g}; ask for "
            "less, or grant more there"
        )


def check_users(users: int, *, conversations: int) -> None:
    """Raise `UsageError` for too few to talk with each other everywhere."""
    if users < FEWEST * conversations:
        raise UsageError(
            f"{users} users are too few for {conversations} conversations, each of which needs {FEWEST}; ask for "
            f"--users {FEWEST * conversations} or more, or for fewer conversations"
        )


def check_rate(profile: Profile, *, listeners: float) -> None:
    """Raise `UsageError` for a rate that one process cannot offer, or whose deliveries it cannot check."""
    if profile.rate > MOST_SENDS:
        raise UsageError(
            f"a rate of {profile.rate:g}/s is more than one process can offer, which is {MOST_SENDS:g} a second"
        )
    if profile.rate * listeners > MOST_DELIVERIES:
        raise UsageError(
            f"{profile.rate:g} messages a second to {listeners:.0f} listeners each are {profile.rate * listeners:,.0f} "
            f"deliveries a second, and one process can check {MOST_DELIVERIES:,.0f}; ask for a lower --rate "
            f"(up to {MOST_DELIVERIES / listeners:.0f}), for fewer users or for more conversations"
        )


def too_short(messages: int, limits: Mapping[str, float]) -> str:
    """Say that so many messages claim not all of these percentiles, and how many would; "" when they do."""
    needed = {name: samples_needed(float(name[1:]) / 100) for name in limits}
    unclaimed = [name for name, count in needed.items() if count > messages]
    if not unclaimed:
        return ""
    return (
        f"{messages} messages are too few to decide about {', '.join(unclaimed)}, for which it takes "
        f"{max(needed.values())}: load longer or faster for that"
    )


def check_machine(users: int, ports: Path = _PORTS) -> None:
    """Raise `UsageError` where so many users would run out of files or ports, with the command that gives more."""
    needed = users + MOST + _SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        above = hard != resource.RLIM_INFINITY and hard < needed
        who = f", as root, for the hard limit is {hard}" if above else ""
        raise UsageError(
            f"{users} users need {needed} open files, and the limit (RLIMIT_NOFILE) is {soft}: run "
            f"`ulimit -n {needed}` in this shell first{who}"
        )
    try:
        low, high = (int(word) for word in ports.read_text().split())
    except (OSError, ValueError):
        return  # not Linux: the system will say so itself
    if users + MOST > (there := high - low + 1):
        raise UsageError(
            f"{users} users need {users + MOST} local ports, and there are {there} (net.ipv4.ip_local_port_range): run "
            '`sysctl -w net.ipv4.ip_local_port_range="1024 65535"` first'
        )
