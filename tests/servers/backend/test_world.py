"""Tests of how worlds are kept and opened."""

import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import msgspec
import pytest

from harness.errors import EnvironmentFault, UsageError
from harness.servers.backend import world as subject
from harness.servers.backend.passwords import Hasher
from harness.servers.backend.seed import World
from harness.servers.backend.settings import Settings
from harness.servers.backend.store import Store
from harness.servers.backend.world import DATABASE, PEOPLE, begin_anew, fingerprint, open_world


def only_folder(cache: Path) -> Path:
    """Find the one world of a cache, where no draft may be left."""
    (folder,) = cache.iterdir()
    return folder


@pytest.fixture
def empty(settings: Settings, tmp_path: Path) -> Settings:
    """Give settings whose cache does not exist yet."""
    return msgspec.structs.replace(settings, cache=str(tmp_path / "new" / "cache"))


Start = Callable[[Settings], tuple[World, Store]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Open worlds that are closed with the test."""
    stores = []

    def start(settings: Settings) -> tuple[World, Store]:
        world, store = open_world(settings)
        stores.append(store)
        return world, store

    yield start
    for store in stores:
        store.engine.dispose()


def test_the_second_start_builds_nothing(start: Start, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A world that was built once is only copied: no Faker, no hashing."""
    first, _ = start(settings)
    monkeypatch.setattr(subject, "populate", None)
    monkeypatch.setattr(Hasher, "make", None)

    second, store = start(settings)

    assert second == first
    assert store.has_people()


def test_a_copy_is_private(start: Start, settings: Settings) -> None:
    """What one backend stores is unknown to the next that starts with the same world."""
    _, store = start(settings)
    store.add_user(name="New", email="new@company-1.example", password="hash", company_id=1)

    _, fresh = start(settings)

    assert fresh.credentials("new@company-1.example") is None


def test_only_the_owner_can_read_a_kept_world(start: Start, empty: Settings) -> None:
    """Folders are 0700 and files 0600: they hold passwords."""
    start(empty)

    cache = Path(empty.cache)
    folder = only_folder(cache)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (cache, folder, *folder.iterdir())}
    assert modes == {cache.name: 0o700, folder.name: 0o700, DATABASE: 0o600, PEOPLE: 0o600}


def test_processes_that_build_at_once_agree(start: Start, empty: Settings) -> None:
    """All of them use the world that was ready first, passwords and hashes from one hand."""
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(start, [empty] * 4))

    assert len({msgspec.json.encode(world) for world, _ in opened}) == 1
    only_folder(Path(empty.cache))
    world, store = opened[0]
    found = store.credentials(world.people[0].email)
    assert found is not None
    assert Hasher("cheapest").verify(world.people[0].password, found[1])


def test_a_world_is_known_by_all_that_decides_it() -> None:
    """Another seed or another price of hashes is another world; the same ones are the same."""
    names = {fingerprint(1, "cheapest"), fingerprint(2, "cheapest"), fingerprint(1, "proper")}

    assert len(names) == 3
    assert fingerprint(1, "cheapest") in names


@pytest.mark.parametrize("name", [DATABASE, PEOPLE])
@pytest.mark.parametrize("damage", [b"", b"damaged" * 1000])
def test_a_damaged_world_says_which_folder_to_remove(start: Start, empty: Settings, name: str, damage: bytes) -> None:
    """A file that was cut short or overwritten is one clear sentence."""
    start(empty)
    folder = only_folder(Path(empty.cache))
    (folder / name).write_bytes(damage)

    with pytest.raises(EnvironmentFault, match=f"{folder} is damaged"):
        start(empty)


def test_a_cache_that_cannot_be_written_is_named(start: Start, settings: Settings, tmp_path: Path) -> None:
    """Where a file stands in the way, the sentence says which folder was meant."""
    (tmp_path / "file").touch()
    blocked = tmp_path / "file" / "cache"

    with pytest.raises(EnvironmentFault, match=f"{blocked} for seeded worlds cannot be written"):
        start(msgspec.structs.replace(settings, cache=str(blocked)))


def test_another_database_is_put_back_at_each_start(start: Start, settings: Settings, tmp_path: Path) -> None:
    """An empty database gets the world; the next start finds it there, and undoes what happened since."""
    durable = msgspec.structs.replace(settings, database=f"sqlite:///{tmp_path}/app.sqlite")
    world, store = start(durable)
    added = store.add_conversation(1, [1, 2])

    again, reopened = start(durable)

    assert again == world
    assert reopened.conversation(added.id) is None
    assert reopened.add_conversation(1, [1, 2]) == added
    assert len(reopened.messages_after(1, 0)) == 6


def test_a_world_may_outlive_its_process(start: Start, settings: Settings, tmp_path: Path) -> None:
    """A start that resumes finds what was stored, readable by its owner alone; any other one begins anew."""
    kept = msgspec.structs.replace(settings, kept=f"{tmp_path}/kept.sqlite")
    world, store = start(kept)
    added = store.add_conversation(1, [1, 2])
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob("kept.sqlite*")} == {0o600}
    store.engine.dispose()

    again, resumed = start(msgspec.structs.replace(kept, resumes=True))
    assert again == world
    assert resumed.conversation(added.id) == added
    resumed.engine.dispose()

    _, fresh = start(kept)
    assert fresh.conversation(added.id) is None


def test_a_world_may_begin_anew_under_a_backend(start: Start, settings: Settings, tmp_path: Path) -> None:
    """In memory, in a file, and in any other database: the same people, and nothing of what happened."""
    for changes in ({}, {"kept": f"{tmp_path}/kept.sqlite"}, {"database": f"sqlite:///{tmp_path}/app.sqlite"}):
        changed = msgspec.structs.replace(settings, **changes)
        _, store = start(changed)
        added = store.add_conversation(1, [1, 2])

        begin_anew(changed, store)

        assert store.conversation(added.id) is None
        assert store.add_conversation(1, [1, 2]) == added


def test_a_damaged_file_that_was_kept_is_named(start: Start, settings: Settings, tmp_path: Path) -> None:
    """The world that it was made of is not to blame."""
    file = tmp_path / "kept.sqlite"
    file.write_bytes(b"damaged" * 1000)

    with pytest.raises(EnvironmentFault, match=f"what was kept in {file} is damaged"):
        start(msgspec.structs.replace(settings, kept=str(file), resumes=True))


def test_another_database_may_be_taken_as_it_is(start: Start, settings: Settings, tmp_path: Path) -> None:
    """An empty one gets the world all the same; one that has it keeps what happened since."""
    durable = msgspec.structs.replace(settings, database=f"sqlite:///{tmp_path}/app.sqlite", resumes=True)
    _, store = start(durable)
    assert store.has_people()
    added = store.add_conversation(1, [1, 2])

    _, resumed = start(durable)

    assert resumed.conversation(added.id) == added


def test_a_database_of_another_seed_is_refused(start: Start, settings: Settings, tmp_path: Path) -> None:
    """Somebody else tests with it."""
    durable = msgspec.structs.replace(settings, database=f"sqlite:///{tmp_path}/app.sqlite")
    start(durable)

    with pytest.raises(UsageError, match="holds the world of seed 1, not of 2"):
        start(msgspec.structs.replace(durable, seed=2))


@pytest.mark.parametrize("database", ["", "sqlit", "nosuch://host/name", "postgresql+nosuch://a:hush-hush@h/n"])
def test_a_database_that_is_none_is_a_usage_error(start: Start, settings: Settings, database: str) -> None:
    """Neither `sqlite` nor a usable URL is one sentence, without the URL's password."""
    with pytest.raises(UsageError, match="neither `sqlite` nor a SQLAlchemy URL") as refused:
        start(msgspec.structs.replace(settings, database=database))

    assert "hush" not in str(refused.value)


def test_a_database_that_does_not_answer_is_an_environment_fault(start: Start, settings: Settings) -> None:
    """A URL that is right and leads nowhere is named."""
    with pytest.raises(EnvironmentFault, match=r"sqlite:////nowhere/app\.sqlite does not work"):
        start(msgspec.structs.replace(settings, database="sqlite:////nowhere/app.sqlite"))


def test_without_what_builds_worlds_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare installation is told what to install."""

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(subject, "version", missing)

    with pytest.raises(EnvironmentFault, match="faker; the reference backend needs the extra `embedded`"):
        fingerprint(1, "cheapest")
