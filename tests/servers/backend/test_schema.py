"""Tests of what the tables promise by themselves."""

import pytest
from sqlalchemy import create_engine, delete, insert
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateTable

from harness.servers.backend.schema import companies, metadata, participants, users


def test_an_id_is_never_used_twice() -> None:
    """A row that comes after a deleted one gets a new id: a revoked token's number never comes back."""
    engine = create_engine("sqlite://")
    metadata.create_all(engine)

    with engine.begin() as connection:
        first = connection.execute(insert(companies).values(name="One")).inserted_primary_key
        connection.execute(delete(companies))
        second = connection.execute(insert(companies).values(name="Two")).inserted_primary_key
    engine.dispose()

    assert (first[0], second[0]) == (1, 2)


def test_an_address_and_a_participation_exist_once() -> None:
    """The database itself refuses a second account with an address, and a second participation."""
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    user = {"company_id": 1, "name": "A", "email": "a@b.example", "password": "-"}

    for table, row in ((users, user), (participants, {"conversation_id": 1, "user_id": 1})):
        with engine.begin() as connection:
            connection.execute(insert(table).values(row))
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(insert(table).values(row))
    engine.dispose()


@pytest.mark.parametrize("dialect", [mysql.dialect(), postgresql.dialect()], ids=["mysql", "postgresql"])
def test_every_table_can_be_written_for_other_databases(dialect: object) -> None:
    """Ids are 64 bits wide there, too, and MariaDB is told to keep and compare every code point."""
    statements = [str(CreateTable(table).compile(dialect=dialect)) for table in metadata.sorted_tables]  # type: ignore[arg-type]

    assert all("BIGINT" in statement or "BIGSERIAL" in statement for statement in statements)
    if isinstance(dialect, mysql.dialect):
        assert all("CHARSET=utf8mb4 COLLATE utf8mb4_bin" in statement for statement in statements)
