"""A target's table becomes its declaration, or one sentence."""

import tomllib
from pathlib import Path

import pytest

from harness.config.capabilities import EVERYTHING
from harness.config.declarations import TargetDeclaration
from harness.config.document import Document, Place, read_document
from harness.config.reference import CONVERSATION_RULE, own_target
from harness.config.targets import declared_target, target_names
from harness.errors import UsageError

STAGING = """
[targets.staging]
topology = "remote"
[targets.staging.backend]
url = "https://staging.example.com/"
authorize = { request = "POST /broadcasting/auth", encoding = "form" }
logout = false
event = { name = "message.sent", text = "text" }
[targets.staging.broadcaster]
url = "wss://ws.staging.example.com"
app_id = "erp"
key = "${REVERB_APP_KEY}"
secret = "${REVERB_APP_SECRET}"
[[targets.staging.cast]]
name = "alice"
email = "alice@example.com"
password = "${ALICE_PASSWORD}"
company = 6
[targets.staging.world]
conversation = 123
[targets.staging.may]
create = true
[targets.staging.budgets]
arrival = "8s"
"""
VARIABLES = {"REVERB_APP_KEY": "key", "REVERB_APP_SECRET": "hush", "ALICE_PASSWORD": "pass"}


def document(text: str) -> Document:
    """Make a document of TOML."""
    return Document(Place(Path("realtime.toml")), tomllib.loads(text))


def staging(**changed: str) -> TargetDeclaration:
    """Declare the staging target with some lines of its table replaced."""
    text = STAGING
    for old, new in changed.items():
        assert f"\n{old} = " in text
        text = "\n".join(f"{old} = {new}" if line.startswith(f"{old} = ") else line for line in text.split("\n"))
    return declared_target("staging", document(text), VARIABLES)


def test_the_built_in_targets_exist_without_a_file() -> None:
    """`embedded` and `containers` need no declaration."""
    assert target_names(None) == ("embedded", "containers")
    assert declared_target("embedded", None, {}) == own_target("embedded", "embedded")


def test_declared_targets_join_the_built_in_ones() -> None:
    """A file adds names and repeats none."""
    found = target_names(document("[targets.embedded]\n[targets.b]\n[targets.a]\n"))
    assert found == ("embedded", "containers", "b", "a")


def test_a_remote_target_is_declared_by_its_table() -> None:
    """Addresses, people, world and secrets are those of the file and the environment."""
    target = staging()
    assert (target.name, target.topology, target.backend.url) == ("staging", "remote", "https://staging.example.com")
    assert (target.broadcaster.url, target.broadcaster.api_url) == (
        "wss://ws.staging.example.com",
        "https://ws.staging.example.com",
    )
    assert (target.broadcaster.key, target.broadcaster.secret, target.broadcaster.dialect) == ("key", "hush", "reverb")
    assert (target.cast[0].password, target.cast[0].company, target.world.conversation) == ("pass", 6, 123)


def test_what_a_remote_table_leaves_out_has_its_default() -> None:
    """The contract is Laravel's but for the overrides, the channel that of the design, the rest is not granted."""
    target = staging()
    contract = target.backend.contract
    assert (contract.authorize.path, contract.authorize.encoding, contract.logout) == (
        "/broadcasting/auth",
        "form",
        None,
    )
    assert (contract.event.name, contract.event.text, contract.event.sender) == ("message.sent", "text", "sender.id")
    assert (target.backend.publishes, target.channels) == ("unknown", (CONVERSATION_RULE,))
    assert (target.may.create, target.may.write, target.may.terminate) == (True, True, False)
    assert (target.budgets.arrival, target.budgets.delivery["p95"]) == (8.0, 0.25)


def test_the_interface_address_can_be_named() -> None:
    """A broadcaster may serve its HTTP interface elsewhere."""
    target = staging(app_id='"erp"\napi_url = "http://inside.example.com:6001"')
    assert target.broadcaster.api_url == "http://inside.example.com:6001"


def test_a_stack_of_ours_can_be_told_dialect_grants_and_budgets() -> None:
    """What is left out stays that of the reference stack."""
    text = """
    [targets.embedded]
    broadcaster = { dialect = "pusher" }
    may = { terminate = false }
    budgets = { delivery = { p95 = "300ms" } }
    """
    target = declared_target("embedded", document(text), {})
    assert target.broadcaster.dialect == "pusher"
    assert (target.may.terminate, target.may.write) == (False, EVERYTHING.write)
    assert (target.budgets.delivery, target.budgets.arrival) == ({"p95": 0.3}, 2.0)


def test_an_embedded_stack_may_look_for_silent_clients_sooner() -> None:
    """A second or two is what a scenario can wait for; a container's broadcaster has the timers of its dialect."""
    text = '[targets.{0}.broadcaster]\nactivity_timeout = "{1}"\n'
    assert declared_target("embedded", document(text.format("embedded", "2s")), {}).broadcaster.activity_timeout == 2
    assert declared_target("embedded", document(""), {}).broadcaster.activity_timeout == 0
    with pytest.raises(UsageError, match=r"broadcaster.activity_timeout is for the topology embedded"):
        declared_target("containers", document(text.format("containers", "2s")), {})
    with pytest.raises(UsageError, match=r"broadcaster.activity_timeout .*'soon'"):
        declared_target("embedded", document(text.format("embedded", "soon")), {})


def test_a_stack_of_ours_can_be_told_to_behave_as_plain_laravel() -> None:
    """Losing a right then closes no connection; the rest of its backend is ours to know."""
    backend = declared_target("embedded", document('[targets.embedded.backend]\nrevokes = "unknown"\n'), {}).backend
    assert (backend.revokes, backend.publishes) == ("unknown", "before-answer")
    with pytest.raises(UsageError, match=r"backend.revokes is 'never'; allowed are closes, unknown"):
        declared_target("embedded", document('[targets.embedded.backend]\nrevokes = "never"\n'), {})


def test_a_wrong_pattern_is_named_with_its_file_and_line(tmp_path: Path) -> None:
    """Whichever of the two spellings of the file it stands in."""
    rule = '[[targets.staging.channels]]\nname = "room"\npattern = "private-room.{room}"\njoin = "anyone"\n'
    for name, prefix in (("realtime.toml", ""), ("pyproject.toml", "tool.realtime.")):
        text = f"{STAGING}\n{rule}".replace("[targets", f"[{prefix}targets")
        (tmp_path / name).write_text(text)
        read = read_document(tmp_path / name)
        line = next(number for number, words in enumerate(text.split("\n"), 1) if "private-room" in words)
        with pytest.raises(UsageError) as refused:
            declared_target("staging", read, VARIABLES)
        assert str(refused.value).startswith(
            f"{tmp_path / name}:{line}: {prefix}targets.staging.channels[0].pattern is 'private-room.{{room}}', and "
            "nothing says what {room} means; known are {company}, {conversation}, {user}, and "
        )


def test_the_rule_that_nobody_wrote_is_not_complained_of() -> None:
    """A remote target without rules has that of the design, whether or not its world has a conversation."""
    assert staging(conversation='""', create="false").channels == (CONVERSATION_RULE,)


def test_a_second_embedded_target_may_have_any_name() -> None:
    """The topology is a key, not a name."""
    target = declared_target("slow", document('[targets.slow]\ntopology = "embedded"\n'), {})
    assert (target.name, target.topology) == ("slow", "embedded")


def test_other_targets_are_not_looked_into() -> None:
    """A run against `embedded` needs none of the variables of staging."""
    assert declared_target("embedded", document(STAGING), {}).name == "embedded"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "'staging' is no target; known are embedded, containers (realtime.toml)"),
        ("targets = 1", "targets is no table; write [targets.NAME]"),
        ("[targets]\nstaging = 1", "targets.staging is no table"),
        ("[targets.staging]", "targets.staging.topology is missing; allowed are embedded, containers, remote"),
        ("[targets.staging]\ntopology = 'k8s'", "targets.staging.topology is 'k8s'; allowed are embedded, containers,"),
        ("[targets.staging]\ntopology = 'remote'", "targets.staging.backend is missing"),
        ("[targets.staging]\ntopology = 'embedded'\nworld = {}", "targets.staging.world is no key that is known here"),
    ],
)
def test_a_target_that_cannot_be_declared_is_one_sentence(text: str, complaint: str) -> None:
    """The reader learns the key and what is allowed."""
    with pytest.raises(UsageError) as refused:
        declared_target("staging", document(text), {})
    assert complaint in str(refused.value)


def test_a_built_in_name_keeps_its_topology() -> None:
    """A target called `embedded` that is remote would fool every reader of a report."""
    with pytest.raises(UsageError, match=r"targets.embedded.topology is 'remote'; allowed are embedded"):
        declared_target("embedded", document('[targets.embedded]\ntopology = "remote"'), {})


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"arrival": '"soon"'}, "targets.staging.budgets.arrival is not accepted: 'soon' is no duration"),
        ({"create": '"yes"'}, "targets.staging.may.create is a text, not true or false"),
        ({"create": "true\nfly = true"}, "targets.staging.may.fly is no key that is known here; allowed are secret, "),
        ({"logout": "true"}, "targets.staging.backend.logout is true; allowed are false"),
        ({"authorize": '{ request = "auth" }'}, "targets.staging.backend.authorize has the request 'auth'; write a"),
        ({"key": '"${NOBODY_SET_THIS}"'}, "targets.staging.broadcaster.key needs the environment variable NOBODY_SET"),
        ({"app_id": '"erp"\napi_url = "ws://x"'}, "targets.staging.broadcaster.api_url is 'ws://x'; write an address"),
        (
            {"conversation": '1\n[[targets.staging.cast]]\nname = "alice"\nemail = "e"\npassword = "p"'},
            "targets.staging.cast have the name 'alice' twice",
        ),
        (
            {"conversation": '1\n[[targets.staging.channels]]\nname = "a"\npattern = "x.{user}"\njoin = "anyone"\n'
             '[[targets.staging.channels]]\nname = "b"\npattern = "x.{company}"\njoin = "nobody"'},
            "targets.staging.channels[1].pattern is 'x.{company}', and a name that it matches can match 'x.{user}'",
        ),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_its_key(changed: dict[str, str], complaint: str) -> None:
    """Nothing of a table is taken silently."""
    with pytest.raises(UsageError) as refused:
        staging(**changed)
    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["staging.example.com", "wss://x", "https://", "https://x:0", "https://x:port", "https://x?a=1", "https://x#a"],
)
def test_an_address_that_is_none_is_refused_with_an_example(url: str) -> None:
    """Scheme and host, perhaps port and path."""
    text = f'[targets.s]\ntopology="remote"\nbackend={{url="{url}"}}\nbroadcaster={{url="wss://x",key="k"}}'
    with pytest.raises(UsageError, match=r"targets.s.backend.url is .* write an address such as 'https://host"):
        declared_target("s", document(text), {})


def test_an_address_with_a_password_is_refused_unread() -> None:
    """Addresses are shown in reports, so a password in one is refused and not repeated."""
    text = '[targets.s]\ntopology="remote"\nbackend={url="https://me:hush@x"}\nbroadcaster={url="wss://x",key="k"}'
    with pytest.raises(UsageError, match="carries a user name or password") as refused:
        declared_target("s", document(text), {})
    assert "hush" not in str(refused.value)


def test_a_stack_in_containers_may_have_a_database_and_several_nodes() -> None:
    """The backend publishes before it answers all the same; what is between the nodes, a sentinel passes."""
    table = "[targets.containers]\nbackend.database = 'mariadb'\nbroadcaster.nodes = 2\n"
    target = declared_target("containers", document(table), {})

    assert (target.backend.database, target.broadcaster.nodes, target.backend.publishes) == (
        "mariadb",
        2,
        "before-answer",
    )
    assert target.why_not("two_nodes") == ""
    one = declared_target("containers", None, {})
    assert "has one broadcaster" in one.why_not("two_nodes")


@pytest.mark.parametrize(
    ("key", "complaint"),
    [
        ("backend.database = 'mariadb'", "backend.database is 'mariadb'; the topology embedded has sqlite"),
        ("broadcaster.nodes = 2", "broadcaster.nodes is 2; the topology embedded has one"),
    ],
)
def test_child_processes_have_neither(key: str, complaint: str) -> None:
    """What they cannot be is refused, with the topology that can."""
    with pytest.raises(UsageError, match=complaint):
        declared_target("embedded", document(f"[targets.embedded]\n{key}\n"), {})
