"""For monitoring: does the process answer, and can it work?"""

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, current_app
from sqlalchemy.exc import SQLAlchemyError

from vberatung.extensions import db

pages = Blueprint("health", __name__)

Answer = tuple[dict[str, str], int]


@pages.get("/healthz")
def alive() -> Answer:
    return {"status": "ok"}, 200


@pages.get("/readyz")
def ready() -> Answer:
    """200 when the database answers and its migrations are at head, else 503 with the reason."""
    migrations = ScriptDirectory(current_app.extensions["migrate"].directory)
    try:
        present = MigrationContext.configure(db.session.connection()).get_current_heads()
    except SQLAlchemyError:
        return {"status": "failed", "database": "does not answer"}, 503
    if set(present) != set(migrations.get_heads()):
        return {"status": "failed", "migrations": "run flask --app app db upgrade"}, 503
    return {"status": "ok", "database": "ok", "migrations": "ok", "hub": "memory"}, 200
