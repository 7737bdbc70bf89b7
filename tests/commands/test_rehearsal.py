"""`realtime run --dry-run` lists what a run would ask of a remote target, in its words, and asks it nothing."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from harness.commands.rehearsal import dressed, rehearse, told
from harness.config import WRITE_ONLY, Person, TargetDeclaration, World, own_target
from harness.errors import UsageError
from harness.history.events import HttpAsked, SocketOpened

STAGING = """
default_target = "staging"
[targets.staging]
topology = "remote"
[targets.staging.backend]
url = "https://staging.invalid/chat"
login = { request = "POST /session", fields = { email = "login", password = "passwort" }, token = "data.token" }
send = { request = "POST /rooms/{conversation}", fields = { text = "says" } }
[targets.staging.broadcaster]
url = "wss://ws.staging.invalid"
key = "the-key"
[targets.staging.world]
conversation = 123
"""
PERSON = """
[[targets.staging.cast]]
name = "{0}"
email = "{0}@example.com"
password = "the-password-of-{0}"
company = 6
"""


@pytest.fixture
def dry(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Give what runs the command in a project with a remote target that nobody serves."""
    cast = "".join(PERSON.format(name) for name in ("alice", "bob", "eve"))
    (tmp_path / "realtime.toml").write_text(STAGING + cast)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("REALTIME_", "PYTEST_"))}

    def dry(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "harness", "run", "--dry-run", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    return dry


def test_every_request_is_listed_in_the_words_of_the_target(
    dry: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """Method, address and the names of the fields, counted; no password, no report, and how long it takes."""
    ended = dry("-k", "probe")
    first, *lines, last = ended.stdout.splitlines()
    assert ended.returncode == 0, ended.stderr
    assert first.endswith("rehearsed on the embedded stack, 2 tests would be exercised and 0 not")
    listed = {line.strip().partition(" x ")[2]: int(line.strip().partition(" x ")[0]) for line in lines}
    assert listed == {
        "POST https://staging.invalid/chat/session  json: login, passwort": 3,
        "GET wss://ws.staging.invalid/app/the-key  WebSocket": 4,
        "POST https://staging.invalid/chat/api/broadcasting/auth  form: socket_id, channel_name": 3,
        "POST https://staging.invalid/chat/rooms/{conversation}  json: says": 1,
    }
    assert last == "at 5 requests a second that takes 0.0 min at least"
    assert "the-password" not in ended.stdout + ended.stderr
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--realtime-target=embedded"], "--dry-run is for remote targets; embedded (embedded) is ours to ask"),
        (["-n", "2"], "--dry-run rehearses in one process: leave out -n"),
    ],
)
def test_what_cannot_be_rehearsed_is_one_sentence(
    dry: Callable[..., subprocess.CompletedProcess[str]], arguments: list[str], complaint: str
) -> None:
    """Before anything is started."""
    ended = dry(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert complaint in ended.stderr


def test_a_rehearsal_that_came_to_nothing_says_why() -> None:
    """Whatever pytest printed last is told."""

    def nothing(arguments: list[str], plugin: object) -> int:
        del arguments, plugin
        sys.stdout.write("no tests ran\n")
        return 5

    with pytest.raises(UsageError, match="--dry-run came to nothing: no tests ran"):
        rehearse(own_target("far", "remote"), [], nothing)


@pytest.fixture
def ours() -> TargetDeclaration:
    """Declare our own stack with all its people."""
    people = ("alice", "bob", "carol", "eve", "mallory")
    cast = tuple(Person(name=name, email=f"{name}@x", password="invented") for name in people)
    return msgspec.structs.replace(own_target("embedded", "embedded"), cast=cast)


def test_a_rehearsal_may_what_the_target_lets_us(ours: TargetDeclaration) -> None:
    """Grants, lacking routes, roles and production are those of the target; the pace is our own."""
    contract = msgspec.structs.replace(ours.backend.contract, read=None)
    target = msgspec.structs.replace(
        own_target("far", "remote"),
        backend=msgspec.structs.replace(ours.backend, contract=contract),
        cast=ours.cast[:2],
        may=msgspec.structs.replace(WRITE_ONLY, membership=True),
        production=True,
    )
    found = dressed(target, ours)
    assert (found.name, found.topology, found.production) == ("far", "remote", True)
    assert [person.name for person in found.cast] == ["alice", "bob"]
    assert (found.backend.contract.read, found.may.requests_per_second) == (None, 0)
    assert found.capabilities == target.capabilities
    assert dressed(msgspec.structs.replace(target, cast=()), ours).cast == ()
    made = msgspec.structs.replace(target, cast=(), seed=("make",))
    assert len(dressed(made, ours).cast) == 5


def test_what_a_cast_and_a_session_take_is_listed_too(ours: TargetDeclaration) -> None:
    """Registrations of those who would be made, and a CSRF cookie before each login."""
    contract = msgspec.structs.replace(ours.backend.contract, authentication="cookie")
    target = msgspec.structs.replace(
        own_target("far", "remote"),
        backend=msgspec.structs.replace(ours.backend, url="https://far.invalid", contract=contract),
        world=World(companies=(1, 2)),
    )
    asked = {"act": "a", "method": "POST", "path": "/api/x?secret=1"}
    events = [
        HttpAsked(n=0, at=0, purpose="log in", **asked),
        HttpAsked(n=1, at=0, purpose="post", fields=("a", "b"), **asked),
        SocketOpened(n=2, at=0, who="alice", socket_id="1.1", activity_timeout=30.0),
    ]
    lines = told(target, events)
    assert lines == [
        "1 x POST https://far.invalid/api/login  json: email, password",
        "1 x GET https://far.invalid/sanctum/csrf-cookie",
        "1 x POST https://far.invalid/api/x  a, b",
        "1 x GET /app/  WebSocket",
        "5 x POST https://far.invalid/api/register  json: name, email, password, company_id",
    ]
