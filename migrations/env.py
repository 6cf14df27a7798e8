"""Runs the migrations on the application's own database, SQLite or PostgreSQL."""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy.types import TypeDecorator

database = current_app.extensions["migrate"].db


def render_plain_type(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Write our column types as what the database sees: no migration may change with them."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


def run() -> None:
    # SQLite cannot ALTER most things: batch mode copies the table instead.
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Copying a table drops the old one: that must not take what refers to it along.
            # It says so to the driver, because it does nothing within a transaction.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            render_as_batch=True,
            compare_type=True,
            render_item=render_plain_type,
            include_name=lambda name, kind, parents: not (name or "").startswith("huey_"),
        )
        with context.begin_transaction():
            context.run_migrations()
        if connection.dialect.name == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


run()
