"""What `realtime up` says is complete for a program and discreet with a person."""

import json

import msgspec
import pytest

from harness.commands.sheet import as_json, as_text, echo_line
from harness.config import Backend, Broadcaster, Person, TargetDeclaration, own_target

SECRETS = ("the-app-secret", "pass-of-alice", "pass-of-bob")


@pytest.fixture
def target() -> TargetDeclaration:
    """Declare a stack that runs with two people."""
    ours = own_target("embedded", "embedded")
    return msgspec.structs.replace(
        ours,
        backend=msgspec.structs.replace(ours.backend, url="http://127.0.0.1:8000"),
        broadcaster=Broadcaster(
            url="ws://127.0.0.1:8080", api_url="http://127.0.0.1:8080", app_id="7", key="a-key", secret=SECRETS[0]
        ),
        cast=(
            Person(name="alice", email="alice@x", password=SECRETS[1], company=1, id=1, display_name="ليلى"),
            Person(name="bob", email="bob@x", password=SECRETS[2], company=1, id=2, display_name="Bob"),
        ),
    )


def test_a_program_gets_everything_in_one_line(target: TargetDeclaration) -> None:
    """Addresses, credentials, people with passwords, and the line for Echo."""
    text = as_json(target)
    told = json.loads(text)
    assert "\n" not in text
    assert (told["backend"], told["broadcaster"]) == ("http://127.0.0.1:8000", "ws://127.0.0.1:8080")
    assert (told["app_id"], told["key"], told["secret"]) == ("7", "a-key", SECRETS[0])
    assert told["people"][0] == {
        "name": "alice",
        "email": "alice@x",
        "password": SECRETS[1],
        "company": 1,
        "id": 1,
        "display_name": "ليلى",
    }
    assert told["echo"] == echo_line(target, passwords=True)


def test_a_terminal_is_shown_passwords(target: TargetDeclaration) -> None:
    """A person at the terminal can log in as anybody; the app secret is not needed for that."""
    text = as_text(target, passwords=True)
    assert all(word in text for word in ("http://127.0.0.1:8000/", "ws://127.0.0.1:8080", "key a-key", *SECRETS[1:]))
    assert SECRETS[0] not in text


def test_a_log_is_told_how_to_get_them(target: TargetDeclaration) -> None:
    """What is not read by a person at a terminal holds no secret."""
    text = as_text(target, passwords=False)
    assert not any(secret in text for secret in SECRETS)
    assert "passwords: on a terminal, with --json or --target-file" in text


def test_the_line_for_echo_names_this_stack(target: TargetDeclaration) -> None:
    """Key, addresses, the authorization endpoint, and a token of the first of the cast."""
    line = echo_line(target, passwords=True)
    assert line.startswith('const echo = new Echo({ broadcaster: "reverb", Pusher, key: "a-key"')
    assert 'wsHost: "127.0.0.1", wsPort: 8080, forceTLS: false' in line
    assert 'authEndpoint: "http://127.0.0.1:8000/api/broadcasting/auth"' in line
    assert "http://127.0.0.1:8000/api/login" in line
    assert '{"email": "alice@x", "password": "pass-of-alice"}' in line


def test_without_anybody_to_log_in_there_is_no_line(target: TargetDeclaration) -> None:
    """A comment is still valid JavaScript."""
    nobody = msgspec.structs.replace(target, cast=())
    assert echo_line(nobody, passwords=True).startswith("//")
    assert "people" in as_text(nobody, passwords=True)
    assert Backend().url == ""
