"""
The tables, which mean the same on SQLite, PostgreSQL, MariaDB and MySQL.

Times are Unix seconds in plain numbers: whole ones where Laravel keeps whole seconds, with a fraction where a token
ends. Ids are never used twice, also not after a deletion. Texts are compared code point by code point.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

EXACT: dict[str, Any] = {
    f"{dialect}_{option}": value
    for dialect in ("mysql", "mariadb")
    for option, value in (("engine", "InnoDB"), ("charset", "utf8mb4"), ("collate", "utf8mb4_bin"))
}
"""What a table needs on MariaDB and MySQL, which by themselves take `A` for `a` and one emoji for another."""

metadata = MetaData()

Identifier = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts only columns that are called INTEGER

companies = Table(
    "companies",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("name", String(255), nullable=False),
    sqlite_autoincrement=True,
    **EXACT,
)

users = Table(
    "users",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("company_id", ForeignKey("companies.id"), nullable=False, index=True),
    Column("name", String(255), nullable=False),
    Column("email", String(255), nullable=False, unique=True),
    Column("password", String(255), nullable=False),
    sqlite_autoincrement=True,
    **EXACT,
)

personal_access_tokens = Table(
    "personal_access_tokens",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("name", String(255), nullable=False),
    Column("token", String(64), nullable=False, unique=True),
    Column("abilities", Text, nullable=False),
    Column("expires_at", Double),
    sqlite_autoincrement=True,
    **EXACT,
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("company_id", ForeignKey("companies.id"), nullable=False, index=True),
    sqlite_autoincrement=True,
    **EXACT,
)

participants = Table(
    "participants",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    PrimaryKeyConstraint("conversation_id", "user_id"),
    **EXACT,
)

messages = Table(
    "messages",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
    **EXACT,
)
