"""
A database of its own beside the backend: reached, filled with a world, and put back to it at the next start.

A database that was filled here says so, and of which seed, in the table `MARK`. Any other that holds tables belongs to
somebody else: it is refused, and nothing in it is touched.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
    func,
    insert,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from harness.errors import EnvironmentFault, UsageError
from harness.servers.backend.schema import EXACT, metadata

SECONDS_TO_CONNECT = 5

_mark = Table("realtime_harness_world", MetaData(), Column("seed", String(255), primary_key=True), **EXACT)
MARK = _mark.name
"""The table that says whose a database is: one row, the seed of the world."""


def open_database(database: str, world: Path, *, seed: int, resumes: bool = False) -> Engine:
    """
    Give a database that holds the world of `seed` and nothing else, copied from the SQLite file `world`.

    `database` is an SQLAlchemy URL. An empty database is filled; one that holds this seed's world is put back to it,
    whatever happened there since, so two backends at once need two databases; with `resumes` it is left as it is.

    Raises `UsageError` for a URL or a content that cannot be used, and `EnvironmentFault` for a database that does not
    work; neither tells the password.
    """
    engine = _engine(database)
    try:
        if not (_claim(engine, seed) and resumes):
            fill(engine, world)
    except SQLAlchemyError as error:
        engine.dispose()
        raise EnvironmentFault(f"the database at {_shown(engine.url)} does not work: {_reason(error)}") from None
    except UsageError:
        engine.dispose()
        raise
    return engine


def open_file(path: Path) -> Engine:
    """Reach an SQLite file."""
    return create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)


def _engine(database: str) -> Engine:
    try:
        url = make_url(database)
        return create_engine(url, hide_parameters=True, **_options(url))
    except ImportError as error:
        raise UsageError(
            f"the database's driver is not installed ({error}): pip install 'realtime-harness[databases]', and name it "
            "as `postgresql+psycopg://…` or `mysql+pymysql://…`"
        ) from None
    except (ArgumentError, ValueError):  # says what it read, which may be the password
        raise UsageError(
            "the database is neither `sqlite` nor a SQLAlchemy URL that can be used, such as "
            "`postgresql+psycopg://user:password@host:5432/name` or `mysql+pymysql://user:password@host:3306/name`"
        ) from None


def _options(url: URL) -> dict[str, Any]:
    kind, driver = url.get_backend_name(), url.get_driver_name()
    if kind == "sqlite":
        return {}
    # Gone connections are noticed before they are used. Each method of the store is short and asks for rows that it
    # then names, so nothing needs more than what is committed, which spares MariaDB its locks on gaps.
    options: dict[str, Any] = {"pool_pre_ping": True, "isolation_level": "READ COMMITTED"}
    if driver in ("psycopg", "pymysql"):
        options["connect_args"] = {} if "connect_timeout" in url.query else {"connect_timeout": SECONDS_TO_CONNECT}
    if driver == "pymysql":
        options["connect_args"]["charset"] = "utf8mb4"
    return options


def _claim(engine: Engine, seed: int) -> bool:
    """Mark an empty database as ours, and refuse one that is not; tell whether it was ours already."""
    tables = set(inspect(engine).get_table_names())
    if tables - {MARK} and MARK not in tables:
        raise UsageError(
            f"the database at {_shown(engine.url)} holds tables that are not this backend's, such as {min(tables)}; "
            "empty it, or name another"
        )
    _mark.create(engine, checkfirst=True)
    with engine.begin() as connection:
        seeds = connection.execute(select(_mark.c.seed)).scalars().all()
        if not seeds:
            connection.execute(insert(_mark).values(seed=str(seed)))
        elif seeds != [str(seed)]:
            raise UsageError(
                f"the database at {_shown(engine.url)} holds the world of seed {seeds[0]}, not of {seed}; "
                "empty it, or name another"
            )
    return bool(seeds)


def fill(engine: Engine, world: Path) -> None:
    """Put every table of ours in its place anew, ids counting from where the world ends."""
    source = open_file(world)
    try:
        with source.connect() as old, engine.begin() as new:
            metadata.drop_all(new)
            metadata.create_all(new)
            _copy(old, new)
    finally:
        source.dispose()


def _copy(old: Connection, new: Connection) -> None:
    for table in metadata.sorted_tables:
        rows = [dict(row) for row in old.execute(select(table)).mappings()]
        if rows:
            new.execute(insert(table), rows)
        if rows and "id" in table.c and new.dialect.name == "postgresql":
            counter = func.pg_get_serial_sequence(table.name, "id")  # it does not notice ids that were given
            new.execute(select(func.setval(counter, select(func.max(table.c.id)).scalar_subquery())))


def _shown(url: URL) -> str:
    """Write an address without what may be secret: the password, and options, which may hold one too."""
    return url.set(query={}).render_as_string(hide_password=True)


def _reason(error: SQLAlchemyError) -> str:
    """Give the driver's own sentence: its errors end with it, some after a number, some before further lines."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause.args[-1] if cause.args else cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
