import flask_migrate
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import Engine

from tests.support import databases
from vberatung.db import Base


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": ours})
        return list(compare_metadata(context, Base.metadata))


def ours(name: str | None, kind: str, parents: object) -> bool:
    """huey keeps its queue in tables of its own."""
    return not (name or "").startswith("huey_")


def test_the_migrations_make_what_the_models_say(app: Flask) -> None:
    assert differences(databases.engine_of(app)) == []


def test_they_can_be_taken_back_and_made_again(app: Flask) -> None:
    with app.app_context():
        flask_migrate.downgrade(revision="base")
        flask_migrate.upgrade()
    assert differences(databases.engine_of(app)) == []
