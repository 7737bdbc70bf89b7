"""How a target's people are known again: bearer tokens, or Sanctum's cookies."""

import tomllib
from pathlib import Path

import pytest

from harness.config.declarations import TargetDeclaration
from harness.config.document import Document, Place
from harness.config.targets import declared_target
from harness.errors import UsageError


def declared(*lines: str, topology: str = "remote") -> TargetDeclaration:
    """Declare a target with these lines in the table of its backend."""
    servers = ["[targets.t.backend]", *lines]
    if topology == "remote":
        servers += ['url = "https://a"', "[targets.t.broadcaster]", 'key = "k"', 'url = "wss://b"']
    text = "\n".join(["[targets.t]", f'topology = "{topology}"', *servers])
    return declared_target("t", Document(Place(Path("realtime.toml")), tomllib.loads(text)), {})


def test_tokens_are_the_default_and_sanctum_that_of_cookies() -> None:
    """A table says how its backend differs, member by member."""
    assert declared().backend.contract.authentication == "bearer"
    contract = declared('authentication = "cookie"', 'csrf = { header = "X-CSRF" }').backend.contract
    assert contract.authentication == "cookie"
    assert (contract.csrf.request, contract.csrf.cookie) == ("GET /sanctum/csrf-cookie", "XSRF-TOKEN")
    assert contract.csrf.header == "X-CSRF"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('authentication = "basic"', "authentication is 'basic'; allowed are bearer, cookie"),
        ('csrf = { request = "/sanctum" }', "csrf.request is '/sanctum'; write a method and a path"),
        ('csrf = { header = "X Y" }', "csrf.header is 'X Y', which is no name; Laravel's is 'X-XSRF-TOKEN'"),
        ('csrf = { cookie = "" }', "csrf.cookie is '', which is no name"),
    ],
)
def test_what_is_no_authentication_is_one_sentence(line: str, complaint: str) -> None:
    """It names the key and what is allowed."""
    with pytest.raises(UsageError) as error:
        declared(line)
    assert complaint in str(error.value)


@pytest.mark.parametrize("topology", ["embedded", "containers"])
def test_our_own_stack_has_both(topology: str) -> None:
    """As child processes, and in containers."""
    assert declared('authentication = "cookie"', topology=topology).backend.contract.authentication == "cookie"
