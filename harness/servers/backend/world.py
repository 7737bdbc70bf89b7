"""
Seeded worlds, built once and kept.

A world depends on its seed, on how often its cast is there and on how many others are, on the price of its hashes, on
the source of what builds it, and on the versions of Faker, SQLAlchemy and SQLite; a folder named after all of these
holds the database and the people with their passwords, readable by its owner alone. A start copies the database, and
neither imports Faker nor hashes anything.
"""

import hashlib
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool

from harness.errors import EnvironmentFault
from harness.servers.backend.databases import fill, open_database, open_file
from harness.servers.backend.passwords import Hasher
from harness.servers.backend.schema import metadata
from harness.servers.backend.seed import World, populate
from harness.servers.backend.settings import HashCost, Settings
from harness.servers.backend.store import Store

DATABASE = "world.sqlite"
PEOPLE = "people.json"
_SOURCES = ("passwords.py", "schema.py", "seed.py", "world.py")


def open_world(settings: Settings) -> tuple[World, Store]:
    """
    Give the people of a world and a database that holds it, building the world if this is the first start with it.

    `sqlite` is a private copy in memory, or in the file that is `kept`; for another database see `open_database`.

    Raises `UsageError` for a database URL or content that cannot be used, and `EnvironmentFault` for a folder or a
    database that does not work.
    """
    folder = _cached(Path(settings.cache), **_kind(settings))
    world = _read_people(folder)
    if settings.database == "sqlite":
        return world, Store(_kept_in(Path(settings.kept), folder, settings) if settings.kept else _copied(folder))
    engine = open_database(settings.database, folder / DATABASE, seed=settings.seed, resumes=settings.resumes)
    return world, Store(engine)


def begin_anew(settings: Settings, store: Store) -> None:
    """Put the database back to the world, while nobody asks for anything: the people are the same, nothing else is."""
    cache = Path(settings.cache)
    folder = _cached(cache, **_kind(settings))
    fill(store.engine, folder / DATABASE)


def fingerprint(seed: int, hash_cost: HashCost, casts: int = 1, crowd: int = 0) -> str:
    """Name a world by everything that decides what is in it."""
    try:
        versions = [version(name) for name in ("faker", "sqlalchemy")]
    except PackageNotFoundError as error:
        raise EnvironmentFault(f"{error}; the reference backend needs the extra `embedded`") from error
    digest = hashlib.sha256(repr((seed, hash_cost, casts, crowd, versions, sqlite3.sqlite_version)).encode())
    for name in _SOURCES:
        digest.update(Path(__file__).with_name(name).read_bytes())
    return f"world-{seed}-{digest.hexdigest()[:16]}"


def _kind(settings: Settings) -> dict[str, Any]:
    """Give what decides about the content of a world."""
    sizes = {"casts": settings.casts, "crowd": settings.crowd}
    return {"seed": settings.seed, "hash_cost": settings.hash_cost, **sizes}


def _cached(cache: Path, *, seed: int, hash_cost: HashCost, casts: int, crowd: int) -> Path:
    folder = cache / fingerprint(seed, hash_cost, casts, crowd)
    if folder.is_dir():
        return folder
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=cache))
    except OSError as error:
        raise EnvironmentFault(f"the folder {cache} for seeded worlds cannot be written: {error}") from error
    try:
        _build(draft, seed=seed, hasher=Hasher(hash_cost), casts=casts, crowd=crowd)
        _publish(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _build(draft: Path, *, seed: int, hasher: Hasher, casts: int, crowd: int) -> None:
    for name in (DATABASE, PEOPLE):
        (draft / name).touch(mode=0o600)
    engine = open_file(draft / DATABASE)
    metadata.create_all(engine)
    with engine.begin() as connection:
        world = populate(connection, seed=seed, hasher=hasher, casts=casts, crowd=crowd)
    engine.dispose()
    (draft / PEOPLE).write_bytes(msgspec.json.encode(world))


def _publish(draft: Path, folder: Path) -> None:
    # A folder is renamed as a whole or not at all: passwords and hashes always come from the same builder. Whoever
    # comes second finds a folder that is not empty, and uses it.
    try:
        draft.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def _read_people(folder: Path) -> World:
    try:
        return msgspec.json.decode((folder / PEOPLE).read_bytes(), type=World)
    except (OSError, msgspec.MsgspecError):
        raise _damaged(folder) from None


def _copied(folder: Path) -> Engine:
    """Copy a world to memory."""
    memory = sqlite3.connect(":memory:", check_same_thread=False)
    try:
        with closing(sqlite3.connect(folder / DATABASE)) as file:
            file.backup(memory)
    except sqlite3.DatabaseError:
        memory.close()
        raise _damaged(folder) from None
    return _engine_on(memory, _damaged(folder))


def _kept_in(file: Path, folder: Path, settings: Settings) -> Engine:
    """
    Keep a world in a file that outlives the process, however that ends, at the price of one in memory.

    The system has what was committed when a process is killed. Nobody waits for a disk, which only a machine that loses
    its power would miss; nobody else may look at the file meanwhile, which spares each transaction its locks.
    """
    if not settings.resumes:
        for left in file.parent.glob(f"{file.name}*"):
            left.unlink()
        file.touch(mode=0o600)
        shutil.copyfile(folder / DATABASE, file)
    connection = sqlite3.connect(file, check_same_thread=False)
    for pragma in ("locking_mode=EXCLUSIVE", "synchronous=OFF", "journal_mode=WAL"):
        with suppress(sqlite3.DatabaseError):  # of a damaged one, which is said below
            connection.execute(f"PRAGMA {pragma}")
    fault = EnvironmentFault(f"what was kept in {file} is damaged, or somebody else's") if settings.resumes else None
    return _engine_on(connection, fault or _damaged(folder))


def _engine_on(connection: sqlite3.Connection, fault: EnvironmentFault) -> Engine:
    try:
        connection.execute("SELECT id FROM users LIMIT 1")
    except sqlite3.DatabaseError:
        connection.close()
        raise fault from None
    connection.execute("PRAGMA foreign_keys=ON")
    return create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool, hide_parameters=True)


def _damaged(folder: Path) -> EnvironmentFault:
    return EnvironmentFault(f"the seeded world in {folder} is damaged; remove that folder and start again")
