"""What is refused before any load is sent, each with what was found and what to do."""

import resource
from pathlib import Path

import msgspec
import pytest

from harness.config import TargetDeclaration, load, target_declaration
from harness.errors import UsageError
from harness.load.limits import MOST_SENDS, check_machine, check_rate, check_target, check_users, too_short
from harness.load.profile import Profile

REMOTE = """
[targets.staging]
topology = "remote"
[targets.staging.backend]
url = "https://staging.example.com"
[targets.staging.broadcaster]
url = "wss://ws.staging.example.com"
key = "k"
[[targets.staging.cast]]
name = "alice"
email = "a@x"
password = "p"
company = 6
"""
GRANTED = "[targets.staging.may]\nwrite = true\nload = true\ncreate = true\nrequests_per_second = 200\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give an empty project."""
    return tmp_path


def declared(folder: Path, more: str = "") -> TargetDeclaration:
    """Read the declaration of a remote target."""
    (folder / "realtime.toml").write_text(REMOTE + more)
    return target_declaration(load({"target": "staging"}, {}, folder, folder))


def test_a_target_that_grants_it_is_loaded(folder: Path) -> None:
    """And so is the embedded stack, which needs no declaration."""
    check_target(declared(folder, GRANTED), conversations=3, rate=100)
    check_target(target_declaration(load({"target": "embedded"}, {}, folder, folder)), conversations=3, rate=100)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", "staging is not loaded: not granted: .* load = true"),
        (GRANTED.replace("write = true", "write = false"), "staging is not loaded: not granted: .* write = true"),
        ("production = true\n", "staging is not loaded: .* production"),
        (GRANTED.replace("create = true", ""), "no conversation to load, and none can be made: not granted"),
        (f"{GRANTED}[targets.staging.world]\nconversation = 7\n", "one fixed conversation, and 3 were asked for"),
        (GRANTED.replace("200", "20"), "100/s is more than .* requests_per_second = 20"),
    ],
)
def test_a_target_that_does_not_allow_it_is_left_alone(folder: Path, more: str, said: str) -> None:
    """The sentence names what is missing."""
    target = declared(folder) if more.startswith("production") else declared(folder, more)
    if more.startswith("production"):
        target = msgspec.structs.replace(target, production=True)
    with pytest.raises(UsageError, match=said):
        check_target(target, conversations=3, rate=100)


def test_an_adapter_is_not_spoken_yet(folder: Path) -> None:
    """It is said, and not guessed at."""
    target = declared(folder, GRANTED)
    backend = msgspec.structs.replace(target.backend, adapter="own:Backend")
    with pytest.raises(UsageError, match="through an adapter"):
        check_target(msgspec.structs.replace(target, backend=backend), conversations=1, rate=1)


def test_a_contract_without_a_route_is_refused(folder: Path) -> None:
    """It is the declaration's to say how people log in."""
    target = declared(folder, GRANTED)
    contract = msgspec.structs.replace(target.backend.contract, login=None)
    backend = msgspec.structs.replace(target.backend, contract=contract)
    with pytest.raises(UsageError, match="has no route for login, which a load needs"):
        check_target(msgspec.structs.replace(target, backend=backend), conversations=1, rate=1)


def test_a_rate_that_nobody_can_offer_is_refused() -> None:
    """In messages, and in the deliveries that they make; what would do is said."""
    check_rate(Profile(rate=100, seconds=1), listeners=100)
    with pytest.raises(UsageError, match="more than one process can offer, which is 2000"):
        check_rate(Profile(rate=MOST_SENDS + 1, seconds=1), listeners=1)
    with pytest.raises(UsageError, match=r"100,000 deliveries a second, .* \(up to 40\)"):
        check_rate(Profile(rate=100, seconds=1), listeners=1000)


def test_a_load_that_is_too_short_is_told_before() -> None:
    """It is let be: what it can decide, it decides."""
    limits = {"p50": 0.1, "p95": 0.2, "p99": 1.0}

    assert too_short(299, limits) == too_short(1, {}) == ""
    assert too_short(60, limits).startswith("60 messages are too few to decide about p99, for which it takes 299")
    assert "about p95, p99," in too_short(20, limits)


def test_too_few_users_are_refused() -> None:
    """Two for each conversation."""
    check_users(4, conversations=2)
    with pytest.raises(UsageError, match="--users 4 or more"):
        check_users(3, conversations=2)


def test_too_few_files_are_refused_with_the_command() -> None:
    """The limit, what it is, the value needed, and who may raise it."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1000, before[1]))
    try:
        check_machine(500)
        with pytest.raises(UsageError, match=r"1000 users need 1320 open files, .* \(RLIMIT_NOFILE\) is 1000") as said:
            check_machine(1000)
        assert "ulimit -n 1320" in str(said.value)
        assert "as root" not in str(said.value)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_too_few_ports_are_refused_with_the_command(folder: Path) -> None:
    """The same for ports; where a system has no such file, nothing is said."""
    ports = folder / "ports"
    ports.write_text("1000\t1299\n")
    check_machine(44, ports)
    with pytest.raises(UsageError, match=r"100 users need 356 local ports, and there are 300 \(net.ipv4"):
        check_machine(100, ports)
    check_machine(100, folder / "none")
