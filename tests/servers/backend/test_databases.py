"""The backend on real databases: what holds on SQLite holds there too, and what only they can do wrong."""

import inspect
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import URL, create_engine, insert, select, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from harness.errors import EnvironmentFault, UsageError
from harness.servers.backend.app import create_app
from harness.servers.backend.databases import MARK
from harness.servers.backend.passwords import Hasher
from harness.servers.backend.schema import conversations, participants
from harness.servers.backend.seed import World
from harness.servers.backend.settings import Settings
from harness.servers.backend.store import Message, Store
from harness.servers.backend.world import open_world

SAME = ("store", "accounts", "conversations")
EMBEDDED_ONLY = {"test_an_embedded_database_is_asked_directly_and_another_one_in_a_thread"}
Start = Callable[..., tuple[World, Store]]


def collected_from(part: str) -> Iterator[tuple[str, Any]]:
    """Find the tests of another file, which ask the fixtures of this one here."""
    spec = spec_from_file_location(f"{part}_on_databases", Path(__file__).with_name(f"test_{part}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, found in vars(module).items():
        if name.startswith("test_") and name not in EMBEDDED_ONLY:
            yield name, pytest.mark.asyncio(found) if inspect.iscoroutinefunction(found) else found
        elif name == "alice":
            yield name, found


for _part in SAME:
    globals().update(collected_from(_part))


@pytest.fixture(scope="module", params=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest, servers: dict[str, Any]) -> Any:
    """Give one server after the other."""
    return servers[request.param]


@pytest.fixture(scope="module")
def kept(server: Any) -> Iterator[URL]:
    """Give a database that is put back to the world for every test."""
    with server.database() as url:
        yield url


@pytest.fixture
def settings(settings: Settings, kept: URL) -> Settings:
    """Give the settings of a backend on that database."""
    return msgspec.structs.replace(settings, database=kept.render_as_string(hide_password=False))


@pytest.fixture
def empty(server: Any) -> Iterator[URL]:
    """Give a database that nobody used."""
    with server.database() as url:
        yield url


@pytest.fixture
def start(settings: Settings, empty: URL) -> Iterator[Start]:
    """Start backends on the empty database, with other settings if need be."""
    stores: list[Store] = []

    def start(**changes: Any) -> tuple[World, Store]:
        changes = {"database": empty.render_as_string(hide_password=False)} | changes
        world, store = open_world(msgspec.structs.replace(settings, **changes))
        stores.append(store)
        return world, store

    yield start
    for store in stores:
        store.close()


def ask(url: URL, *statements: str) -> list[Any]:
    """Run statements as the database's user, and give the rows of the last."""
    with create_engine(url, poolclass=NullPool).begin() as connection:
        results = [connection.execute(text(statement)) for statement in statements]
        return [tuple(row) for row in results[-1]] if results[-1].returns_rows else []


def test_a_start_may_take_a_database_as_it_is(start: Start) -> None:
    """What was stored since the first one is kept, and ids count on from there."""
    _, store = start(resumes=True)
    added = store.add_conversation(1, [1, 2])

    _, resumed = start(resumes=True)

    assert resumed.conversation(added.id) == added
    assert resumed.add_conversation(1, [1, 2]).id == added.id + 1


def test_ids_count_on_from_the_world_and_never_back(store: Store) -> None:
    """The first id after the seeded ones is the next, and that of a deleted row does not come again."""
    first = store.add_conversation(1, [1, 2]).id
    store.delete_conversation(first)

    assert (first, store.add_conversation(1, [1, 2]).id) == (8, 9)
    assert store.add_token(1, name="api", digest="d" * 64, abilities=["*"], expires_at=None) == 1


def test_what_fails_in_the_middle_has_not_begun(store: Store) -> None:
    """A conversation with somebody who does not exist is not opened without them."""
    with pytest.raises(IntegrityError):
        store.add_conversation(1, [1, 99])

    with store.engine.connect() as connection:
        assert len(connection.execute(select(conversations.c.id)).all()) == 7


def test_texts_are_told_apart_to_the_last_code_point(store: Store) -> None:
    """Neither case nor accents nor a choice of emoji make two addresses one."""
    for address in ("bird@x", "Bird@x", "bírd@x", "🐦@x", "🦅@x"):
        assert store.credentials(address) is None
        assert store.add_user(name="👩‍👩‍👧‍👦 مرحبا", email=address, password="hash", company_id=1) is not None


def test_times_are_kept_exactly(store: Store) -> None:
    """Seconds beyond 32 bits and the fraction of a second come back as they went."""
    alice = store.credentials("alice@company-1.example")
    assert alice is not None
    number = store.add_token(1, name="api", digest="d" * 64, abilities=["*"], expires_at=1767690000.1234567)
    said = store.add_message(1, alice[0], body="hi", created_at=2**40)
    assert said is not None

    assert store.messages_after(1, said.id - 1) == [Message(said.id, "hi", 1, alice[0].name, 2**40)]
    token = store.token(number)
    assert token is not None
    assert token.expires_at == 1767690000.1234567


def test_people_who_change_one_conversation_at_once_do_not_fail(store: Store) -> None:
    """Coming, going, writing, closing an account and deleting it all wait for one another, and end in no deadlock."""
    alice = store.credentials("alice@company-1.example")
    assert alice is not None
    with ThreadPoolExecutor(8) as pool:
        for number in range(8):
            here = store.add_conversation(1, [1, 2, 3]).id
            leaving = store.add_user(name="New", email=f"{number}@x", password="hash", company_id=1)
            assert leaving is not None
            work: list[Callable[[], object]] = [
                *[partial(store.add_participant, here, 4)] * 3,
                *[partial(store.remove_participant, here, 4)] * 3,
                *[partial(store.add_message, here, alice[0], body="hi", created_at=1)] * 3,
                partial(store.add_participant, here, leaving.id),
                partial(store.close_account, leaving.id),
                partial(store.delete_conversation, here),
            ]
            for one in [pool.submit(one) for one in work]:
                one.result()
            assert store.conversation(here) is None


@pytest.mark.asyncio
async def test_a_nul_is_refused_where_it_cannot_be_kept(backend: Any, server: Any) -> None:
    """PostgreSQL holds no NUL: that is the sender's error, and the next message is stored."""
    path = f"/api/conversations/{await backend.converse('alice', 'bob')}/messages"

    statuses = [
        (await backend.ask("alice", "POST", path, json={"body": body})).status_code for body in ("a\0b", "after")
    ]

    assert statuses == [422 if server.kind == "postgresql" else 201, 201]
    login = {"email": "a@b", "password": "no\0"}
    assert (await backend.client.post("/api/login", json=login)).status_code == 422


@pytest.mark.asyncio
async def test_connections_that_were_cut_are_replaced(backend: Any, server: Any, kept: URL) -> None:
    """A restart of the database between two requests is not noticed."""
    assert (await backend.ask("alice", "GET", "/api/conversations")).status_code == 200

    server.disconnect(kept.username)

    assert (await backend.ask("alice", "GET", "/api/conversations")).status_code == 200


@pytest.mark.asyncio
async def test_a_database_that_went_away_is_a_server_error_until_it_is_back(
    backend: Any, server: Any, kept: URL, caplog: pytest.LogCaptureFixture
) -> None:
    """Requests fail with 500 and are logged without the password; behind that everything goes on."""
    headers = {"Authorization": f"Bearer {await backend.token('alice')}"}

    server.lock(kept.username)
    try:
        failed = await backend.client.get("/api/conversations", headers=headers)
    finally:
        server.unlock(kept.username)
    answer = await backend.client.get("/api/conversations", headers=headers)

    assert (failed.status_code, failed.json()) == (500, {"message": "Server Error"})
    assert answer.status_code == 200
    assert caplog.records
    assert "hush" not in caplog.text


def test_the_next_start_puts_the_world_back(start: Start, tmp_path: Path) -> None:
    """What happened since is gone, and passwords are those of the backend that started last, wherever it keeps them."""
    start()[1].add_user(name="New", email="new@company-1.example", password="hash", company_id=1)

    world, store = start(cache=str(tmp_path / "elsewhere"))

    assert store.credentials("new@company-1.example") is None
    assert store.add_conversation(1, [1, 2]).id == 8
    found = store.credentials(world.people[0].email)
    assert found is not None
    assert Hasher("cheapest").verify(world.people[0].password, found[1])
    assert found[0].name == world.people[0].display_name


def test_a_start_that_was_interrupted_is_made_good(start: Start, empty: URL) -> None:
    """A database that is marked and not filled, and one that is not even marked yet, are filled."""
    ask(empty, f"CREATE TABLE {MARK} (seed VARCHAR(255) PRIMARY KEY)")
    assert start()[1].has_people()

    ask(empty, "DROP TABLE messages", "DROP TABLE participants")
    assert len(start()[1].messages_after(1, 0)) == 6


def test_a_database_of_somebody_else_is_refused_and_left_alone(start: Start, empty: URL) -> None:
    """Tables that are not ours are the reason, in one sentence without the password; nothing is changed."""
    ask(empty, "CREATE TABLE users (id INTEGER)", "INSERT INTO users VALUES (7)")

    with pytest.raises(UsageError, match=r"holds tables that are not this backend's, such as users; empty it") as told:
        start()

    assert "hush" not in str(told.value)
    assert ask(empty, "SELECT * FROM users") == [(7,)]
    with pytest.raises(SQLAlchemyError, match=MARK):
        ask(empty, f"DROP TABLE {MARK}")


def test_a_database_of_another_seed_is_refused_and_left_alone(start: Start) -> None:
    """Its people are the others' to lose."""
    _, store = start()
    store.add_conversation(1, [1, 2])

    with pytest.raises(UsageError, match="holds the world of seed 1, not of 2; empty it, or name another"):
        start(seed=2)

    assert store.conversation(8) is not None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"port": 1}, "refused"),
        ({"password": "hush-hush-2"}, "(denied|authentication failed)"),
        ({"database": "nowhere"}, "(denied|does not exist)"),
        ({"host": "nowhere.invalid"}, "(resolve|not known|connect)"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_sentence(
    start: Start, empty: URL, change: dict[str, Any], said: str
) -> None:
    """It says where and why, and neither the password nor what else stands in the address."""
    url = empty.set(**change).update_query_dict({"connect_timeout": "2"})

    with pytest.raises(EnvironmentFault, match=rf"the database at \S+:\*\*\*@\S+ does not work: .*{said}") as told:
        start(database=url.render_as_string(hide_password=False))

    assert "\n" not in str(told.value)
    assert "hush" not in str(told.value)


def written(*ids: str) -> list[str]:
    """Name the channel of conversation 1 in these ways."""
    return [f"private-chat.1.conversation.{one}" for one in ids]


@pytest.mark.asyncio
async def test_what_an_id_is_read_as_is_the_databases_choice(backend: Any, server: Any, store: Store) -> None:
    """AZ-11 to AZ-13: MariaDB takes a number's first digits and a word for 0; PostgreSQL only what is a number."""
    with store.engine.begin() as connection:
        if server.kind == "mysql":
            connection.execute(text("SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'"))
        connection.execute(insert(conversations).values(id=0, company_id=1))
        connection.execute(insert(participants).values(conversation_id=0, user_id=1))
    backend.serve(create_app(backend.services, backend.world, ["AZ-11:database"]))

    async def granted(role: str, channels: list[str]) -> list[str]:
        bodies = [{"socket_id": "1.2", "channel_name": channel} for channel in channels]
        answers = [await backend.ask(role, "POST", "/api/broadcasting/auth", json=body) for body in bodies]
        assert {answer.status_code for answer in answers} <= {200, 403}
        return [channel for channel, answer in zip(channels, answers, strict=True) if answer.status_code == 200]

    loose = written("1", "01", " 1", "+1", "1abc", "abc")
    assert await granted("alice", loose) == (loose if server.kind == "mysql" else loose[:4])
    assert await granted("eve", loose) == []


@pytest.mark.parametrize(
    ("database", "said"),
    [
        ("postgresql+psycopg://a:hush@host:port/name", "neither `sqlite` nor"),
        ("a:hush@host/name", "neither `sqlite` nor"),
        ("mysql+mysqldb://a:hush@host/name", "driver is not installed .*pip install 'realtime-harness.databases.'"),
    ],
)
def test_an_address_that_cannot_be_read_is_not_repeated(settings: Settings, database: str, said: str) -> None:
    """The sentence shows how one is written."""
    with pytest.raises(UsageError, match=said) as told:
        open_world(msgspec.structs.replace(settings, database=database))

    assert "hush" not in str(told.value)


def test_what_a_thread_still_has_is_closed_when_it_is_given_back(start: Start) -> None:
    """A request may be in the middle of something when the backend ends; no connection outlives it."""
    _, store = start()
    with store.engine.connect() as held:
        connection = held.connection.dbapi_connection
        assert connection is not None
        store.close()

    with pytest.raises(store.engine.dialect.loaded_dbapi.Error):
        connection.cursor().execute("SELECT 1")
