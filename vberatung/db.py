"""The declarative base, the column types and how a writing transaction begins."""

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import DateTime, Dialect, Engine, LargeBinary, MetaData, event
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, scoped_session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import JSON, TypeDecorator

from vberatung import crypto

SQLITE_BUSY_TIMEOUT_MS = 15_000

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


AnySession = Session | scoped_session[Any]
"""What a verb takes: Flask-SQLAlchemy's session at the edge, a plain one in jobs and tests."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored as UTC. A naive value is refused: nobody knows what it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EncryptedText(TypeDecorator[str]):
    """Personal text: encrypted in the database, plain in Python. It cannot be searched."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else crypto.encrypt(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else crypto.decrypt(bytes(value))


Moment = Annotated[datetime, mapped_column(UtcDateTime)]
Personal = Annotated[str, mapped_column(EncryptedText)]
Translated = Annotated[dict[str, str], mapped_column(JSON)]
"""One text per language code, `{"de": …, "en": …}`; `i18n.translated` picks one."""
Words = Annotated[list[str], mapped_column(JSON)]
Numbers = Annotated[list[int], mapped_column(JSON)]


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING_CONVENTION)


def begin_write(session: AnySession) -> None:
    """Start the transaction as a writing one; call it before the first query.

    SQLite then takes its write lock at once (BEGIN IMMEDIATE) and waits for it. A transaction
    that reads first and writes later cannot wait: it fails with "database is locked".
    """
    session.connection(execution_options={"begin_immediate": True})


def tune_sqlite(engine: Engine) -> None:
    """WAL, foreign keys, a busy timeout, and transactions that we begin ourselves."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # sqlite3 must not begin by itself
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_TIMEOUT_MS}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        options: Any = connection.get_execution_options()
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("begin_immediate") else "BEGIN")
