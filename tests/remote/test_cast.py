"""A cast that is made for the run, and everything else that a run makes: named after it, deleted with it, or told."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness import expect
from harness.commands.target_file import _toml
from harness.config import Person, TargetDeclaration, World, own_target
from harness.errors import EnvironmentFault, LoginRefused, UsageError
from harness.history.events import LeftBehind
from harness.history.recorder import Recorder
from harness.topology import Deployment, Share, open_deployment, seeding
from harness.topology.casting import _of_worker
from harness.topology.target import Target

Declared = Callable[..., TargetDeclaration]


def opened(declaration: TargetDeclaration) -> Target:
    """Attach to a target as a run does."""
    deployment = open_deployment(declaration, seed=1, folder=Path(), cache=Path())
    return Target(deployment, Recorder())


@pytest.fixture
def castless(running: Deployment, declared: Declared) -> Declared:
    """Give what declares the stack without a cast; further lines go before its table of grants."""

    def castless(lines: str = "", *changes: tuple[str, str]) -> TargetDeclaration:
        tables = {person: _table(person) for person in running.target.cast}
        gone = [(table, "") for table in tables.values()]
        return declared(*gone, ("[targets.up.may]\n", f"{lines}\n[targets.up.may]\n"), *changes)

    return castless


def _table(person: Person) -> str:
    members = {name: getattr(person, name) for name in person.__struct_fields__}
    shown = [f"{name} = {_toml(value)}" for name, value in members.items() if value not in (None, "")]
    return "\n".join(["[[targets.up.cast]]", *shown])


async def spoken(target: Target) -> None:
    """Let alice write something to bob, and mallory see nothing of it."""
    async with target.world() as world:
        alice, bob, mallory = (world.person(name) for name in ("alice", "bob", "mallory"))
        conversation = world.conversation
        await world.open()
        await bob.join(conversation)
        message = await alice.send(conversation, "we are new here")
        await expect(bob).to_receive(message)
        await expect(mallory).to_be_denied(conversation.channel, 403)
        await world.new_user()


def left(target: Target) -> list[tuple[str, str]]:
    """List what was left behind."""
    return [(one.what, one.why) for one in target.history.events if isinstance(one, LeftBehind)]


def companies(running: Deployment) -> str:
    """Declare the companies of the seeded world as those of the new people."""
    found = sorted({str(person.company) for person in running.target.cast})
    return f"[targets.up.world]\ncompanies = [{', '.join(found)}]\n"


def test_people_register_and_leave_nothing(running: Deployment, castless: Declared) -> None:
    """All five can act, their addresses have the run's own beginning, and in the end their accounts are gone."""
    target = opened(castless(companies(running)))
    people = target.declaration.cast
    assert [person.name for person in people] == ["alice", "bob", "carol", "eve", "mallory"]
    assert len({person.email.partition("-")[0] for person in people}) == 1
    assert people[0].company != people[4].company
    asyncio.run(spoken(target))
    target.stop()
    assert left(target) == []

    async def refused() -> None:
        world = target.world()
        with pytest.raises(LoginRefused, match="credentials are incorrect"):
            await world.person("alice").log_in()
        await world.close()

    asyncio.run(refused())


@pytest.mark.parametrize(("number", "of", "own"), [(0, 2, (1, 2)), (1, 2, (3, 4)), (1, 3, (1, 2, 3, 4))])
def test_workers_have_companies_of_their_own(number: int, of: int, own: tuple[int, ...]) -> None:
    """Two each, where there are enough; else they share all."""
    declared = msgspec.structs.replace(own_target("far", "remote"), world=World(companies=(1, 2, 3, 4)))
    assert _of_worker(declared, Share(number, of)).world.companies == own


def test_what_cannot_be_deleted_is_told(running: Deployment, castless: Declared) -> None:
    """Without a route, each thing by name with the route that is lacking; the others are deleted."""
    without = ('delete_account = { request = "DELETE /api/user" }', "delete_account = false")
    target = opened(castless(companies(running), without))
    asyncio.run(spoken(target))
    target.stop()
    kinds = {what.partition(" ")[0] for what, _ in left(target)}
    assert kinds == {"person"}
    assert len(left(target)) == 6
    assert {why for _, why in left(target)} == {"the contract has no route to delete a person (`delete_account`)"}


def test_a_cast_of_nobody_says_what_is_missing(castless: Declared) -> None:
    """A route that asks for a company needs to be told one, before anybody is made."""
    with pytest.raises(UsageError, match=r"nobody of the cast has a company, and world.companies names none"):
        castless()
    declaration = msgspec.structs.replace(castless("[targets.up.world]\ncompanies = [1]\n"), world=World())
    with pytest.raises(UsageError, match=r"\[targets.up.world\] companies is missing"):
        opened(declaration)


def test_a_registration_that_is_refused_is_one_sentence(castless: Declared) -> None:
    """With the answer; those who were made before are deleted again."""
    with pytest.raises(EnvironmentFault, match=r"no cast could be made for target up: the registration of alice.*422"):
        opened(castless("[targets.up.world]\ncompanies = [999999]\n"))


def test_an_interrupted_test_leaves_nothing(running: Deployment, declared: Declared) -> None:
    """Ctrl-C in the middle of a test: its conversation is deleted when the target is left."""
    target = opened(declared())

    async def interrupted() -> None:
        async with target.world() as world:
            alice = await world.user("alice")
            world.context.belongings.conversations |= {"404404": alice.person}
            await world.new_conversation(alice)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(interrupted())
    assert len(target.context.belongings.conversations) == 2
    target.stop()
    assert not target.context.belongings
    assert left(target) == []


def test_time_runs_out_for_what_is_left(running: Deployment, declared: Declared, monkeypatch: Any) -> None:
    """It is told as such, one by one."""
    monkeypatch.setattr("harness.users.belongings.WITHIN", 0.0)
    target = opened(declared())
    target.context.belongings.conversations["7"] = target.declaration.cast[0]
    target.stop()
    assert left(target) == [("conversation 7", "there was no time to delete it")]


SEEDER = """
import json, os, sys, urllib.request
nonce, url, company = os.environ["REALTIME_NONCE"], sys.argv[1], int(sys.argv[2])
people = []
for name in ("alice", "bob"):
    person = {"name": name, "email": f"{name}-{nonce}@seed.example", "password": "long enough " + nonce}
    body = json.dumps({**person, "company_id": company}).encode()
    request = urllib.request.Request(url + "/api/register", body, {"Content-Type": "application/json"})
    answer = json.load(urllib.request.urlopen(request))
    people.append({**person, "company": company, "id": answer["user"]["id"]})
print(json.dumps(people))
"""


def test_a_command_seeds_the_cast(running: Deployment, castless: Declared, tmp_path: Path) -> None:
    """It runs beside the file, is told a nonce, and its people are deleted in the end as those of a run are."""
    (tmp_path / "seed.py").write_text(SEEDER)
    alice = running.target.cast[0]
    command = json.dumps([sys.executable, "seed.py", running.target.backend.url, str(alice.company)])
    target = opened(castless("", ('topology = "remote"\n', f'topology = "remote"\nseed = {command}\n')))
    assert [person.name for person in target.declaration.cast] == ["alice", "bob"]
    assert target.declaration.made == ("alice", "bob")

    async def written() -> None:
        async with target.world() as world:
            people = world.person("alice"), world.person("bob")
            conversation = world.conversation
            await world.open()
            await people[1].join(conversation)
            await expect(people[1]).to_receive(await people[0].send(conversation, "seeded"))

    asyncio.run(written())
    target.stop()
    assert left(target) == []


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("import sys; sys.exit('no database')", "ended with 1: no database"),
        ("raise SystemExit(3)", "ended with 3: it said nothing"),
        ("print('<html>')", "printed '<html>', which is no JSON; a list of people is due"),
        ('print(\'[{"name": "alice"}]\')', "printed JSON that is no cast (Object missing required field `email`"),
        ("print('7')", "printed JSON that is no cast (Expected `object`, got `int`)"),
        ("import time; time.sleep(60)", "took longer than 1 s and was ended"),
    ],
)
def test_a_command_that_makes_no_cast_is_one_sentence(tmp_path: Path, script: str, complaint: str) -> None:
    """What it was, and what it said."""
    with pytest.raises(EnvironmentFault) as fault:
        seeding.seeded((sys.executable, "-c", script), tmp_path, "n", within=1 if "sleep" in script else 60)
    assert str(fault.value).startswith("seed ")
    assert complaint in str(fault.value)


def test_a_command_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    """It names the folder in which it was looked for."""
    with pytest.raises(EnvironmentFault, match=r"seed no-such-command: cannot be run in .*No such file"):
        seeding.seeded(("no-such-command",), tmp_path, "n")


@pytest.mark.parametrize("people", ["[]", '[{"name":"bob","email":"b","password":"p"}]'])
def test_a_seeded_cast_has_an_alice(castless: Declared, people: str) -> None:
    """Most of what is proven begins with her."""
    command = json.dumps([sys.executable, "-c", f"print({people!r})"])
    with pytest.raises(EnvironmentFault, match="an alice is due, and each name once"):
        opened(castless("", ('topology = "remote"\n', f'topology = "remote"\nseed = {command}\n')))


def test_a_cast_is_declared_or_seeded(declared: Declared) -> None:
    """Not both."""
    with pytest.raises(UsageError, match=r"up\.seed stands beside \[\[cast\]\]"):
        declared(('topology = "remote"\n', 'topology = "remote"\nseed = ["true"]\n'))
