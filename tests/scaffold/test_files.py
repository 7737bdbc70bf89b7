"""The files that are proposed are files that work, and nothing of a project is overwritten."""

import tomllib
from pathlib import Path

import pytest
import yaml

from harness.config import load, target_declaration
from harness.errors import UsageError
from harness.scaffold.files import Ci, cast_of, proposed, rules_of, write
from harness.scaffold.project import Channel, Found

PEOPLE = cast_of([])
REACHABLE = Found(
    backend_url="http://localhost:8000",
    broadcaster_url="ws://localhost:8080",
    app_id="${REVERB_APP_ID}",
    app_key="${REVERB_APP_KEY}",
    app_secret="${REVERB_APP_SECRET}",
    event="App\\Events\\MessageSent",
    publishes="before-answer",
    login="POST /api/login",
    channels=(
        Channel("private-chat.{conversation}"),
        Channel("private-user.{user}"),
        Channel("private-x.{y}", "x.{y}", "y"),
    ),
    env_file=".env",
)


@pytest.mark.parametrize("found", [Found(), REACHABLE])
def test_what_is_written_is_read(found: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project as it was found is a target that loads, and an unknown one the embedded stack."""
    (tmp_path / ".env").write_text("REVERB_APP_ID=1\nREVERB_APP_KEY=key\nREVERB_APP_SECRET=secret\nBOB_PASSWORD=pb\n")
    monkeypatch.setenv("ALICE_PASSWORD", "pa")
    monkeypatch.setenv("EVE_PASSWORD", "pe")
    write(tmp_path, proposed(found, name="local", people=PEOPLE, ci="none"))

    target = target_declaration(load({}, {}, tmp_path, tmp_path))

    assert target.name == ("local" if found.is_reachable else "embedded")
    if found.is_reachable:
        assert target.backend.contract.event.name == "App\\Events\\MessageSent"
        assert [rule.name for rule in target.channels] == ["conversation", "user"]
        assert [person.password for person in target.cast] == ["pa", "pb", "pe"]
        assert (target.broadcaster.key, target.broadcaster.secret) == ("key", "secret")


def test_the_comments_of_an_unknown_project_declare_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taking the marks away from the example leaves a file that is read."""
    for name in ("REVERB_APP_ID", "REVERB_APP_KEY", "REVERB_APP_SECRET", *(one.variable for one in PEOPLE)):
        monkeypatch.setenv(name, "x")
    text = proposed(Found(), name="staging", people=PEOPLE, ci="none")["realtime.toml"]
    marked = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# [") or " = " in line]
    (tmp_path / "realtime.toml").write_text("\n".join(marked).replace('"embedded"', '"staging"', 1))

    target = target_declaration(load({}, {}, tmp_path, tmp_path))

    assert (target.backend.url, target.may.create) == ("https://staging.example.com", True)


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_a_job_is_yaml_and_names_the_variables(ci: Ci) -> None:
    """What must be set for the job stands in it, as a reference."""
    texts = proposed(REACHABLE, name="local", people=PEOPLE, ci=ci)
    (path,) = set(texts) - {"realtime.toml", "tests/test_realtime.py"}
    job = yaml.safe_load(texts[path])

    assert "realtime" in (job["jobs"] if ci == "github" else job)
    assert all(name in texts[path] for name in ("REVERB_APP_SECRET", "ALICE_PASSWORD"))
    assert "start the application here" in texts[path]
    assert "start the application here" not in proposed(Found(), name="staging", people=PEOPLE, ci=ci)[path]


def test_values_are_quoted_for_where_they_stand() -> None:
    """An address with a quote in it is an address, not TOML."""
    odd = Found(backend_url='http://a/"\n[x]', broadcaster_url="ws://b", app_key="k")

    read = tomllib.loads(proposed(odd, name="local", people=PEOPLE, ci="none")["realtime.toml"])

    assert read["targets"]["local"]["backend"]["url"] == odd.backend_url


def test_rules_that_contradict_each_other_are_comments() -> None:
    """Of two patterns that one name follows the first decides; a name stands once."""
    first, second, third = rules_of(
        [Channel("private-{user}"), Channel("private-a{user}"), Channel("private-a.{user}")]
    )

    assert (first.reason, third.reason) == ("", "")
    assert "only one rule may decide" in second.reason
    assert [first.name, second.name, third.name] == ["user", "user-2", "user-3"]


@pytest.mark.parametrize("addresses", [["a@x"], ["a@x", "b@x", "no address"]])
def test_the_cast_is_three(addresses: list[str]) -> None:
    """Another number of people, or no address, is one sentence."""
    with pytest.raises(UsageError, match="write three addresses"):
        cast_of(addresses)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A file that exists, and a link to nowhere, are kept; what cannot be written is a sentence."""
    (tmp_path / "kept").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")

    assert write(tmp_path, {"kept": "x", "link": "x", "folder/new": "x"}) == (["folder/new"], ["kept", "link"])
    assert (tmp_path / "kept").read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()
    with pytest.raises(UsageError, match="cannot be written: File exists"):
        write(tmp_path, {"kept/new": "x"})
