"""Databases for the tests: migrated once for each engine, wiped before each test."""

from pathlib import Path
from typing import Any

import flask_migrate
from flask import Flask
from sqlalchemy import Engine, create_engine, text

from vberatung.extensions import db

Rows = dict[str, list[tuple[Any, ...]]]


def sqlite_url(file: Path) -> str:
    return f"sqlite:///{file}"


def migrate(app: Flask) -> None:
    """Bring the application's database to head, as `flask db upgrade` does."""
    with app.app_context():
        flask_migrate.upgrade()


def engine_of(app: Flask) -> Engine:
    with app.app_context():
        return db.engine


def wipe(engine: Engine) -> None:
    """Leave nothing but the tables."""
    with engine.begin() as connection:
        for table in reversed(db.metadata.sorted_tables):
            connection.execute(table.delete())


def raw_rows(url: str) -> Rows:
    """Every row of every table as the database stores it: nothing decrypted, nothing converted."""
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = {
            table.name: sorted(
                (tuple(map(_plain, row)) for row in connection.execute(text(_select(table.name)))),
                key=repr,
            )
            for table in db.metadata.sorted_tables
        }
    engine.dispose()
    return rows


def raw_bytes(rows: Rows) -> bytes:
    """All that a thief of the database could read, in one piece."""
    values = (value for table in rows.values() for row in table for value in row)
    return b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in values)


def _select(table: str) -> str:
    return f'SELECT * FROM "{table}"'  # noqa: S608  # our own table names


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value
